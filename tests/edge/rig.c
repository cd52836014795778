/* tests/edge/rig.c -- a worker or two without their sockets. */
#include "edge/rig.h"

#include "base/assert.h"
#include "edge/api.h"
#include "edge/longpoll.h"
#include "edge/polls.h"
#include "edge/rig_rooms.h"
#include "shard/states.h"

#include <stdio.h>
#include <stdlib.h>

enum { STORE = 255 };

static struct world *world_of(const struct rig *r, unsigned client)
{
    return r->worlds[r->clients[client].shard];
}

static bool make_shard(struct rig *r, unsigned i)
{
    r->worlds[i] = shard_new(&(struct world_options){.id = i,
                                                     .count = r->shards,
                                                     .inc = 77,
                                                     .ref_key = {1, 2},
                                                     .hash_key = {3, 4},
                                                     .grace_ms = GRACE_MS,
                                                     .join_wait_ms = JOIN_WAIT_MS,
                                                     .outbox_bytes_max = OUTBOX_BYTES_MAX});
    if (!r->worlds[i]) return false;
    r->worlds[i]->now = r->now;
    for (unsigned api = 0; api < 2; api++)
        r->contexts[i][api] =
            (struct edge_context){.options = &r->options, .world = r->worlds[i], .api = api};
    r->polls[i] = polls_new(&r->contexts[i][false]);
    return r->polls[i];
}

bool rig_init(struct rig *r, unsigned shards, const char *graph)
{
    r->options = (struct edge_options){.auth_none = true,
                                       .mounts = &r->mount,
                                       .mount_count = 1,
                                       .device_key = {5, 6},
                                       .poll_keys = {{7, 8}, {9, 10}},
                                       .handshake_ms = HANDSHAKE_MS,
                                       .longpoll_ms = LONGPOLL_MS,
                                       .ping_ms = PING_MS,
                                       .idle_ms = IDLE_MS,
                                       .grace_ms = GRACE_MS,
                                       .message_bytes_max = MESSAGE_BYTES_MAX};
    r->mount = (struct edge_mount){.behaviour = &rig_socket};
    r->shards = shards;
    r->graph = graph;
    r->now = (struct now){.mono_ms = 1000, .unix_ms = 1795487065000};
    r->keys = NULL;
    r->store_waits = r->store_fails = false;
    r->wants = (struct mail_queue){0};
    r->asked = NULL;
    r->how = CUT_WHOLE;
    for (unsigned i = 0; i < RIG_CLIENTS_MAX; i++)
        r->clients[i].open = false;
    for (unsigned i = 0; i < RIG_SHARDS_MAX; i++)
        r->worlds[i] = NULL, r->polls[i] = NULL;
    for (unsigned i = 0; i < shards; i++)
        if (!make_shard(r, i)) return false;
    return true;
}

void rig_fini(struct rig *r)
{
    for (unsigned i = 0; i < RIG_CLIENTS_MAX; i++)
        rig_drop(r, i);
    mail_queue_fini(&r->wants);
    for (unsigned i = 0; i < r->shards; i++) {
        if (r->polls[i]) polls_end(r->polls[i], 0);
        polls_free(r->polls[i]);
        shard_free(r->worlds[i]);
    }
    token_keys_free(r->keys);
}

void rig_want_tokens(struct rig *r)
{
    kith_problem why;
    r->keys = token_keys_new();
    KITH_ASSERT(r->keys);
    kith_err e = token_keys_add(
        r->keys,
        &(struct token_key_options){.kind = TOKEN_JWT,
                                    .secret = KITH_LIT("a secret of the tests, of 32 bytes or so")},
        &why);
    KITH_ASSERT(e == KITH_OK);
    r->options.keys = r->keys;
    r->options.auth_none = false;
}

void rig_token(struct rig *r, const char *user, uint32_t ttl_s, struct buf *out)
{
    kith_err e = token_mint(r->keys, TOKEN_JWT, slice_str(user), r->now.unix_ms, ttl_s, out);
    KITH_ASSERT(e == KITH_OK);
}

/* Clients */

bool rig_open(struct rig *r, unsigned client, unsigned shard, bool api)
{
    struct rig_client *c = &r->clients[client];
    uint32_t slot;
    KITH_ASSERT(!c->open);
    if (clients_open(r->worlds[shard]->clients, &slot) != KITH_OK) return false;
    c->open = true;
    c->upgraded = c->stuck = c->mute = c->held = false;
    c->shard = shard;
    c->due_ms = UINT64_MAX;
    c->in_len = c->out_at = c->out_len = 0;
    edge_init(&c->edge, &r->contexts[shard][api], slot);
    c->due_ms = edge_tick(&c->edge);
    return true;
}

static void drop(struct rig *r, unsigned client)
{
    struct rig_client *c = &r->clients[client];
    if (!c->open) return;
    edge_fini(&c->edge, r->options.grace_ms);
    clients_close(world_of(r, client)->clients, c->edge.slot);
    c->open = false;
}

void rig_drop(struct rig *r, unsigned client)
{
    drop(r, client);
    rig_turn(r);
}

static void tick(struct rig *r, unsigned client)
{
    struct rig_client *c = &r->clients[client];
    if (!c->open || c->edge.phase == EDGE_DONE) return;
    uint64_t next = edge_tick(&c->edge);
    KITH_ASSERT(next > r->now.mono_ms || c->edge.phase == EDGE_DONE);
    if (next < c->due_ms) c->due_ms = next;
}

/* Gives the edge all that it has not used. False: it used nothing of it. */
static bool feed_rest(struct rig *r, unsigned client)
{
    struct rig_client *c = &r->clients[client];
    if (!c->open || c->in_len == 0) return false;
    size_t need = 0, used = edge_feed(&c->edge, c->in + RIG_IN_MAX - c->in_len, c->in_len, &need);
    KITH_ASSERT(used <= c->in_len);
    c->in_len -= used;
    c->held = c->in_len && edge_waits(&c->edge);
    tick(r, client);
    return used > 0;
}

static void feed_piece(struct rig *r, unsigned client, kith_slice piece)
{
    struct rig_client *c = &r->clients[client];
    if (!c->open) return;
    KITH_ASSERT(c->in_len + piece.len <= RIG_IN_MAX);
    uint8_t *end = c->in + RIG_IN_MAX;
    memmove(end - c->in_len - piece.len, end - c->in_len, c->in_len);
    memcpy(end - piece.len, piece.ptr, piece.len);
    c->in_len += piece.len;
    do {
        bool used = feed_rest(r, client);
        rig_turn(r);
        if (!used) break;
    } while (c->open && c->in_len && !c->stuck);
}

void rig_feed(struct rig *r, unsigned client, kith_slice bytes)
{
    struct cutter knife = cutter(r->how);
    while (bytes.len) {
        size_t n = cut(&knife, bytes.len);
        feed_piece(r, client, slice_head(bytes, n));
        bytes = slice_from(bytes, n);
    }
}

uint8_t *rig_put_frame(uint8_t *at, uint8_t first, kith_slice payload)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    *at++ = first;
    unsigned wide = payload.len < 126 ? 0 : payload.len <= UINT16_MAX ? 2 : 8;
    *at++ = (uint8_t)(0x80 | (wide == 0 ? payload.len : wide == 2 ? 126 : 127));
    for (unsigned i = wide; i-- > 0;)
        *at++ = (uint8_t)(payload.len >> 8 * i);
    memcpy(at, mask, 4);
    at += 4;
    for (size_t i = 0; i < payload.len; i++)
        *at++ = payload.ptr[i] ^ mask[i & 3];
    return at;
}

void rig_frame(struct rig *r, unsigned client, uint8_t first, kith_slice payload)
{
    static uint8_t frame[RIG_IN_MAX];
    uint8_t *end = rig_put_frame(frame, first, payload);
    rig_feed(r, client, slice_of(frame, (size_t)(end - frame)));
}

void rig_say(struct rig *r, unsigned client, const char *text)
{
    static char quoted[65536];
    size_t n = strlen(text);
    KITH_ASSERT(n < sizeof quoted);
    for (size_t i = 0; i < n; i++)
        quoted[i] = text[i] == '\'' ? '"' : text[i];
    rig_frame(r, client, 0x81, slice_of(quoted, n));
}

/* A turn */

/* The ids that `user` watches, as the store lists them. */
static size_t watched(const struct rig *r, kith_slice user, uint8_t *out, size_t cap)
{
    size_t n = 0;
    kith_slice rest = slice_str(r->graph), line, watcher;
    while (rest.len) {
        rest = slice_cut(rest, '\n', &line);
        kith_slice id = slice_cut(line, ' ', &watcher);
        if (!slice_eq(watcher, user) || id.len == 0) continue;
        KITH_ASSERT(n + 1 + id.len <= cap);
        out[n++] = (uint8_t)id.len;
        memcpy(out + n, id.ptr, id.len);
        n += id.len;
    }
    return n;
}

bool rig_answer(struct rig *r)
{
    static uint8_t ids[65536];
    struct mail *want = mail_take(&r->wants);
    if (!want) return false;
    if (r->asked && (want->type == MAIL_CALL || (want->type == MAIL_RULE && want->operators))) {
        unsigned asker = want->from;
        want = r->asked(want);
        if (want) shard_receive(r->worlds[asker], want);
        return true;
    }
    if (want->type == MAIL_WANT_WATCHED) {
        size_t n = r->store_fails ? 0 : watched(r, mail_a(want), ids, sizeof ids);
        struct mail *m = mail_new(MAIL_WATCHED, slice_of(ids, n), (kith_slice){0}, (kith_slice){0});
        if (m) {
            m->handle = want->handle;
            m->serial = want->serial;
            m->failed = r->store_fails;
            shard_receive(r->worlds[want->from], m);
        }
    }
    mail_free(want);
    return true;
}

static struct rig_client *client_of(struct rig *r, unsigned shard, uint32_t slot)
{
    for (struct rig_client *c = r->clients; c < r->clients + RIG_CLIENTS_MAX; c++)
        if (c->open && c->shard == shard && c->edge.slot == slot) return c;
    return NULL;
}

static bool take_polls(struct rig *r, unsigned shard)
{
    struct world *w = r->worlds[shard];
    bool any = w->to_edge.first;
    for (struct mail *m; (m = mail_take(&w->to_edge));) {
        if (m->type == MAIL_CALL) {
            api_disconnect(w, m);
            continue;
        }
        if (m->type != MAIL_POLL_ANSWER && m->type != MAIL_CALL_ANSWER) {
            polls_receive(r->polls[shard], m);
            continue;
        }
        uint32_t at;
        bool there = clients_find(w->clients, m->handle, &at);
        struct rig_client *c = there ? client_of(r, shard, at) : NULL;
        if (m->type == MAIL_CALL_ANSWER)
            api_answered(c ? &c->edge : NULL, m);
        else
            longpoll_answered(w, c ? &c->edge : NULL, m);
        if (c) tick(r, (unsigned)(c - r->clients));
    }
    return any;
}

static bool carry_mail(struct rig *r)
{
    bool any = false;
    for (unsigned i = 0; i < r->shards; i++)
        any |= take_polls(r, i);
    for (unsigned from = 0; from < r->shards; from++) {
        for (unsigned to = 0; to < r->shards; to++)
            for (struct mail *m; (m = mail_take(&r->worlds[from]->out[to])); any = true)
                shard_receive(r->worlds[to], m);
        for (struct mail *m; (m = mail_take(&r->worlds[from]->wants));)
            mail_append(&r->wants, m);
    }
    while (!r->store_waits && rig_answer(r))
        any = true;
    return any;
}

static void read_out(struct rig_client *c, kith_slice piece)
{
    if (c->mute) return;
    if (c->out_at == c->out_len) c->out_at = c->out_len = 0;
    KITH_ASSERT(c->out_len + piece.len <= RIG_OUT_MAX);
    memcpy(c->out + c->out_len, piece.ptr, piece.len);
    c->out_len += piece.len;
}

static void drained(struct world *w, struct edge *e, const struct client *k)
{
    edge_drained(e);
    if (k->behind) states_catch_up(w, e->slot);
}

/* What io/conn.c does at the end of a turn. */
static void flush(struct rig *r, unsigned client)
{
    struct rig_client *c = &r->clients[client];
    struct world *w = world_of(r, client);
    struct client *k = clients_at(w->clients, c->edge.slot);
    kith_slice piece;
    edge_settle(&c->edge);
    while (!c->stuck && outbox_peek(&k->outbox, &piece, 1)) {
        read_out(c, piece);
        clients_sent(w->clients, c->edge.slot, piece.len);
    }
    if (k->overrun)
        drop(r, client);
    else if (c->held && !edge_waits(&c->edge) && feed_rest(r, client))
        clients_mark_dirty(w->clients, c->edge.slot);
    else if (k->outbox.count == 0 && c->edge.phase != EDGE_DONE)
        drained(w, &c->edge, k);
}

static bool flush_dirty(struct rig *r, unsigned shard)
{
    bool any = false;
    for (uint32_t slot; (slot = clients_next_dirty(r->worlds[shard]->clients)) != UINT32_MAX;) {
        struct rig_client *c = client_of(r, shard, slot);
        if (c)
            flush(r, (unsigned)(c - r->clients));
        else
            polls_flush(r->polls[shard], slot);
        any = true;
    }
    return any;
}

static bool take_news(struct world *w)
{
    bool any = w->news.first;
    (void)session_news(w);
    return any;
}

static uint64_t tick_shard(struct rig *r, unsigned i)
{
    uint64_t shard = shard_tick(r->worlds[i]), polls = polls_tick(r->polls[i]);
    return shard < polls ? shard : polls;
}

void rig_turn(struct rig *r)
{
    for (bool any = true; any;) {
        for (unsigned i = 0; i < r->shards; i++)
            (void)tick_shard(r, i);
        any = carry_mail(r);
        for (unsigned i = 0; i < r->shards; i++)
            any |= take_news(r->worlds[i]);
        for (unsigned i = 0; i < r->shards; i++)
            any |= flush_dirty(r, i);
    }
}

/* When something is next due, `until` at the latest. */
static uint64_t next_due(const struct rig *r, const uint64_t shard_due[], uint64_t until)
{
    for (unsigned i = 0; i < RIG_CLIENTS_MAX; i++)
        if (r->clients[i].open && r->clients[i].due_ms < until) until = r->clients[i].due_ms;
    for (unsigned i = 0; i < r->shards; i++)
        if (shard_due[i] < until) until = shard_due[i];
    return until;
}

static void tick_due(struct rig *r)
{
    for (unsigned i = 0; i < RIG_CLIENTS_MAX; i++) {
        if (!r->clients[i].open || r->clients[i].due_ms > r->now.mono_ms) continue;
        r->clients[i].due_ms = UINT64_MAX;
        tick(r, i);
    }
}

void rig_wait(struct rig *r, uint64_t ms)
{
    uint64_t until = r->now.mono_ms + ms, shard_due[RIG_SHARDS_MAX] = {0};
    for (;;) {
        uint64_t now = next_due(r, shard_due, until);
        if (now < r->now.mono_ms) now = r->now.mono_ms;
        r->now.unix_ms += now - r->now.mono_ms;
        r->now.mono_ms = now;
        for (unsigned i = 0; i < r->shards; i++)
            r->worlds[i]->now = r->now;
        tick_due(r);
        for (unsigned i = 0; i < r->shards; i++)
            shard_due[i] = tick_shard(r, i);
        rig_turn(r);
        if (now >= until) return;
    }
}
