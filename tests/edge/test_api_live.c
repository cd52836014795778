/* tests/edge/test_api_live.c -- what the API tells of the node itself, to whom. */
#include "edge/operator.h"

#include <jansson.h>

static struct rig rig;

#define HEAR(...) HEARS(&rig, OPERATOR, __VA_ARGS__)

/* The body of the answer; the caller's. */
static json_t *asked(const char *path, const char *key)
{
    operator_asks(&rig, "GET", path, key, NULL);
    kith_slice raw = heard_raw(&rig, OPERATOR);
    assert_true(slice_starts(raw, KITH_LIT("HTTP/1.1 200 ")));
    const uint8_t *body = memmem(raw.ptr, raw.len, "\r\n\r\n", 4);
    assert_non_null(body);
    json_error_t error;
    json_t *json = json_loadb((const char *)body + 4, raw.len - (size_t)(body + 4 - raw.ptr),
                              JSON_REJECT_DUPLICATES, &error);
    if (!json) fail_msg("%s: %.*s", error.text, (int)raw.len, raw.ptr);
    return json;
}

static json_int_t figure(json_t *live, const char *name)
{
    return json_integer_value(json_object_get(json_object_get(live, "figures"), name));
}

static const char *text(json_t *of, const char *name)
{
    return json_string_value(json_object_get(of, name));
}

static void a_quiet_node_has_nobody_to_show(void **state)
{
    (void)state;
    json_t *live = asked("/v1/live", "");
    assert_string_equal(text(live, "role"), "admin");
    assert_true(json_is_true(json_object_get(live, "ready")));
    static const char *const lists[] = {"busiest", "slow", "refused"};
    for (size_t i = 0; i < 3; i++) {
        assert_true(json_is_array(json_object_get(live, lists[i])));
        assert_int_equal(json_array_size(json_object_get(live, lists[i])), 0);
    }
    json_decref(live);
}

/* The shards say what they count when they are asked, and not a while before. */
static void figures_are_those_of_all_shards_at_this_moment(void **state)
{
    (void)state;
    rig.worlds[0]->stats.joins = 40;
    rig.worlds[1]->stats.joins = 2;
    rig.worlds[0]->process.memory_bytes = 4096;
    latency_note(&rig.worlds[1]->stats.delivery, 100);
    json_t *live = asked("/v1/live", "");
    assert_int_equal(figure(live, "joins"), 42);
    assert_int_equal(figure(live, "memory_bytes"), 4096);
    json_t *delivery = json_object_get(json_object_get(live, "figures"), "delivery");
    json_t *counts = json_object_get(delivery, "counts");
    assert_int_equal(json_array_size(counts), LATENCY_BUCKETS);
    assert_int_equal(json_array_size(json_object_get(delivery, "bounds_us")), LATENCY_BUCKETS - 1);
    assert_int_equal(json_integer_value(json_array_get(counts, 2)), 1);
    json_decref(live);
}

static void who_changes_and_is_watched_is_among_the_busiest(void **state)
{
    (void)state;
    operator_users_come(&rig);
    json_t *live = asked("/v1/live", "");
    json_t *busiest = json_object_get(live, "busiest");
    assert_int_equal(json_array_size(busiest), 1); /* the second of the two, whom the first sees */
    assert_string_equal(text(json_array_get(busiest, 0), "user"), "7");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(busiest, 0), "told")), 1);
    json_decref(live);
}

static void who_may_not_join_is_told_of_with_the_reason(void **state)
{
    (void)state;
    connect_as(&rig, 1, "<b>", "2.0.0");
    rig_say(&rig, 1, "['1','1','user:7','phx_join',{}]");
    json_t *live = asked("/v1/live", "");
    json_t *refused = json_array_get(json_object_get(live, "refused"), 0);
    assert_non_null(refused);
    assert_string_equal(text(refused, "user"), "<b>");
    assert_string_equal(text(refused, "topic"), "user:7");
    assert_string_equal(text(refused, "reason"), "unauthorized");
    json_decref(live);
}

static void a_connection_that_is_refused_is_too(void **state)
{
    (void)state;
    assert_true(rig_open(&rig, 1, 0, false));
    rig_feed(&rig, 1, KITH_LIT("GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nhost: a\r\n\r\n"));
    json_t *live = asked("/v1/live", "");
    json_t *refused = json_array_get(json_object_get(live, "refused"), 0);
    assert_non_null(refused);
    assert_true(json_is_null(json_object_get(refused, "topic")));
    assert_string_equal(text(refused, "reason"), "no user_id");
    json_decref(live);
}

static void who_is_slow_is_shown_until_it_is_gone(void **state)
{
    (void)state;
    operator_users_come(&rig);
    struct world *w = rig.worlds[rig.clients[1].shard];
    uint32_t slot = rig.clients[1].edge.slot;
    struct frame *f = frame_new(OUTBOX_BYTES_MAX / 2 + 1);
    rig.clients[1].stuck = true;
    for (int i = 0; i < 3; i++)
        clients_deliver(w->clients, slot, f);
    frame_unref(f);
    json_t *live = asked("/v1/live", "");
    json_t *slow = json_object_get(live, "slow");
    assert_int_equal(json_array_size(slow), 1);
    assert_string_equal(text(json_array_get(slow, 0), "user"), "1");
    assert_true(json_is_true(json_object_get(json_array_get(slow, 0), "behind")));
    json_decref(live);
    rig_drop(&rig, 1);
    live = asked("/v1/live", "");
    assert_int_equal(json_array_size(json_object_get(live, "slow")), 0);
    json_decref(live);
}

static void a_server_that_is_alone_is_one_node(void **state)
{
    (void)state;
    rig.worlds[0]->stats.joins = 3;
    json_t *nodes = asked("/v1/nodes", "");
    assert_true(json_is_null(json_object_get(nodes, "cluster")));
    json_t *all = json_object_get(nodes, "nodes");
    assert_int_equal(json_array_size(all), 1);
    json_t *self = json_array_get(all, 0);
    assert_string_equal(text(self, "state"), "up");
    assert_true(json_is_true(json_object_get(self, "self")));
    json_t *figures = json_object_get(json_object_get(nodes, "figures"), text(self, "name"));
    assert_int_equal(json_integer_value(json_object_get(figures, "joins")), 3);
    json_decref(nodes);
}

static enum log_level level_of_last(void)
{
    const struct notes *n = rig.worlds[0]->notes;
    assert_int_equal(n->count, 1);
    return n->at[0].level;
}

/* It is asked each second while somebody looks. */
static void that_somebody_looks_is_no_news_for_the_log(void **state)
{
    (void)state;
    static struct notes notes;
    rig.worlds[0]->notes = &notes;
    static const char *const paths[] = {"/v1/live", "/v1/nodes"};
    for (size_t i = 0; i < 2; i++) {
        notes = (struct notes){.from = LOG_AT_DEBUG};
        json_decref(asked(paths[i], ""));
        assert_int_equal(level_of_last(), LOG_AT_DEBUG);
    }
    operator_wants_keys(&rig);
    notes = (struct notes){.from = LOG_AT_DEBUG};
    operator_asks(&rig, "GET", "/v1/live", "", NULL);
    assert_int_equal(level_of_last(), LOG_AT_INFO);
    rig.worlds[0]->notes = NULL;
}

#define NO_KEY                                                                                     \
    PROBLEM("401", "Unauthorized", "no_key",                                                       \
            "send authorization: Bearer and the secret of a [key NAME] of the server's config")

static void a_key_is_asked_for_and_its_role_is_told(void **state)
{
    (void)state;
    operator_wants_keys(&rig);
    operator_asks(&rig, "GET", "/v1/live", "", NULL);
    HEAR(NO_KEY);
    operator_asks(&rig, "GET", "/v1/nodes", "", NULL);
    HEAR(NO_KEY);
    static const char *const keys[] = {KEY_READ, KEY_WRITE, KEY_ADMIN};
    static const char *const roles[] = {"read", "write", "admin"};
    for (size_t i = 0; i < 3; i++) {
        json_t *live = asked("/v1/live", keys[i]);
        assert_string_equal(text(live, "role"), roles[i]);
        json_decref(live);
    }
    json_decref(asked("/v1/nodes", KEY_READ));
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_prestate_setup_teardown(name, operator_begin, operator_end, &rig)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_quiet_node_has_nobody_to_show),
        TEST(figures_are_those_of_all_shards_at_this_moment),
        TEST(who_changes_and_is_watched_is_among_the_busiest),
        TEST(who_may_not_join_is_told_of_with_the_reason),
        TEST(a_connection_that_is_refused_is_too),
        TEST(who_is_slow_is_shown_until_it_is_gone),
        TEST(a_server_that_is_alone_is_one_node),
        TEST(a_key_is_asked_for_and_its_role_is_told),
        TEST(that_somebody_looks_is_no_news_for_the_log),
    };
    return RUN_HOWEVER_FED("api_live", tests);
}
