/* tests/sim/views.c -- what clients are shown. */
#include "sim/views.h"

#include "shard/home.h"
#include "sim/engine.h"
#include "sim/nodes.h"
#include "sim/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Truth */

enum { SHOWN_MAX = 64 };

struct shown {
    unsigned count;
    uint32_t tokens[SHOWN_MAX]; /* ascending */
    uint64_t refs[SHOWN_MAX];   /* the beginning of each */
};

static uint32_t token_of(const char *fields, size_t len)
{
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)len, fields);
    const char *at = strstr(text, "\"t");
    return at ? (uint32_t)atoi(at + 2) : 0;
}

static void add(struct shown *s, uint32_t token, const char *ref)
{
    if (s->count == SHOWN_MAX) return;
    unsigned i = s->count++;
    for (; i && s->tokens[i - 1] > token; i--) {
        s->tokens[i] = s->tokens[i - 1];
        s->refs[i] = s->refs[i - 1];
    }
    s->tokens[i] = token;
    s->refs[i] = 0;
    if (ref) memcpy(&s->refs[i], ref, sizeof s->refs[i]);
}

/* What a node lists of a user. */
static void list(const struct trial *t, unsigned node, unsigned user, struct shown *out)
{
    struct presence_topic name;
    struct entry e;
    char id[16];
    const struct sim *s = t->nodes[node].sim;
    snprintf(id, sizeof id, "%u", t->names[user]);
    const struct world *w = s->world[world_home(s->world[0], slice_str(id))];
    out->count = 0;
    for (struct tracker_walk walk = {0};
         presence_next(w->presence, presence_topic(&name, slice_str(id)), &walk, &e);)
        add(out, token_of((const char *)e.meta.fields.ptr, e.meta.fields.len), e.meta.ref);
}

/* What a client has been shown. */
static void view(const struct trial *t, const struct sim_client *c, unsigned user,
                 struct shown *out)
{
    char key[16];
    size_t i;
    json_t *meta;
    snprintf(key, sizeof key, "%u", t->names[user]);
    out->count = 0;
    json_array_foreach(json_object_get(c->view, key), i, meta)
    {
        const char *status = json_string_value(json_object_get(meta, "status"));
        add(out, status ? (uint32_t)atoi(status + 1) : 0,
            json_string_value(json_object_get(meta, "phx_ref")));
    }
}

static void put(const struct shown *s, char *out, size_t size)
{
    size_t len = 0;
    out[0] = 0;
    for (unsigned i = 0; i < s->count && len < size; i++)
        len += (size_t)snprintf(out + len, size - len, " t%u:%.4s", s->tokens[i],
                                (const char *)&s->refs[i]);
}

struct look {
    struct trial *t;
    char *why;
    unsigned user, node;
    bool refs; /* are compared, too */
};

static bool same(const struct look *l, const struct shown *a, const struct shown *b)
{
    if (a->count != b->count) return false;
    if (memcmp(a->tokens, b->tokens, a->count * sizeof a->tokens[0])) return false;
    return !l->refs || memcmp(a->refs, b->refs, a->count * sizeof a->refs[0]) == 0;
}

static bool differ(const struct look *l, const char *who, const struct shown *truth,
                   const struct shown *shown)
{
    char a[80], b[80];
    if (same(l, truth, shown)) return false;
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
        view(l->t, c, l->user, &shown);
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
        add(out, tokens[i], NULL);
}

static bool user_differs(struct look *l)
{
    struct shown truth, shown;
    truth_of(l->t, l->user, &truth);
    l->refs = false; /* of the first node are those of all */
    for (l->node = 0; l->node < l->t->node_count; l->node++) {
        if (!l->t->core[l->node]) continue;
        list(l->t, l->node, l->user, &shown);
        if (differ(l, "the list", &truth, &shown)) return true;
        truth = shown;
        l->refs = true;
        if (client_differs(l, &truth)) return true;
    }
    return false;
}

/* Of a run that is over more may still be learnt of others, while it is not missed; that is shown
 * until it leaves. */
static bool misses_nobody(struct trial *t, unsigned node)
{
    struct peer_view p;
    for (uint32_t at = 0; cluster_next_peer(t->nodes[node].sim->world[0], &at, &p);) {
        unsigned run = trial_run(t, p.inc), name = t->runs[run].name;
        if (p.state != PEER_DOWN && !(t->core[name] && t->nodes[name].run == run)) return false;
    }
    return true;
}

bool views_converged(struct trial *t, char why[256], unsigned *user, unsigned *node)
{
    struct look l = {.t = t, .why = why};
    for (unsigned i = 0; i < t->node_count; i++)
        if (t->core[i] && (!t->nodes[i].runs || t->nodes[i].state != CLUSTER_UP)) {
            snprintf(why, 256, "node %u is not up", i);
            *node = i;
            return false;
        } else if (t->core[i] && !misses_nobody(t, i)) {
            snprintf(why, 256, "node %u takes a run for there that is over", i);
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

/* Now and then: what was told adds up to what is listed. */

static bool is_settled(const struct sim_client *c) { return c->open && c->has_state && !c->slow; }

static void check_client(struct look *l, unsigned client)
{
    struct sim *s = l->t->nodes[l->node].sim;
    struct sim_client *c = &s->clients[client];
    if (!is_settled(c) || clients_at(s->world[c->shard]->clients, c->slot)->behind) return;
    for (l->user = 0; l->user < l->t->user_count; l->user++) {
        struct shown listed, shown;
        char who[100];
        if (!sim_known(s, c->user, l->user)) continue;
        list(l->t, l->node, l->user, &listed);
        if (!sim_may_see(s, client, l->user)) listed.count = 0;
        view(l->t, c, l->user, &shown);
        snprintf(who, sizeof who, "as listed; client %u of user %u", client, c->user);
        if (differ(l, who, &listed, &shown)) trial_fail(l->t, l->user, l->node, "%s", l->why);
    }
}

void views_check(struct trial *t)
{
    char why[256];
    struct look l = {.t = t, .why = why, .refs = true};
    for (l.node = 0; l.node < t->node_count; l.node++)
        for (unsigned i = 0; t->nodes[l.node].runs && i < t->nodes[l.node].sim->client_count; i++)
            check_client(&l, i);
}

/* Nobody is missed who is there. */

enum { OLD_MS = 6000, GOOD_MS = 15000, RULES_MS = 8000 };

void views_begin(struct trial *t, unsigned node)
{
    memset(t->seen[node], 0, sizeof t->seen[node]);
    memset(t->events[node], 0, sizeof t->events[node]);
}

static uint64_t users_seen(const struct sim_client *c)
{
    const char *key;
    json_t *metas;
    uint64_t mask = 0;
    json_object_foreach(c->view, key, metas) mask |= (uint64_t)1 << atoi(key) % SIM_NAMES;
    return mask;
}

static bool is_there(const struct trial *t, unsigned node, const struct connection *c)
{
    const struct node *n = &t->nodes[c->node];
    if (!c->open || !n->runs || n->run != c->run || c->since_ms + OLD_MS > t->now_ms) return false;
    if (c->node == node) return true;
    return engine_was_good(t, node, c->node, GOOD_MS) && engine_was_good(t, node, node, GOOD_MS) &&
           engine_was_good(t, c->node, c->node, GOOD_MS);
}

/* The client has just been told that nobody of the user is there. */
static void check_missed(struct trial *t, unsigned node, unsigned client, unsigned user)
{
    const struct sim *s = t->nodes[node].sim;
    const struct sim_client *c = &s->clients[client];
    if (!sim_may_see(s, client, user) || !sim_known(s, c->user, user)) return;
    /* Who becomes visible is shown here when its own node says so. */
    if (t->nobody_ms[user] && t->nobody_ms[user] + RULES_MS > t->now_ms) return;
    for (unsigned i = 0; i < t->device_count; i++) {
        const struct device *d = &t->devices[i];
        if (d->user == user && is_there(t, node, &d->now) && !people_hides(t, d))
            trial_fail(t, user, node,
                       "client %u of user %u misses user %u, whose device %u is on %s", client,
                       c->user, user, i, nodes_name(t->nodes[d->now.node].name));
    }
}

void views_step(struct trial *t, unsigned node)
{
    const struct sim *s = t->nodes[node].sim;
    for (unsigned i = 0; i < s->client_count; i++) {
        const struct sim_client *c = &s->clients[i];
        if (!c->open || !c->has_state || c->events == t->events[node][i]) continue;
        uint64_t now = users_seen(c), lost = t->seen[node][i] & ~now;
        t->events[node][i] = c->events;
        t->seen[node][i] = now;
        for (; lost; lost &= lost - 1)
            check_missed(t, node, i, (unsigned)__builtin_ctzll(lost));
    }
}
