/* io/budget.c -- how many different users each user has asked about within a while. */
#include "io/budget.h"

#include "base/ids.h"
#include "base/limits.h"
#include "base/map.h"

#include <stdlib.h>

/* About whom it was asked stands in a Bloom filter: with so many bits for each, one in 200 is taken
 * for one who was asked about before. */
enum { BITS_EACH = 16, HASHES = 3 };

enum { LOOKED_AT = 8 }; /* for one who makes room */

struct spender {
    uint64_t began_ms;
    uint32_t spent;
    bool over;
    uint8_t len, user[USER_ID_BYTES_MAX]; /* len 0: nobody's */
    uint8_t *bits;
};

struct budget {
    uint32_t users, bytes; /* allowed; of a spender's bits */
    uint64_t window_ms;
    struct siphash_key key;
    struct spender *spenders;
    uint32_t count, hand; /* hand: who makes room next */
    struct map index;     /* by user */
};

struct budget *budget_new(uint32_t users, uint64_t window_ms, const struct siphash_key *key)
{
    struct budget *b = calloc(1, sizeof *b);
    if (!b) return NULL;
    *b = (struct budget){
        .users = users, .bytes = users * BITS_EACH / 8, .window_ms = window_ms, .key = *key};
    b->spenders = calloc(BUDGET_USERS_MAX, sizeof *b->spenders); /* touched as they come */
    if (b->spenders) return b;
    free(b);
    return NULL;
}

void budget_free(struct budget *b)
{
    if (!b) return;
    for (uint32_t i = 0; i < b->count; i++)
        free(b->spenders[i].bits);
    free(b->spenders);
    map_fini(&b->index);
    free(b);
}

static kith_slice user_of(const struct budget *b, uint32_t at)
{
    return slice_of(b->spenders[at].user, b->spenders[at].len);
}

static uint64_t hash_of(const void *owner, uint32_t at)
{
    const struct budget *b = owner;
    return siphash13(&b->key, user_of(b, at));
}

/* Who makes room for one more: whose window is over, else who has spent least, of a few; who is
 * over is kept as long as there is another. */
static uint32_t choose(struct budget *b, uint64_t now_ms)
{
    uint32_t best = b->hand;
    for (uint32_t i = 0; i < LOOKED_AT; i++) {
        uint32_t at = (b->hand + i) % BUDGET_USERS_MAX;
        const struct spender *s = &b->spenders[at], *o = &b->spenders[best];
        bool free = s->len == 0 || now_ms - s->began_ms >= b->window_ms;
        if (free || (s->over == o->over ? s->spent < o->spent : o->over)) best = at;
        if (free) break;
    }
    b->hand = (b->hand + LOOKED_AT) % BUDGET_USERS_MAX;
    return best;
}

/* A place for one more, which nobody has. NULL: no memory. */
static struct spender *take_place(struct budget *b, uint64_t now_ms)
{
    if (b->count == BUDGET_USERS_MAX) {
        uint32_t at = choose(b, now_ms);
        if (b->spenders[at].len) map_remove(&b->index, hash_of(b, at), at);
        return &b->spenders[at];
    }
    uint8_t *bits = malloc(b->bytes);
    if (!bits) return NULL;
    b->spenders[b->count].bits = bits;
    return &b->spenders[b->count++];
}

static void begin(struct budget *b, struct spender *s, uint64_t now_ms)
{
    s->began_ms = now_ms;
    s->spent = 0;
    s->over = false;
    memset(s->bits, 0, b->bytes);
}

static struct spender *spender_of(struct budget *b, kith_slice user, uint64_t now_ms)
{
    uint64_t hash = siphash13(&b->key, user);
    struct map_probe walk = map_probe(hash);
    uint32_t at;
    while ((at = map_next(&b->index, &walk)) != MAP_NONE)
        if (slice_eq(user_of(b, at), user)) return &b->spenders[at];
    struct spender *s = take_place(b, now_ms);
    if (!s) return NULL;
    at = (uint32_t)(s - b->spenders);
    s->len = (uint8_t)user.len;
    memcpy(s->user, user.ptr, user.len);
    begin(b, s, now_ms);
    if (map_add(&b->index, hash, at, hash_of, b) == KITH_OK) return s;
    s->len = 0; /* the place is nobody's */
    return NULL;
}

/* Whether all bits of an id are set; afterwards they are, if it is to be added. */
static bool find_bits(const struct budget *b, struct spender *s, kith_slice id, bool add)
{
    uint64_t hash = siphash13(&b->key, id), step = hash >> 32 | 1;
    bool all = true;
    for (int i = 0; i < HASHES; i++, hash += step) {
        uint32_t bit = (uint32_t)(hash % (b->bytes * 8u));
        uint8_t mask = (uint8_t)(1u << bit % 8);
        all = all && (s->bits[bit / 8] & mask);
        if (add) s->bits[bit / 8] |= mask;
    }
    return all;
}

enum budget_verdict budget_spend(struct budget *b, kith_slice user, kith_slice ids, uint64_t now_ms)
{
    struct spender *s = spender_of(b, user, now_ms);
    if (!s) return BUDGET_WITHIN;
    if (now_ms - s->began_ms >= b->window_ms) begin(b, s, now_ms);
    uint32_t more = 0;
    for (kith_slice rest = ids, id; ids_next(&rest, &id);)
        more += !find_bits(b, s, id, false);
    if (s->spent + more > b->users) {
        bool first = !s->over;
        s->over = true;
        return first ? BUDGET_OVER_NOW : BUDGET_OVER;
    }
    s->spent += more;
    for (kith_slice id; ids_next(&ids, &id);)
        (void)find_bits(b, s, id, true);
    return BUDGET_WITHIN;
}
