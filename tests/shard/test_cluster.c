/* tests/shard/test_cluster.c -- nodes that tell each other of their sessions: what each of them
 * lists, and how often it tells anybody. */
#include "net.h"

#include "shard/rule_numbers.h"
#include "wire/node.h"

static int setup(void **state)
{
    static struct net n;
    net_begin(&n, 3);
    net_run(&n, 2 * HEARTBEAT_MS);
    *state = &n;
    return 0;
}

static int teardown(void **state)
{
    net_end(*state);
    return 0;
}

static unsigned peers(const struct net *n, unsigned node, enum peer_state as)
{
    struct peer_view p;
    unsigned count = 0;
    for (uint32_t at = 0; cluster_next_peer(n->nodes[node].w[0], &at, &p);)
        count += p.state == as;
    return count;
}

static void all_list(const struct net *n, const char *user, unsigned count)
{
    for (unsigned i = 0; i < n->count; i++)
        if (n->nodes[i].runs) assert_int_equal(listed(n, i, user, NULL), count);
}

static void c01_nodes_meet_and_take_clients(void **state)
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

static void c04_of_a_node_that_crashes_all_leave_and_nothing_comes_back(void **state)
{
    struct net *n = *state;
    come(n, 0, "5", 1, 0);
    net_run(n, 40);
    node_stop(&n->nodes[0]);
    net_run(n, 9 * HEARTBEAT_MS);
    all_list(n, "5", 1); /* down for three seconds, and kept for four */
    net_run(n, 3 * HEARTBEAT_MS);
    all_list(n, "5", 0);
    assert_int_equal(peers(n, 1, PEER_DOWN), 1);
    node_start(n, 0, (uint64_t)99 << 24);
    net_run(n, 3 * HEARTBEAT_MS);
    all_list(n, "5", 0);
    assert_int_equal(peers(n, 1, PEER_UP), 2);
}

static void n12_who_has_another_session_does_not_leave_with_a_node(void **state)
{
    struct net *n = *state;
    come(n, 0, "5", 1, 0);
    come(n, 1, "5", 2, 77);
    net_run(n, 40);
    all_list(n, "5", 2);
    node_stop(&n->nodes[0]);
    net_run(n, 12 * HEARTBEAT_MS);
    all_list(n, "5", 1);
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

static void who_comes_back_after_its_node_has_died_waits_for_no_answer(void **state)
{
    struct net *n = *state;
    come(n, 0, "5", 1, 33);
    net_run(n, 40);
    node_stop(&n->nodes[0]);
    come(n, 1, "5", 2, 33);
    say(n, 1, "5", 2, "away"); /* while it is not known whether the other lives */
    net_run(n, CLAIM_WAIT_MS + 100);
    struct entry e = {0};
    assert_int_equal(listed(n, 2, "5", &e), 1);
    assert_true(slice_is(e.meta.fields, "{\"status\":\"away\"}"));
    come(n, 1, "6", 3, 0);
    node_stop(&n->nodes[1]);
    net_run(n, 12 * HEARTBEAT_MS);
    assert_int_equal(listed(n, 2, "5", NULL), 0);
}

static void who_goes_while_it_is_asked_for_was_never_there(void **state)
{
    struct net *n = *state;
    come(n, 0, "5", 1, 33);
    net_run(n, 40);
    node_stop(&n->nodes[0]);
    come(n, 1, "5", 2, 33);
    lose(n, 1, "5", 2, 33, 5000);
    net_run(n, CLAIM_WAIT_MS + 100);
    struct entry e = {0};
    assert_int_equal(listed(n, 1, "5", &e), 1);
    assert_int_equal(e.owner, 0);
}

static void c20_of_a_node_that_leaves_nobody_is_missed_who_is_back_within_the_grace(void **state)
{
    struct net *n = *state;
    come(n, 0, "5", 1, 33);
    come(n, 0, "6", 2, 33);
    net_run(n, 40);
    lose(n, 0, "5", 1, 33, 5000);
    lose(n, 0, "6", 2, 33, 5000);
    cluster_leave(n->nodes[0].w[0]);
    net_run(n, 400);
    assert_int_equal(cluster_state(n->nodes[0].w[0]), CLUSTER_LEFT);
    node_stop(&n->nodes[0]);
    net_run(n, 4000);
    all_list(n, "5", 1);
    uint64_t before = announced(n, 2);
    come(n, 1, "5", 3, 33);
    net_run(n, 40);
    assert_int_equal(announced(n, 2), before + 1);
    net_run(n, 3000);
    all_list(n, "5", 1);
    all_list(n, "6", 0);
}

static void n11_a_node_that_is_cut_off_keeps_what_it_knew_and_catches_up(void **state)
{
    struct net *n = *state;
    come(n, 0, "5", 1, 0);
    come(n, 1, "6", 2, 0);
    net_run(n, 40);
    n->nodes[2].cut = true;
    cluster_connected(n->nodes[2].w[0], false);
    net_run(n, 20 * HEARTBEAT_MS);
    assert_int_equal(listed(n, 2, "5", NULL), 1);
    struct cluster_view v;
    cluster_look(n->nodes[2].w[0], &v);
    assert_true(v.isolated && v.isolated_ms > 15000);
    say(n, 0, "5", 1, "away");
    lose(n, 1, "6", 2, 0, 0);
    come(n, 2, "7", 3, 0);
    net_run(n, 45 * HEARTBEAT_MS); /* past the hold */
    assert_int_equal(listed(n, 2, "5", NULL), 0);
    assert_int_equal(listed(n, 2, "7", NULL), 1);
    n->nodes[2].cut = false;
    cluster_connected(n->nodes[2].w[0], true);
    net_run(n, 2 * HEARTBEAT_MS);
    all_list(n, "5", 1);
    all_list(n, "6", 0);
    all_list(n, "7", 1);
}

static void tell_of(struct net *n, unsigned node, enum peer_event event, uint64_t inc)
{
    for (unsigned s = 0; s < n->nodes[node].shards; s++) {
        struct mail *m = mail_new(MAIL_PEER, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
        m->inc = inc;
        m->peer = event;
        shard_receive(n->nodes[node].w[s], m);
    }
}

/* It hears of that a moment before it hears itself again. */
static void who_was_on_a_node_that_is_replaced_while_this_one_is_cut_off_leaves_soon(void **state)
{
    struct net *n = *state;
    come(n, 0, "5", 1, 0);
    net_run(n, 40);
    uint64_t inc = n->nodes[0].inc;
    node_stop(&n->nodes[0]);
    tell_of(n, 2, PEERS_STALE, 0);
    tell_of(n, 2, PEER_GONE, inc);
    tell_of(n, 2, PEERS_FRESH, 0);
    net_run(n, 3500);
    assert_int_equal(listed(n, 2, "5", NULL), 1);
    net_run(n, 1000);
    assert_int_equal(listed(n, 2, "5", NULL), 0);
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

static void a_name_that_is_taken_keeps_the_second_from_starting(void **state)
{
    struct net *n = *state;
    struct node first = n->nodes[0];
    node_start(n, 0, (uint64_t)99 << 24);
    n->nodes[3] = first;
    n->count = 4;
    net_run(n, HEARTBEAT_MS);
    assert_int_equal(cluster_state(n->nodes[0].w[0]), CLUSTER_NAME_TAKEN);
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

#define WITH_NET(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_NET(c01_nodes_meet_and_take_clients),
        WITH_NET(c09_what_a_session_does_is_told_once_everywhere_under_one_ref),
        WITH_NET(c10_a_session_that_dies_leaves_once_on_its_own_node_too),
        WITH_NET(n05_a_fresh_node_has_all_before_it_takes_clients),
        WITH_NET(c04_of_a_node_that_crashes_all_leave_and_nothing_comes_back),
        WITH_NET(n12_who_has_another_session_does_not_leave_with_a_node),
        WITH_NET(n10_who_comes_back_elsewhere_is_one_update_on_every_node),
        WITH_NET(one_whose_first_session_lives_has_two),
        WITH_NET(who_comes_back_after_its_node_has_died_waits_for_no_answer),
        WITH_NET(who_goes_while_it_is_asked_for_was_never_there),
        WITH_NET(c20_of_a_node_that_leaves_nobody_is_missed_who_is_back_within_the_grace),
        WITH_NET(n11_a_node_that_is_cut_off_keeps_what_it_knew_and_catches_up),
        WITH_NET(who_was_on_a_node_that_is_replaced_while_this_one_is_cut_off_leaves_soon),
        WITH_NET(n09_batches_that_are_lost_are_asked_for),
        WITH_NET(what_is_not_a_nodes_is_counted_and_changes_nothing),
        WITH_NET(a_name_that_is_taken_keeps_the_second_from_starting),
        WITH_NET(what_was_shown_by_later_rules_waits_for_them),
        WITH_NET(one_who_begins_to_be_seen_has_just_come_on_every_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
