/* io/waiting.c -- what users ask of the store's thread, until it gets to it.
 *
 *     first -> ann: [watch] [visibility]      own: [edges] [edges]
 *              ben: [visibility]
 *     last  -> cat: [watch] [watch]           taken: ann's, own, ben's, own, cat's, ann's, cat's
 */
#include "io/waiting.h"

#include "base/limits.h"
#include "base/map.h"
#include "core/pool.h"
#include "shard/rule.h"

#include <stdlib.h>

struct line {
    struct mail_queue mails;    /* never empty */
    struct mail_queue replaced; /* whose place the change of visibility has that waits */
    uint32_t next;              /* whose turn is then; POOL_NONE: the last */
    uint32_t count;             /* of both */
    size_t bytes;
    uint8_t len;
    uint8_t user[USER_ID_BYTES_MAX];
};

struct waiting {
    struct siphash_key key;
    struct pool lines;
    struct map index; /* of their users */
    uint32_t first, last;
    struct mail_queue own;
    bool own_turn;
    size_t bytes, own_bytes;
};

struct waiting *waiting_new(const struct siphash_key *key)
{
    struct waiting *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    w->key = *key;
    w->first = w->last = POOL_NONE;
    pool_init(&w->lines, sizeof(struct line));
    return w;
}

static struct line *at(const struct waiting *w, uint32_t number)
{
    return pool_at(&w->lines, number);
}

void waiting_free(struct waiting *w)
{
    if (!w) return;
    for (uint32_t n = w->first; n != POOL_NONE; n = at(w, n)->next) {
        mail_queue_fini(&at(w, n)->mails);
        mail_queue_fini(&at(w, n)->replaced);
    }
    mail_queue_fini(&w->own);
    map_fini(&w->index);
    pool_fini(&w->lines);
    free(w);
}

/* Lines */

static kith_slice user_of(const struct line *l) { return slice_of(l->user, l->len); }

static uint64_t hash_of(const void *owner, uint32_t number)
{
    const struct waiting *w = owner;
    return siphash13(&w->key, user_of(at(w, number)));
}

static struct line *find(const struct waiting *w, kith_slice user)
{
    if (w->lines.count == 0) return NULL;
    struct map_probe probe = map_probe(siphash13(&w->key, user));
    for (uint32_t n; (n = map_next(&w->index, &probe)) != MAP_NONE;)
        if (slice_eq(user_of(at(w, n)), user)) return at(w, n);
    return NULL;
}

static void stand_last(struct waiting *w, uint32_t number)
{
    at(w, number)->next = POOL_NONE;
    if (w->last == POOL_NONE)
        w->first = number;
    else
        at(w, w->last)->next = number;
    w->last = number;
}

static struct line *begin(struct waiting *w, kith_slice user)
{
    uint32_t number;
    if (pool_take(&w->lines, &number) != KITH_OK) return NULL;
    struct line *l = at(w, number);
    *l = (struct line){.len = (uint8_t)user.len};
    memcpy(l->user, user.ptr, user.len);
    if (map_add(&w->index, hash_of(w, number), number, hash_of, w) != KITH_OK) {
        pool_give(&w->lines, number);
        return NULL;
    }
    stand_last(w, number);
    return l;
}

/* Putting */

static bool is_visibility(const struct mail *m)
{
    return m->type == MAIL_RULE && rule_of_mail(m).kind == RULE_VISIBILITY;
}

/* Where the mail stands that `m` is to replace, or NULL. */
static struct mail **older(struct line *l, const struct mail *m)
{
    if (!l || !is_visibility(m)) return NULL;
    for (struct mail **place = &l->mails.first; *place; place = &(*place)->next)
        if (is_visibility(*place)) return place;
    return NULL;
}

/* Nothing is left of it but who asked. */
static struct mail *without_list(struct mail *m)
{
    memmove(m->bytes + m->a_len, mail_c(m).ptr, m->c_len);
    m->b_len = 0;
    struct mail *smaller = realloc(m, mail_size(m));
    return smaller ? smaller : m;
}

static void replace(struct line *l, struct mail **place, struct mail *m)
{
    struct mail *old = *place;
    m->next = old->next;
    if (l->mails.last == old) l->mails.last = m;
    *place = m;
    mail_append(&l->replaced, without_list(old));
}

kith_err waiting_put(struct waiting *w, kith_slice user, struct mail *m)
{
    if (user.len == 0) {
        if (w->own_bytes + mail_size(m) > WAITING_BYTES_MAX) return KITH_FULL;
        waiting_put_own(w, m);
        return KITH_OK;
    }
    struct line *l = find(w, user);
    struct mail **place = older(l, m);
    size_t bytes = mail_size(m), less = place ? (*place)->b_len : 0;
    if (l && l->count == WAITING_OF_USER_MAX) return KITH_FULL;
    if (l && l->bytes - less + bytes > WAITING_OF_USER_BYTES_MAX) return KITH_FULL;
    if (w->bytes - less + bytes > WAITING_BYTES_MAX) return KITH_FULL;
    if (!l) l = begin(w, user);
    if (!l) return KITH_NOMEM;
    if (place)
        replace(l, place, m);
    else
        mail_append(&l->mails, m);
    l->count++;
    l->bytes += bytes - less;
    w->bytes += bytes - less;
    return KITH_OK;
}

void waiting_put_own(struct waiting *w, struct mail *m)
{
    w->own_bytes += mail_size(m);
    mail_append(&w->own, m);
}

/* Taking */

static void account(struct waiting *w, struct line *l, const struct mail *m)
{
    l->count--;
    l->bytes -= mail_size(m);
    w->bytes -= mail_size(m);
}

static struct mail *take_of(struct waiting *w, struct line *l)
{
    struct mail *m = mail_take(&l->mails);
    account(w, l, m);
    if (!is_visibility(m)) return m;
    for (const struct mail *r = l->replaced.first; r; r = r->next)
        account(w, l, r);
    m->next = l->replaced.first;
    l->replaced = (struct mail_queue){0};
    return m;
}

/* The user whose turn it is stands last then, if it waits for more. */
static struct mail *take_of_next(struct waiting *w)
{
    uint32_t number = w->first;
    if (number == POOL_NONE) return NULL;
    struct line *l = at(w, number);
    struct mail *m = take_of(w, l);
    w->first = l->next;
    if (w->first == POOL_NONE) w->last = POOL_NONE;
    if (l->mails.first) {
        stand_last(w, number);
    } else {
        map_remove(&w->index, hash_of(w, number), number);
        pool_give(&w->lines, number);
    }
    return m;
}

struct mail *waiting_take_own(struct waiting *w)
{
    struct mail *m = mail_take(&w->own);
    if (m) w->own_bytes -= mail_size(m);
    return m;
}

struct mail *waiting_take(struct waiting *w)
{
    bool own = w->own.first && (w->own_turn || w->first == POOL_NONE);
    w->own_turn = !own;
    return own ? waiting_take_own(w) : take_of_next(w);
}

bool waiting_any(const struct waiting *w) { return w->first != POOL_NONE || w->own.first; }
