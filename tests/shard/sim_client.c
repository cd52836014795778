/* tests/shard/sim_client.c -- the sim's clients: they read what they are sent, as phoenix.js does.
 */
#include "base/siphash.h"
#include "shard/list.h"
#include "shard/sim.h"
#include "shard/states.h"
#include "support/must.h"
#include "wire/ws.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note(struct sim_client *c, const char *word)
{
    if (c->transcript_count == SIM_TRANSCRIPT_MAX) return;
    snprintf(c->transcript[c->transcript_count++], sizeof c->transcript[0], "%s", word);
}

static const char *ref_of(json_t *meta)
{
    return json_string_value(json_object_get(meta, "phx_ref"));
}

static void remove_ref(json_t *metas, const char *ref)
{
    for (size_t i = json_array_size(metas); i-- > 0;)
        if (strcmp(ref_of(json_array_get(metas, i)), ref) == 0) json_array_remove(metas, i);
}

static void sync_diff(json_t *view, json_t *diff)
{
    const char *key;
    json_t *presence, *meta;
    size_t i;
    json_object_foreach(json_object_get(diff, "joins"), key, presence)
    {
        json_t *metas = json_object_get(view, key);
        if (!metas) json_object_set_new(view, key, metas = json_array());
        json_array_foreach(json_object_get(presence, "metas"), i, meta)
        {
            remove_ref(metas, ref_of(meta));
            json_array_append(metas, meta);
        }
    }
    json_object_foreach(json_object_get(diff, "leaves"), key, presence)
    {
        json_t *metas = json_object_get(view, key);
        if (!metas) continue;
        json_array_foreach(json_object_get(presence, "metas"), i, meta)
            remove_ref(metas, ref_of(meta));
        if (json_array_size(metas) == 0) json_object_del(view, key);
    }
}

static void judge(const struct sim *s, const struct sim_client *c, json_t *by_user)
{
    const char *key;
    json_t *value;
    if (!s->step || c->slow) return;
    json_object_foreach(by_user, key,
                        value) if (sim_must_not_see(s, c, sim_user(s, (unsigned)atoi(key))))
        must_fail(__FILE__, __LINE__, "%u shards: a client of user %u is told of %s", s->shards,
                  c->user, key);
}

void sim_judge_read(struct sim *s)
{
    s->step++;
    for (unsigned i = 0; i < s->client_count && s->heard; i++)
        if (s->clients[i].open && s->clients[i].has_state)
            judge(s, &s->clients[i], s->clients[i].view);
    s->heard = false;
}

void sim_judge(struct sim *s)
{
    if (s->step) sim_read(s);
    sim_judge_read(s);
}

static void sync_state(struct sim_client *c, json_t *state)
{
    const char *key;
    json_t *presence;
    json_decref(c->view);
    c->view = json_object();
    json_object_foreach(state, key, presence)
        json_object_set_new(c->view, key, json_copy(json_object_get(presence, "metas")));
    c->has_state = true;
    size_t i;
    json_t *diff;
    json_array_foreach(c->pending, i, diff) sync_diff(c->view, diff);
    json_decref(c->pending);
    c->pending = NULL;
}

/* A channel's diffs that come before its first state are kept for it; a social one gets none. */
static void take_diff(struct sim_client *c, json_t *diff)
{
    if (c->has_state) {
        sync_diff(c->view, diff);
        return;
    }
    must(c->has_channel);
    if (!c->pending) c->pending = json_array();
    json_array_append(c->pending, diff);
}

static void note_diff(struct sim_client *c, json_t *diff)
{
    char word[96];
    const char *key;
    json_t *value;
    if (c->transcript_count == SIM_TRANSCRIPT_MAX) return;
    snprintf(word, sizeof word, "diff");
    json_object_foreach(json_object_get(diff, "joins"), key, value)
        snprintf(word + strlen(word), sizeof word - strlen(word), "+%s", key);
    json_object_foreach(json_object_get(diff, "leaves"), key, value)
        snprintf(word + strlen(word), sizeof word - strlen(word), "-%s", key);
    note(c, word);
}

void (*sim_watch)(const struct sim_client *c, json_t *message);

/* Who has the state already goes on with it. */
static void take_resume(struct sim_client *c, json_t *response)
{
    const char *token = json_string_value(json_object_get(response, "resume"));
    if (!token) return;
    snprintf(c->resume, sizeof c->resume, "%s", token);
    c->resumed = json_is_true(json_object_get(response, "resumed"));
    c->has_state |= c->resumed;
}

static void on_frame(struct sim *s, struct sim_client *c, json_t *message)
{
    if (sim_watch) sim_watch(c, message);
    bool v2 = json_is_array(message);
    const char *event =
        json_string_value(v2 ? json_array_get(message, 3) : json_object_get(message, "event"));
    json_t *payload = v2 ? json_array_get(message, 4) : json_object_get(message, "payload");
    c->events++;
    s->frames++;
    if (strcmp(event, "phx_reply") == 0) {
        bool ok = strcmp(json_string_value(json_object_get(payload, "status")), "ok") == 0;
        if (ok) c->joined = true;
        take_resume(c, json_object_get(payload, "response"));
        note(c, ok ? "ok" : "error");
    } else if (strcmp(event, "presence_state") == 0) {
        judge(s, c, payload);
        sync_state(c, payload);
        note(c, "state");
    } else if (strcmp(event, "presence_diff") == 0) {
        judge(s, c, json_object_get(payload, "joins"));
        judge(s, c, json_object_get(payload, "leaves"));
        take_diff(c, payload);
        note_diff(c, payload);
    } else {
        note(c, event);
    }
}

/* A frame that many get is parsed once: what was parsed lately, by its bytes. */
static struct parsed {
    struct frame *bytes; /* a copy */
    json_t *message;
} parsed[256];

static json_t *parse(kith_slice text)
{
    struct siphash_key key = {0};
    struct parsed *p = &parsed[siphash13(&key, text) % 256];
    if (p->bytes && slice_eq(frame_slice(p->bytes), text)) return p->message;
    frame_unref(p->bytes);
    json_decref(p->message);
    p->bytes = frame_of(text);
    p->message = json_loadb((const char *)text.ptr, text.len, 0, NULL);
    must(p->message);
    return p->message;
}

void sim_forget_parsed(void)
{
    for (unsigned i = 0; i < 256; i++) {
        frame_unref(parsed[i].bytes);
        json_decref(parsed[i].message);
        parsed[i] = (struct parsed){0};
    }
}

static void read_frame(struct sim *s, struct sim_client *c, kith_slice frame)
{
    size_t header = frame.ptr[1] < 126 ? 2 : frame.ptr[1] == 126 ? 4 : 10;
    if ((frame.ptr[0] & 15) == WS_OP_BINARY)
        note(c, "binary");
    else
        on_frame(s, c, parse(slice_from(frame, header)));
}

void sim_read_one(struct sim *s, unsigned client)
{
    struct sim_client *c = &s->clients[client];
    struct outbox *o = &clients_at(s->world[c->shard]->clients, c->slot)->outbox;
    kith_slice frame;
    while (outbox_peek(o, &frame, 1)) {
        read_frame(s, c, frame);
        clients_sent(s->world[c->shard]->clients, c->slot, frame.len);
    }
    if (clients_at(s->world[c->shard]->clients, c->slot)->behind) {
        states_catch_up(s->world[c->shard], c->slot);
        sim_post(s, c->shard);
        if (o->count) sim_read_one(s, client);
    }
}

void sim_read(struct sim *s)
{
    for (unsigned i = 0; i < s->client_count; i++)
        if (s->clients[i].open) sim_read_one(s, i);
}

const char *sim_transcript(struct sim *s, unsigned client, char out[2048])
{
    struct sim_client *c = &s->clients[client];
    sim_read_one(s, client);
    out[0] = 0;
    for (unsigned i = 0; i < c->transcript_count; i++) {
        if (i) strcat(out, " ");
        strcat(out, c->transcript[i]);
    }
    c->transcript_count = 0;
    return out;
}

/* News, as the edge takes them after each message. */

static void note_list(struct sim_client *c, const struct mail *m)
{
    struct kith_list list;
    must(list_make(&list, mail_a(m)) == KITH_OK);
    json_decref(c->listed);
    c->listed = json_loadb((const char *)list_json(&list).ptr, list_json(&list).len, 0, NULL);
    must(c->listed);
    list_fini(&list);
    note(c, "listed");
}

static void note_news(struct sim_client *c, const struct mail *m)
{
    char word[96];
    if (m->type == MAIL_JOINED) return; /* its reply says so */
    if (m->type == MAIL_LISTED) {
        note_list(c, m);
        return;
    }
    if (m->type == MAIL_ANSWER) {
        c->answers++;
        note(c, m->failed ? "refused" : "hidden");
        return;
    }
    const char *kind = m->type == MAIL_INFO ? "info:" : m->type == MAIL_OUT ? "out:" : "close";
    must(m->type == MAIL_CLOSE || m->serial == c->channel);
    snprintf(word, sizeof word, "%s%.*s%s", kind, (int)m->b_len, (const char *)mail_b(m).ptr,
             m->binary ? "(binary)" : "");
    note(c, word);
}

/* What the edge does after each message. News for whom they do not find are dropped. */
void sim_take_news(struct sim *s, unsigned shard)
{
    struct world *w = s->world[shard];
    for (struct mail *m; (m = mail_take(&w->news)); mail_free(m)) {
        uint32_t slot;
        if (!clients_find(w->clients, m->handle, &slot)) continue;
        for (unsigned i = 0; i < s->client_count; i++) {
            struct sim_client *c = &s->clients[i];
            if (c->open && c->shard == shard && c->slot == slot) note_news(c, m);
        }
    }
}
