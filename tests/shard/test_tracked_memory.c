/* tests/shard/test_tracked_memory.c -- channels and trackers when memory runs out: whichever
 * allocation fails, an error has changed nothing, nobody is shown what is not so for good, and
 * nothing is lost or left. */
#include "failures.h"
#include "shard/rooms.h"

static const struct kith_presence_behaviour says_nothing;
static const struct kith_tracker rooms = {.presence = &says_nothing};
static char near[32], far[32];
static unsigned ann, ben;

static void set_up(void)
{
    sim_init(&s, 2, 8, 1);
    topic_at(0, 0, near);
    topic_at(1, 0, far);
    ann = member(0, "chat:ann");
    ben = member(1, far);
    track_on(ben, &rooms, near, "ben", "{}");
    track_on(ben, &rooms, far, "ben", "{}");
    sim_settle(&s);
}

static kith_err do_listen(void)
{
    return subscriber_listen(world_of(ann), s.clients[ann].number, slice_str(far), false);
}

static kith_err do_track(void)
{
    return tracked_track(world_of(ann), s.clients[ann].number, &rooms, slice_str(far),
                         KITH_LIT("ann"), KITH_LIT("{\"n\":1}"));
}

static kith_err do_track_near(void)
{
    return tracked_track(world_of(ann), s.clients[ann].number, &rooms, slice_str(near),
                         KITH_LIT("ann"), KITH_LIT("{\"n\":1}"));
}

static kith_err do_update(void)
{
    return tracked_update(world_of(ben), s.clients[ben].number, &rooms, slice_str(far),
                          KITH_LIT("ben"), KITH_LIT("{\"n\":2}"));
}

static kith_err do_push_state(void)
{
    kith_slice topics[] = {slice_str(near), slice_str(far)};
    return tracked_push_state(world_of(ann), s.clients[ann].number, &rooms, topics, 2);
}

static kith_err do_enter(void)
{
    return tracked_enter(world_of(ann), s.clients[ann].number, &rooms, KITH_LIT("ann"),
                         KITH_LIT("{}"));
}

static kith_err do_enter_here(void)
{
    return tracked_enter(world_of(ben), s.clients[ben].number, &rooms, KITH_LIT("ben too"),
                         KITH_LIT("{}"));
}

static kith_err do_list(void)
{
    return tracked_list(world_of(ann), s.clients[ann].number, &rooms, slice_str(near),
                        (kith_slice){0}, NULL);
}

/* Whatever the answer, a second try is as the first: either it was done, or nothing was. */
static void try_with_each_allocation_failing(kith_err (*op)(void), kith_err again_if_done)
{
    size_t nth = 0;
    for (bool failed = true; failed; nth++) {
        set_up();
        alloc_fail(nth, 1);
        kith_err e = op();
        failed = alloc_heal() > nth;
        bool closed = clients_at(world_of(ann)->clients, s.clients[ann].slot)->overrun ||
                      clients_at(world_of(ben)->clients, s.clients[ben].slot)->overrun;
        assert_true(e == KITH_OK || e == KITH_NOMEM);
        if (!closed) assert_int_equal(op(), e ? KITH_OK : again_if_done);
        sim_fini(&s);
    }
    assert_true(nth > 1); /* the last is one that did not fail */
}

static void an_error_has_changed_nothing(void **state)
{
    (void)state;
    try_with_each_allocation_failing(do_listen, KITH_OK);
    try_with_each_allocation_failing(do_track, KITH_EXISTS);
    try_with_each_allocation_failing(do_track_near, KITH_EXISTS);
    try_with_each_allocation_failing(do_update, KITH_OK);
    try_with_each_allocation_failing(do_push_state, KITH_EXISTS);
    try_with_each_allocation_failing(do_enter, KITH_EXISTS);
    try_with_each_allocation_failing(do_enter_here, KITH_EXISTS);
    try_with_each_allocation_failing(do_list, KITH_OK);
}

static void deliver_all(void)
{
    while (sim_deliver_any(&s))
        ;
}

static bool is_closed(unsigned client)
{
    return clients_at(world_of(client)->clients, s.clients[client].slot)->overrun;
}

/* The other shards' part: what fails there is tried again in time, or ends the socket. */
static void a_state_comes_in_the_end_whatever_fails_on_its_way(void **state)
{
    (void)state;
    size_t nth = 0;
    for (bool failed = true; failed; nth++) {
        set_up();
        assert_int_equal(do_push_state(), KITH_OK);
        sim_post(&s, 0);
        alloc_fail(nth, 1);
        deliver_all();
        failed = alloc_heal() > nth;
        sim_tick(&s, 5000);
        sim_settle(&s);
        assert_true(is_closed(ann) || s.clients[ann].has_state);
        if (!is_closed(ann)) assert_int_equal(json_array_size(seen(ann, "ben")), 2);
        sim_fini(&s);
    }
    assert_true(nth > 3);
}

static void count_list(void *arg, struct kith_list *l) { (void)arg, (void)l; }

static size_t entries_of(const char *topic)
{
    char words[2048];
    unsigned eve = member(0, "chat:eve");
    sim_transcript(&s, eve, words);
    assert_int_equal(tracked_list(world_of(eve), s.clients[eve].number, &rooms, slice_str(topic),
                                  (kith_slice){0}, NULL),
                     KITH_OK);
    sim_post(&s, 0);
    sim_settle(&s);
    return json_object_size(s.clients[eve].listed);
}

/* Of any number of failures, while it ends and on the way to its homes. */
static void no_entry_outlives_its_channel(void **state)
{
    (void)state;
    for (size_t times = 1; times < 40; times++)
        for (size_t nth = 0; nth < 6; nth++) {
            set_up();
            changes_fini(&s.world[0]->trackers->changes); /* as on a home that had none yet */
            changes_fini(&s.world[1]->trackers->changes);
            alloc_fail(nth, times);
            subscriber_end(world_of(ben), s.clients[ben].number);
            s.clients[ben].has_channel = false;
            sim_post(&s, 1);
            deliver_all();
            (void)alloc_heal();
            sim_tick(&s, 100);
            sim_settle(&s);
            assert_int_equal(entries_of(near) + entries_of(far), 0);
            sim_fini(&s);
        }
}

static void an_owner_outside_goes_in_the_end(void **state)
{
    (void)state;
    for (size_t nth = 0; nth < 6; nth++) {
        set_up();
        unsigned home;
        struct tracking_request r = {.op = TRACKING_TRACK,
                                     .owner = 1,
                                     .topic = slice_str(near),
                                     .key = KITH_LIT("bot"),
                                     .meta = KITH_LIT("{}"),
                                     .listed = count_list};
        for (unsigned i = 0; i < 50; i++) { /* more than one piece of memory tells of */
            char key[16];
            snprintf(key, sizeof key, "bot %u", i);
            r.key = slice_str(key);
            shard_receive(s.world[0], tracking_mail(&rooms, &r, 2, &home));
        }
        assert_int_equal(home, 0);
        assert_int_equal(entries_of(near), 51);
        r.op = TRACKING_UNTRACK_OWNER;
        r.key = (kith_slice){0};
        struct mail *m = tracking_mail(&rooms, &r, 2, &home);
        alloc_fail(nth, 3);
        shard_receive(s.world[0], m);
        (void)alloc_heal();
        sim_tick(&s, 100);
        assert_int_equal(entries_of(near), 1);
        sim_fini(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_has_changed_nothing),
        cmocka_unit_test(a_state_comes_in_the_end_whatever_fails_on_its_way),
        cmocka_unit_test(no_entry_outlives_its_channel),
        cmocka_unit_test(an_owner_outside_goes_in_the_end),
    };
    return cmocka_run_group_tests_name("tracked_memory", tests, NULL, NULL);
}
