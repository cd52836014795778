/* tests/io/test_newest.c -- what waits for the log of events while somebody changes its status all
 * the time. */
#include "log_fixture.h"

enum { FLOOD = 200000, METAS = 64 };

/* As many sessions of others as one write takes, or more; `seen` is behind them once written. */
static void fill(struct events *ev, int count)
{
    for (int i = 0; i < count; i++) {
        char user[16];
        (void)snprintf(user, sizeof user, "u%d", i);
        events_note(ev, session(user, "", user));
    }
}

static void status(struct events *ev, const char *session, int from, int to)
{
    char old[REF_BYTES], now[REF_BYTES], metas[METAS];
    (void)snprintf(old, sizeof old, "%s%d", session, from);
    (void)snprintf(now, sizeof now, "%s%d", session, to);
    (void)snprintf(metas, sizeof metas, "{\"o\":1}{\"n\":%d}", to);
    events_note(ev, session_with("eve", old, now, metas));
}

static void written(struct events *ev)
{
    ev->again_ms = 0;
    events_flush(ev);
    assert_int_equal(ev->stats.waiting, 0);
    assert_int_equal(ev->bytes, 0);
    assert_int_equal(ev->newest.waiting.count, 0);
}

static void see(struct store *s, int events)
{
    uint64_t forgotten, latest;
    must(store_events_range(s, &forgotten, &latest));
    seen = forgotten + (uint64_t)events;
}

static void who_changes_its_status_all_the_time_leaves_others_their_room(void **state)
{
    only_in_a_file((struct folder *)*state);
    struct store *s = fixture_open(*state), *other = fixture_open(*state);
    struct events *ev = begin_locked(s, other);
    fill(ev, EVENTS_PER_COMMIT);
    events_note(ev, session("eve", "", "e0"));
    events_note(ev, session("eve", "", "f0"));
    for (int i = 0; i < FLOOD; i++) {
        status(ev, "e", i, i + 1);
        status(ev, "f", i, i + 1);
    }
    events_note(ev, session("bob", "", "b1"));
    status(ev, "f", FLOOD, FLOOD + 1);
    assert_int_equal(ev->stats.waiting, EVENTS_PER_COMMIT + 5);
    assert_int_equal(ev->stats.dropped, 0);
    store_rollback(other);
    written(ev);
    see(s, EVENTS_PER_COMMIT);
    expect(s, "online eve {\"o\":1}>{\"n\":1}, status eve {\"o\":1}>{\"n\":1}, "
              "status eve {\"o\":1}>{\"n\":200000}, status eve {\"o\":1}>{\"n\":200001}, "
              "online bob {\"o\":1}>{\"n\":1}, ");
    end(ev);
    store_close(other);
    store_close(s);
}

/* What is missed of it the roll makes up for. */
static void nor_does_who_comes_and_goes_take_it(void **state)
{
    only_in_a_file((struct folder *)*state);
    struct store *s = fixture_open(*state), *other = fixture_open(*state);
    struct events *ev = begin_locked(s, other);
    fill(ev, EVENTS_PER_COMMIT);
    for (int i = 0; i < FLOOD; i++) {
        char now[REF_BYTES];
        (void)snprintf(now, sizeof now, "e%d", i);
        events_note(ev, session("eve", "", now));
        events_note(ev, session("eve", now, ""));
    }
    assert_in_range(ev->stats.waiting, EVENTS_PER_COMMIT + EVENTS_SHARE_MAX - 10,
                    EVENTS_PER_COMMIT + EVENTS_SHARE_MAX);
    assert_true(ev->missed);
    uint64_t waiting = ev->stats.waiting;
    events_note(ev, session("bob", "", "b1"));
    assert_int_equal(ev->stats.waiting, waiting + 1);
    store_rollback(other);
    written(ev);
    for (unsigned i = 0; i < EVENTS_SHARES; i++)
        assert_int_equal(ev->shares[i], 0);
    end(ev);
    store_close(other);
    store_close(s);
}

/* Neither its end nor, when all are counted, that it is there moves behind what came later. */
static void comings_and_goings_keep_their_place(void **state)
{
    struct store *s = fixture_open(*state);
    struct events *ev = begin(s, 1, &usual);
    fill(ev, EVENTS_PER_COMMIT);
    events_note(ev, session("eve", "", "e0"));
    status(ev, "e", 0, 1);
    events_note(ev, session("eve", "", "e1")); /* as it is counted */
    status(ev, "e", 1, 2);
    events_note(ev, session("eve", "e2", ""));
    assert_int_equal(ev->stats.waiting, EVENTS_PER_COMMIT + 5);
    written(ev);
    see(s, EVENTS_PER_COMMIT);
    expect(s, "online eve {\"o\":1}>{\"n\":1}, status eve {\"o\":1}>{\"n\":1}, "
              "status eve {\"o\":1}>{\"n\":2}, offline eve {\"o\":1}>{\"n\":1}, ");
    end(ev);
    store_close(s);
}

static void what_may_have_been_written_stays_as_it_was(void **state)
{
    only_in_a_file((struct folder *)*state);
    struct store *s = fixture_open(*state), *other = fixture_open(*state);
    struct events *ev = begin_locked(s, other);
    fill(ev, EVENTS_PER_COMMIT - 2);
    events_note(ev, session("eve", "", "e0"));
    status(ev, "e", 0, 1);
    events_flush(ev);
    assert_int_equal(ev->tried, EVENTS_PER_COMMIT);
    status(ev, "e", 1, 2);
    status(ev, "e", 2, 3);
    assert_int_equal(ev->stats.waiting, EVENTS_PER_COMMIT + 1);
    store_rollback(other);
    written(ev);
    see(s, EVENTS_PER_COMMIT - 2);
    expect(s, "online eve {\"o\":1}>{\"n\":1}, status eve {\"o\":1}>{\"n\":1}, "
              "status eve {\"o\":1}>{\"n\":3}, ");
    end(ev);
    store_close(other);
    store_close(s);
}

/* A session's newest status may be the longest that there is: room for all has one bound still. */
static void what_takes_anothers_place_has_the_room_of_all(void **state)
{
    struct store *s = fixture_open(*state);
    struct events *ev = begin(s, 1, &usual);
    char metas[META_BYTES_MAX];
    memset(metas, 'x', sizeof metas);
    metas[sizeof metas - 1] = 0;
    fill(ev, EVENTS_PER_COMMIT);
    status(ev, "e", 0, 1);
    ev->bytes = EVENTS_WAITING_BYTES_MAX - 100; /* as if so much waited */
    status(ev, "e", 1, 2);
    events_note(ev, session_with("eve", "e2", "e3", metas));
    assert_int_equal(ev->stats.waiting, EVENTS_PER_COMMIT + 1);
    assert_int_equal(ev->stats.dropped, 1);
    assert_int_equal(ev->bytes, EVENTS_WAITING_BYTES_MAX - 100);
    end(ev);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(who_changes_its_status_all_the_time_leaves_others_their_room),
        in_a_folder(nor_does_who_comes_and_goes_take_it),
        in_a_folder(comings_and_goings_keep_their_place),
        in_a_folder(what_may_have_been_written_stays_as_it_was),
        in_a_folder(what_takes_anothers_place_has_the_room_of_all),
    };
    return cmocka_run_group_tests_name("newest", tests, NULL, NULL);
}
