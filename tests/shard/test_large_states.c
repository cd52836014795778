/* tests/shard/test_large_states.c -- full states that are larger than what a socket may owe: how
 * many of them there may be at once, whom that holds up, and who makes room. */
#include "shard/audience.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum {
    SESSIONS = 64, /* of the star; a state that shows them has more than OUTBOX_BYTES_MAX */
    NOTE = 950,
    ROOM = 10 * OUTBOX_BYTES_MAX,
    MANY = 40,
};

static struct audience a;
static struct world *w, *home; /* of those who watch, and of the star */
static char star[16], three[32];

static unsigned home_of(const char *user) { return world_home(a.world[0], slice_str(user)); }

static void shine(const char *user)
{
    for (unsigned i = 0; i < SESSIONS; i++) {
        struct watcher *k = audience_add(&a, 0, user, "nobody");
        audience_settle(&a);
        audience_status(&a, k, 1, NOTE);
        audience_settle(&a);
    }
}

/* The star has its home on the first shard, those who watch it are on the last. */
static void begin(unsigned shards, uint64_t room)
{
    audience_init(&a, shards,
                  &(struct world_options){.hash_key = {1, 2}, .large_states_bytes = room});
    for (unsigned i = 0; i == 0 || home_of(star) != 0; i++)
        snprintf(star, sizeof star, "star%u", i);
    home = a.world[0];
    w = a.world[shards - 1];
    shine(star);
    (void)audience_add(&a, 0, "small", "nobody");
    audience_settle(&a);
}

static int end(void **state)
{
    (void)state;
    audience_fini(&a);
    return 0;
}

static struct watcher *fan(const char *of, bool stalled)
{
    char id[16];
    snprintf(id, sizeof id, "fan%u", a.count);
    struct watcher *k = audience_add(&a, w->o.id, id, of);
    k->stalled = stalled;
    return k;
}

static struct client *client_of(const struct watcher *k)
{
    return clients_at(a.world[k->shard]->clients, k->slot);
}

static bool has_state(const struct watcher *k)
{
    return k->states || client_of(k)->outbox.bytes > OUTBOX_BYTES_MAX;
}

static bool is_cut(const struct watcher *k) { return client_of(k)->overrun; }

typedef bool (*what)(const struct watcher *k);

/* Of the `n` from `first` on. */
static unsigned count(const struct watcher *first, unsigned n, what is)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < n; i++)
        sum += is(&first[i]);
    return sum;
}

static struct watcher *many_who_read_nothing(void)
{
    struct watcher *first = &a.watchers[a.count];
    for (unsigned i = 0; i < MANY; i++)
        (void)fan(star, true);
    audience_settle(&a);
    return first;
}

static uint64_t owed(const struct watcher *first, unsigned n)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < n; i++)
        sum += client_of(&first[i])->outbox.bytes;
    return sum;
}

static void those_that_wait_for_their_clients_have_one_bound(void)
{
    struct watcher *slow = many_who_read_nothing();
    unsigned served = count(slow, MANY, has_state);
    assert_in_range(served, 5, 9);
    assert_true(owed(slow, MANY) <= ROOM);
    assert_true(w->stats.states_held >= MANY - served);
    assert_int_equal(count(slow, MANY, is_cut), 0);
}

static void on_one_shard(void **state)
{
    (void)state;
    begin(1, ROOM);
    those_that_wait_for_their_clients_have_one_bound();
}

static void and_on_two(void **state)
{
    (void)state;
    begin(2, ROOM);
    those_that_wait_for_their_clients_have_one_bound();
}

/* What is around the pieces makes a frame larger than they are; the step is less than that. */
static void what_is_large_is_told_by_its_pieces(void **state)
{
    (void)state;
    enum { STEP = 10 };
    begin(1, 0);
    for (unsigned i = 1; i < 5; i++)
        audience_status(&a, &a.watchers[i], 1, NOTE / 2);
    for (unsigned note = 0; note < NOTE && w->large_states.count == 0; note += STEP) {
        audience_status(&a, &a.watchers[0], 1, note);
        audience_settle(&a);
        (void)fan(star, true);
        audience_settle(&a);
    }
    assert_int_equal(w->large_states.count, 1);
    assert_true(w->large_states.waiting <= OUTBOX_BYTES_MAX + STEP);
}

static void smaller_ones_wait_for_nobody(void **state)
{
    (void)state;
    begin(1, ROOM);
    (void)many_who_read_nothing();
    w->large_states.gathered += ROOM; /* nor for what is under way elsewhere */
    const struct watcher *k = fan("small", false);
    audience_settle(&a);
    assert_int_equal(k->states, 1);
    w->large_states.gathered -= ROOM;
}

static void who_reads_is_served_at_once_however_many_they_are(void **state)
{
    (void)state;
    begin(2, ROOM);
    struct watcher *first = &a.watchers[a.count];
    for (unsigned i = 0; i < 10 * MANY; i++)
        (void)fan(star, false);
    audience_settle(&a);
    assert_int_equal(count(first, 10 * MANY, has_state), 10 * MANY);
    assert_int_equal(w->stats.joins_refused, 0);
    assert_int_equal(w->large_states.gathered, 0);
}

static void who_has_taken_its_own_makes_room_for_who_waits(void **state)
{
    (void)state;
    begin(1, ROOM);
    struct watcher *slow = many_who_read_nothing();
    unsigned served = count(slow, MANY, has_state);
    for (unsigned i = 0, begun = 0; i < MANY && begun < 3; i++)
        if (has_state(&slow[i])) slow[i].stalled = false, begun++;
    audience_settle(&a);
    audience_settle(&a); /* what was read is seen by the turn behind it */
    assert_int_equal(count(slow, MANY, has_state), served + 3);
    assert_int_equal(count(slow, MANY, is_cut), 0);
}

/* There is room for three, and one who comes just now would find it as well. */
static void nobody_who_waits_is_overtaken(void **state)
{
    (void)state;
    begin(1, ROOM);
    struct watcher *slow = many_who_read_nothing();
    unsigned served = count(slow, MANY, has_state);
    for (unsigned i = 0, begun = 0; i < MANY && begun < 3; i++)
        if (has_state(&slow[i])) slow[i].stalled = false, begun++;
    (void)audience_turn(&a);
    audience_pass(&a, 1);
    const struct watcher *late = fan(star, false);
    audience_settle(&a);
    assert_int_equal(count(slow, MANY, has_state), served + 3);
    assert_false(has_state(late));
    for (unsigned i = 0; i < MANY; i++)
        slow[i].stalled = false;
    audience_settle(&a);
    audience_settle(&a);
    assert_int_equal(count(slow, MANY, has_state), MANY);
    assert_true(has_state(late));
}

static void join_other(const struct watcher *k)
{
    assert_int_equal(social_join(w, k->slot,
                                 &(struct social_join){.form = KITH_SOCIAL_USER,
                                                       .user = slice_str(k->user),
                                                       .name = KITH_LIT("mine1"),
                                                       .topic_len = 4,
                                                       .ref = KITH_LIT("1"),
                                                       .fields = KITH_LIT("{}")}),
                     KITH_OK);
    audience_settle(&a);
}

/* They have left, one of them a channel of two. */
static void nobody_waits_for_who_is_gone_nor_makes_room_for_them(void **state)
{
    (void)state;
    begin(1, ROOM);
    const struct watcher *two = fan(star, false);
    struct watcher *slow = many_who_read_nothing();
    join_other(two);
    for (unsigned i = 0; i < MANY; i++)
        if (!has_state(&slow[i])) social_part(w, slow[i].slot, KITH_SOCIAL_FRIENDS);
    assert_true(social_waits(w, two->slot, KITH_SOCIAL_USER));
    social_part(w, two->slot, KITH_SOCIAL_USER);
    audience_settle(&a);
    audience_pass(&a, LARGE_STATE_MS);
    audience_settle(&a);
    assert_int_equal(count(slow, MANY, is_cut), 0);
    for (unsigned i = 0; i < MANY; i++)
        slow[i].stalled = false;
    audience_settle(&a);
    const struct watcher *late = fan(star, true);
    (void)audience_turn(&a);
    (void)audience_turn(&a);
    assert_true(has_state(late));
}

/* Whoever would be done soon may end, also if it began with much. */
static void but_for_who_takes_it_at_a_pace(void **state)
{
    (void)state;
    begin(1, ROOM);
    snprintf(three, sizeof three, "%s,sun,moon", star);
    shine("sun");
    shine("moon");
    const struct watcher *busy = fan(three, true);
    audience_settle(&a);
    uint32_t all = client_of(busy)->outbox.bytes;
    assert_true(all > 2 * OUTBOX_BYTES_MAX + OUTBOX_BYTES_MAX / 2);
    struct watcher *slow = many_who_read_nothing();
    audience_pass(&a, LARGE_STATE_MS);
    clients_sent(w->clients, busy->slot, all / 3 * 2);
    assert_true(client_of(busy)->outbox.bytes > OUTBOX_BYTES_MAX);
    audience_settle(&a);
    assert_true(count(slow, MANY, is_cut) > 0);
    assert_false(is_cut(busy));
    audience_pass(&a, LARGE_STATE_MS / 2);
    audience_settle(&a);
    assert_false(is_cut(busy));
    audience_pass(&a, LARGE_STATE_MS * 3 / 4); /* in which it took no more */
    audience_settle(&a);
    assert_true(is_cut(busy));
}

static void whoever_takes_long_over_one_makes_room_if_others_wait(void **state)
{
    (void)state;
    begin(1, ROOM);
    struct watcher *slow = many_who_read_nothing();
    unsigned served = count(slow, MANY, has_state);
    audience_pass(&a, LARGE_STATE_MS - 1);
    audience_settle(&a);
    assert_int_equal(count(slow, MANY, is_cut), 0);
    audience_pass(&a, 1);
    audience_settle(&a);
    assert_in_range(count(slow, MANY, is_cut), 1, served);
    assert_int_equal(w->stats.states_cut, count(slow, MANY, is_cut));
    assert_true(count(slow, MANY, has_state) > served);
}

static void nor_where_what_is_put_together_has_all_the_room(void **state)
{
    (void)state;
    begin(1, ROOM);
    const struct watcher *slow = many_who_read_nothing();
    w->large_states.gathered += ROOM;
    audience_pass(&a, LARGE_STATE_MS);
    audience_settle(&a);
    assert_int_equal(count(slow, MANY, is_cut), 0);
    w->large_states.gathered -= ROOM;
}

static void nobody_is_cut_off_while_nobody_waits(void **state)
{
    (void)state;
    begin(1, ROOM);
    struct watcher *slow = &a.watchers[a.count];
    for (unsigned i = 0; i < 4; i++)
        (void)fan(star, true);
    audience_settle(&a);
    audience_pass(&a, 10 * LARGE_STATE_MS);
    audience_settle(&a);
    assert_int_equal(count(slow, 4, is_cut), 0);
}

static void who_waits_too_long_is_refused_and_leaves_nothing(void **state)
{
    (void)state;
    begin(1, ROOM);
    struct watcher *slow = many_who_read_nothing();
    unsigned served = count(slow, MANY, has_state);
    w->large_states.items[0].since_ms += 60000; /* so that nobody has to make room */
    audience_pass(&a, 5000);
    audience_settle(&a);
    assert_int_equal(w->stats.joins_refused, MANY - served);
    assert_int_equal(count(slow, MANY, is_cut), 0);
    assert_int_equal(w->large_states.gathered, 0);
}

/* Of states that are made here, and of those that are asked for by others. */
static void a_turn_makes_a_few_and_the_others_come_in_the_next(void)
{
    enum { ALL = 400 };
    struct watcher *first = &a.watchers[a.count];
    uint64_t most = 0, asked = 0;
    for (unsigned i = 0; i < ALL; i++)
        (void)fan(star, false);
    for (bool more = true; more;) {
        unsigned before = count(first, ALL, has_state);
        more = audience_turn(&a);
        unsigned made = count(first, ALL, has_state) - before;
        if (made > most) most = made;
        if (home != w && home->state_bytes > asked) asked = home->state_bytes;
    }
    assert_int_equal(count(first, ALL, has_state), ALL);
    assert_true(most <= EDGES_PER_TURN * EDGE_BYTES / OUTBOX_BYTES_MAX + 1);
    assert_true(asked <= EDGES_PER_TURN * EDGE_BYTES / 2 + 2 * OUTBOX_BYTES_MAX);
}

static void in_a_turn_of_one_shard(void **state)
{
    (void)state;
    begin(1, 0);
    a_turn_makes_a_few_and_the_others_come_in_the_next();
}

/* Its turn is the first: what the other asks of it waits for the next. */
static void and_of_one_that_is_asked(void **state)
{
    (void)state;
    begin(2, 0);
    a_turn_makes_a_few_and_the_others_come_in_the_next();
}

static void who_fell_behind_waits_for_its_turn_as_well(void **state)
{
    (void)state;
    begin(1, 0);
    struct watcher *first = &a.watchers[a.count];
    enum { ALL = 200 };
    for (unsigned i = 0; i < ALL; i++)
        (void)fan(star, false);
    audience_settle(&a);
    for (unsigned i = 0; i < ALL; i++)
        clients_fall_behind(w->clients, first[i].slot);
    unsigned states = 0;
    (void)audience_turn(&a); /* reads, and is owed a state */
    (void)audience_turn(&a);
    for (unsigned i = 0; i < ALL; i++)
        states += first[i].states - 1;
    assert_in_range(states, 1, EDGES_PER_TURN * EDGE_BYTES / OUTBOX_BYTES_MAX + 1);
    audience_settle(&a);
    for (unsigned i = 0; i < ALL; i++)
        assert_int_equal(first[i].states, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(on_one_shard, end),
        cmocka_unit_test_teardown(and_on_two, end),
        cmocka_unit_test_teardown(what_is_large_is_told_by_its_pieces, end),
        cmocka_unit_test_teardown(smaller_ones_wait_for_nobody, end),
        cmocka_unit_test_teardown(who_reads_is_served_at_once_however_many_they_are, end),
        cmocka_unit_test_teardown(who_has_taken_its_own_makes_room_for_who_waits, end),
        cmocka_unit_test_teardown(nobody_who_waits_is_overtaken, end),
        cmocka_unit_test_teardown(nobody_waits_for_who_is_gone_nor_makes_room_for_them, end),
        cmocka_unit_test_teardown(but_for_who_takes_it_at_a_pace, end),
        cmocka_unit_test_teardown(whoever_takes_long_over_one_makes_room_if_others_wait, end),
        cmocka_unit_test_teardown(nobody_is_cut_off_while_nobody_waits, end),
        cmocka_unit_test_teardown(nor_where_what_is_put_together_has_all_the_room, end),
        cmocka_unit_test_teardown(who_waits_too_long_is_refused_and_leaves_nothing, end),
        cmocka_unit_test_teardown(in_a_turn_of_one_shard, end),
        cmocka_unit_test_teardown(and_of_one_that_is_asked, end),
        cmocka_unit_test_teardown(who_fell_behind_waits_for_its_turn_as_well, end),
    };
    return cmocka_run_group_tests_name("large_states", tests, NULL, NULL);
}
