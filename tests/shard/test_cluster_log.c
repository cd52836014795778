/* tests/shard/test_cluster_log.c -- what several nodes tell the log of sessions that move between
 * them, each in its own time: whatever of it is late, or dies with its node, in the end the log
 * knows who is here. */
#include "net.h"

#include "shard/hook.h"
#include "support/chance.h"
#include "wire/node.h"

enum { NODES = 3, USERS = 4, KNOWN_MAX = 256, GRACE = 400, STEPS = 200 };

static const char *const users[USERS] = {"5", "6", "7", "8"};

/* As the store keeps them: under its ref, which node told of it last, and in which run. */
struct known {
    char ref[REF_BYTES], user[8];
    unsigned node;
    uint64_t inc;
};

static struct known known[KNOWN_MAX];
static unsigned known_count;
static struct mail_queue late[NODES]; /* what each has told, and the store has not heard */
static uint64_t seed, sessions;

static unsigned find(const char ref[REF_BYTES])
{
    unsigned i = 0;
    while (i < known_count && memcmp(known[i].ref, ref, REF_BYTES) != 0)
        i++;
    return i;
}

static void forget(unsigned i)
{
    if (i < known_count) known[i] = known[--known_count];
}

static void keep(const struct net *n, unsigned node, const struct mail *m)
{
    const struct session_refs *refs = (const struct session_refs *)(const void *)mail_c(m).ptr;
    if (refs->old[0]) forget(find(refs->old));
    if (!refs->now[0]) return;
    unsigned at = find(refs->now);
    assert_true(at < KNOWN_MAX);
    if (at == known_count) known_count++;
    struct known *k = &known[at];
    memcpy(k->ref, refs->now, REF_BYTES);
    snprintf(k->user, sizeof k->user, "%.*s", (int)mail_a(m).len, (const char *)mail_a(m).ptr);
    k->node = node;
    k->inc = n->nodes[node].inc;
}

static void want(struct net *n, unsigned node, struct mail *m)
{
    (void)n;
    if (m->type == MAIL_SESSION)
        mail_append(&late[node], m);
    else
        mail_free(m);
}

static void write_some(const struct net *n, unsigned node, uint32_t count)
{
    struct mail *m;
    for (; count > 0 && (m = mail_take(&late[node])); count--) {
        keep(n, node, m);
        mail_free(m);
    }
}

static void write_all(const struct net *n)
{
    for (unsigned i = 0; i < NODES; i++)
        write_some(n, i, UINT32_MAX);
}

static bool log_has(const char *user)
{
    bool has = false;
    for (unsigned i = 0; i < known_count; i++)
        has |= strcmp(known[i].user, user) == 0;
    return has;
}

static void begin(struct net *n, uint64_t from)
{
    known_count = 0;
    sessions = 0;
    seed = from;
    net_begin(n, NODES);
    n->wants = want;
    net_run(n, 2 * HEARTBEAT_MS);
}

static void end(struct net *n)
{
    net_end(n);
    for (unsigned i = 0; i < NODES; i++)
        mail_queue_fini(&late[i]);
}

/* What it has not told is gone with it; its own next run ends what is left of this one. */
static void kill_node(struct net *n, unsigned i)
{
    uint64_t inc = n->nodes[i].inc + 1;
    node_stop(&n->nodes[i]);
    mail_queue_fini(&late[i]);
    net_run(n, 100);
    node_start(n, i, inc);
    for (unsigned k = 0; k < known_count;)
        if (known[k].node == i && known[k].inc < inc)
            forget(k);
        else
            k++;
}

static void
who_moves_to_a_node_that_dies_before_it_tells_is_gone_when_its_grace_is_over(void **state)
{
    struct net n;
    (void)state;
    begin(&n, 1);
    come(&n, 0, "5", ++sessions, 33);
    write_all(&n);
    lose(&n, 0, "5", sessions, 33, GRACE);
    come(&n, 1, "5", ++sessions, 33);
    net_run(&n, 100);
    assert_int_equal(listed(&n, 0, "5", NULL), 1);
    kill_node(&n, 1);
    assert_true(log_has("5"));
    net_run(&n, 2 * GRACE);
    write_all(&n);
    assert_false(log_has("5"));
    end(&n);
}

static void who_moves_faster_than_it_is_written_is_gone_when_its_grace_is_over(void **state)
{
    struct net n;
    (void)state;
    begin(&n, 1);
    come(&n, 0, "5", ++sessions, 33);
    lose(&n, 0, "5", sessions, 33, GRACE);
    come(&n, 1, "5", ++sessions, 33);
    net_run(&n, 100);
    write_some(&n, 1, UINT32_MAX); /* what it has taken over is written before it has come */
    write_some(&n, 0, UINT32_MAX);
    lose(&n, 1, "5", sessions, 33, 0);
    net_run(&n, 2 * GRACE);
    write_all(&n);
    assert_false(log_has("5"));
    end(&n);
}

static bool is_claim(const struct cluster_frame *f) { return f->bytes.ptr[2] == NODE_CLAIM; }

static void who_insists_on_its_session_is_known_when_the_other_is_gone(void **state)
{
    struct net n;
    (void)state;
    begin(&n, 1);
    come(&n, 0, "5", 1, 33);
    net_run(&n, 100);
    lose(&n, 0, "5", 1, 33, 5000);
    n.drops = is_claim;
    come(&n, 1, "5", 2, 33); /* asks, is not answered, and takes over */
    come(&n, 0, "5", 3, 33);
    net_run(&n, CLAIM_WAIT_MS + 200);
    n.drops = NULL;
    assert_int_equal(listed(&n, 0, "5", NULL), 2);
    lose(&n, 1, "5", 2, 33, 0);
    net_run(&n, 100);
    write_some(&n, 0, UINT32_MAX);
    write_some(&n, 1, UINT32_MAX);
    assert_int_equal(listed(&n, 0, "5", NULL), 1);
    assert_true(log_has("5"));
    lose(&n, 0, "5", 3, 33, 0);
    write_all(&n);
    assert_false(log_has("5"));
    end(&n);
}

/* It was on the other for so short a time that this one has not heard of it. */
static void who_is_back_where_it_was_asked_for_is_known_whoever_writes_last(void **state)
{
    struct net n;
    (void)state;
    begin(&n, 1);
    come(&n, 0, "5", 1, 33);
    net_run(&n, 100);
    lose(&n, 0, "5", 1, 33, 5000);
    for (unsigned i = 1; i < USERS; i++) /* each shard has sent a batch: the next has time */
        come(&n, 1, users[i], i + 1, i);
    come(&n, 1, "5", 10, 33);
    lose(&n, 1, "5", 10, 33, 0);
    net_run(&n, 100);
    come(&n, 0, "5", 11, 33);
    net_run(&n, 100);
    all_list(&n, "5", 1);
    write_some(&n, 0, UINT32_MAX);
    write_some(&n, 1, UINT32_MAX);
    assert_true(log_has("5"));
    lose(&n, 0, "5", 11, 33, 0);
    net_run(&n, 100);
    write_all(&n);
    all_list(&n, "5", 0);
    assert_false(log_has("5"));
    end(&n);
}

/* By chance */

struct someone {
    bool here;
    unsigned node;
    uint64_t number;
};

static void step(struct net *n, struct someone *all)
{
    unsigned user = chance_below(&seed, USERS), node = chance_below(&seed, NODES);
    struct someone *s = &all[user];
    if (cluster_state(n->nodes[node].w[0]) != CLUSTER_UP) { /* it takes nobody yet */
        net_run(n, 200);
        return;
    }
    switch (chance_below(&seed, 8)) {
    case 0:
    case 1:
        if (s->here) lose(n, s->node, users[user], s->number, user + 1, GRACE);
        *s = (struct someone){true, node, ++sessions};
        come(n, node, users[user], s->number, user + 1);
        break;
    case 2:
        if (s->here)
            lose(n, s->node, users[user], s->number, user + 1, chance_below(&seed, 2) ? GRACE : 0);
        s->here = false;
        break;
    case 3:
        if (s->here)
            say(n, s->node, users[user], s->number, chance_below(&seed, 2) ? "away" : "busy");
        break;
    case 4:
        if (chance_below(&seed, 8)) break;
        for (unsigned i = 0; i < USERS; i++)
            if (all[i].node == node) all[i].here = false;
        kill_node(n, node);
        break;
    case 5: net_run(n, 20 * (1 + chance_below(&seed, 20))); break;
    default: write_some(n, node, 1 + chance_below(&seed, 4)); break;
    }
}

static void try_one(uint64_t from)
{
    struct net n;
    struct someone all[USERS] = {{0}};
    begin(&n, from);
    for (int i = 0; i < STEPS; i++)
        step(&n, all);
    net_run(&n, 12 * HEARTBEAT_MS);
    write_all(&n);
    for (unsigned i = 0; i < USERS; i++) {
        bool listed_there = listed(&n, 0, users[i], NULL) > 0;
        if (listed_there != all[i].here || log_has(users[i]) != all[i].here)
            fail_msg("seed %u: %s is %s, listed: %d, in the log: %d", (unsigned)from, users[i],
                     all[i].here ? "here" : "gone", listed_there, log_has(users[i]));
    }
    end(&n);
}

static void by_chance_the_log_comes_to_know_who_is_here(void **state)
{
    (void)state;
    for (uint64_t from = 1; from <= 100; from++)
        try_one(from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            who_moves_to_a_node_that_dies_before_it_tells_is_gone_when_its_grace_is_over),
        cmocka_unit_test(who_moves_faster_than_it_is_written_is_gone_when_its_grace_is_over),
        cmocka_unit_test(who_insists_on_its_session_is_known_when_the_other_is_gone),
        cmocka_unit_test(who_is_back_where_it_was_asked_for_is_known_whoever_writes_last),
        cmocka_unit_test(by_chance_the_log_comes_to_know_who_is_here),
    };
    return cmocka_run_group_tests_name("cluster log", tests, NULL, NULL);
}
