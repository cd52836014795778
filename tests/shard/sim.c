/* tests/shard/sim.c -- several shards in one thread, from a seed. */
#include "shard/sim.h"

#include "shard/home.h"
#include "support/must.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t sim_random(struct sim *s, uint32_t below)
{
    s->random ^= s->random << 13; /* xorshift64 */
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return (uint32_t)(s->random >> 33) % below;
}

unsigned sim_name(const struct sim *s, unsigned user) { return s->names ? s->names[user] : user; }

unsigned sim_user(const struct sim *s, unsigned name) { return s->names ? name % SIM_NAMES : name; }

/* Whom three watch is hot, and told to one client a turn; of who has ended one is forgotten. */
static void make_hot(struct world_options *o)
{
    o->hot_audience = 3;
    o->hot_deliveries_s = 1000;
    o->spread_per_turn = o->ended_per_turn = 1;
}

static struct world_options options_of(const struct sim_options *o, unsigned shard)
{
    struct world_options w = {.node = "here", .inc = 77, .outbox_bytes_max = OUTBOX_BYTES_MAX};
    if (o->as) w = *o->as;
    w.id = shard;
    w.count = o->shards;
    w.ref_key = (struct siphash_key){1, 2};
    w.hash_key = (struct siphash_key){o->seed, 4};
    w.resume_keys = (struct sealed_keys){{5, 6}, {7, 8}};
    w.grace_ms = SIM_GRACE_MS;
    w.join_wait_ms = 5000;
    if (o->hot) make_hot(&w);
    return w;
}

void sim_begin(struct sim *s, const struct sim_options *o)
{
    memset(s, 0, offsetof(struct sim, clients));
    s->hot = o->hot;
    s->shards = o->shards;
    s->users = o->users;
    s->names = o->names;
    s->as_node = o->as;
    s->random = o->seed * 0x9e3779b97f4a7c15u + 1;
    s->now = o->now;
    if (!s->now.mono_ms) s->now = (struct now){.mono_ms = 1000, .unix_ms = 1795487065000};
    for (unsigned i = 0; i < o->shards; i++) {
        struct world_options w = options_of(o, i);
        s->world[i] = shard_new(&w);
        must(s->world[i]);
        s->world[i]->now = s->now;
    }
}

void sim_init(struct sim *s, unsigned shards, unsigned users, uint64_t seed)
{
    sim_begin(s, &(struct sim_options){.shards = shards, .users = users, .seed = seed});
}

void sim_init_hot(struct sim *s, unsigned shards, unsigned users, uint64_t seed)
{
    sim_begin(s,
              &(struct sim_options){.shards = shards, .users = users, .seed = seed, .hot = true});
}

void sim_fini(struct sim *s)
{
    for (unsigned i = 0; i < s->client_count; i++) {
        if (s->clients[i].open) sim_lose(s, i, 0);
        json_decref(s->clients[i].view);
        json_decref(s->clients[i].pending);
        json_decref(s->clients[i].listed);
    }
    for (unsigned from = 0; from < 5; from++)
        for (unsigned to = 0; to < 5; to++)
            mail_queue_fini(&s->wire[from][to]);
    for (unsigned i = 0; i < s->shards; i++)
        shard_free(s->world[i]);
    sim_forget_parsed();
}

void sim_send(struct sim *s, unsigned from, unsigned to, struct mail *m)
{
    mail_append(&s->wire[s->boxes ? 0 : from][to], m);
}

/* What a turn's end does: what is due is done, and mail goes on its way. */
void sim_post(struct sim *s, unsigned shard)
{
    struct world *w = s->world[shard];
    sim_take_news(s, shard);
    s->due[shard] = shard_tick(w);
    (void)clients_release(w->clients, UINT32_MAX, 0);
    for (unsigned to = 0; to < s->shards; to++)
        for (struct mail *m; (m = mail_take(&w->out[to]));)
            sim_send(s, shard, to, m);
    for (struct mail *m; (m = mail_take(&w->wants));)
        sim_send(s, shard, SIM_STORE, m);
}

unsigned sim_connect(struct sim *s, unsigned user, unsigned shard)
{
    must(s->client_count < SIM_CLIENTS_MAX);
    struct sim_client *c = &s->clients[s->client_count];
    memset(c, 0, offsetof(struct sim_client, transcript));
    c->open = true;
    c->shard = shard;
    c->user = user;
    snprintf(c->user_id, sizeof c->user_id, "%u", sim_name(s, user));
    must(clients_open(s->world[shard]->clients, &c->slot) == KITH_OK);
    return s->client_count++;
}

void sim_join(struct sim *s, unsigned client, enum kith_social_form form, const char *fields,
              uint64_t device)
{
    struct sim_client *c = &s->clients[client];
    sim_read_one(s, client); /* what was sent before belongs to the channel as it was */
    c->form = form;
    c->joined = c->has_state = c->resumed = false;
    if (form == KITH_SOCIAL_USER)
        snprintf(c->topic, sizeof c->topic, "user:%u", sim_name(s, c->user));
    else
        snprintf(c->topic, sizeof c->topic, "friends");
    snprintf(c->join_ref, sizeof c->join_ref, "\"%u\"", sim_random(s, 1000));
    strcpy(stpcpy(c->name, c->topic), c->join_ref);
    struct social_join j = {.form = form,
                            .user = slice_str(c->user_id),
                            .name = slice_str(c->name),
                            .topic_len = (uint16_t)strlen(c->topic),
                            .ref = slice_str(c->join_ref),
                            .fields = slice_str(fields),
                            .resume = slice_str(c->resumes ? c->resume : ""),
                            .device = device,
                            .hidden = c->hides};
    must(social_join(s->world[c->shard], c->slot, &j) == KITH_OK);
    sim_post(s, c->shard);
}

void sim_part(struct sim *s, unsigned client)
{
    struct sim_client *c = &s->clients[client];
    sim_read_one(s, client);
    social_part(s->world[c->shard], c->slot, c->form);
    c->joined = c->has_state = false;
    memset(c->asks, 0, sizeof c->asks); /* it has no other channel */
    sim_post(s, c->shard);
}

void sim_channel(struct sim *s, unsigned client, const char *topic, bool listens,
                 const char *const *intercept)
{
    struct sim_client *c = &s->clients[client];
    must(!c->has_channel);
    snprintf(c->topic, sizeof c->topic, "%s", topic);
    snprintf(c->join_ref, sizeof c->join_ref, "\"%u\"", sim_random(s, 1000));
    c->channel = ++s->channels;
    c->has_state = false;
    json_decref(c->pending);
    c->pending = NULL;
    must(subscriber_begin(s->world[c->shard],
                          &(struct subscriber_options){.slot = c->slot,
                                                       .channel = c->channel,
                                                       .topic = slice_str(c->topic),
                                                       .join_ref = slice_str(c->join_ref),
                                                       .intercept = intercept,
                                                       .listens = listens},
                          &c->number) == KITH_OK);
    c->has_channel = true;
    sim_post(s, c->shard);
}

void sim_channel_end(struct sim *s, unsigned client)
{
    struct sim_client *c = &s->clients[client];
    sim_read_one(s, client);
    subscriber_end(s->world[c->shard], c->number);
    c->has_channel = c->has_state = false;
    sim_post(s, c->shard);
}

kith_channel_id sim_channel_id(const struct sim *s, unsigned client)
{
    const struct sim_client *c = &s->clients[client];
    return (kith_channel_id){.client = clients_handle(s->world[c->shard]->clients, c->slot),
                             .shard = c->shard,
                             .channel = c->channel};
}

void sim_lose(struct sim *s, unsigned client, uint32_t grace_ms)
{
    struct sim_client *c = &s->clients[client];
    struct world *w = s->world[c->shard];
    if (c->has_channel) sim_channel_end(s, client);
    social_lost(w, c->slot, grace_ms);
    clients_close(w->clients, c->slot);
    c->open = c->joined = c->has_state = false;
    sim_post(s, c->shard);
}

void sim_status(struct sim *s, unsigned client, const char *fields)
{
    struct sim_client *c = &s->clients[client];
    struct world *w = s->world[c->shard];
    struct frame *reply = phx_encode_reply(PHX_V2,
                                           &(struct phx_out){.ref = KITH_LIT("\"s\""),
                                                             .topic = slice_str(c->topic),
                                                             .payload = KITH_LIT("{}")},
                                           true);
    must(reply);
    must(social_status(w, c->slot, slice_str(fields), reply) == KITH_OK);
    sim_post(s, c->shard);
}

void sim_hide(struct sim *s, unsigned client, bool hidden)
{
    struct sim_client *c = &s->clients[client];
    struct world *w = s->world[c->shard];
    must(social_hide(w, c->slot, hidden, KITH_LIT("\"h\""), 0) == KITH_OK);
    sim_post(s, c->shard);
}

bool sim_deliver(struct sim *s, unsigned from, unsigned to)
{
    struct mail *m = mail_take(&s->wire[from][to]);
    if (!m) return false;
    if (to == SIM_STORE) {
        sim_store_receive(s, m);
        mail_free(m);
        return true;
    }
    shard_receive(s->world[to], m);
    sim_post(s, to);
    return true;
}

bool sim_deliver_any(struct sim *s)
{
    unsigned start = sim_random(s, 25);
    for (unsigned i = 0; i < 25; i++) {
        unsigned pair = (start + i) % 25;
        if (sim_deliver(s, pair / 5, pair % 5)) return true;
    }
    return false;
}

uint64_t sim_due(const struct sim *s, unsigned shard)
{
    return s->as_node ? s->due[shard] : shard_due(s->world[shard]);
}

static bool is_due(const struct sim *s, unsigned shard)
{
    const struct world *w = s->world[shard];
    uint64_t due = sim_due(s, shard);
    bool left = w->self.first || w->wants.first;
    for (unsigned to = 0; to < w->o.count; to++)
        left |= w->out[to].first != NULL;
    return left || due <= w->now.mono_ms;
}

/* One turn of each shard that has something to do by now. False: none has. */
static bool turn_any(struct sim *s)
{
    bool any = false;
    for (unsigned i = 0; i < s->shards; i++)
        if (is_due(s, i)) {
            sim_post(s, i);
            any = true;
        }
    return any;
}

bool sim_busy(const struct sim *s)
{
    for (unsigned pair = 0; pair < 25; pair++)
        if (s->wire[pair / 5][pair % 5].first) return true;
    for (unsigned i = 0; i < s->shards; i++)
        if (is_due(s, i)) return true;
    return false;
}

void sim_work(struct sim *s)
{
    while (sim_deliver_any(s) || turn_any(s))
        ;
}

void sim_settle(struct sim *s)
{
    do {
        sim_work(s);
        sim_read(s); /* who has fallen behind asks for its state */
    } while (sim_deliver_any(s));
}

/* No change waits longer than this for an interval to be over. */
void sim_settle_hot(struct sim *s)
{
    sim_settle(s);
    if (!s->hot) return;
    sim_tick(s, SIM_HELD_MS);
    sim_settle(s);
}

void sim_tick(struct sim *s, uint64_t ms)
{
    s->now.mono_ms += ms;
    s->now.unix_ms += ms;
    for (unsigned i = 0; i < s->shards; i++) {
        s->world[i]->now = s->now;
        shard_tick(s->world[i]);
        sim_post(s, i);
    }
}
