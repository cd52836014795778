/* shard/per_user.c -- the sockets of each user on this node.
 *
 * A user is a hash of 64 bits by a random key: that two share one is not to be expected, and nobody
 * can bring it about. Its sockets are a ring, the latest in front of the eldest, to which an index
 * leads; another leads from who has a socket to its place. */
#include "shard/per_user.h"

#include "base/mix.h"
#include "shard/full.h"
#include "shard/home.h"

struct socket_of {
    uint32_t next, before;  /* that came after it, and before; of one alone: itself */
    uint32_t keeps_until_s; /* it has an elder one's place, and till then keeps it (mono) */
    uint32_t count;         /* of the eldest: how many there are */
    uint64_t user, owner;
};

static struct socket_of *at(const struct per_user *p, uint32_t number)
{
    return pool_at(&p->sockets, number);
}

void per_user_init(struct per_user *p) { pool_init(&p->sockets, sizeof(struct socket_of)); }

void per_user_fini(struct per_user *p)
{
    pool_fini(&p->sockets);
    map_fini(&p->eldest);
    map_fini(&p->by_owner);
}

static uint64_t user_hash(const void *p, uint32_t number) { return at(p, number)->user; }

static uint64_t owner_hash(const void *p, uint32_t number) { return mix64(at(p, number)->owner); }

/* POOL_NONE: there is none. */
static uint32_t find(const struct per_user *p, uint64_t user)
{
    struct map_probe walk = map_probe(user);
    uint32_t number;
    while ((number = map_next(&p->eldest, &walk)) != MAP_NONE)
        if (at(p, number)->user == user) return number;
    return POOL_NONE;
}

static uint32_t find_owner(const struct per_user *p, uint64_t owner)
{
    struct map_probe walk = map_probe(mix64(owner));
    uint32_t number;
    while ((number = map_next(&p->by_owner, &walk)) != MAP_NONE)
        if (at(p, number)->owner == owner) return number;
    return POOL_NONE;
}

/* In front of the eldest; how many there are then. */
static uint32_t link_one(struct per_user *p, uint32_t eldest, uint32_t number)
{
    struct socket_of *s = at(p, number), *first = at(p, eldest);
    s->next = eldest;
    s->before = first->before;
    at(p, s->before)->next = number;
    first->before = number;
    return ++first->count;
}

/* The one behind the eldest moves into its place, so that the index, which may have no room for a
 * larger number, stays as it is. */
static void unlink_one(struct per_user *p, uint32_t number)
{
    struct socket_of *s = at(p, number);
    uint32_t eldest = find(p, s->user), next = s->next;
    map_remove(&p->by_owner, owner_hash(p, number), number);
    if (number == eldest && next != number) {
        s->owner = at(p, next)->owner;
        s->keeps_until_s = at(p, next)->keeps_until_s;
        map_replace(&p->by_owner, owner_hash(p, next), next, number);
        s = at(p, next);
        number = next;
    }
    at(p, s->before)->next = s->next;
    at(p, s->next)->before = s->before;
    at(p, eldest)->count--;
    if (number == eldest) map_remove(&p->eldest, s->user, number);
    pool_give(&p->sockets, number);
}

/* Until when the user is full (mono ms): it has as many as it may, and the eldest took its place a
 * short while ago. 0: it is not. */
static uint64_t full_until(const struct world *w, uint64_t user)
{
    const struct per_user *p = &w->per_user;
    uint32_t number = find(p, user);
    if (number == POOL_NONE || !w->o.per_user_max) return 0;
    const struct socket_of *eldest = at(p, number);
    uint64_t until_ms = eldest->keeps_until_s * 1000ull;
    return until_ms > w->now.mono_ms && eldest->count >= w->o.per_user_max ? until_ms : 0;
}

/* Without memory to say so it stays, uncounted. */
static void close_socket(struct world *w, uint64_t owner, enum close_why why)
{
    struct mail *m = mail_new(MAIL_CLOSE, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
    if (m) {
        m->handle = home_owner_handle(owner);
        m->why = why;
    }
    if (home_owner_shard(owner) == w->o.id)
        world_tell(w, m);
    else
        world_post(w, home_owner_shard(owner), m);
    w->stats.sockets_crowded++;
}

/* The latest of `count`, which are too many, takes the place of the eldest. */
static void make_room(struct world *w, uint64_t user, uint32_t latest, uint32_t count)
{
    struct per_user *p = &w->per_user;
    at(p, latest)->keeps_until_s = (uint32_t)((w->now.mono_ms + PLACE_MS) / 1000);
    for (; count > w->o.per_user_max; count--) {
        uint32_t eldest = find(p, user);
        close_socket(w, at(p, eldest)->owner, CLOSE_CROWDED);
        unlink_one(p, eldest);
    }
}

static void begin(struct world *w, uint64_t user, uint64_t owner)
{
    struct per_user *p = &w->per_user;
    uint32_t eldest = find(p, user), number, count;
    if (pool_take(&p->sockets, &number)) return;
    *at(p, number) = (struct socket_of){number, number, .count = 1, .user = user, .owner = owner};
    if (map_add(&p->by_owner, mix64(owner), number, owner_hash, p)) {
        pool_give(&p->sockets, number);
    } else if (eldest != POOL_NONE) {
        count = link_one(p, eldest, number);
        if (w->o.per_user_max && count > w->o.per_user_max) make_room(w, user, number, count);
    } else if (map_add(&p->eldest, user, number, user_hash, p)) {
        map_remove(&p->by_owner, mix64(owner), number);
        pool_give(&p->sockets, number);
    }
}

/* Who has made room is not there any more. */
static void end(struct per_user *p, uint64_t owner)
{
    uint32_t number = find_owner(p, owner);
    if (number != POOL_NONE) unlink_one(p, number);
}

static void tell_all(struct world *w, uint64_t user, uint64_t until_ms)
{
    full_set(w, user, until_ms);
    for (unsigned i = 0; i < w->o.count; i++) {
        if (i == w->o.id) continue;
        struct mail *m = mail_new(MAIL_FULL, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
        if (m) {
            m->user_hash = user;
            m->until_ms = until_ms;
        }
        world_post(w, i, m);
    }
}

/* The shard of one that comes though its user is full has not heard of it, or has forgotten. */
static void at_home(struct world *w, kith_slice name, uint64_t owner, bool begins)
{
    uint64_t user = siphash13(&w->o.hash_key, name), before = full_until(w, user);
    if (!begins)
        end(&w->per_user, owner);
    else if (before)
        close_socket(w, owner, CLOSE_FULL);
    else
        begin(w, user, owner);
    uint64_t after = full_until(w, user);
    if (after != before || (begins && before)) tell_all(w, user, after);
}

static void say(struct world *w, uint32_t slot, kith_slice user, bool begins)
{
    unsigned home = user.len ? world_home(w, user) : 0;
    uint64_t handle = clients_handle(w->clients, slot);
    if (user.len == 0) return; /* a socket of the application's own */
    if (home == w->o.id) {
        at_home(w, user, home_owner(home, handle), begins);
        return;
    }
    struct mail *m = mail_new(MAIL_SOCKET, user, (kith_slice){0}, (kith_slice){0});
    if (m) {
        m->handle = handle;
        m->begins = begins;
    }
    world_post(w, home, m);
}

void per_user_begin(struct world *w, uint32_t slot, kith_slice user) { say(w, slot, user, true); }

void per_user_end(struct world *w, uint32_t slot, kith_slice user) { say(w, slot, user, false); }

void per_user_receive(struct world *w, const struct mail *m)
{
    at_home(w, mail_a(m), home_owner(m->from, m->handle), m->begins);
}
