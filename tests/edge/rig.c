/* tests/edge/rig.c -- a worker or two without their sockets: what clients do. */
#include "edge/rig.h"

#include "base/assert.h"
#include "edge/polls.h"
#include "edge/rig_rooms.h"
#include "edge/rig_state.h"

struct world *rig_world(const struct rig *r, unsigned client)
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
    static const struct api_hosts hosts = {{KITH_LIT("kith.example"), KITH_LIT("a")}, 2};
    r->options = (struct edge_options){.auth_none = true,
                                       .api_hosts = hosts,
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
    r->taken = NULL;
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

void rig_close(struct rig *r, unsigned client)
{
    struct rig_client *c = &r->clients[client];
    if (!c->open) return;
    edge_fini(&c->edge, r->options.grace_ms);
    clients_close(rig_world(r, client)->clients, c->edge.slot);
    c->open = false;
}

void rig_drop(struct rig *r, unsigned client)
{
    rig_close(r, client);
    rig_turn(r);
}

void rig_tick(struct rig *r, unsigned client)
{
    struct rig_client *c = &r->clients[client];
    if (!c->open || c->edge.phase == EDGE_DONE) return;
    if (c->held && !c->stuck && !edge_waits(&c->edge))
        clients_mark_dirty(rig_world(r, client)->clients, c->edge.slot);
    uint64_t next = edge_tick(&c->edge);
    KITH_ASSERT(next > r->now.mono_ms || c->edge.phase == EDGE_DONE);
    if (next < c->due_ms) c->due_ms = next;
}

bool rig_feed_rest(struct rig *r, unsigned client)
{
    struct rig_client *c = &r->clients[client];
    if (!c->open || c->in_len == 0) return false;
    size_t need = 0, used = edge_feed(&c->edge, c->in + RIG_IN_MAX - c->in_len, c->in_len, &need);
    KITH_ASSERT(used <= c->in_len);
    c->in_len -= used;
    c->held = c->in_len && edge_waits(&c->edge);
    rig_tick(r, client);
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
        bool used = rig_feed_rest(r, client);
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
