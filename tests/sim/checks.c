/* tests/sim/checks.c -- what must hold. */
#include "sim/checks.h"

#include "shard/home.h"
#include "shard/replicate_state.h"
#include "sim/engine.h"
#include "sim/moves.h"
#include "sim/nodes.h"
#include "sim/people.h"
#include "sim/streams.h"
#include "sim/views.h"
#include "support/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nothing of a hidden session is ever told to anybody. */

static struct trial *playing;

static void say_told(const struct sim_client *c, const char *key, json_t *presence,
                     const char *what)
{
    size_t i, len = 0;
    json_t *meta;
    char tokens[80] = "";
    if (!playing->o.transcript) return;
    json_array_foreach(json_object_get(presence, "metas"), i, meta)
    {
        const char *status = json_string_value(json_object_get(meta, "status"));
        if (status && len < sizeof tokens)
            len += (size_t)snprintf(tokens + len, sizeof tokens - len, " %s", status);
    }
    trial_say(playing, (unsigned)atoi(key) % SIM_NAMES, NOBODY,
              "a client of user %u is told: %u%s%s", c->user, (unsigned)atoi(key) % SIM_NAMES, what,
              tokens);
}

static void judge_metas(const struct sim_client *c, json_t *presence)
{
    size_t i;
    json_t *meta;
    json_array_foreach(json_object_get(presence, "metas"), i, meta)
    {
        const char *status = json_string_value(json_object_get(meta, "status"));
        uint32_t token = status ? (uint32_t)atoi(status + 1) : 0;
        if (token && token <= playing->token_count && playing->token_hidden[token])
            trial_fail(playing, playing->devices[playing->token_device[token]].user, NOBODY,
                       "a client of user %u is told t%u of a hidden session", c->user, token);
    }
}

static void judge_users(const struct sim_client *c, json_t *users, const char *what)
{
    const char *key;
    json_t *presence;
    json_object_foreach(users, key, presence)
    {
        say_told(c, key, presence, what);
        judge_metas(c, presence);
    }
}

static uint32_t only_token(json_t *users, const char *key)
{
    json_t *metas = json_object_get(json_object_get(users, key), "metas");
    const char *status = json_string_value(json_object_get(json_array_get(metas, 0), "status"));
    return json_array_size(metas) == 1 && status ? (uint32_t)atoi(status + 1) : 0;
}

/* An update from one session to another, while the first lives and can be asked. */
static void judge_update(const struct sim_client *c, uint32_t from, uint32_t to)
{
    struct trial *t = playing;
    const struct device *d = &t->devices[t->token_device[from]];
    if (!from || !to || &t->devices[t->token_device[to]] != d || !d->before.open) return;
    if (d->before.token != from || d->now.token != to || !d->now.open) return;
    if (t->now_ms < d->before.since_ms + 1000 ||
        !engine_was_good(t, d->now.node, d->before.node, DOWN_MS))
        return;
    trial_fail(t, d->user, d->now.node,
               "a client of user %u is told that t%u of user %u, which lives, has become t%u",
               c->user, from, d->user, to);
}

static void judge_updates(const struct sim_client *c, json_t *joins, json_t *leaves)
{
    const char *key;
    json_t *presence;
    json_object_foreach(joins, key, presence)
        judge_update(c, only_token(leaves, key), only_token(joins, key));
}

static void judge_message(const struct sim_client *c, json_t *message)
{
    const char *event = json_string_value(json_array_get(message, 3));
    json_t *payload = json_array_get(message, 4);
    if (!event) return;
    if (strcmp(event, "presence_state") == 0) judge_users(c, payload, " is");
    if (strcmp(event, "presence_diff") != 0) return;
    judge_users(c, json_object_get(payload, "joins"), " joins");
    judge_users(c, json_object_get(payload, "leaves"), " leaves");
    judge_updates(c, json_object_get(payload, "joins"), json_object_get(payload, "leaves"));
}

void checks_begin(struct trial *t)
{
    playing = t;
    sim_watch = judge_message;
}

void checks_start(struct trial *t, unsigned node)
{
    t->nodes[node].sim->step = 1; /* frames are judged from here on */
    streams_begin(t, node);
    views_begin(t, node);
}

void checks_step(struct trial *t, unsigned node)
{
    sim_judge_read(t->nodes[node].sim);
    streams_step(t, node);
    views_step(t, node);
}

void checks_often(struct trial *t)
{
    streams_check(t);
    views_check(t);
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
    snprintf(id, sizeof id, "%u", t->names[user]);
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

enum { LATE_MS = 2000 }; /* for what waited for the latest change of who sees whom */

/* What a run has left is shown no longer than this after it is down, and forgotten after gone_ms.
 */
static void check_gone(struct trial *t)
{
    if (t->gone_ms > 60000 || chance_of(t, 800)) return;
    trial_run_until(t, t->now_ms + t->gone_ms * 12 / 10 + DOWN_MS + 2 * NODE_GRACE_MS);
    streams_check_gone(t);
}

void checks_end(struct trial *t)
{
    trial_run_until(t, t->now_ms + LATE_MS);
    moves_check(t);
    check_gone(t);
}
