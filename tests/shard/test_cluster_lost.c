/* tests/shard/test_cluster_lost.c -- nodes that die, leave, or are cut off, and those who were
 * there: who is still listed on the others, and for how long. */
#include "net.h"

#include "shard/replicate.h"

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
    come(n, 0, "5", 1, 0);
    net_run(n, 40);
    all_list(n, "5", 1);
}

static void n12_who_has_another_session_does_not_leave_with_a_node(void **state)
{
    struct net *n = *state;
    come(n, 0, "5", 1, 0);
    come(n, 1, "5", 2, 77);
    net_run(n, 40);
    all_list(n, "5", 2);
    node_stop(&n->nodes[0]);
    for (unsigned i = 0; i < 120; i++) {
        net_run(n, HEARTBEAT_MS / 10);
        for (unsigned k = 1; k < 3; k++)
            assert_true(listed(n, k, "5", NULL) >= 1);
    }
    all_list(n, "5", 1);
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

/* What is told in a turn of a shard's is bounded, whoever comes back, leaves or is forgotten. */

enum { MANY = 6000, TOLD_PER_TURN = 1100 };

static uint64_t turn_by_turn(struct net *n, unsigned node)
{
    uint64_t most = 0;
    for (unsigned idle = 0; idle < 300;) {
        uint64_t before = announced(n, node);
        (void)node_turn(n, node);
        uint64_t told = announced(n, node) - before;
        most = told > most ? told : most;
        idle = told ? 0 : idle + 1;
    }
    return most;
}

static uint64_t presences(const struct net *n, unsigned node)
{
    uint64_t sum = 0;
    for (unsigned s = 0; s < n->nodes[node].shards; s++)
        sum += presence_count(n->nodes[node].w[s]->presence);
    return sum;
}

static void of_a_node_with_many_all_come_and_go_in_parts(void **state)
{
    struct net *n = *state;
    for (uint64_t i = 0; i < MANY; i++) {
        char id[16];
        struct home_session s;
        snprintf(id, sizeof id, "%llu", (unsigned long long)i);
        s = session(id, i + 1, 0);
        home_track(home_of(n, 0, id), &s, (kith_slice){0});
    }
    net_run(n, 1000);
    assert_int_equal(presences(n, 2), MANY);
    uint64_t inc = n->nodes[0].inc;
    tell_of(n, 2, PEER_LOST, inc);
    for (unsigned s = 0; s < NODE_SHARDS; s++)
        n->nodes[2].w[s]->now.mono_ms += 4001;
    assert_in_range(turn_by_turn(n, 2), 1, NODE_SHARDS * TOLD_PER_TURN);
    assert_int_equal(presences(n, 2), 0);
    tell_of(n, 2, PEER_CAME, inc);
    assert_int_equal(presences(n, 2), 0);
    assert_in_range(turn_by_turn(n, 2), 1, NODE_SHARDS * TOLD_PER_TURN);
    assert_int_equal(presences(n, 2), MANY);
    tell_of(n, 2, PEER_GONE, inc);
    for (unsigned s = 0; s < NODE_SHARDS; s++)
        n->nodes[2].w[s]->now.mono_ms += 4001;
    (void)turn_by_turn(n, 2);
    assert_int_equal(presences(n, 2), 0);
    for (unsigned s = 0; s < NODE_SHARDS; s++)
        assert_true(replicate_due(n->nodes[2].w[s]) > n->nodes[2].w[s]->now.mono_ms);
}

static void n02_a_wall_clock_that_jumps_takes_nobody_down(void **state)
{
    static const int64_t jumps_ms[] = {3600000, -7200000, 86400000};
    struct net *n = *state;
    come(n, 0, "5", 1, 33);
    lose(n, 0, "5", 1, 33, 5000);
    net_run(n, 40);
    uint64_t before = announced(n, 1);
    for (unsigned i = 0; i < 3; i++) {
        n->now.unix_ms += (uint64_t)jumps_ms[i];
        net_run(n, 1500);
        for (unsigned k = 0; k < 3; k++)
            assert_int_equal(peers(n, k, PEER_UP), 2);
        all_list(n, "5", 1); /* whose grace is as long as it was */
    }
    assert_int_equal(announced(n, 1), before);
    net_run(n, 600);
    all_list(n, "5", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_THREE_NODES(c04_of_a_node_that_crashes_all_leave_and_nothing_comes_back),
        WITH_THREE_NODES(n12_who_has_another_session_does_not_leave_with_a_node),
        WITH_THREE_NODES(who_comes_back_after_its_node_has_died_waits_for_no_answer),
        WITH_THREE_NODES(who_goes_while_it_is_asked_for_was_never_there),
        WITH_THREE_NODES(c20_of_a_node_that_leaves_nobody_is_missed_who_is_back_within_the_grace),
        WITH_THREE_NODES(n11_a_node_that_is_cut_off_keeps_what_it_knew_and_catches_up),
        WITH_THREE_NODES(who_was_on_a_node_that_is_replaced_while_this_one_is_cut_off_leaves_soon),
        WITH_THREE_NODES(n02_a_wall_clock_that_jumps_takes_nobody_down),
        WITH_THREE_NODES(of_a_node_with_many_all_come_and_go_in_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
