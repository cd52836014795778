/* tests/shard/test_cluster_repeats.c -- somebody hears all that nodes say to each other, has no
 * secret, and says it again: later, or to another node. */
#include "net.h"

#include "shard/broadcast.h"
#include "shard/call.h"
#include "shard/cluster_calls.h"
#include "shard/replicate.h"
#include "wire/node.h"

static uint8_t heard_bytes[NODE_FRAME_BYTES_MAX];
static kith_slice heard; /* the latest frame of this type, and this node's */
static uint64_t listens_to;
static enum node_type listens;
static unsigned count;

static bool hear(const struct cluster_frame *f)
{
    uint64_t inc;
    memcpy(&inc, f->bytes.ptr + 16, sizeof inc);
    if (f->bytes.ptr[2] != listens || inc != listens_to) return false;
    memcpy(heard_bytes, f->bytes.ptr, f->bytes.len);
    heard = slice_of(heard_bytes, f->bytes.len);
    count++;
    return false;
}

static void listen_for(struct net *n, unsigned node, enum node_type type)
{
    listens_to = n->nodes[node].inc;
    n->drops = hear;
    heard = (kith_slice){0};
    listens = type;
    count = 0;
}

static uint64_t repeated(const struct net *n, unsigned node)
{
    struct cluster_view v;
    cluster_look(n->nodes[node].w[0], &v);
    return v.repeated;
}

static bool sees(const struct net *n, unsigned node, unsigned other, enum peer_state as)
{
    struct peer_view p;
    for (uint32_t at = 0; cluster_next_peer(n->nodes[node].w[0], &at, &p);)
        if (p.inc == n->nodes[other].inc && p.state == as) return true;
    return false;
}

/* A frame of this node's, as it would say it. */
static struct buf said_by(const struct net *n, unsigned node, struct node_head head,
                          const struct buf *body)
{
    char name[8];
    struct buf b = {0};
    struct siphash_key key = {7, 8};
    snprintf(name, sizeof name, "n%u", node);
    head.cluster = node_cluster(KITH_LIT("people"));
    head.nid = node_id(slice_str(name));
    head.inc = head.inc ? head.inc : n->nodes[node].inc;
    size_t begun = node_begin(&b);
    buf_put(&b, buf_slice(body));
    assert_int_equal(node_end(&b, begun, &head, &key), KITH_OK);
    return b;
}

static void that_a_run_is_stale_is_said_to_that_run_alone(void **state)
{
    struct net *n = *state;
    struct world *w = n->nodes[0].w[0];
    struct buf body = {0};
    node_put_stale(&body, &(struct node_stale){node_id(KITH_LIT("n0")), UINT64_MAX});
    struct buf other = said_by(n, 1, (struct node_head){.type = NODE_STALE, .to = 77}, &body);
    struct buf own = said_by(
        n, 1, (struct node_head){.type = NODE_STALE, .to = n->nodes[0].inc, .number = 500}, &body);
    cluster_receive(w, true, buf_slice(&other));
    cluster_receive(w, false, buf_slice(&other));
    assert_int_equal(cluster_state(w), CLUSTER_UP);
    assert_int_equal(repeated(n, 0), 2);
    cluster_receive(w, true, buf_slice(&own));
    assert_int_equal(cluster_state(w), CLUSTER_REPLACED);
    buf_fini(&body);
    buf_fini(&other);
    buf_fini(&own);
}

static void an_answer_to_an_earlier_run_takes_no_name(void **state)
{
    struct net *n = *state;
    struct buf body = {0};
    uint64_t before = (uint64_t)90 << 24 | 1, inc = (uint64_t)91 << 24 | 1;
    node_put_heartbeat(
        &body, &(struct node_heartbeat){.name = KITH_LIT("n3"), .state = NODE_UP, .answers = true},
        NULL);
    n->count = 4;
    node_start(n, 3, inc);
    struct node_head head = {.type = NODE_HEARTBEAT, .inc = before, .to = 77, .number = 3};
    struct buf old = said_by(n, 3, head, &body);
    cluster_receive(n->nodes[3].w[0], true, buf_slice(&old));
    assert_int_equal(cluster_state(n->nodes[3].w[0]), CLUSTER_JOINING);
    net_run(n, 2 * HEARTBEAT_MS);
    assert_int_equal(cluster_state(n->nodes[3].w[0]), CLUSTER_UP);
    buf_fini(&body);
    buf_fini(&old);
}

static void heartbeats_of_a_dead_node_do_not_keep_it(void **state)
{
    struct net *n = *state;
    listen_for(n, 1, NODE_HEARTBEAT);
    come(n, 1, "5", 1, 0);
    net_run(n, 2 * HEARTBEAT_MS);
    assert_true(heard.len);
    kith_slice heartbeat = heard;
    n->drops = NULL;
    n->nodes[1].runs = false;
    for (unsigned i = 0; i < 15; i++) {
        net_run(n, HEARTBEAT_MS);
        cluster_receive(n->nodes[0].w[0], false, heartbeat);
        cluster_receive(n->nodes[2].w[0], false, heartbeat);
    }
    assert_true(sees(n, 0, 1, PEER_DOWN));
    assert_true(sees(n, 2, 1, PEER_DOWN));
    assert_int_equal(listed(n, 0, "5", NULL), 0);
    assert_int_equal(repeated(n, 0), 15);
    n->nodes[1].runs = true;
}

static void what_operators_ask_of_all_is_done_once(void **state)
{
    struct net *n = *state;
    uint32_t asked;
    struct mail *m = mail_new(MAIL_CALL, KITH_LIT("5"), (kith_slice){0}, (kith_slice){0});
    assert_non_null(m);
    m->call = CALL_DISCONNECT;
    listen_for(n, 1, NODE_CALL);
    assert_int_equal(cluster_call(n->nodes[1].w[0], m, &asked), KITH_OK);
    assert_int_equal(asked, 2);
    net_settle(n);
    assert_int_equal(count, 2);
    kith_slice call = heard;
    for (unsigned node = 0; node < 3; node++)
        for (unsigned i = 0; i < 3; i++)
            cluster_receive(n->nodes[node].w[0], true, call);
    assert_int_equal(repeated(n, 0) + repeated(n, 1) + repeated(n, 2), 9);
    mail_free(m);
}

/* Whoever reads from NATS takes all that came to all nodes before what came to its inbox. */
static void what_is_said_to_one_may_come_behind_much_that_is_said_to_all(void **state)
{
    enum { LATER_TYPE = 99, MANY = 1000 };
    struct net *n = *state;
    struct world *w = n->nodes[0].w[0];
    struct buf none = {0};
    struct cluster_view before, after;
    cluster_look(w, &before);
    for (uint64_t i = 1; i <= MANY; i++) {
        struct node_head head = {.type = LATER_TYPE, .number = MANY + i};
        struct buf to_all = said_by(n, 1, head, &none);
        cluster_receive(w, false, buf_slice(&to_all));
        buf_fini(&to_all);
    }
    struct node_head head = {.type = LATER_TYPE, .to = n->nodes[0].inc, .number = MANY};
    struct buf to_one = said_by(n, 1, head, &none);
    cluster_receive(w, true, buf_slice(&to_one));
    cluster_look(w, &after);
    assert_int_equal(after.unknown - before.unknown, MANY + 1);
    assert_int_equal(after.repeated, before.repeated);
    cluster_receive(w, true, buf_slice(&to_one));
    assert_int_equal(repeated(n, 0), before.repeated + 1);
    buf_fini(&to_one);
}

/* Of a node that another one is mistaken about. */
static void what_nobody_hears_is_not_shown_for_ever(void **state)
{
    struct net *n = *state;
    struct buf body = {0};
    struct node_other others[3 * PEERS_MAX];
    for (unsigned i = 0; i < 3 * PEERS_MAX; i++)
        others[i] = (struct node_other){1000 + i, UINT64_MAX};
    node_put_others(&body, others, 3 * PEERS_MAX);
    n->count = 4;
    node_start(n, 3, (uint64_t)91 << 24);
    struct world *w = n->nodes[3].w[0];
    struct buf b = said_by(n, 1, (struct node_head){.type = NODE_OTHERS, .number = 500}, &body);
    cluster_receive(w, true, buf_slice(&b));
    net_settle(n);
    uint64_t inc, stay_ms;
    unsigned lost = 0;
    for (uint32_t at = 0; replicate_next_lost(w, &at, &inc, &stay_ms); lost++)
        assert_true(stay_ms <= 4000 + 5000 + 60000 + 6 * HEARTBEAT_MS);
    assert_in_range(lost, 2 * PEERS_MAX, 2 * PEERS_MAX + 3);
    n->nodes[1].cut = true; /* that one is asked, and does not answer */
    net_run(n, 80000);
    uint32_t at = 0;
    assert_false(replicate_next_lost(w, &at, &inc, &stay_ms));
    buf_fini(&body);
    buf_fini(&b);
}

static void a_node_without_a_number_is_nobody(void **state)
{
    struct net *n = *state;
    struct buf body = {0};
    const struct node_other others[] = {{0, 4000}, {1000, 4000}};
    node_put_others(&body, others, 2);
    n->count = 4;
    node_start(n, 3, (uint64_t)91 << 24);
    struct world *w = n->nodes[3].w[0];
    struct buf b = said_by(n, 1, (struct node_head){.type = NODE_OTHERS, .number = 500}, &body);
    cluster_receive(w, true, buf_slice(&b));
    net_settle(n);
    uint64_t inc, stay_ms;
    bool other = false;
    for (uint32_t at = 0; replicate_next_lost(w, &at, &inc, &stay_ms); other |= inc == 1000)
        assert_true(inc != 0);
    assert_true(other);
    buf_fini(&body);
    buf_fini(&b);
}

/* As hear, and it comes nowhere: who listens says it when it likes. */
static bool keep(const struct cluster_frame *f)
{
    (void)hear(f);
    return f->bytes.ptr[2] == listens;
}

static void keep_broadcast(struct net *n, unsigned node)
{
    listen_for(n, node, NODE_BROADCAST);
    n->drops = keep;
    broadcast(n->nodes[node].w[1], &(struct broadcast){.topic = KITH_LIT("room"),
                                                       .event = KITH_LIT("said"),
                                                       .payload = KITH_LIT("{}")});
    net_settle(n);
    assert_true(heard.len);
    n->drops = NULL;
}

/* How many broadcasts go to listeners of the node when what was kept is said to it. */
static unsigned delivered(struct net *n, unsigned node)
{
    struct world *w = n->nodes[node].w[0];
    unsigned sum = 0;
    net_settle(n);
    cluster_receive(w, false, heard);
    for (const struct mail *m = w->self.first; m; m = m->next)
        sum += m->type == MAIL_SAY;
    for (unsigned shard = 0; shard < NODE_SHARDS; shard++)
        for (const struct mail *m = w->out[shard].first; m; m = m->next)
            sum += m->type == MAIL_SAY;
    net_settle(n);
    return sum;
}

static void a_broadcast_is_delivered_once(void **state)
{
    struct net *n = *state;
    keep_broadcast(n, 1);
    assert_int_equal(delivered(n, 0), 1);
    assert_int_equal(delivered(n, 0), 0);
    net_run(n, 10 * HEARTBEAT_MS);
    assert_int_equal(delivered(n, 0), 0);
    assert_int_equal(delivered(n, 2), 1); /* which has not heard it, and was there */
    assert_int_equal(repeated(n, 0), 2);
    keep_broadcast(n, 1);
    assert_int_equal(delivered(n, 0), 1);
}

/* The node that begins has heard nothing of what the other has said. */
static void a_broadcast_from_before_a_node_began_is_not_said_to_it(void **state)
{
    struct net *n = *state;
    keep_broadcast(n, 1);
    n->count = 4;
    node_start(n, 3, (uint64_t)91 << 24);
    cluster_receive(n->nodes[3].w[0], false, heard); /* before it has heard anybody */
    net_settle(n);
    assert_true(sees(n, 3, 1, PEER_UP));
    assert_int_equal(delivered(n, 3), 0);
    assert_int_equal(repeated(n, 3), 2);
    keep_broadcast(n, 1);
    assert_int_equal(delivered(n, 3), 1);
    assert_int_equal(delivered(n, 3), 0);
}

static void a_broadcast_of_a_run_that_has_ended_is_not_said_again(void **state)
{
    struct net *n = *state;
    keep_broadcast(n, 1);
    n->nodes[1].runs = false;
    net_run(n, 10 * HEARTBEAT_MS);
    n->count = 4;
    node_start(n, 3, (uint64_t)91 << 24);
    net_run(n, 2 * HEARTBEAT_MS);
    assert_int_equal(delivered(n, 0), 0); /* it did not hear it, but takes the run for dead */
    assert_int_equal(delivered(n, 3), 0); /* it has never heard of it */
    assert_int_equal(repeated(n, 0) + repeated(n, 3), 2);
    n->nodes[1].runs = true;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_THREE_NODES(that_a_run_is_stale_is_said_to_that_run_alone),
        WITH_THREE_NODES(an_answer_to_an_earlier_run_takes_no_name),
        WITH_THREE_NODES(what_is_said_to_one_may_come_behind_much_that_is_said_to_all),
        WITH_THREE_NODES(heartbeats_of_a_dead_node_do_not_keep_it),
        WITH_THREE_NODES(what_operators_ask_of_all_is_done_once),
        WITH_THREE_NODES(what_nobody_hears_is_not_shown_for_ever),
        WITH_THREE_NODES(a_node_without_a_number_is_nobody),
        WITH_THREE_NODES(a_broadcast_is_delivered_once),
        WITH_THREE_NODES(a_broadcast_from_before_a_node_began_is_not_said_to_it),
        WITH_THREE_NODES(a_broadcast_of_a_run_that_has_ended_is_not_said_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
