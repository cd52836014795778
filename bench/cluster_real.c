/* bench/cluster_real.c -- two real nodes, on a NATS server and a PostgreSQL, and their clients:
 * half of all users on each, with friends on both. */
#include "cluster.h"

#include "bare_way.h"
#include "load/histogram.h"
#include "movers.h"
#include "ring.h"
#include "server.h"
#include "tool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NODES = 3, FLIP_ROUNDS = 3, WINDOW = 50, NOBODY = 9 }; /* the third has no clients */

struct node {
    struct server server;
    struct movers *movers;
    char config[300];
    bool runs;
};

struct real {
    const struct cluster_plan *plan;
    struct figures *figures;
    struct ring ring;
    char folder[256];
    struct node nodes[NODES];
    uint8_t *at;   /* of each user: on which node it is, or NOBODY */
    uint8_t *goes; /* and where it goes when it is cut off: NOBODY: nowhere */
    uint32_t flying, in;
    double *due_us;              /* of a user's latest flip */
    struct histogram took, late; /* to be seen; and until it was sent, which is the generator's */
    double busy;                 /* how much of a core the generator took for that */
    uint64_t told;               /* of flips, to friends on the node that is looked at */
    unsigned looked_at;          /* what of whom is counted: */
    uint64_t missed, left;       /* leaves of who is not to be missed, and of others */
    uint64_t came;
    double first_us, last_us, came_us; /* of the others' leaves; and of who came */
};

/* Nodes */

static void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    if (!out || fputs(text, out) < 0 || fclose(out) != 0 || chmod(path, 0600) != 0)
        die("cannot write %s", path);
}

static void write_config(struct real *r, unsigned i)
{
    char text[2048], secret[300];
    snprintf(secret, sizeof secret, "%s/secret", r->folder);
    snprintf(r->nodes[i].config, sizeof r->nodes[i].config, "%s/n%u.conf", r->folder, i + 1);
    write_file(secret, "a secret that all nodes of this benchmark share");
    snprintf(text, sizeof text,
             "[store]\nurl = %s\n[presence]\ngrace_s = %g\n[cluster]\nname = bench%d\nnode = n%u\n"
             "urls = %s\nsecret_file = %s\nheartbeat_s = %g\nnode_grace_s = %g\n",
             r->plan->postgres, r->plan->grace_s, (int)getpid(), i + 1, r->plan->nats, secret,
             r->plan->heartbeat_s, r->plan->node_grace_s);
    write_file(r->nodes[i].config, text);
}

static void on_client(void *ctx, const struct mover_event *e);

struct ear { /* what the listener of a node's clients is given */
    struct real *r;
    unsigned node;
};
static struct ear ears[NODES];

static void start(struct real *r, unsigned i)
{
    struct node *n = &r->nodes[i];
    n->server = server_start_node(r->plan->kith, n->config);
    n->movers = movers_new(r->plan->users, n->server.port);
    ears[i] = (struct ear){r, i};
    movers_listen(n->movers, on_client, &ears[i]);
    n->runs = true;
}

static void forget(struct real *r, unsigned i)
{
    movers_free(r->nodes[i].movers);
    r->nodes[i].movers = NULL;
    r->nodes[i].runs = false;
}

/* Clients */

static void go_in(struct real *r, uint32_t who, unsigned node)
{
    r->flying++;
    r->at[who] = (uint8_t)node;
    movers_dial(r->nodes[node].movers, who);
}

static void hear_leave(struct real *r, uint32_t about)
{
    if (r->at[about] != NOBODY || r->goes[about] != NOBODY) {
        r->missed++;
        return;
    }
    r->last_us = now_us();
    if (r->left++ == 0) r->first_us = r->last_us;
}

static void hear_change(struct real *r, uint32_t about)
{
    double now = now_us();
    r->came++;
    r->came_us = now;
    if (r->due_us[about] <= 0) return;
    histogram_add(&r->took, whole_us(now - r->due_us[about]));
    r->told++;
}

static void on_client(void *ctx, const struct mover_event *e)
{
    const struct ear *ear = ctx;
    struct real *r = ear->r;
    switch (e->kind) {
    case MOVER_OPEN: movers_join(r->nodes[ear->node].movers, e->who); break;
    case MOVER_STATE:
        r->flying -= r->flying > 0;
        r->in++;
        break;
    case MOVER_CHANGED:
        if (ear->node == r->looked_at) hear_change(r, e->about);
        break;
    case MOVER_WENT:
        if (ear->node == r->looked_at) hear_leave(r, e->about);
        break;
    case MOVER_CLOSED:
        r->at[e->who] = NOBODY;
        if (r->goes[e->who] != NOBODY) go_in(r, e->who, r->goes[e->who]);
        break;
    case MOVER_REFUSED: die("a node refuses client %u", e->who);
    default: break;
    }
}

/* The node that is looked at first, so that what it tells is not heard late. */
static void poll_both(struct real *r, double wait_us)
{
    struct movers *first = r->nodes[r->looked_at].movers, *second = r->nodes[!r->looked_at].movers;
    if (first) movers_poll(first, wait_us);
    if (second) movers_poll(second, first ? 0 : wait_us);
}

static void pass(struct real *r, double seconds)
{
    for (double end = now_us() + seconds * 1e6; now_us() < end;)
        poll_both(r, 1e4);
}

static void await_all(struct real *r)
{
    for (double end = now_us() + 60e6; r->flying;) {
        poll_both(r, 1e4);
        if (now_us() > end) die("%u clients do not come in", r->flying);
    }
}

/* All who are nowhere go where they belong, or to the node that there is. */
static void fill(struct real *r, unsigned even, unsigned odd)
{
    for (uint32_t u = 0; u < r->plan->users; u++) {
        if (r->at[u] != NOBODY) continue;
        while (r->flying >= WINDOW)
            poll_both(r, 1e4);
        go_in(r, u, u % 2 ? odd : even);
    }
    await_all(r);
    pass(r, r->plan->calm_s / 2);
}

static void look_at(struct real *r, unsigned node)
{
    r->looked_at = node;
    r->missed = r->left = r->told = r->came = 0;
    r->first_us = r->last_us = r->came_us = 0;
    memset(&r->took, 0, sizeof r->took);
    memset(&r->late, 0, sizeof r->late);
    memset(r->due_us, 0, r->plan->users * sizeof *r->due_us);
}

/* How many friends of whoever is on `of` are on `on`. */
static uint64_t pairs(const struct real *r, unsigned of, unsigned on)
{
    uint64_t n = 0;
    for (uint32_t u = 0; u < r->plan->users; u++)
        for (uint32_t k = 0; r->at[u] == of && k < r->ring.friends; k++)
            n += r->at[ring_friend(&r->ring, u, k)] == on;
    return n;
}

static uint64_t friends_on(const struct real *r, uint32_t user, unsigned node)
{
    uint64_t n = 0;
    for (uint32_t k = 0; k < r->ring.friends; k++)
        n += r->at[ring_friend(&r->ring, user, k)] == node;
    return n;
}

static void end_node(struct real *r, unsigned i)
{
    int status;
    kill(r->nodes[i].server.pid, SIGTERM);
    for (double end = now_us() + 120e6; waitpid(r->nodes[i].server.pid, &status, WNOHANG) == 0;) {
        poll_both(r, 1e4);
        if (now_us() > end) die("a node does not end");
    }
    await_all(r);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) die("a node ends badly");
    forget(r, i);
}

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
    look_at(r, 1);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t who = (2 * i + from) % p->users;
        double due = began + 1e6 * i / p->rate;
        for (double now; (now = now_us()) < due;)
            poll_both(r, due - now);
        r->due_us[who] = due;
        expected += friends_on(r, who, 1);
        movers_status(r->nodes[from].movers, who, i / (p->users / 2) % 2 ? "away" : "busy");
        histogram_add(&r->late, whole_us(now_us() - due));
    }
    r->busy = (cpu_us(0) - cpu) / (now_us() - began);
    pass(r, r->plan->calm_s / 2);
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
    pass(r, r->plan->calm_s);
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
    start(r, 2);
    pass(r, r->plan->calm_s);
    struct messages m[4] = {messages(r)};
    pass(r, r->plan->calm_s);
    m[1] = m[2] = messages(r);
    (void)flip(r, 0, count);
    m[3] = messages(r);
    note_messages(r, m, count);
    end_node(r, 2);
}

/* A node that dies */

/* Of whom friends on the first node are to see the leaves. */
static uint64_t gone(const struct real *r)
{
    uint64_t n = 0;
    for (uint32_t u = 0; u < r->plan->users; u++)
        n += r->at[u] == NOBODY ? friends_on(r, u, 0) : 0;
    return n;
}

static void killed(struct real *r)
{
    const struct cluster_plan *p = r->plan;
    uint64_t views = 0;
    look_at(r, 0);
    kill(r->nodes[1].server.pid, SIGKILL);
    double began = now_us();
    (void)waitpid(r->nodes[1].server.pid, NULL, 0);
    forget(r, 1);
    for (uint32_t u = 1; u < p->users; u += 2) {
        r->at[u] = NOBODY;
        r->goes[u] = u % 4 == 1 ? 0 : NOBODY;
    }
    for (uint32_t u = 1; u < p->users; u += 4) {
        views += friends_on(r, u, 0);
        go_in(r, u, 0);
    }
    await_all(r);
    pass(r, 6 * p->heartbeat_s + p->node_grace_s + 3 * p->calm_s);
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
    start(r, i);
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
        views += pairs(r, i, i) + pairs(r, i, !i);
        look_at(r, !i);
        end_node(r, i);
        pass(r, p->grace_s + 2 * p->calm_s);
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
        if (r->nodes[i].runs) end_node(r, i);
    }
    memset(r->at, NOBODY, p->users);
    for (unsigned i = 0; i < 2; i++)
        start(r, i);
    fill(r, 0, 1);
    kill(r->nodes[1].server.pid, SIGSTOP);
    pass(r, p->stopped_s);
    look_at(r, 1);
    kill(r->nodes[1].server.pid, SIGCONT);
    pass(r, 5 * p->calm_s);
    double here = server_metric(&r->nodes[0].server, "kith_presences");
    double there = server_metric(&r->nodes[1].server, "kith_presences");
    cluster_note(r->figures, "", 1 - (double)r->missed / (double)pairs(r, 0, 1), always(1),
                 "woken after %.0f s of SIGSTOP: its own clients miss nobody", p->stopped_s);
    cluster_note(r->figures, "", (here < there ? here : there) / p->users, always(1),
                 "woken: presences that both nodes know, of all");
}

/* All of it */

static void begin(struct real *r)
{
    char file[300];
    const struct cluster_plan *p = r->plan;
    folder_make(r->folder);
    ring_init(&r->ring, p->users, p->friends);
    snprintf(file, sizeof file, "%s/graph.txt", r->folder);
    FILE *out = fopen(file, "w");
    if (!out) die("cannot write %s", file);
    ring_write(&r->ring, false, out);
    if (fclose(out) != 0) die("cannot write %s", file);
    server_import(p->kith, p->postgres, file);
    r->at = malloc(p->users);
    r->goes = malloc(p->users);
    r->due_us = calloc(p->users, sizeof *r->due_us);
    if (!r->at || !r->goes || !r->due_us) die("out of memory");
    memset(r->at, NOBODY, p->users);
    memset(r->goes, NOBODY, p->users);
    for (unsigned i = 0; i < NODES; i++)
        write_config(r, i);
}

void cluster_real(const struct cluster_plan *p, struct figures *f)
{
    static struct real r;
    r = (struct real){.plan = p, .figures = f};
    need_descriptors(2 * p->users + 100);
    begin(&r);
    for (unsigned i = 0; i < 2; i++)
        start(&r, i);
    fill(&r, 0, 1);
    for (int i = 0; i < FLIP_ROUNDS; i++) {
        flips(&r, 0);
        flips(&r, 1);
    }
    flips_of_three(&r);
    killed(&r);
    start_again(&r, 1);
    fill(&r, 1, 1);
    rolled(&r);
    stopped(&r);
    for (unsigned i = 0; i < 2; i++) {
        server_stop(&r.nodes[i].server);
        forget(&r, i);
    }
    ring_fini(&r.ring);
    folder_remove(r.folder);
    free(r.at);
    free(r.goes);
    free(r.due_us);
}
