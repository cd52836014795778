/* tests/core/test_membership_vouching.c -- of a peer that is silent others are asked, and what they
 * answer. */
#include "members.h"

/* b is suspect, and c and d were heard a moment ago. */
static void suspect_b(struct self *s)
{
    hear_up(s, 'b', 7);
    self_pass(s, 2900);
    hear_up(s, 'c', 5);
    hear_up(s, 'd', 6);
    self_forget(s);
    self_pass(s, 101);
}

static void of_a_suspect_two_others_are_asked_and_itself(void **state)
{
    struct self *s = *state;
    suspect_b(s);
    assert_int_equal(view_of(s, 7).state, PEER_SUSPECT);
    bool c_first = strcmp(s->sends, "hb, ask 5 7, ask 6 7, hb? 7") == 0;
    if (!c_first) assert_string_equal(s->sends, "hb, ask 6 7, ask 5 7, hb? 7");
    self_forget(s);
    self_pass(s, 998);
    assert_null(strstr(s->sends, "ask"));
    self_pass(s, 1);
    assert_non_null(strstr(s->sends, "ask 5 7"));
    assert_non_null(strstr(s->sends, "ask 6 7"));
    assert_believes(s, "");
}

static void whom_others_hear_is_up_through_them(void **state)
{
    struct self *s = *state;
    suspect_b(s);
    hear_vouch(s, 5, 7, 300);
    assert_believes(s, "7 via 5");
    struct peer_view v = view_of(s, 7);
    assert_int_equal(v.state, PEER_UP);
    assert_int_equal(v.via, 5);
    assert_in_range(v.silent_ms, 300, 302); /* since the ask, not since the answer */
}

static void as_long_as_they_do_and_say_so(void **state)
{
    struct self *s = *state;
    suspect_b(s);
    for (int i = 0; i < 30; i++) {
        hear_up(s, 'c', 5);
        hear_up(s, 'd', 6);
        hear_vouch(s, 5, 7, 300);
        self_pass(s, 1000);
    }
    assert_believes(s, "7 via 5");
    self_pass(s, 6000);
    assert_believes(s, "down 7, down 6, down 5");
}

static void until_it_is_heard_itself(void **state)
{
    struct self *s = *state;
    suspect_b(s);
    hear_vouch(s, 5, 7, 300);
    self_forget(s);
    hear_up(s, 'b', 7);
    assert_believes(s, "7 direct");
    self_pass(s, 2900);
    assert_null(strstr(s->sends, "ask 5 7"));
    assert_null(strstr(s->sends, "ask 6 7"));
    assert_int_equal(view_of(s, 7).via, 0);
}

static void one_voucher_is_kept_to_while_it_vouches(void **state)
{
    struct self *s = *state;
    suspect_b(s);
    hear_vouch(s, 5, 7, 300);
    assert_believes(s, "7 via 5");
    for (int i = 0; i < 2; i++) {
        self_pass(s, 1000);
        hear_up(s, 'c', 5);
        hear_up(s, 'd', 6);
        hear_vouch(s, 6, 7, 300);
    }
    assert_believes(s, "");
    self_pass(s, 1000);
    hear_vouch(s, 6, 7, 300);
    assert_believes(s, "7 via 6");
}

static void the_word_of_a_long_silence_or_of_a_stranger_changes_nothing(void **state)
{
    struct self *s = *state;
    hear_up(s, 'e', 9);
    hear_vouch(s, 9, 7, 0); /* not known */
    hear_vouch(s, 9, 9, 0); /* not asked for */
    suspect_b(s);
    hear_vouch(s, 5, 7, 3000);
    hear_vouch(s, 5, 7, UINT64_MAX);
    hear_vouch(s, 77, 7, 0);
    assert_int_equal(view_of(s, 7).state, PEER_SUSPECT);
    self_pass(s, 2900);
    assert_believes(s, "");
    self_pass(s, 100);
    assert_believes(s, "down 7, down 9");
}

/* What it says was true when it was sent, and is of no use by now. */
static void a_word_that_was_long_under_way_brings_nobody_back(void **state)
{
    struct self *s = *state;
    suspect_b(s);
    self_pass(s, 900);
    hear_vouch(s, 5, 7, 2990);
    assert_int_equal(view_of(s, 7).state, PEER_SUSPECT);
}

static void about_who_is_down_it_goes_on_asking(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    for (int i = 0; i < 10; i++) {
        hear_up(s, 'c', 5);
        self_pass(s, 1000);
    }
    assert_believes(s, "came 7, came 5, down 7");
    self_forget(s);
    for (int i = 0; i < 9; i++) {
        hear_up(s, 'c', 5);
        self_pass(s, 1000);
    }
    hear_vouch(s, 5, 7, 10);
    assert_believes(s, "back 7, 7 via 5");
    uint32_t asks = 0;
    for (const char *at = s->sends; (at = strstr(at, "ask 5 7")); at++)
        asks++;
    assert_int_equal(asks, 3);
}

static void who_is_asked_says_how_long_ago_it_heard(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    self_pass(s, 250);
    self_forget(s);
    membership_ask(s->m, s->now_ms, 5, 7);
    self_take(s);
    assert_sends(s, "vouch 5 7 age 250");
    membership_ask(s->m, s->now_ms, 5, 8);
    self_take(s);
    self_pass(s, 2749);
    self_forget(s);
    membership_ask(s->m, s->now_ms, 5, 7);
    self_take(s);
    assert_sends(s, "vouch 5 7 age 2999");
    s->now_ms++;
    membership_ask(s->m, s->now_ms, 5, 7);
    self_take(s);
    assert_sends(s, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SELF(of_a_suspect_two_others_are_asked_and_itself),
        WITH_SELF(whom_others_hear_is_up_through_them),
        WITH_SELF(as_long_as_they_do_and_say_so),
        WITH_SELF(until_it_is_heard_itself),
        WITH_SELF(one_voucher_is_kept_to_while_it_vouches),
        WITH_SELF(the_word_of_a_long_silence_or_of_a_stranger_changes_nothing),
        WITH_SELF(a_word_that_was_long_under_way_brings_nobody_back),
        WITH_SELF(about_who_is_down_it_goes_on_asking),
        WITH_SELF(who_is_asked_says_how_long_ago_it_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
