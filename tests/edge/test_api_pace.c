/* tests/edge/test_api_pace.c -- how much may be asked of the API, and of operators' pages. */
#include "edge/operator.h"

static struct rig rig;

#define CHECK "GET /healthz HTTP/1.1\r\nhost: localhost\r\n"

/* So many, which are answered or wait; returns how many answers have come since the last look. */
static size_t asks(unsigned client, size_t count, const char *headers)
{
    char text[256];
    int n = snprintf(text, sizeof text, CHECK "%s\r\n", headers);
    for (size_t i = 0; i < count; i++)
        rig_feed(&rig, client, slice_of(text, (size_t)n));
    kith_slice all = heard_raw(&rig, client);
    size_t answers = 0;
    for (size_t i = 0; i + 9 < all.len; i++)
        answers += memcmp(all.ptr + i, "HTTP/1.1 ", 9) == 0;
    return answers;
}

static size_t hears(unsigned client) { return asks(client, 0, ""); }

static void comes(unsigned client) { assert_true(rig_open(&rig, client, 0, true)); }

static void others_ask_without_end(void)
{
    rig.contexts[0][1].strangers_paid_us = (rig.now.mono_ms + 3600000) * 1000;
}

static void who_shows_no_right_key_asks_so_much_and_no_more(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "authorization: Bearer of-a-key-that-nobody-knows\r\n"};
    operator_wants_keys(&rig);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(asks(OPERATOR, STRANGERS_S + 20, wrong[i]), STRANGERS_S);
        rig_wait(&rig, STRANGER_MS - 1);
        assert_int_equal(hears(OPERATOR), 0);
        rig_wait(&rig, 1);
        assert_int_equal(hears(OPERATOR), 20);
        rig_wait(&rig, 1000);
    }
}

static void all_of_them_share_it(void **state)
{
    (void)state;
    operator_wants_keys(&rig);
    for (unsigned i = 1; i < 4; i++)
        comes(i);
    size_t answers = 0;
    for (unsigned i = 0; i < 4; i++)
        answers += asks(i, STRANGERS_S / 2, "");
    assert_in_range(answers, STRANGERS_S, STRANGERS_S + 4);
}

static void who_comes_then_is_answered_at_once_and_again_in_half_a_second(void **state)
{
    (void)state;
    operator_wants_keys(&rig);
    others_ask_without_end();
    comes(1);
    assert_int_equal(asks(1, 4, ""), 1);
    for (int i = 0; i < 3; i++) {
        rig_wait(&rig, STRANGER_MS - 1);
        assert_int_equal(hears(1), 0);
        rig_wait(&rig, 1);
        assert_int_equal(hears(1), 1);
    }
    rig_wait(&rig, STRANGER_MS);
    assert_int_equal(asks(1, 1, ""), 1);
}

static void a_right_key_asks_all_that_it_likes(void **state)
{
    (void)state;
    operator_wants_keys(&rig);
    others_ask_without_end();
    assert_int_equal(asks(OPERATOR, 2 * STRANGERS_S, KEY_READ), 2 * STRANGERS_S);
    comes(1);
    assert_int_equal(asks(1, 1, ""), 1);
    rig_wait(&rig, STRANGER_MS);
    assert_int_equal(asks(1, 20, KEY_READ), 20);
}

static void and_so_does_everybody_where_no_key_is_asked_for(void **state)
{
    (void)state;
    assert_int_equal(asks(OPERATOR, 2 * STRANGERS_S, ""), 2 * STRANGERS_S);
    rig.options.auth_none = false;
    rig.options.demo = true;
    assert_int_equal(asks(OPERATOR, 2 * STRANGERS_S, ""), 2 * STRANGERS_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_prestate_setup_teardown(name, operator_begin, operator_end, &rig)
        T(who_shows_no_right_key_asks_so_much_and_no_more),
        T(all_of_them_share_it),
        T(who_comes_then_is_answered_at_once_and_again_in_half_a_second),
        T(a_right_key_asks_all_that_it_likes),
        T(and_so_does_everybody_where_no_key_is_asked_for),
#undef T
    };
    return RUN_HOWEVER_FED("API pace", tests);
}
