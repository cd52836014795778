/* tests/shard/test_cluster.c -- nodes that tell each other of their sessions: what each of them
 * lists, and how often it tells anybody. */
#include "net.h"

#include "shard/rule_numbers.h"
#include "wire/node.h"

static void nodes_meet_and_take_clients(void **state)
{
    struct net *n = *state;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(peers(n, i, PEER_UP), 2);
        assert_int_equal(cluster_state(n->nodes[i].w[0]), CLUSTER_UP);
    }
}

static void c09_what_a_session_does_is_told_once_everywhere_under_one_ref(void **state)
{
    struct net *n = *state;
    struct entry e[3] = {0};
    uint64_t before[3];
    come(n, 0, "5", 1, 0);
    net_run(n, 40);
    all_list(n, "5", 1);
    for (unsigned i = 0; i < 3; i++)
        before[i] = announced(n, i);
    say(n, 0, "5", 1, "away");
    net_run(n, 40);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(listed(n, i, "5", &e[i]), 1);
        assert_memory_equal(e[i].meta.ref, e[0].meta.ref, REF_BYTES);
        assert_int_equal(announced(n, i), before[i] + 1);
    }
    lose(n, 0, "5", 1, 0, 0);
    net_run(n, 40);
    all_list(n, "5", 0);
}

/* Its socket was cut off: it lingers first. */
static void c10_a_session_that_dies_leaves_once_on_its_own_node_too(void **state)
{
    struct net *n = *state;
    come(n, 0, "5", 1, 33);
    net_run(n, 40);
    uint64_t before[3] = {announced(n, 0), announced(n, 1), announced(n, 2)};
    lose(n, 0, "5", 1, 33, 5000);
    net_run(n, 4900);
    all_list(n, "5", 1);
    net_run(n, 200);
    all_list(n, "5", 0);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(announced(n, i), before[i] + 1);
}

static void n05_a_fresh_node_has_all_before_it_takes_clients(void **state)
{
    struct net *n = *state;
    char user[16];
    for (unsigned i = 0; i < 500; i++) {
        snprintf(user, sizeof user, "%u", i);
        come(n, i % 3, user, i + 1, 0);
    }
    net_run(n, 100);
    n->count = 4;
    node_start(n, 3, (uint64_t)9 << 24);
    for (uint64_t ms = 0; cluster_state(n->nodes[3].w[0]) == CLUSTER_JOINING; ms += 20) {
        assert_true(ms < HEARTBEAT_MS);
        net_run(n, 20);
    }
    for (unsigned i = 0; i < 500; i++) {
        snprintf(user, sizeof user, "%u", i);
        assert_int_equal(listed(n, 3, user, NULL), 1);
    }
}

static void n10_who_comes_back_to_the_same_node_is_no_news_on_any(void **state)
{
    struct net *n = *state;
    struct entry old = {0}, now = {0};
    come(n, 0, "5", 1, 33);
    net_run(n, 40);
    assert_int_equal(listed(n, 2, "5", &old), 1);
    uint64_t before[3] = {announced(n, 0), announced(n, 1), announced(n, 2)};
    lose(n, 0, "5", 1, 33, 5000);
    net_run(n, 4000);
    come(n, 0, "5", 2, 33);
    net_run(n, 10000);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(listed(n, i, "5", &now), 1);
        assert_int_equal(announced(n, i), before[i]);
        assert_memory_equal(now.meta.ref, old.meta.ref, REF_BYTES);
    }
}

static void n10_who_comes_back_elsewhere_is_one_update_on_every_node(void **state)
{
    struct net *n = *state;
    struct entry old = {0}, now = {0};
    come(n, 0, "5", 1, 33);
    net_run(n, 40);
    assert_int_equal(listed(n, 2, "5", &old), 1);
    uint64_t before[3] = {announced(n, 0), announced(n, 1), announced(n, 2)};
    lose(n, 0, "5", 1, 33, 5000);
    come(n, 1, "5", 2, 33);
    net_run(n, 100);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(listed(n, i, "5", &now), 1);
        assert_int_equal(announced(n, i), before[i] + 1);
        assert_memory_equal(now.meta.prev, old.meta.ref, REF_BYTES);
    }
    net_run(n, 6000); /* what was left behind ends in silence */
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(announced(n, i), before[i] + 1);
    all_list(n, "5", 1);
}

static void one_whose_first_session_lives_has_two(void **state)
{
    struct net *n = *state;
    come(n, 0, "5", 1, 33);
    net_run(n, 40);
    come(n, 1, "5", 2, 33);
    net_run(n, 40);
    all_list(n, "5", 2);
}

static bool drop_sections(const struct cluster_frame *f)
{
    return f->bytes.ptr[2] == NODE_SECTIONS && !f->bulk;
}

static void n09_batches_that_are_lost_are_asked_for(void **state)
{
    struct net *n = *state;
    n->drops = drop_sections;
    come(n, 0, "5", 1, 0);
    come(n, 0, "6", 2, 0);
    net_run(n, 2 * HEARTBEAT_MS);
    all_list(n, "5", 1);
    lose(n, 0, "6", 2, 0, 0);
    net_run(n, 2 * HEARTBEAT_MS);
    all_list(n, "6", 0);
    for (unsigned i = 0; i < 3; i++)
        for (unsigned s = 0; s < n->nodes[i].shards; s++)
            assert_int_equal(n->nodes[i].w[s]->stats.cluster_digest_mismatches, 0);
}

static void what_is_not_a_nodes_is_counted_and_changes_nothing(void **state)
{
    struct net *n = *state;
    struct world *w = n->nodes[0].w[0];
    struct cluster_view v;
    struct buf b = {0};
    struct node_head head = {.type = NODE_STALE,
                             .cluster = node_cluster(KITH_LIT("people")),
                             .nid = node_id(KITH_LIT("n1")),
                             .inc = n->nodes[1].inc};
    struct siphash_key other = {1, 1};
    size_t begun = node_begin(&b);
    node_put_stale(&b, &(struct node_stale){node_id(KITH_LIT("n0")), UINT64_MAX});
    assert_int_equal(node_end(&b, begun, &head, &other), KITH_OK);
    cluster_receive(w, true, buf_slice(&b));
    cluster_receive(w, true, KITH_LIT("nothing"));
    cluster_look(w, &v);
    assert_int_equal(v.forged, 1);
    assert_int_equal(v.garbled, 1);
    assert_int_equal(cluster_state(w), CLUSTER_UP);
    buf_fini(&b);
}

static void receive_heartbeat(struct world *w, const char *name)
{
    struct buf b = {0};
    const struct siphash_key key = {7, 8}; /* the net's */
    struct node_heartbeat h = {.name = slice_str(name), .state = NODE_UP, .period_ms = 1000};
    struct node_head head = {.type = NODE_HEARTBEAT,
                             .cluster = node_cluster(KITH_LIT("people")),
                             .nid = node_id(h.name),
                             .inc = node_id(h.name),
                             .to = w->o.inc};
    size_t begun = node_begin(&b);
    node_put_heartbeat(&b, &h, NULL);
    assert_int_equal(node_end(&b, begun, &head, &key), KITH_OK);
    cluster_receive(w, true, buf_slice(&b));
    buf_fini(&b);
}

/* They are nobody here, and are counted. */
static void nodes_beyond_the_bound_are_not_seen(void **state)
{
    struct net *n = *state;
    struct world *w = n->nodes[0].w[0];
    struct cluster_view v;
    char name[16];
    for (unsigned i = 0; i < PEERS_MAX; i++) { /* two are there already */
        snprintf(name, sizeof name, "x%u", i);
        receive_heartbeat(w, name);
    }
    cluster_look(w, &v);
    assert_int_equal(v.refused, 2);
    assert_int_equal(peers(n, 0, PEER_UP), PEERS_MAX);
}

static void receive_stale(struct net *n, struct world *w, const char *name)
{
    struct buf b = {0};
    const struct siphash_key key = {7, 8}; /* the net's */
    struct node_head head = {.type = NODE_STALE,
                             .cluster = node_cluster(KITH_LIT("people")),
                             .nid = node_id(KITH_LIT("n2")),
                             .inc = n->nodes[2].inc};
    size_t begun = node_begin(&b);
    node_put_stale(&b, &(struct node_stale){node_id(slice_str(name)), UINT64_MAX});
    assert_int_equal(node_end(&b, begun, &head, &key), KITH_OK);
    cluster_receive(w, true, buf_slice(&b));
    buf_fini(&b);
}

/* Whoever repeats it to others stops nobody. */
static void a_run_stops_when_a_later_one_of_its_own_name_is_known(void **state)
{
    struct net *n = *state;
    struct world *w = n->nodes[0].w[0];
    receive_stale(n, w, "n1");
    assert_int_equal(cluster_state(w), CLUSTER_UP);
    receive_stale(n, w, "n0");
    assert_int_equal(cluster_state(w), CLUSTER_REPLACED);
}

static void a_name_that_is_taken_keeps_the_second_from_starting(void **state)
{
    struct net *n = *state;
    struct node first = n->nodes[0];
    node_start(n, 0, (uint64_t)99 << 24);
    n->nodes[3] = first;
    n->count = 4;
    net_run(n, HEARTBEAT_MS);
    assert_int_equal(cluster_state(n->nodes[0].w[0]), CLUSTER_NAME_TAKEN);
    assert_true(cluster_due(n->nodes[0].w[0]) > n->now.mono_ms); /* and waits for nothing */
    assert_int_equal(cluster_state(n->nodes[3].w[0]), CLUSTER_UP);
}

/* A record says by which change of the rules its node went. */
static void what_was_shown_by_later_rules_waits_for_them(void **state)
{
    struct net *n = *state;
    for (unsigned i = 0; i < 3; i++)
        for (unsigned s = 0; s < n->nodes[i].shards; s++)
            rule_numbers_hear(n->nodes[i].w[s], 6);
    come(n, 0, "5", 1, 0);
    net_run(n, 40);
    rule_numbers_note(home_of(n, 0, "5"), KITH_LIT("5"), 7);
    say(n, 0, "5", 1, "away");
    net_run(n, 500);
    struct entry e = {0};
    assert_int_equal(listed(n, 1, "5", &e), 1);
    assert_true(slice_is(e.meta.fields, "{\"status\":\"online\"}"));
    assert_true(home_of(n, 1, "5")->stats.cluster_sections_held > 0);
    rule_numbers_hear(home_of(n, 1, "5"), 7);
    net_run(n, 100);
    assert_int_equal(listed(n, 1, "5", &e), 1);
    assert_true(slice_is(e.meta.fields, "{\"status\":\"away\"}"));
    assert_int_equal(listed(n, 2, "5", &e), 1);
    assert_true(slice_is(e.meta.fields, "{\"status\":\"online\"}"));
}

static void one_who_begins_to_be_seen_has_just_come_on_every_node(void **state)
{
    struct net *n = *state;
    struct entry old = {0}, now = {0};
    come(n, 0, "5", 1, 0);
    net_run(n, 3000);
    assert_int_equal(listed(n, 1, "5", &old), 1);
    assert_int_equal(home_renew(home_of(n, 1, "5"), KITH_LIT("5")), KITH_OK);
    assert_int_equal(listed(n, 1, "5", NULL), 0); /* its own node has not said so yet */
    assert_int_equal(home_renew(home_of(n, 0, "5"), KITH_LIT("5")), KITH_OK);
    net_run(n, 40);
    assert_int_equal(listed(n, 1, "5", &now), 1);
    assert_true(memcmp(now.meta.ref, old.meta.ref, REF_BYTES) != 0);
    assert_false(now.meta.has_prev);
    assert_true(now.meta.online_at_s > old.meta.online_at_s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_THREE_NODES(nodes_meet_and_take_clients),
        WITH_THREE_NODES(c09_what_a_session_does_is_told_once_everywhere_under_one_ref),
        WITH_THREE_NODES(c10_a_session_that_dies_leaves_once_on_its_own_node_too),
        WITH_THREE_NODES(n05_a_fresh_node_has_all_before_it_takes_clients),
        WITH_THREE_NODES(n10_who_comes_back_to_the_same_node_is_no_news_on_any),
        WITH_THREE_NODES(n10_who_comes_back_elsewhere_is_one_update_on_every_node),
        WITH_THREE_NODES(one_whose_first_session_lives_has_two),
        WITH_THREE_NODES(n09_batches_that_are_lost_are_asked_for),
        WITH_THREE_NODES(what_is_not_a_nodes_is_counted_and_changes_nothing),
        WITH_THREE_NODES(nodes_beyond_the_bound_are_not_seen),
        WITH_THREE_NODES(a_run_stops_when_a_later_one_of_its_own_name_is_known),
        WITH_THREE_NODES(a_name_that_is_taken_keeps_the_second_from_starting),
        WITH_THREE_NODES(what_was_shown_by_later_rules_waits_for_them),
        WITH_THREE_NODES(one_who_begins_to_be_seen_has_just_come_on_every_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
