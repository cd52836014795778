/* tests/shard/test_cluster_asks.c -- what a node asks others for when it hears of what it has
 * missed: whom, and how often. */
#include "net.h"

#include "shard/replicate_state.h"
#include "wire/node.h"

enum { QUESTIONS_MAX = 8192 };

/* The questions that have arrived, a stream each, and whether their answers do. */
static struct question {
    uint64_t from, to, origin;
    uint32_t stream;
} questions[QUESTIONS_MAX];
static unsigned question_count;
static bool answers_are_lost;

static void note_pull(const struct cluster_frame *f)
{
    struct siphash_key key = {7, 8};
    struct node_frame frame;
    struct node_pull pull;
    assert_int_equal(node_decode(f->bytes, node_cluster(KITH_LIT("people")), &key, &frame),
                     NODE_GOOD);
    if (frame.head.type != NODE_PULL) return;
    assert_int_equal(node_get_pull(frame.body, &pull), KITH_OK);
    for (struct node_at at; node_next_pull(&pull.streams, &at);) {
        assert_true(question_count < QUESTIONS_MAX);
        questions[question_count++] =
            (struct question){frame.head.inc, f->to, pull.origin, at.stream};
    }
}

static bool watch(const struct cluster_frame *f)
{
    note_pull(f);
    return answers_are_lost && f->bulk;
}

static bool watch_and_lose_sections(const struct cluster_frame *f)
{
    note_pull(f);
    return f->bulk && f->bytes.ptr[2] == NODE_SECTIONS;
}

/* How many streams of `origin` the node asked `whom` for: each once, and nobody else. */
static unsigned asked_once(const struct node *by, uint64_t origin, uint64_t whom)
{
    unsigned streams[STREAM_NUMBERS] = {0}, count = 0;
    for (unsigned i = 0; i < question_count; i++) {
        const struct question *q = &questions[i];
        if (q->from != by->inc || q->origin != origin) continue;
        assert_int_equal(q->to, whom);
        assert_int_equal(++streams[q->stream], 1);
        count++;
    }
    return count;
}

static unsigned asked_itself(const struct net *n, unsigned by, unsigned origin)
{
    return asked_once(&n->nodes[by], n->nodes[origin].inc, n->nodes[origin].inc);
}

static void begin(struct net *n, unsigned count)
{
    net_begin(n, count);
    n->drops = watch;
    question_count = 0;
    answers_are_lost = false;
}

static void c02_who_is_heard_for_the_first_time_is_asked_for_what_it_has(void **state)
{
    (void)state;
    static struct net n;
    begin(&n, 2);
    n.nodes[1].cut = true;
    net_run(&n, 2 * HEARTBEAT_MS);
    come(&n, 0, "5", 1, 0);
    net_run(&n, 40);
    assert_int_equal(listed(&n, 1, "5", NULL), 0);
    assert_int_equal(question_count, 0);
    n.nodes[1].cut = false;
    net_run(&n, HEARTBEAT_MS + 100);
    assert_true(asked_itself(&n, 1, 0) > 0); /* but for what it is said to have none of */
    assert_int_equal(listed(&n, 1, "5", NULL), 1);
    assert_int_equal(announced(&n, 1), 1);
    net_end(&n);
}

/* Until answers come there is one question of a stream under way, whatever is heard meanwhile; then
 * there is none. */
static void c03_what_was_missed_of_two_nodes_is_asked_of_each_once(void **state)
{
    (void)state;
    static struct net n;
    begin(&n, 3);
    net_run(&n, 2 * HEARTBEAT_MS);
    n.nodes[2].cut = true;
    come(&n, 0, "5", 1, 0);
    come(&n, 0, "6", 2, 0);
    come(&n, 1, "7", 3, 0);
    net_run(&n, 3 * HEARTBEAT_MS / 2);
    uint64_t before = announced(&n, 2);
    question_count = 0;
    answers_are_lost = true;
    n.nodes[2].cut = false;
    for (uint64_t ms = 0; !asked_itself(&n, 2, 0) || !asked_itself(&n, 2, 1); ms += 20) {
        assert_true(ms <= HEARTBEAT_MS);
        net_run(&n, 20);
    }
    say(&n, 0, "5", 1, "away"); /* does not follow what is known of that stream */
    net_run(&n, 100);
    assert_true(asked_itself(&n, 2, 0) && asked_itself(&n, 2, 1));
    assert_int_equal(announced(&n, 2), before);
    answers_are_lost = false;
    net_run(&n, HEARTBEAT_MS);
    assert_int_equal(listed(&n, 2, "5", NULL), 1);
    assert_int_equal(listed(&n, 2, "6", NULL), 1);
    assert_int_equal(listed(&n, 2, "7", NULL), 1);
    assert_int_equal(announced(&n, 2), before + 3);
    question_count = 0;
    net_run(&n, 5 * HEARTBEAT_MS);
    assert_int_equal(question_count, 0);
    net_end(&n);
}

/* Of whom it never heard: it has what others show, and asks no more when that has left. */
static void c21_who_starts_later_asks_for_a_dead_node_once(void **state)
{
    (void)state;
    static struct net n;
    begin(&n, 2);
    net_run(&n, 2 * HEARTBEAT_MS);
    uint64_t dead = n.nodes[0].inc;
    come(&n, 0, "5", 1, 0);
    net_run(&n, 40);
    node_stop(&n.nodes[0]);
    net_run(&n, 7 * HEARTBEAT_MS);
    n.count = 3;
    node_start(&n, 2, (uint64_t)9 << 24);
    net_run(&n, HEARTBEAT_MS);
    assert_int_equal(cluster_state(n.nodes[2].w[0]), CLUSTER_UP);
    assert_true(asked_once(&n.nodes[2], dead, n.nodes[1].inc) > 0);
    assert_int_equal(listed(&n, 2, "5", NULL), 1);
    question_count = 0;
    net_run(&n, 30 * HEARTBEAT_MS);
    assert_int_equal(question_count, 0);
    assert_int_equal(listed(&n, 2, "5", NULL), 0);
    net_end(&n);
}

/* A node with as many users beside which another starts, whose answers have room for few. */

enum { USERS = 300, ROOM_BYTES = 40 };

static void begin_beside_many(struct net *n)
{
    begin(n, 2);
    n->count = 1;
    node_stop(&n->nodes[1]);
    for (uint64_t user = 0; user < USERS; user++) {
        char id[16];
        snprintf(id, sizeof id, "%llu", (unsigned long long)user);
        come(n, 0, id, user + 1, 0);
    }
    net_run(n, HEARTBEAT_MS);
    n->count = 2;
    question_count = 0;
}

static void start_with_little_room(struct net *n)
{
    node_start(n, 1, (uint64_t)9 << 24);
    for (unsigned s = 0; s < NODE_SHARDS; s++)
        n->nodes[1].w[s]->o.pull_bytes_max = ROOM_BYTES;
}

static uint64_t presences(const struct net *n, unsigned node)
{
    uint64_t sum = 0;
    for (unsigned s = 0; s < n->nodes[node].shards; s++)
        sum += presence_count(n->nodes[node].w[s]->presence);
    return sum;
}

static unsigned asked_by(const struct net *n, unsigned node)
{
    unsigned count = 0;
    for (unsigned i = 0; i < question_count; i++)
        count += questions[i].from == n->nodes[node].inc;
    return count;
}

static uint64_t ms_until_complete(struct net *n)
{
    uint64_t began_ms = n->now.mono_ms;
    while (presences(n, 1) < USERS && n->now.mono_ms - began_ms < 60000)
        net_run(n, 20);
    return n->now.mono_ms - began_ms;
}

static void what_found_no_room_in_an_answer_is_asked_for_once_that_has_come(void **state)
{
    (void)state;
    static struct net n;
    begin_beside_many(&n);
    start_with_little_room(&n);
    assert_in_range(ms_until_complete(&n), 0, 100);
    unsigned asked = asked_by(&n, 1);
    assert_in_range(asked, STREAM_NUMBERS, STREAM_NUMBERS * PARTITIONS / 2 + STREAM_NUMBERS);
    net_run(&n, 5 * HEARTBEAT_MS);
    assert_int_equal(asked_by(&n, 1), asked);
    net_end(&n);
}

/* Of answers that are lost it hears what they left out: it asks no more often for that. */
static void where_only_the_small_frames_of_answers_come_through_there_is_no_storm(void **state)
{
    (void)state;
    static struct net n;
    begin_beside_many(&n);
    n.drops = watch_and_lose_sections;
    start_with_little_room(&n);
    net_run(&n, 3 * HEARTBEAT_MS);
    assert_in_range(asked_by(&n, 1), STREAM_NUMBERS, 6 * STREAM_NUMBERS);
    assert_int_equal(presences(&n, 1), 0);
    n.drops = watch;
    assert_in_range(ms_until_complete(&n), 0, 2 * HEARTBEAT_MS);
    net_end(&n);
}

/* So much a second goes to who asks: the rest of that second it waits, and asks again then. */
static void who_has_had_a_seconds_share_waits_for_the_next_one(void **state)
{
    (void)state;
    static struct net n;
    begin_beside_many(&n);
    for (unsigned s = 0; s < NODE_SHARDS; s++) {
        struct replicate *r = n.nodes[0].w[s]->replicate;
        r->reply_ms = n.now.mono_ms;
        r->reply_bytes = PULL_BYTES_S;
    }
    start_with_little_room(&n);
    net_run(&n, 980);
    assert_int_equal(presences(&n, 1), 0);
    assert_in_range(asked_by(&n, 1), 1, STREAM_NUMBERS);
    assert_in_range(ms_until_complete(&n), 0, 100);
    net_end(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c02_who_is_heard_for_the_first_time_is_asked_for_what_it_has),
        cmocka_unit_test(c03_what_was_missed_of_two_nodes_is_asked_of_each_once),
        cmocka_unit_test(c21_who_starts_later_asks_for_a_dead_node_once),
        cmocka_unit_test(what_found_no_room_in_an_answer_is_asked_for_once_that_has_come),
        cmocka_unit_test(where_only_the_small_frames_of_answers_come_through_there_is_no_storm),
        cmocka_unit_test(who_has_had_a_seconds_share_waits_for_the_next_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
