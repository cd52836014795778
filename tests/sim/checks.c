/* tests/sim/checks.c -- what must hold. */
#include "sim/checks.h"

#include "shard/home.h"
#include "shard/replicate_state.h"
#include "sim/nodes.h"
#include "sim/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void checks_begin(struct trial *t) { (void)t; }

void checks_step(struct trial *t, unsigned node)
{
    (void)t;
    (void)node;
}

void checks_often(struct trial *t) { (void)t; }

/* Truth */

enum { SHOWN_MAX = 64 };

struct shown {
    unsigned count;
    uint32_t tokens[SHOWN_MAX];
};

static uint32_t token_of(const char *fields, size_t len)
{
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)len, fields);
    const char *at = strstr(text, "\"t");
    return at ? (uint32_t)atoi(at + 2) : 0;
}

static void add(struct shown *s, uint32_t token)
{
    if (s->count == SHOWN_MAX) return;
    unsigned i = s->count++;
    for (; i && s->tokens[i - 1] > token; i--)
        s->tokens[i] = s->tokens[i - 1];
    s->tokens[i] = token;
}

/* What a node lists of a user. */
static void list(const struct trial *t, unsigned node, unsigned user, struct shown *out)
{
    struct presence_topic name;
    struct entry e;
    char id[16];
    const struct sim *s = t->nodes[node].sim;
    snprintf(id, sizeof id, "%u", user);
    const struct world *w = s->world[world_home(s->world[0], slice_str(id))];
    out->count = 0;
    for (struct tracker_walk walk = {0};
         presence_next(w->presence, presence_topic(&name, slice_str(id)), &walk, &e);)
        add(out, token_of((const char *)e.meta.fields.ptr, e.meta.fields.len));
}

/* What a client has been shown. */
static void view(const struct sim_client *c, unsigned user, struct shown *out)
{
    char key[16];
    size_t i;
    json_t *meta;
    snprintf(key, sizeof key, "%u", user);
    out->count = 0;
    json_array_foreach(json_object_get(c->view, key), i, meta)
    {
        const char *status = json_string_value(json_object_get(meta, "status"));
        add(out, status ? (uint32_t)atoi(status + 1) : 0);
    }
}

static void put(const struct shown *s, char *out, size_t size)
{
    size_t len = 0;
    out[0] = 0;
    for (unsigned i = 0; i < s->count && len < size; i++)
        len += (size_t)snprintf(out + len, size - len, " t%u", s->tokens[i]);
}

static bool same(const struct shown *a, const struct shown *b)
{
    return a->count == b->count &&
           memcmp(a->tokens, b->tokens, a->count * sizeof a->tokens[0]) == 0;
}

/* What a node believes, for the transcript. */
static void say_peers(struct trial *t, unsigned node)
{
    static const char *const states[] = {"up", "suspect", "down"};
    struct peer_view p;
    for (uint32_t at = 0; cluster_next_peer(t->nodes[node].sim->world[0], &at, &p);)
        trial_say(t, NOBODY, node, "knows %.*s, run %u: %s, silent for %u ms, via run %u",
                  (int)p.name.len, (const char *)p.name.ptr, trial_run(t, p.inc), states[p.state],
                  (unsigned)p.silent_ms, trial_run(t, p.via));
}

static void say_streams(struct trial *t, unsigned node)
{
    const struct sim *s = t->nodes[node].sim;
    for (unsigned i = 0; i < s->shards; i++) {
        const struct replicate *r = s->world[i]->replicate;
        for (uint32_t k = 0; k < r->peer_count; k++)
            if (r->peers[k].lost || r->peers[k].leave_ms != UINT64_MAX)
                trial_say(t, NOBODY, node,
                          "shard %u keeps run %u%s%s, leaves in %lld ms, stream %u", i,
                          trial_run(t, r->peers[k].inc), r->peers[k].lost ? ", lost" : "",
                          r->peers[k].gone ? ", gone" : "",
                          (long long)(r->peers[k].leave_ms - s->now.mono_ms), r->peers[k].stream);
    }
}

static void say_entries(struct trial *t, unsigned node, unsigned user)
{
    struct presence_topic name;
    struct entry e;
    char id[16];
    const struct sim *s = t->nodes[node].sim;
    snprintf(id, sizeof id, "%u", user);
    const struct world *w = s->world[world_home(s->world[0], slice_str(id))];
    for (struct tracker_walk walk = {0};
         presence_next(w->presence, presence_topic(&name, slice_str(id)), &walk, &e);)
        trial_say(t, user, node, "lists %.*s of run %u, slot %u, ref %u:%u, prev %u:%u",
                  (int)e.meta.fields.len, (const char *)e.meta.fields.ptr,
                  trial_run(t, e.place.inc), e.place.slot, trial_run(t, e.ref.inc),
                  (unsigned)e.ref.seq, trial_run(t, e.prev.inc), (unsigned)e.prev.seq);
}

void checks_explain(struct trial *t, unsigned user)
{
    if (!t->o.transcript) return;
    for (unsigned i = 0; i < t->node_count; i++) {
        if (!t->nodes[i].runs) continue;
        say_peers(t, i);
        say_streams(t, i);
        if (user != NOBODY) say_entries(t, i, user);
    }
}

struct look {
    struct trial *t;
    char *why;
    unsigned user, node;
};

static bool differ(const struct look *l, const char *who, const struct shown *truth,
                   const struct shown *shown)
{
    char a[80], b[80];
    if (same(truth, shown)) return false;
    put(truth, a, sizeof a);
    put(shown, b, sizeof b);
    snprintf(l->why, 256, "user %u is%s, %s on node %u shows%s", l->user, a, who, l->node, b);
    return true;
}

static bool client_differs(const struct look *l, const struct shown *truth)
{
    static const struct shown none;
    const struct sim *s = l->t->nodes[l->node].sim;
    for (unsigned i = 0; i < s->client_count; i++) {
        const struct sim_client *c = &s->clients[i];
        struct shown shown;
        char who[32];
        if (!c->open || !c->joined) continue;
        view(c, l->user, &shown);
        snprintf(who, sizeof who, "client %u of user %u", i, c->user);
        if (differ(l, who, sim_may_see(s, i, l->user) ? truth : &none, &shown)) return true;
    }
    return false;
}

static void truth_of(const struct trial *t, unsigned user, struct shown *out)
{
    uint32_t tokens[8];
    unsigned count = people_truth(t, user, tokens);
    out->count = 0;
    for (unsigned i = 0; i < count; i++)
        add(out, tokens[i]);
}

static bool user_differs(struct look *l)
{
    struct shown truth, shown;
    truth_of(l->t, l->user, &truth);
    for (l->node = 0; l->node < l->t->node_count; l->node++) {
        if (!l->t->core[l->node]) continue;
        list(l->t, l->node, l->user, &shown);
        if (differ(l, "the list", &truth, &shown) || client_differs(l, &truth)) return true;
    }
    return false;
}

bool checks_converged(struct trial *t, char why[256], unsigned *user, unsigned *node)
{
    struct look l = {.t = t, .why = why};
    for (unsigned i = 0; i < t->node_count; i++)
        if (t->core[i] && (!t->nodes[i].runs || t->nodes[i].state != CLUSTER_UP)) {
            snprintf(why, 256, "node %u is not up", i);
            *node = i;
            return false;
        }
    for (l.user = 0; l.user < t->user_count; l.user++)
        if (user_differs(&l)) {
            *user = l.user;
            *node = l.node;
            return false;
        }
    return true;
}

void checks_end(struct trial *t) { (void)t; }
