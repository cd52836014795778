/* io/fresh.c -- whose edges were read a short while ago: two tables of hashes, of this half of the
 * while and of the one before; when it is over, whenever that is seen, they change places, and the
 * older is emptied. */
#include "io/fresh.h"

#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

enum { CELLS = 2 * FRESH_MAX };
_Static_assert((CELLS & (CELLS - 1)) == 0, "a cell is found by a mask");

#define DROPPED 1 /* a cell of one who was: others may lie behind it; 0 is an empty one */

struct table {
    uint64_t cells[CELLS];
    uint32_t count;
};

struct fresh {
    struct siphash_key key;
    uint32_t half_ms;
    uint64_t turn_ms; /* when the tables change places */
    unsigned now;
    struct table tables[2];
};

struct fresh *fresh_new(uint32_t for_ms, const struct siphash_key *key)
{
    struct fresh *f = calloc(1, sizeof *f);
    if (!f) return NULL;
    f->key = *key;
    f->half_ms = for_ms / 2;
    return f;
}

void fresh_free(struct fresh *f) { free(f); }

static uint64_t hash_of(const struct fresh *f, kith_slice user)
{
    uint64_t hash = siphash13(&f->key, user);
    return hash > DROPPED ? hash : hash + 2;
}

/* Its cell, or the empty one where it would be. A table is at most half full. */
static uint64_t *find(struct table *t, uint64_t hash)
{
    uint64_t at = hash & (CELLS - 1);
    while (t->cells[at] && t->cells[at] != hash)
        at = (at + 1) & (CELLS - 1);
    return &t->cells[at];
}

static void turn(struct fresh *f, uint64_t now_ms)
{
    bool both = now_ms >= f->turn_ms + f->half_ms;
    f->turn_ms = now_ms - now_ms % f->half_ms + f->half_ms;
    f->now ^= 1;
    memset(&f->tables[f->now], 0, sizeof f->tables[0]);
    if (both) memset(&f->tables[f->now ^ 1], 0, sizeof f->tables[0]);
}

void fresh_put(struct fresh *f, kith_slice user, uint64_t now_ms)
{
    if (!f->half_ms) return;
    if (now_ms >= f->turn_ms || f->tables[f->now].count == FRESH_MAX) turn(f, now_ms);
    uint64_t hash = hash_of(f, user), *cell = find(&f->tables[f->now], hash);
    f->tables[f->now].count += *cell != hash;
    *cell = hash;
}

bool fresh_has(struct fresh *f, kith_slice user, uint64_t now_ms)
{
    if (!f->half_ms) return false;
    if (now_ms >= f->turn_ms) turn(f, now_ms);
    uint64_t hash = hash_of(f, user);
    return *find(&f->tables[0], hash) == hash || *find(&f->tables[1], hash) == hash;
}

void fresh_drop(struct fresh *f, kith_slice user)
{
    uint64_t hash = hash_of(f, user);
    for (unsigned i = 0; i < 2; i++) {
        uint64_t *cell = find(&f->tables[i], hash);
        if (*cell == hash) *cell = DROPPED;
    }
}

void fresh_clear(struct fresh *f) { memset(f->tables, 0, sizeof f->tables); }
