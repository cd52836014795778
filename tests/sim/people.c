/* tests/sim/people.c -- who uses the cluster. */
#include "sim/people.h"

#include "sim/nodes.h"
#include "support/must.h"

#include <stdio.h>
#include <string.h>

enum { ACT_MS_MIN = 300, ACT_MS_MAX = 9000 };

static struct sim *sim_of(const struct trial *t, const struct connection *c)
{
    return t->nodes[c->node].sim;
}

static struct sim_client *client_of(const struct trial *t, const struct connection *c)
{
    return &sim_of(t, c)->clients[c->client];
}

static unsigned index_of(const struct trial *t, const struct device *d)
{
    return (unsigned)(d - t->devices);
}

/* So that a stream has more than one user, all are in a few partitions. */
static unsigned name_of(unsigned user, uint32_t partitions)
{
    char text[40];
    for (unsigned name = user;; name += SIM_NAMES) {
        snprintf(text, sizeof text, "user_presence:%u", name);
        if (presence_partition(slice_str(text), PARTITIONS) < partitions) return name;
    }
}

void people_plan(struct trial *t)
{
    static const uint32_t partitions[] = {2, 4, 8, PARTITIONS};
    t->user_count = t->o.users ? t->o.users : between(t, 6, chance_of(t, 200) ? 41 : 25);
    for (unsigned user = 0, of = partitions[below(t, 4)]; user < t->user_count; user++)
        t->names[user] = name_of(user, of);
    for (unsigned user = 0; user < t->user_count; user++)
        for (unsigned k = 0, count = between(t, 1, 4); k < count; k++) {
            struct device *d = &t->devices[t->device_count++];
            *d = (struct device){.user = user};
            if (!chance_of(t, 250)) d->id = user * 8 + k + 1;
            d->hidden = d->id && chance_of(t, 120);
            d->home = below(t, t->node_count);
            d->act_ms = t->now_ms + between(t, 500, 4000);
        }
}

/* What a device says of itself is different each time, so that it can be known again. */
static const char *new_status(struct trial *t, struct device *d, char out[64])
{
    must(t->token_count + 1 < TOKENS_MAX);
    d->token = ++t->token_count;
    t->token_device[d->token] = (uint16_t)index_of(t, d);
    t->token_hidden[d->token] = d->hidden;
    snprintf(out, 64, "{\"status\":\"t%u\"}", d->token);
    return out;
}

/* Coming and going */

static bool find_node(struct trial *t, unsigned wanted, unsigned *node)
{
    for (unsigned i = 0; i < t->node_count; i++) {
        *node = (wanted + i) % t->node_count;
        if (nodes_takes_clients(t, *node)) return true;
    }
    return false;
}

static bool connect_as(struct trial *t, struct device *d, unsigned node, const char *fields)
{
    struct node *n = &t->nodes[node];
    nodes_set_time(t, node);
    unsigned client = sim_connect(n->sim, d->user, below(t, n->sim->shards));
    d->now = (struct connection){true, node, n->run, client, d->token, t->now_ms, UINT64_MAX};
    d->home = node;
    n->sim->clients[client].hides = d->hidden;
    trial_say(t, d->user, node, "device %u of user %u connects to %s, t%u%s", index_of(t, d),
              d->user, nodes_name(n->name), d->token, d->hidden ? ", hidden" : "");
    sim_join(n->sim, client, below(t, 2) ? KITH_SOCIAL_USER : KITH_SOCIAL_FRIENDS, fields, d->id);
    nodes_turn(t, node);
    return true;
}

static bool connect_to(struct trial *t, struct device *d, unsigned wanted)
{
    unsigned node;
    char fields[64];
    return find_node(t, wanted, &node) && connect_as(t, d, node, new_status(t, d, fields));
}

static void close_connection(struct trial *t, struct device *d, struct connection *c,
                             uint32_t grace_ms)
{
    if (!c->open) return;
    c->open = false;
    trial_say(t, d->user, c->node, "device %u of user %u loses %s, grace %u", index_of(t, d),
              d->user, nodes_name(t->nodes[c->node].name), grace_ms);
    nodes_set_time(t, c->node);
    sim_lose(sim_of(t, c), c->client, grace_ms);
    nodes_turn(t, c->node);
}

static void lose(struct trial *t, struct device *d, uint32_t from_ms, uint32_t to_ms)
{
    close_connection(t, d, &d->now, SIM_GRACE_MS);
    d->act_ms = t->now_ms + between(t, from_ms, to_ms);
}

static void part(struct trial *t, struct device *d)
{
    nodes_set_time(t, d->now.node);
    trial_say(t, d->user, d->now.node, "device %u of user %u leaves", index_of(t, d), d->user);
    sim_part(sim_of(t, &d->now), d->now.client);
    close_connection(t, d, &d->now, 0);
    d->act_ms = t->now_ms + between(t, 500, 9000);
}

/* Both are open for a while. */
static void overlap(struct trial *t, struct device *d)
{
    close_connection(t, d, &d->before, SIM_GRACE_MS);
    if (!d->now.open) return; /* its node ended meanwhile */
    d->before = d->now;
    d->before.close_ms = t->now_ms + between(t, 50, 3000);
    if (!connect_to(t, d, below(t, t->node_count))) d->before.open = false;
}

/* Saying something */

static void say(struct trial *t, struct device *d)
{
    char fields[64];
    nodes_set_time(t, d->now.node);
    new_status(t, d, fields);
    trial_say(t, d->user, d->now.node, "device %u of user %u says t%u", index_of(t, d), d->user,
              d->token);
    d->now.token = d->token;
    sim_status(sim_of(t, &d->now), d->now.client, fields);
    nodes_turn(t, d->now.node);
}

static void hide(struct trial *t, struct device *d, bool hidden)
{
    nodes_set_time(t, d->now.node);
    if (d->hidden != hidden) d->now.since_ms = t->now_ms;
    d->hidden = hidden;
    if (!hidden) t->token_hidden[d->token] = false;
    trial_say(t, d->user, d->now.node, "device %u of user %u %s", index_of(t, d), d->user,
              hidden ? "hides" : "is to be seen");
    sim_hide(sim_of(t, &d->now), d->now.client, hidden);
    nodes_turn(t, d->now.node);
}

/* What has waited for it is read by what was known when it was sent. */
static void pace(struct trial *t, struct device *d, bool slow)
{
    struct sim_client *c = client_of(t, &d->now);
    nodes_set_time(t, d->now.node);
    if (c->slow && !slow) sim_read_one(sim_of(t, &d->now), d->now.client);
    c->slow = slow;
    nodes_turn(t, d->now.node);
}

/* Time */

static bool can_act(const struct trial *t, const struct connection *c)
{
    const struct node *n = &t->nodes[c->node];
    return n->runs && n->run == c->run && !n->paused && !n->leaving;
}

static void act_here(struct trial *t, struct device *d)
{
    uint32_t what = below(t, t->calm ? 500 : 1000);
    d->act_ms = t->now_ms + between(t, ACT_MS_MIN, ACT_MS_MAX);
    if (!client_of(t, &d->now)->joined) return;
    if (what < 400)
        say(t, d);
    else if (what < 470)
        hide(t, d, d->id && !d->hidden);
    else if (what < 500)
        pace(t, d, !client_of(t, &d->now)->slow);
    else if (what < 620)
        lose(t, d, 10, 4000); /* comes back within the grace, */
    else if (what < 680)
        lose(t, d, 5000, 9000); /* and after it */
    else if (what < 850) {
        lose(t, d, 1, 8000);
        d->home = below(t, t->node_count);
    } else if (what < 910)
        overlap(t, d);
    else
        part(t, d);
}

static void act(struct trial *t, struct device *d)
{
    if (t->rests) {
        d->act_ms = UINT64_MAX;
    } else if (!d->now.open) {
        d->act_ms = t->now_ms + between(t, ACT_MS_MIN, ACT_MS_MAX);
        if (!connect_to(t, d, d->home)) d->act_ms = t->now_ms + 300;
    } else if (can_act(t, &d->now)) {
        act_here(t, d);
    } else {
        d->act_ms = t->now_ms + 500;
    }
}

static void close_before(struct trial *t, struct device *d)
{
    /* When all rests nothing is to linger: it might be thought to live, and shown again. */
    if (can_act(t, &d->before))
        close_connection(t, d, &d->before, t->rests ? 0 : SIM_GRACE_MS);
    else
        d->before.close_ms = t->now_ms + 500;
}

static uint64_t due_of(const struct device *d)
{
    uint64_t due = d->stays ? UINT64_MAX : d->act_ms;
    return d->before.open && d->before.close_ms < due ? d->before.close_ms : due;
}

uint64_t people_due(const struct trial *t)
{
    uint64_t due = UINT64_MAX;
    for (unsigned i = 0; i < t->device_count; i++)
        due = earlier(due, due_of(&t->devices[i]));
    return due;
}

void people_turn(struct trial *t)
{
    for (unsigned i = 0; i < t->device_count; i++) {
        struct device *d = &t->devices[i];
        if (d->before.open && d->before.close_ms <= t->now_ms) close_before(t, d);
        if (!d->stays && d->act_ms <= t->now_ms) act(t, d);
    }
}

/* All connections of a node end: by it, or with it. */
void people_lost(struct trial *t, unsigned node, bool closed)
{
    for (unsigned i = 0; i < t->device_count; i++) {
        struct device *d = &t->devices[i];
        struct connection *both[2] = {&d->now, &d->before};
        for (unsigned k = 0; k < 2; k++) {
            struct connection *c = both[k];
            if (!c->open || c->node != node || c->run != t->nodes[node].run) continue;
            if (closed) close_connection(t, d, c, SIM_GRACE_MS);
            c->open = false;
            if (k) continue;
            d->act_ms = t->now_ms +
                        (chance_of(t, 300) ? between(t, 10, 300) : between(t, 300, 10000));
            d->home = below(t, t->node_count);
            d->stays = chance_of(t, 150);
        }
    }
}

void people_calm(struct trial *t) { t->calm = true; }

void people_rest(struct trial *t)
{
    t->rests = true;
    for (unsigned i = 0; i < t->device_count; i++) {
        struct device *d = &t->devices[i];
        if (d->before.open) d->before.close_ms = t->now_ms;
        if (!d->now.open || !can_act(t, &d->now)) continue;
        pace(t, d, false);
        if (client_of(t, &d->now)->joined) hide(t, d, d->hidden);
    }
}

void people_leave(struct trial *t, struct device *d)
{
    close_connection(t, d, &d->now, SIM_GRACE_MS);
}

void people_come(struct trial *t, struct device *d, unsigned node)
{
    char fields[64];
    snprintf(fields, sizeof fields, "{\"status\":\"t%u\"}", d->token);
    must(connect_as(t, d, node, fields));
}

/* Truth */

/* It may have become so by taking over what its device had left hidden elsewhere. */
bool people_hides(const struct trial *t, const struct device *d)
{
    const struct sim_client *c = client_of(t, &d->now);
    const struct social *s =
        clients_at(sim_of(t, &d->now)->world[c->shard]->clients, c->slot)->social;
    return d->hidden || (s && s->hiding == HIDING_YES);
}

static bool is_seen(const struct trial *t, const struct connection *c)
{
    return c->open && t->core[c->node] && t->nodes[c->node].runs &&
           t->nodes[c->node].run == c->run && client_of(t, c)->joined;
}

unsigned people_truth(const struct trial *t, unsigned user, uint32_t tokens[8])
{
    unsigned count = 0;
    for (unsigned i = 0; i < t->device_count; i++) {
        const struct device *d = &t->devices[i];
        if (d->user == user && !d->hidden && is_seen(t, &d->now)) tokens[count++] = d->token;
    }
    return count;
}
