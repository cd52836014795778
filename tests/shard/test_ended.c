/* tests/shard/test_ended.c -- what sessions that have ended listened to is taken back in several
 * turns, in which it is as if it were gone. */
#include "shard/friends.h"

#include "core/pubsub.h"

enum { STAR = 1, FAN = 2, FANS = 6, STRANGER = 11 };

static unsigned star, fan[FANS];

static struct world *w(void) { return s.world[0]; }

/* Each fan watches the star, and the others. Nothing is taken back before the test says so. */
static void begin(bool hot)
{
    char words[2048];
    (hot ? sim_init_hot : sim_init)(&s, 1, 12, 1);
    s.boxes = true;
    for (unsigned i = 0; i < FANS; i++)
        for (unsigned other = STAR; other < FAN + FANS; other++)
            s.watches[FAN + i][other] = other != FAN + i;
    for (unsigned i = 0; i < FANS; i++)
        fan[i] = online(FAN + i, 0);
    star = online(STAR, 0);
    sim_tick(&s, SIM_HELD_MS);
    sim_settle(&s);
    for (unsigned i = 0; i < FANS; i++)
        (void)sim_transcript(&s, fan[i], words);
    w()->o.ended_per_turn = 0;
}

static int set_up(void **state)
{
    (void)state;
    begin(false);
    return 0;
}

static int set_up_hot(void **state)
{
    (void)state;
    begin(true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sim_fini(&s);
    return 0;
}

/* sim_settle would wait until all is taken back. */
static void settle(void)
{
    for (unsigned turn = 0; turn < 20; turn++) {
        sim_post(&s, 0);
        while (sim_deliver_any(&s))
            continue;
        sim_read(&s);
    }
}

static uint32_t slot_of(unsigned client) { return s.clients[client].slot; }

/* Returns how many it listened to. */
static uint64_t ends(unsigned client, uint32_t grace_ms)
{
    struct sim_client *c = &s.clients[client];
    uint64_t before = w()->ended.count;
    social_lost(w(), c->slot, grace_ms);
    clients_close(w()->clients, c->slot);
    c->open = c->joined = c->has_state = false;
    return w()->ended.count - before;
}

static uint32_t listeners(void)
{
    topic_id topic = pubsub_find(w()->people, KITH_LIT("1"));
    return topic == TOPIC_NONE ? 0 : pubsub_count(w()->people, topic);
}

static unsigned turns_until_taken_back(uint32_t per_turn)
{
    unsigned turns = 0;
    w()->o.ended_per_turn = per_turn;
    for (; w()->ended.first; turns++) {
        assert_int_equal(shard_due(w()), s.now.mono_ms);
        (void)shard_tick(w());
    }
    return turns;
}

/* Where nothing holds it, as behind the writes of a turn. */
static unsigned stranger_comes(void)
{
    while (clients_next_dirty(w()->clients) != UINT32_MAX)
        continue;
    return sim_connect(&s, STRANGER, 0);
}

static void a_turn_takes_back_a_part(void **state)
{
    (void)state;
    uint64_t count = ends(fan[0], 0) + ends(fan[1], 0);
    assert_true(count >= 2 * FANS);
    assert_int_equal(listeners(), FANS);
    assert_in_range(turns_until_taken_back(1), count, count + 1);
    assert_int_equal(w()->ended.count, 0);
    assert_int_equal(listeners(), FANS - 2);
}

static void who_has_ended_is_told_nothing(void **state)
{
    (void)state;
    (void)ends(fan[0], 5000);
    const struct client *k = clients_at(w()->clients, slot_of(fan[0]));
    uint64_t delivered = w()->stats.deliveries;
    sim_status(&s, star, "{\"status\":\"b\"}");
    settle();
    assert_int_equal(listeners(), FANS);
    assert_int_equal(w()->stats.deliveries, delivered + FANS - 1);
    assert_int_equal(k->outbox.count, 0);
    expect(fan[1], "diff+1-1");
}

static void its_place_is_nobody_elses_before(void **state)
{
    (void)state;
    (void)ends(fan[3], 0);
    settle();
    assert_int_not_equal(slot_of(stranger_comes()), slot_of(fan[3]));
    (void)turns_until_taken_back(5);
    assert_int_equal(slot_of(stranger_comes()), slot_of(fan[3]));
}

/* It is on its way to the place when that is given to another. */
static void what_was_announced_since_then_reaches_nobody(void **state)
{
    (void)state;
    unsigned last = fan[FANS - 1];
    for (unsigned i = 0; i < FANS; i++)
        assert_true(slot_of(fan[i]) <= slot_of(last));
    (void)ends(last, 0);
    sim_status(&s, star, "{\"status\":\"b\"}");
    while (!w()->spreads.first)
        assert_true(sim_deliver(&s, 0, 0));
    assert_int_equal(turns_until_taken_back(100), 1);
    assert_non_null(w()->spreads.first);
    unsigned stranger = stranger_comes();
    assert_int_equal(slot_of(stranger), slot_of(last));
    sim_join(&s, stranger, KITH_SOCIAL_USER, "", 0);
    settle();
    expect(stranger, "ok state");
}

static void a_grace_begins_with_the_end_and_not_with_the_last_part(void **state)
{
    (void)state;
    (void)ends(fan[0], SIM_GRACE_MS);
    unsigned back = sim_connect(&s, FAN, 0);
    sim_join(&s, back, KITH_SOCIAL_USER, "", 0);
    settle();
    sim_tick(&s, 2 * SIM_GRACE_MS);
    settle();
    assert_non_null(w()->ended.first);
    expect(fan[1], "");
    (void)ends(back, 0);
    settle();
    expect(fan[1], "diff-2");
}

static void who_leaves_its_channel_or_is_sent_away_is_taken_back_in_parts_too(void **state)
{
    (void)state;
    sim_part(&s, fan[0]);
    social_send_away(w(), slot_of(fan[1]));
    (void)ends(fan[1], 0);
    settle();
    assert_int_equal(listeners(), FANS);
    uint64_t delivered = w()->stats.deliveries;
    sim_status(&s, star, "{\"status\":\"b\"}");
    settle();
    assert_int_equal(w()->stats.deliveries, delivered + FANS - 2);
    (void)turns_until_taken_back(3);
    assert_int_equal(listeners(), FANS - 2);
}

/* The first, one in the middle, the last of those that wait. */
static void who_joins_again_before_listens_as_ever(void **state)
{
    (void)state;
    char words[2048];
    for (unsigned i = 0; i < 3; i++) {
        w()->o.ended_per_turn = 0;
        for (unsigned other = 0; other < 3; other++)
            sim_part(&s, fan[other]);
        sim_join(&s, fan[i], KITH_SOCIAL_USER, "", 0);
        settle();
        (void)turns_until_taken_back(100);
        assert_int_equal(listeners(), FANS - 2);
        sim_transcript(&s, fan[i], words);
        assert_non_null(strstr(words, "ok state"));
        sim_status(&s, star, "{\"status\":\"b\"}");
        settle();
        expect(fan[i], "diff+1-1");
        for (unsigned other = 0; other < 3; other++)
            if (other != i) sim_join(&s, fan[other], KITH_SOCIAL_USER, "", 0);
        settle();
    }
}

static void in_a_crowd_it_may_try_again(void **state)
{
    (void)state;
    unsigned form = KITH_SOCIAL_USER;
    const struct social_join j = {.form = form,
                                  .user = slice_str(s.clients[fan[0]].user_id),
                                  .name = slice_str(s.clients[fan[0]].name),
                                  .topic_len = (uint16_t)strlen(s.clients[fan[0]].topic),
                                  .ref = slice_str(s.clients[fan[0]].join_ref)};
    sim_part(&s, fan[0]);
    settle();
    w()->ended.count += ENDED_AT_ONCE;
    w()->o.left_at_once = 1;
    assert_int_equal(social_join(w(), slot_of(fan[0]), &j), KITH_FULL);
    w()->o.left_at_once = LEFT_AT_ONCE; /* little is */
    assert_int_equal(social_join(w(), slot_of(fan[0]), &j), KITH_OK);
    assert_int_equal(w()->ended.count, ENDED_AT_ONCE);
    assert_null(w()->ended.first);
    w()->ended.count = 0;
}

static void beyond_a_bound_who_ends_takes_back_what_waits(void **state)
{
    (void)state;
    w()->o.ended_per_turn = 1;
    w()->ended.count = ENDED_MAX - 2;
    (void)ends(fan[0], 0);
    assert_int_equal(w()->ended.count, ENDED_MAX);
    w()->ended.count -= ENDED_MAX - 2;
    assert_in_range(turns_until_taken_back(1), 2, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_turn_takes_back_a_part),
        TEST(who_has_ended_is_told_nothing),
        TEST(its_place_is_nobody_elses_before),
        cmocka_unit_test_setup_teardown(what_was_announced_since_then_reaches_nobody, set_up_hot,
                                        tear_down),
        TEST(a_grace_begins_with_the_end_and_not_with_the_last_part),
        TEST(who_leaves_its_channel_or_is_sent_away_is_taken_back_in_parts_too),
        TEST(who_joins_again_before_listens_as_ever),
        TEST(in_a_crowd_it_may_try_again),
        TEST(beyond_a_bound_who_ends_takes_back_what_waits),
    };
    return cmocka_run_group_tests_name("ended", tests, NULL, NULL);
}
