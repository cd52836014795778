/* shard/client.c -- the sockets of this shard as addresses for frames. */
#include "shard/client.h"

#include "base/assert.h"
#include "base/limits.h"

#include <stdlib.h>

/* Blocks never move, so that a pointer to a client stays good while others come. */
enum { BLOCK = 256, BLOCKS_MAX = 1 << 14 };

#define NOBODY          UINT32_MAX
#define GENERATION_MASK 0xffffffu

struct clients {
    struct client *blocks[BLOCKS_MAX];
    uint32_t made, open;
    uint32_t free_head;
    uint32_t dirty_head, dirty_tail; /* written in the order in which they came to have something */
    uint32_t waiting_head, waiting_tail, waiting;
    const struct now *now;
    uint32_t outbox_bytes_max;
    struct stats *stats;
    struct slow_client slow[SLOW_NOTED]; /* a ring: slow_count % SLOW_NOTED is next */
    uint32_t slow_count;
};

struct clients *clients_new(uint32_t outbox_bytes_max, const struct now *now, struct stats *stats)
{
    struct clients *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->free_head = c->dirty_head = c->waiting_head = NOBODY;
    c->outbox_bytes_max = outbox_bytes_max;
    c->now = now;
    c->stats = stats;
    return c;
}

void clients_limit(struct clients *c, uint32_t outbox_bytes_max)
{
    c->outbox_bytes_max = outbox_bytes_max;
}

struct client *clients_at(const struct clients *c, uint32_t slot)
{
    KITH_ASSERT(slot < c->made);
    return &c->blocks[slot / BLOCK][slot % BLOCK];
}

void clients_free(struct clients *c)
{
    if (!c) return;
    for (uint32_t i = 0; i < c->made; i++)
        outbox_fini(&clients_at(c, i)->outbox);
    for (uint32_t b = 0; b < BLOCKS_MAX && c->blocks[b]; b++)
        free(c->blocks[b]);
    free(c);
}

static kith_err make(struct clients *c, uint32_t *slot)
{
    uint32_t b = c->made / BLOCK;
    if (b == BLOCKS_MAX) return KITH_FULL;
    if (!c->blocks[b]) c->blocks[b] = aligned_alloc(CLIENT_BYTES, BLOCK * CLIENT_BYTES);
    if (!c->blocks[b]) return KITH_NOMEM;
    c->blocks[b][c->made % BLOCK] = (struct client){0};
    *slot = c->made++;
    return KITH_OK;
}

kith_err clients_open(struct clients *c, uint32_t *slot)
{
    if (c->free_head != NOBODY) {
        *slot = c->free_head;
        c->free_head = clients_at(c, *slot)->next;
    } else {
        kith_err e = make(c, slot);
        if (e) return e;
    }
    struct client *k = clients_at(c, *slot);
    uint32_t generation = (k->generation + 1) & GENERATION_MASK;
    *k = (struct client){
        .generation = generation ? generation : 1, .vsn = PHX_V2, .open = true, .next = NOBODY};
    c->open++;
    return KITH_OK;
}

/* A slot is free again once it is in none of the lists, and nothing leads to it. */
static void set_free(struct clients *c, uint32_t slot)
{
    struct client *k = clients_at(c, slot);
    if (k->open || k->dirty || k->waiting || k->held) return;
    k->next = c->free_head;
    c->free_head = slot;
}

void clients_close(struct clients *c, uint32_t slot)
{
    struct client *k = clients_at(c, slot);
    KITH_ASSERT(k->open && !k->social);
    outbox_fini(&k->outbox);
    k->open = false;
    set_free(c, slot);
    c->open--;
}

void clients_hold(struct clients *c, uint32_t slot) { clients_at(c, slot)->held = true; }

void clients_let_go(struct clients *c, uint32_t slot)
{
    clients_at(c, slot)->held = false;
    set_free(c, slot);
}

uint64_t clients_handle(const struct clients *c, uint32_t slot)
{
    return (uint64_t)clients_at(c, slot)->generation << 32 | slot;
}

bool clients_find(const struct clients *c, uint64_t handle, uint32_t *slot)
{
    uint32_t s = (uint32_t)handle;
    if (s >= c->made) return false;
    const struct client *k = clients_at(c, s);
    if (!k->open || k->generation != (uint32_t)(handle >> 32)) return false;
    *slot = s;
    return true;
}

void clients_mark_dirty(struct clients *c, uint32_t slot)
{
    struct client *k = clients_at(c, slot);
    if (k->dirty) return;
    k->dirty = true;
    k->next = NOBODY;
    if (c->dirty_head == NOBODY)
        c->dirty_head = slot;
    else
        clients_at(c, c->dirty_tail)->next = slot;
    c->dirty_tail = slot;
}

static void wait(struct clients *c, uint32_t slot)
{
    struct client *k = clients_at(c, slot);
    if (k->waiting || k->dirty) return;
    k->waiting = true;
    k->since = (uint16_t)c->now->mono_ms;
    k->next_waiting = NOBODY;
    if (c->waiting_head == NOBODY)
        c->waiting_head = slot;
    else
        clients_at(c, c->waiting_tail)->next_waiting = slot;
    c->waiting_tail = slot;
    c->waiting++;
}

uint32_t clients_waiting(const struct clients *c) { return c->waiting; }

uint32_t clients_release(struct clients *c, uint32_t max, uint32_t waited_ms)
{
    uint32_t n = 0;
    for (uint32_t slot; n < max && (slot = c->waiting_head) != NOBODY;) {
        struct client *k = clients_at(c, slot);
        if ((uint16_t)((uint16_t)c->now->mono_ms - k->since) < waited_ms) break;
        c->waiting_head = k->next_waiting;
        k->waiting = false;
        c->waiting--;
        set_free(c, slot);
        if (!k->open || !k->outbox.count || k->dirty) continue; /* another frame took it along */
        clients_mark_dirty(c, slot);
        n++;
    }
    return n;
}

uint32_t clients_next_dirty(struct clients *c)
{
    for (uint32_t slot; (slot = c->dirty_head) != NOBODY;) {
        struct client *k = clients_at(c, slot);
        c->dirty_head = k->next;
        k->dirty = false;
        if (k->open) return slot;
        set_free(c, slot);
    }
    return NOBODY;
}

bool clients_congested(const struct clients *c, uint32_t slot)
{
    const struct outbox *o = &clients_at(c, slot)->outbox;
    return o->bytes > c->outbox_bytes_max / 2 || o->count > OUTBOX_FRAMES_MAX / 2;
}

static bool fits(const struct clients *c, const struct client *k, uint32_t len)
{
    return (uint64_t)k->outbox.bytes + len <= (uint64_t)c->outbox_bytes_max + k->excused;
}

static bool put(const struct clients *c, struct client *k, struct frame *f, bool of_any_size)
{
    bool excuse = !fits(c, k, f->len);
    if ((excuse && !of_any_size) || outbox_push(&k->outbox, f) != KITH_OK) return false;
    if (excuse) k->excused = k->outbox.bytes;
    return true;
}

static void put_or_close(struct clients *c, uint32_t slot, struct frame *f, bool of_any_size)
{
    struct client *k = clients_at(c, slot);
    if (!k->open || k->overrun) return;
    if (!f || !put(c, k, f, of_any_size)) k->overrun = true;
    clients_mark_dirty(c, slot);
}

/* Whoever reads may be told much at once, more than its system takes before it has read some. */
static bool in_burst(const struct client *k, const struct frame *f)
{
    return f && (uint64_t)k->outbox.bytes + f->len <= OUTBOX_BURST_BYTES_MAX;
}

void clients_push(struct clients *c, uint32_t slot, struct frame *f)
{
    bool any = !clients_congested(c, slot) || in_burst(clients_at(c, slot), f);
    put_or_close(c, slot, f, any);
}

void clients_send(struct clients *c, uint32_t slot, struct frame *f)
{
    clients_push(c, slot, f);
    frame_unref(f);
}

void clients_push_state(struct clients *c, uint32_t slot, struct frame *f)
{
    struct client *k = clients_at(c, slot);
    put_or_close(c, slot, f, true);
    if (!k->overrun) k->excused = k->outbox.bytes; /* one that just fits leaves no room either */
}

static void note_slow(struct clients *c, uint32_t slot)
{
    struct slow_client *at = &c->slow[c->slow_count++ % SLOW_NOTED];
    *at = (struct slow_client){clients_handle(c, slot), c->now->mono_ms};
    c->stats->clients_fallen_behind++;
}

bool clients_slow(const struct clients *c, uint32_t i, struct slow_client *out)
{
    if (i >= SLOW_NOTED || i >= c->slow_count) return false;
    *out = c->slow[(c->slow_count - 1 - i) % SLOW_NOTED];
    return true;
}

void clients_deliver(struct clients *c, uint32_t slot, struct frame *f)
{
    struct client *k = clients_at(c, slot);
    if (!k->open || k->overrun) return;
    if (!k->behind && put(c, k, f, false)) {
        c->stats->deliveries++;
        if (clients_congested(c, slot))
            clients_mark_dirty(c, slot);
        else
            wait(c, slot);
        return;
    }
    if (!k->behind) note_slow(c, slot);
    k->behind = true;
    c->stats->deliveries_dropped++;
    if (!k->outbox.count) clients_mark_dirty(c, slot); /* else it catches up once that is written */
}

void clients_fall_behind(struct clients *c, uint32_t slot)
{
    clients_at(c, slot)->behind = true;
    clients_mark_dirty(c, slot);
}

void clients_sent(struct clients *c, uint32_t slot, size_t n)
{
    struct client *k = clients_at(c, slot);
    outbox_sent(&k->outbox, n);
    k->excused = k->excused > n ? k->excused - (uint32_t)n : 0;
}

uint32_t clients_count(const struct clients *c) { return c->open; }

uint32_t clients_end(const struct clients *c) { return c->made; }
