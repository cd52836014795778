/* tests/shard/test_push.c -- what back ends say to all: to a part of the sessions in each turn. */
#include "shard/push.h"

#include "shard/friends.h"

#include "failures.h"
#include "shard/call.h"

enum { SESSIONS = 5 };

static struct world *w(void) { return s.world[0]; }

/* One client is told a turn, see sim_init_hot. */
static void set_up(void)
{
    sim_init_hot(&s, 1, SESSIONS + 1, 1);
    for (unsigned i = 0; i < SESSIONS; i++)
        (void)online(1 + i, 0);
    mail_queue_fini(&w()->news); /* that they have joined */
}

static void say(kith_slice user, const char *event, size_t bytes)
{
    struct buf payload = {0};
    for (size_t i = 0; i < bytes; i++)
        buf_putc(&payload, '1');
    struct mail *m = mail_new(MAIL_CALL, user, slice_str(event), buf_slice(&payload));
    assert_non_null(m);
    m->call = CALL_PUSH;
    assert_true(call_send(w(), 0, m));
    buf_fini(&payload);
}

/* How many sessions are told of it. */
static unsigned told(const char *event)
{
    unsigned n = 0;
    for (struct mail *m; (m = mail_take(&w()->news)); n++) {
        assert_int_equal(m->type, MAIL_INFO);
        assert_true(slice_is(mail_b(m), event));
        mail_free(m);
    }
    return n;
}

static void assert_answered(bool good, unsigned sessions)
{
    struct mail *m = mail_take(&w()->to_edge);
    assert_non_null(m);
    assert_int_equal(m->type, MAIL_CALL_ANSWER);
    assert_int_equal(m->failed, !good);
    if (good) assert_int_equal(m->number, sessions);
    mail_free(m);
}

static void each_turn_tells_a_part_and_the_last_answers(void **state)
{
    (void)state;
    set_up();
    say(KITH_LIT(""), "one", 2);
    say(KITH_LIT(""), "two", 2);
    assert_int_equal(told(""), 0);
    for (int round = 0; round < 2; round++) {
        for (unsigned turn = 0; turn < SESSIONS; turn++) {
            assert_null(w()->to_edge.first);
            assert_true(shard_due(w()) <= s.now.mono_ms);
            (void)shard_tick(w());
            assert_int_equal(told(round ? "two" : "one"), 1);
        }
        assert_answered(true, SESSIONS);
    }
    assert_true(shard_due(w()) > s.now.mono_ms);
    sim_fini(&s);
}

static void one_to_a_user_does_not_wait(void **state)
{
    (void)state;
    set_up();
    say(KITH_LIT(""), "one", 2);
    say(KITH_LIT("1"), "mine", 2);
    assert_int_equal(told("mine"), 1);
    assert_answered(true, 1);
    sim_fini(&s); /* before the other has begun */
}

/* However many sessions there may be told in a turn. */
static void large_ones_go_to_fewer_in_a_turn(void **state)
{
    (void)state;
    set_up();
    w()->o.spread_per_turn = 1000;
    say(KITH_LIT(""), "large", 2 << 20);
    (void)shard_tick(w());
    assert_in_range(told("large"), 1, 2);
    assert_null(w()->to_edge.first);
    sim_fini(&s);
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    set_up();
    say(KITH_LIT(""), "one", 2);
    alloc_fail(0, 1);
    push_turn(w());
    (void)alloc_heal();
    assert_int_equal(told("one"), 0);
    assert_answered(false, 0);
    assert_int_equal(push_next_due(w()), UINT64_MAX);
    sim_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_turn_tells_a_part_and_the_last_answers),
        cmocka_unit_test(one_to_a_user_does_not_wait),
        cmocka_unit_test(large_ones_go_to_fewer_in_a_turn),
        cmocka_unit_test(without_memory_it_says_so),
    };
    return cmocka_run_group_tests_name("push", tests, NULL, NULL);
}
