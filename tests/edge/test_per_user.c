/* tests/edge/test_per_user.c -- a user has so many sockets on a node, and the newest are those. */
#include "edge/heard.h"
#include "shard/full.h"
#include "shard/per_user.h"

static struct rig rig;

enum { MAX = 3 };

/* On two shards, of which each has every second socket. User 2 watches 1. */
static int set_up(void **state)
{
    (void)state;
    assert_true(rig_init(&rig, 2, "2 1\n1 2\n"));
    for (unsigned i = 0; i < 2; i++)
        rig.worlds[i]->o.per_user_max = MAX;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_fini(&rig);
    return 0;
}

static bool is_open(unsigned client)
{
    rig_turn(&rig);
    return rig.clients[client].edge.phase == EDGE_SOCKET;
}

static void the_newest_wins_whichever_thread_they_are_on(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MAX; i++)
        connect_as(&rig, i, "1", "2.0.0");
    connect_as(&rig, 7, "2", "2.0.0");
    for (unsigned i = 0; i < MAX; i++)
        assert_true(is_open(i));
    connect_as(&rig, MAX, "1", "2.0.0");
    HEARS(&rig, 0, "close 1000", "end");
    connect_as(&rig, MAX + 1, "1", "2.0.0");
    HEARS(&rig, 1, "close 1000", "end");
    for (unsigned i = 2; i < MAX + 2; i++)
        assert_true(is_open(i));
    assert_true(is_open(7));
    assert_int_equal(rig.worlds[0]->stats.sockets_crowded + rig.worlds[1]->stats.sockets_crowded,
                     2);
}

static void whoever_has_gone_left_room(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MAX; i++)
        connect_as(&rig, i, "1", "2.0.0");
    rig_drop(&rig, 1);
    rig_turn(&rig);
    connect_as(&rig, MAX, "1", "2.0.0");
    assert_true(is_open(0) && is_open(2) && is_open(MAX));
    connect_as(&rig, MAX + 1, "1", "2.0.0");
    assert_false(is_open(0));
    assert_true(is_open(2) && is_open(MAX) && is_open(MAX + 1));
}

static void join(unsigned client)
{
    struct buf ignored = {0};
    rig_say(&rig, client, "['1','1','friends','phx_join',{}]");
    rig_turn(&rig);
    heard(&rig, client, &ignored);
    buf_fini(&ignored);
}

static uint64_t presences(void)
{
    return presence_count(rig.worlds[0]->presence) + presence_count(rig.worlds[1]->presence);
}

/* A page that connects in a loop: the new session has the presence of the one that went. */
static void friends_hear_nothing_of_it(void **state)
{
    (void)state;
    struct buf ignored = {0};
    connect_as(&rig, 7, "2", "2.0.0");
    join(7);
    for (unsigned i = 0; i < MAX; i++) {
        connect_as(&rig, i, "1", "2.0.0");
        join(i);
    }
    heard(&rig, 7, &ignored);
    buf_fini(&ignored);
    uint64_t before = presences();
    connect_as(&rig, MAX, "1", "2.0.0");
    HEARS(&rig, 0, "close 1000", "end");
    join(MAX);
    assert_int_equal(presences(), before);
    HEARS_NOTHING(&rig, 7);
    rig_wait(&rig, GRACE_MS + 1);
    HEARS_NOTHING(&rig, 7);
}

static void a_bound_that_falls_holds_from_the_next_socket_on(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MAX; i++)
        connect_as(&rig, i, "1", "2.0.0");
    for (unsigned i = 0; i < 2; i++)
        rig.worlds[i]->o.per_user_max = 1;
    connect_as(&rig, MAX, "1", "2.0.0");
    for (unsigned i = 0; i < MAX; i++)
        assert_false(is_open(i));
    assert_true(is_open(MAX));
}

static void asks_in_as(unsigned client, const char *user)
{
    char head[256];
    int n = snprintf(head, sizeof head,
                     "GET /socket/websocket?vsn=2.0.0&user_id=%s HTTP/1.1\r\nhost: a\r\n"
                     "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
                     "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                     user);
    assert_true(rig_open(&rig, client, client % rig.shards, false));
    rig_feed(&rig, client, slice_of(head, (size_t)n));
}

static void refused_as(unsigned client, const char *user)
{
    asks_in_as(client, user);
    HEARS(&rig, client, "429 too many connections of one user", "end");
    rig_drop(&rig, client);
}

/* A socket for each place, and then one that takes each of them. */
static void take_every_place(void)
{
    for (unsigned i = 0; i < 2 * MAX; i++)
        connect_as(&rig, i, "1", "2.0.0");
    for (unsigned i = 0; i < MAX; i++)
        HEARS(&rig, i, "close 1000", "end");
    rig_turn(&rig);
}

static void a_place_that_was_taken_is_kept_for_a_while(void **state)
{
    (void)state;
    take_every_place();
    asks_in_as(6, "1");
    kith_slice raw = heard_raw(&rig, 6);
    static const char when[] = "\r\nretry-after: 5\r\n";
    assert_non_null(memmem(raw.ptr, raw.len, when, sizeof when - 1));
    rig_drop(&rig, 6);
    refused_as(6, "1");
    refused_as(7, "1");
    connect_as(&rig, 6, "2", "2.0.0");
    rig_wait(&rig, PLACE_MS - 1000); /* by the second */
    refused_as(7, "1");
    rig_wait(&rig, 1000);
    connect_as(&rig, 7, "1", "2.0.0");
    assert_false(is_open(MAX));
    assert_true(is_open(MAX + 1) && is_open(MAX + 2) && is_open(6) && is_open(7));
}

static void a_place_that_gets_free_is_there_at_once(void **state)
{
    (void)state;
    take_every_place();
    refused_as(6, "1");
    rig_drop(&rig, MAX + 1);
    rig_turn(&rig);
    connect_as(&rig, 6, "1", "2.0.0");
    rig_turn(&rig);
    refused_as(7, "1");
    assert_true(is_open(MAX) && is_open(MAX + 2) && is_open(6));
}

/* It is on its way while its user gets full, or its shard has forgotten that. */
static void whoever_was_let_in_nonetheless_goes_itself(void **state)
{
    (void)state;
    take_every_place();
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned j = 0; j < 2; j++)
            full_forget(rig.worlds[j]);
        asks_in_as(6 + i, "1");
        HEARS(&rig, 6 + i, "101", "close 1013", "end");
        rig_drop(&rig, 6 + i);
        refused_as(6, "1");
        refused_as(7, "1");
    }
    for (unsigned i = MAX; i < 2 * MAX; i++)
        assert_true(is_open(i));
}

static void a_bound_that_rises_holds_at_once(void **state)
{
    (void)state;
    take_every_place();
    refused_as(6, "1");
    for (unsigned i = 0; i < 2; i++)
        shard_limit(rig.worlds[i], GRACE_MS, OUTBOX_BYTES_MAX, MAX + 1);
    connect_as(&rig, 6, "1", "2.0.0");
    for (unsigned i = MAX; i <= 2 * MAX; i++)
        assert_true(is_open(i));
}

static kith_slice numbered(unsigned number, char text[static 16])
{
    return slice_of(text, (size_t)snprintf(text, 16, "%u", number));
}

/* However many are, some of them are known, and whoever came last is. */
static void of_users_who_are_full_so_many_are_known(void **state)
{
    enum { MANY = 4 * FULL_USERS_MAX };
    struct world *w = rig.worlds[0];
    unsigned known = 0;
    char text[16];
    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        kith_slice user = numbered(i, text);
        assert_false(full_has(w, user));
        full_set(w, siphash13(&w->o.hash_key, user), w->now.mono_ms + PLACE_MS);
        assert_true(full_has(w, user));
    }
    for (unsigned i = 0; i < MANY; i++)
        known += full_has(w, numbered(i, text));
    assert_in_range(known, FULL_USERS_MAX / 2, FULL_USERS_MAX);
    rig_wait(&rig, PLACE_MS);
    for (unsigned i = 0; i < MANY; i++)
        assert_false(full_has(w, numbered(i, text)));
}

static void without_a_bound_there_may_be_any_number(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++)
        rig.worlds[i]->o.per_user_max = 0;
    for (unsigned i = 0; i < RIG_CLIENTS_MAX; i++)
        connect_as(&rig, i, "1", "2.0.0");
    for (unsigned i = 0; i < RIG_CLIENTS_MAX; i++)
        assert_true(is_open(i));
}

static void say(struct world *w, uint64_t handle, bool begins)
{
    struct mail *m = mail_new(MAIL_SOCKET, slice_str("1"), (kith_slice){0}, (kith_slice){0});
    assert_non_null(m);
    m->handle = handle;
    m->begins = begins;
    per_user_receive(w, m);
    mail_free(m);
}

static void the_eldest_of_many_may_go_first(void **state)
{
    enum { MANY = 100 };
    struct world *w = rig.worlds[0];
    (void)state;
    w->o.per_user_max = MANY;
    for (unsigned i = 0; i < MANY; i++)
        say(w, i + 1, true);
    for (unsigned i = 0; i < MANY / 2; i++)
        say(w, i + 1, false);
    for (unsigned i = 0; i < MANY / 2; i++)
        say(w, MANY + i + 1, true);
    assert_int_equal(w->stats.sockets_crowded, 0);
    say(w, 2 * MANY, true);
    assert_int_equal(w->stats.sockets_crowded, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_newest_wins_whichever_thread_they_are_on),
        TEST(whoever_has_gone_left_room),
        TEST(friends_hear_nothing_of_it),
        TEST(a_bound_that_falls_holds_from_the_next_socket_on),
        TEST(a_place_that_was_taken_is_kept_for_a_while),
        TEST(a_place_that_gets_free_is_there_at_once),
        TEST(whoever_was_let_in_nonetheless_goes_itself),
        TEST(a_bound_that_rises_holds_at_once),
        TEST(of_users_who_are_full_so_many_are_known),
        TEST(without_a_bound_there_may_be_any_number),
        TEST(the_eldest_of_many_may_go_first),
    };
    return cmocka_run_group_tests_name("per_user", tests, NULL, NULL);
}
