/* bench/real.c -- two real nodes and their clients. */
#include "real.h"

#include "tool.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WINDOW = 50 };

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

void real_start(struct real *r, unsigned i)
{
    struct node *n = &r->nodes[i];
    n->server = server_start_node(r->plan->kith, n->config);
    n->movers = movers_new(r->plan->users, n->server.port);
    ears[i] = (struct ear){r, i};
    movers_listen(n->movers, on_client, &ears[i]);
    n->runs = true;
}

void real_forget(struct real *r, unsigned i)
{
    movers_free(r->nodes[i].movers);
    r->nodes[i].movers = NULL;
    r->nodes[i].runs = false;
}

/* Clients */

void real_go(struct real *r, uint32_t who, unsigned node)
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
        if (r->goes[e->who] != NOBODY) real_go(r, e->who, r->goes[e->who]);
        break;
    case MOVER_REFUSED: die("a node refuses client %u", e->who);
    default: break;
    }
}

/* The node that is looked at first, so that what it tells is not heard late. */
void real_poll(struct real *r, double wait_us)
{
    struct movers *first = r->nodes[r->looked_at].movers, *second = r->nodes[!r->looked_at].movers;
    if (first) movers_poll(first, wait_us);
    if (second) movers_poll(second, first ? 0 : wait_us);
}

void real_pass(struct real *r, double seconds)
{
    for (double end = now_us() + seconds * 1e6; now_us() < end;)
        real_poll(r, 1e4);
}

void real_await(struct real *r)
{
    for (double end = now_us() + 60e6; r->flying;) {
        real_poll(r, 1e4);
        if (now_us() > end) die("%u clients do not come in", r->flying);
    }
}

void real_fill(struct real *r, unsigned even, unsigned odd)
{
    for (uint32_t u = 0; u < r->plan->users; u++) {
        if (r->at[u] != NOBODY) continue;
        while (r->flying >= WINDOW)
            real_poll(r, 1e4);
        real_go(r, u, u % 2 ? odd : even);
    }
    real_await(r);
    real_pass(r, r->plan->calm_s / 2);
}

void real_look_at(struct real *r, unsigned node)
{
    r->looked_at = node;
    r->missed = r->left = r->told = r->came = 0;
    r->first_us = r->last_us = r->came_us = 0;
    memset(&r->took, 0, sizeof r->took);
    memset(&r->late, 0, sizeof r->late);
    memset(r->due_us, 0, r->plan->users * sizeof *r->due_us);
}

uint64_t real_pairs(const struct real *r, unsigned of, unsigned on)
{
    uint64_t n = 0;
    for (uint32_t u = 0; u < r->plan->users; u++)
        for (uint32_t k = 0; r->at[u] == of && k < r->ring.friends; k++)
            n += r->at[ring_friend(&r->ring, u, k)] == on;
    return n;
}

uint64_t real_friends_on(const struct real *r, uint32_t user, unsigned node)
{
    uint64_t n = 0;
    for (uint32_t k = 0; k < r->ring.friends; k++)
        n += r->at[ring_friend(&r->ring, user, k)] == node;
    return n;
}

void real_end(struct real *r, unsigned i)
{
    int status;
    kill(r->nodes[i].server.pid, SIGTERM);
    for (double end = now_us() + 120e6; waitpid(r->nodes[i].server.pid, &status, WNOHANG) == 0;) {
        real_poll(r, 1e4);
        if (now_us() > end) die("a node does not end");
    }
    real_await(r);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) die("a node ends badly");
    real_forget(r, i);
}

/* All of it */

void real_begin(struct real *r)
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

void real_fini(struct real *r)
{
    ring_fini(&r->ring);
    folder_remove(r->folder);
    free(r->at);
    free(r->goes);
    free(r->due_us);
}
