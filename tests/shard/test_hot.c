/* tests/shard/test_hot.c -- a user whom ten thousand watch, and who changes all the time: nobody
 * else waits for that, and in the end everybody sees what is. */
#include "base/ids.h"
#include "shard/audience.h"
#include "shard/sight_mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { FANS = 10000, PAIRS = 10, STEPS = 200, STEP_MS = 10 };
enum { INTERVAL_MS = FANS * 1000 / HOT_DELIVERIES_S };

static struct audience a;
static struct watcher *star, *ann[PAIRS], *ben[PAIRS], *fans;

/* On so many shards: the star, whom all fans watch, and beside them pairs of friends. */
static void gather_all(unsigned shards, const struct world_options *o, unsigned fan_count)
{
    char id[16], other[16];
    audience_init(&a, shards, o);
    star = audience_add(&a, 0, "star", "nobody");
    for (unsigned i = 0; i < PAIRS; i++) {
        snprintf(id, sizeof id, "ann%u", i);
        snprintf(other, sizeof other, "ben%u", i);
        ann[i] = audience_add(&a, i % shards, id, other);
        ben[i] = audience_add(&a, (i + 1) % shards, other, id);
    }
    fans = &a.watchers[a.count];
    for (unsigned i = 0; i < fan_count; i++) {
        snprintf(id, sizeof id, "fan%u", i);
        (void)audience_add(&a, i % shards, id, "star");
    }
    audience_settle(&a);
}

static void all_see(unsigned fan_count, int status)
{
    for (unsigned i = 0; i < fan_count; i++)
        if (fans[i].sees != status) fail_msg("fan %u sees %d, not %d", i, fans[i].sees, status);
}

/* A pair's news is there after the turn in which it was made, and where it goes by way of other
 * shards, after so many more. */
static void friends_hear_at_once(unsigned i, int n)
{
    unsigned begin = a.turn;
    audience_status(&a, ann[i], n, 1);
    do
        audience_turn(&a);
    while (ben[i]->sees != n && a.turn - begin < 5);
    assert_int_equal(ben[i]->sees, n);
    assert_true(a.turn - begin <= (a.shards == 1 ? 1 : 3));
}

static void nobody_waits_for_one_whom_ten_thousand_watch(void **state)
{
    gather_all(*(unsigned *)*state, &(struct world_options){.hash_key = {1, 2}}, FANS);
    all_see(FANS, 0);
    unsigned before = fans[7].diffs, most = 0;
    for (int n = 1; n <= STEPS; n++) {
        unsigned turns = 0, pair = 0;
        audience_pass(&a, STEP_MS);
        audience_status(&a, star, n, 1);
        do {
            friends_hear_at_once(pair++ % PAIRS, n * 1000 + (int)turns);
            turns++;
        } while (audience_turn(&a));
        most = turns > most ? turns : most;
        for (unsigned i = 0; i < FANS; i += 97)
            assert_true(fans[i].sees > n - 2 * INTERVAL_MS / STEP_MS && fans[i].sees <= n);
    }
    unsigned told = fans[7].diffs - before, whole = STEPS * STEP_MS / INTERVAL_MS;
    assert_in_range(told, whole - 2, whole + 1);
    assert_true(most > 1);
    audience_pass(&a, INTERVAL_MS);
    audience_settle(&a);
    all_see(FANS, STEPS);
    audience_fini(&a);
}

static void a_final_leave_waits_for_no_interval(void **state)
{
    gather_all(*(unsigned *)*state, &(struct world_options){.hash_key = {1, 2}}, FANS);
    audience_pass(&a, 1000);
    audience_status(&a, star, 1, 1);
    audience_turn(&a);
    audience_status(&a, star, 2, 1); /* waits */
    social_part(a.world[star->shard], star->slot, KITH_SOCIAL_FRIENDS);
    unsigned turns = audience_settle(&a);
    all_see(FANS, AUDIENCE_OFFLINE);
    assert_true(turns <= 2 * FANS / SPREAD_PER_TURN + 3);
    audience_pass(&a, 10000);
    audience_settle(&a);
    all_see(FANS, AUDIENCE_OFFLINE); /* what waited went with it */
    audience_fini(&a);
}

/* The store says so at the star's home, of all fans. */
static void change_sight(bool sees)
{
    struct buf ids = {0};
    for (unsigned i = 0; i < FANS; i++)
        ids_put(&ids, slice_str(fans[i].user));
    struct sight_lists l = {.gained = sees ? buf_slice(&ids) : (kith_slice){0},
                            .lost = sees ? (kith_slice){0} : buf_slice(&ids)};
    struct mail *m = sight_mail(slice_str(star->user), &l);
    assert_non_null(m);
    buf_fini(&ids);
    shard_receive(a.world[world_home(a.world[0], slice_str(star->user))], m);
}

static unsigned fans_who_see(int status)
{
    unsigned n = 0;
    for (unsigned i = 0; i < FANS; i++)
        n += fans[i].sees == status;
    return n;
}

static void a_change_of_sight_lets_others_through(void **state)
{
    gather_all(*(unsigned *)*state, &(struct world_options){.hash_key = {1, 2}}, FANS);
    for (int sees = 0; sees < 2; sees++) {
        unsigned turns = 0, pair = 0, told = 0;
        change_sight(sees);
        do {
            friends_hear_at_once(pair++ % PAIRS, 1 + sees * 1000 + (int)turns);
            unsigned now = fans_who_see(sees ? 0 : AUDIENCE_OFFLINE);
            assert_true(now - told <= 6 * a.shards * SPREAD_PER_TURN);
            told = now;
            turns++;
        } while (audience_turn(&a));
        all_see(FANS, sees ? 0 : AUDIENCE_OFFLINE);
        assert_true(turns > 2);
    }
    audience_fini(&a);
}

/* Who has not been hidden from yet is, before the star's next status is told. */
static void a_status_comes_behind_a_change_of_sight(void **state)
{
    gather_all(*(unsigned *)*state, &(struct world_options){.hash_key = {1, 2}}, FANS);
    audience_pass(&a, 1000);
    for (int sees = 0; sees < 2; sees++) {
        change_sight(sees);
        audience_turn(&a);
        audience_pass(&a, 1000);
        audience_status(&a, star, 5 + sees, 1);
        audience_settle(&a);
        all_see(FANS, sees ? 6 : AUDIENCE_OFFLINE);
    }
    audience_fini(&a);
}

/* Half of the fans read nothing until all is over. */
static void readers_that_stalled_see_what_is_once_they_have_drained(void **state)
{
    enum { FEW = 2000, NOTE = 900, OUTBOX = 8192 };
    struct world_options o = {.hash_key = {1, 2}, .outbox_bytes_max = OUTBOX};
    gather_all(*(unsigned *)*state, &o, FEW);
    for (unsigned i = 0; i < FEW; i += 2)
        fans[i].stalled = true;
    for (int n = 1; n <= 100; n++) {
        audience_pass(&a, STEP_MS);
        audience_status(&a, star, n, NOTE);
        audience_settle(&a);
    }
    audience_pass(&a, INTERVAL_MS);
    audience_settle(&a);
    for (unsigned i = 0; i < FEW; i++) {
        const struct client *c = clients_at(a.world[fans[i].shard]->clients, fans[i].slot);
        assert_int_equal(c->behind, i % 2 == 0);
        assert_true(c->outbox.bytes <= OUTBOX);
        fans[i].stalled = false;
    }
    unsigned before = fans[0].states;
    audience_settle(&a);
    all_see(FEW, 100);
    assert_int_equal(fans[0].states, before + 1);
    audience_fini(&a);
}

int main(void)
{
    static unsigned one = 1, two = 2;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(nobody_waits_for_one_whom_ten_thousand_watch, &one),
        cmocka_unit_test_prestate(nobody_waits_for_one_whom_ten_thousand_watch, &two),
        cmocka_unit_test_prestate(a_final_leave_waits_for_no_interval, &one),
        cmocka_unit_test_prestate(a_final_leave_waits_for_no_interval, &two),
        cmocka_unit_test_prestate(a_change_of_sight_lets_others_through, &one),
        cmocka_unit_test_prestate(a_change_of_sight_lets_others_through, &two),
        cmocka_unit_test_prestate(a_status_comes_behind_a_change_of_sight, &one),
        cmocka_unit_test_prestate(a_status_comes_behind_a_change_of_sight, &two),
        cmocka_unit_test_prestate(readers_that_stalled_see_what_is_once_they_have_drained, &one),
        cmocka_unit_test_prestate(readers_that_stalled_see_what_is_once_they_have_drained, &two),
    };
    return cmocka_run_group_tests_name("hot", tests, NULL, NULL);
}
