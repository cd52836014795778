/* bench/cluster_real.c -- two real nodes: how soon they tell each other, and what is seen of one
 * that dies, is replaced, or stands still. */
#include "bare_way.h"
#include "real.h"
#include "tool.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

enum { FLIP_ROUNDS = 3 };

/* What nodes have said to each other. */
struct messages {
    double sent, heard, at_us;
};

static struct messages messages(const struct real *r)
{
    struct messages m = {.at_us = now_us()};
    for (unsigned i = 0; i < NODES; i++) {
        if (!r->nodes[i].runs) continue;
        m.sent += server_metric(&r->nodes[i].server, "kith_cluster_frames_sent_total");
        m.heard += server_metric(&r->nodes[i].server, "kith_cluster_frames_received_total");
    }
    return m;
}

/* Beyond what they say when nothing happens. */
static void note_messages(struct real *r, const struct messages m[4], uint32_t flips_sent)
{
    unsigned nodes = 0;
    double times = (m[3].at_us - m[2].at_us) / (m[1].at_us - m[0].at_us);
    for (unsigned i = 0; i < NODES; i++)
        nodes += r->nodes[i].runs;
    double sent = m[3].sent - m[2].sent - (m[1].sent - m[0].sent) * times;
    double heard = m[3].heard - m[2].heard - (m[1].heard - m[0].heard) * times;
    cluster_note(r->figures, "", sent / flips_sent, none,
                 "%u real nodes, %u flips/s at one: messages published a flip", nodes,
                 r->plan->rate);
    cluster_note(r->figures, "", heard / flips_sent, none,
                 "%u real nodes, %u flips/s at one: messages heard a flip", nodes, r->plan->rate);
}

/* Flips */

/* Open loop: each is due at its time, whatever has become of those before. Returns how many friends
 * on the second node are to see one. */
static uint64_t flip(struct real *r, unsigned from, uint32_t count)
{
    const struct cluster_plan *p = r->plan;
    uint64_t expected = 0;
    double began = now_us(), cpu = cpu_us(0);
    real_look_at(r, 1);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t who = (2 * i + from) % p->users;
        double due = began + 1e6 * i / p->rate;
        for (double now; (now = now_us()) < due;)
            real_poll(r, due - now);
        r->due_us[who] = due;
        expected += real_friends_on(r, who, 1);
        movers_status(r->nodes[from].movers, who, i / (p->users / 2) % 2 ? "away" : "busy");
        histogram_add(&r->late, whole_us(now_us() - due));
    }
    r->busy = (cpu_us(0) - cpu) / (now_us() - began);
    real_pass(r, r->plan->calm_s / 2);
    return expected;
}

/* At the same pace, since a thread that sleeps is woken for each. */
static void note_bare(struct real *r)
{
    struct histogram bare = {0};
    bare_way(r->plan->nats, (unsigned)(r->plan->rate * r->plan->seconds / FLIP_ROUNDS),
             1e6 / r->plan->rate, &bare);
    double p50 = (double)histogram_at(&bare, 0.5), p99 = (double)histogram_at(&bare, 0.99);
    cluster_note(r->figures, "ms", p50 / 1e3, none, "bare: a message through NATS: p50");
    cluster_note(r->figures, "ms", p99 / 1e3, none, "bare: a message through NATS: p99");
    cluster_note(r->figures, "", (double)histogram_at(&r->took, 0.5) / p50, none,
                 "flip seen on the other node: p50, in bare messages");
}

/* Where it is late itself, or has no core left, the latency is its own. */
static void note_generator(struct real *r, const char *what)
{
    cluster_note(r->figures, "ms", (double)histogram_at(&r->late, 0.99) / 1e3, none,
                 "%s: sent late by, p99", what);
    cluster_note(r->figures, "", r->busy, none, "%s: a core of the generator's", what);
}

static void flips(struct real *r, unsigned from)
{
    const char *what = from == 1 ? "flip seen on the same node" : "flip seen on the other node";
    uint32_t count = (uint32_t)(r->plan->rate * r->plan->seconds / FLIP_ROUNDS);
    struct messages m[4] = {messages(r)};
    real_pass(r, r->plan->calm_s);
    m[1] = m[2] = messages(r);
    uint64_t expected = flip(r, from, count);
    m[3] = messages(r);
    cluster_note(r->figures, "ms", (double)histogram_at(&r->took, 0.5) / 1e3, none, "%s: p50",
                 what);
    cluster_note(r->figures, "ms", (double)histogram_at(&r->took, 0.99) / 1e3,
                 from == 1 ? none : at_most(25), "%s: p99", what);
    cluster_note(r->figures, "", (double)r->told / (double)expected, always(1),
                 "%s: received of those expected", what);
    note_generator(r, what);
    if (from == 0) note_messages(r, m, count);
    if (from == 0) note_bare(r);
}

/* With one more node, where nobody is. */
static void flips_of_three(struct real *r)
{
    uint32_t count = (uint32_t)(r->plan->rate * r->plan->seconds) / 2;
    real_start(r, 2);
    real_pass(r, r->plan->calm_s);
    struct messages m[4] = {messages(r)};
    real_pass(r, r->plan->calm_s);
    m[1] = m[2] = messages(r);
    (void)flip(r, 0, count);
    m[3] = messages(r);
    note_messages(r, m, count);
    real_end(r, 2);
}

/* A node that dies */

/* Of whom friends on the first node are to see the leaves. */
static uint64_t gone(const struct real *r)
{
    uint64_t n = 0;
    for (uint32_t u = 0; u < r->plan->users; u++)
        n += r->at[u] == NOBODY ? real_friends_on(r, u, 0) : 0;
    return n;
}

static void killed(struct real *r)
{
    const struct cluster_plan *p = r->plan;
    uint64_t views = 0;
    real_look_at(r, 0);
    kill(r->nodes[1].server.pid, SIGKILL);
    double began = now_us();
    (void)waitpid(r->nodes[1].server.pid, NULL, 0);
    real_forget(r, 1);
    for (uint32_t u = 1; u < p->users; u += 2) {
        r->at[u] = NOBODY;
        r->goes[u] = u % 4 == 1 ? 0 : NOBODY;
    }
    for (uint32_t u = 1; u < p->users; u += 4) {
        views += real_friends_on(r, u, 0);
        real_go(r, u, 0);
    }
    real_await(r);
    real_pass(r, 6 * p->heartbeat_s + p->node_grace_s + 3 * p->calm_s);
    cluster_note(r->figures, "s", (r->first_us - began) / 1e6, none,
                 "a node is killed: the first of its users leaves after");
    cluster_note(r->figures, "s", (r->last_us - began) / 1e6, at_most(13),
                 "a node is killed: the last of its users leaves after");
    cluster_note(r->figures, "", (double)r->left / (double)gone(r), always(1),
                 "a node is killed: leaves seen of those expected");
    cluster_note(r->figures, "", 1 - (double)r->missed / (double)views, always(1),
                 "a node is killed: never missed, of who came back elsewhere");
}

static void start_again(struct real *r, unsigned i)
{
    double began = now_us();
    real_start(r, i);
    cluster_note(r->figures, "s", (now_us() - began) / 1e6, at_most(2),
                 "a node starts beside %u users: ready", r->plan->users / 2);
}

/* Nodes that are replaced */

static void rolled(struct real *r)
{
    const struct cluster_plan *p = r->plan;
    uint64_t missed = 0, views = 0;
    for (unsigned i = 2; i-- > 0;) {
        for (uint32_t u = 0; u < p->users; u++)
            r->goes[u] = (uint8_t)!i;
        views += real_pairs(r, i, i) + real_pairs(r, i, !i);
        real_look_at(r, !i);
        real_end(r, i);
        real_pass(r, p->grace_s + 2 * p->calm_s);
        missed += r->missed + r->left;
        start_again(r, i);
    }
    cluster_note(r->figures, "", 1 - (double)missed / (double)views, always(1),
                 "nodes are replaced in turn: never missed, of all users");
}

/* A node that stands still */

static void stopped(struct real *r)
{
    const struct cluster_plan *p = r->plan;
    for (unsigned i = 0; i < 2; i++) {
        memset(r->goes, NOBODY, p->users);
        if (r->nodes[i].runs) real_end(r, i);
    }
    memset(r->at, NOBODY, p->users);
    for (unsigned i = 0; i < 2; i++)
        real_start(r, i);
    real_fill(r, 0, 1);
    kill(r->nodes[1].server.pid, SIGSTOP);
    real_pass(r, p->stopped_s);
    real_look_at(r, 1);
    kill(r->nodes[1].server.pid, SIGCONT);
    real_pass(r, 5 * p->calm_s);
    double here = server_metric(&r->nodes[0].server, "kith_presences");
    double there = server_metric(&r->nodes[1].server, "kith_presences");
    cluster_note(r->figures, "", 1 - (double)r->missed / (double)real_pairs(r, 0, 1), always(1),
                 "woken after %.0f s of SIGSTOP: its own clients miss nobody", p->stopped_s);
    cluster_note(r->figures, "", (here < there ? here : there) / p->users, always(1),
                 "woken: presences that both nodes know, of all");
}

/* All of it */

void cluster_real(const struct cluster_plan *p, struct figures *f)
{
    static struct real r;
    r = (struct real){.plan = p, .figures = f};
    need_descriptors(2 * p->users + 100);
    real_begin(&r);
    for (unsigned i = 0; i < 2; i++)
        real_start(&r, i);
    real_fill(&r, 0, 1);
    for (int i = 0; i < FLIP_ROUNDS; i++) {
        flips(&r, 0);
        flips(&r, 1);
    }
    flips_of_three(&r);
    killed(&r);
    start_again(&r, 1);
    real_fill(&r, 1, 1);
    rolled(&r);
    stopped(&r);
    for (unsigned i = 0; i < 2; i++) {
        server_stop(&r.nodes[i].server);
        real_forget(&r, i);
    }
    real_fini(&r);
}
