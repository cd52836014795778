/* shard/busiest.c -- the users whose changes were told to most here lately. */
#include "shard/busiest.h"

#include "base/buf.h"
#include "wire/json.h"

static kith_slice id_of(const struct busy_user *u) { return slice_of(u->id, u->len); }

static struct busy_user *find(struct busy_while *all, uint64_t hash, kith_slice user)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (all->users[i].hash == hash && slice_eq(id_of(&all->users[i]), user))
            return &all->users[i];
    return NULL;
}

static struct busy_user *least(struct busy_while *all)
{
    struct busy_user *min = &all->users[0];
    for (uint32_t i = 1; i < all->count; i++)
        if (all->users[i].told < min->told) min = &all->users[i];
    return min;
}

static struct busy_user *place_for(struct busy_while *all, uint64_t hash, kith_slice user)
{
    bool room = all->count < BUSIEST_NOTED;
    struct busy_user *u = room ? &all->users[all->count++] : least(all);
    uint64_t over = room ? 0 : u->told;
    *u = (struct busy_user){.hash = hash, .told = over, .over = over, .len = (uint8_t)user.len};
    if (user.len) memcpy(u->id, user.ptr, user.len);
    return u;
}

/* What is older than a while before this one is of no interest any more. */
static void turn(struct busiest *b, uint64_t now_ms)
{
    uint64_t passed_ms = now_ms - b->now.from_ms;
    if (passed_ms < BUSIEST_MS) return;
    b->before = b->now;
    if (passed_ms >= 2 * BUSIEST_MS) b->before = (struct busy_while){.from_ms = now_ms};
    b->now.count = 0;
    b->now.from_ms = now_ms;
}

void busiest_note(struct busiest *b, kith_slice user, uint64_t hash, uint32_t watchers,
                  uint64_t now_ms)
{
    if (!watchers) return;
    turn(b, now_ms);
    struct busy_user *u = find(&b->now, hash, user);
    if (!u) u = place_for(&b->now, hash, user);
    u->told += watchers;
    u->changes++;
    u->watchers = watchers;
}

static void put_one(struct buf *json, const struct busy_user *u, uint64_t for_ms)
{
    buf_puts(json, "{\"user\":");
    json_put_quoted(json, id_of(u));
    buf_printf(json, ",\"changes\":%u,\"told\":", u->changes);
    buf_put_u64(json, u->told);
    buf_puts(json, ",\"over\":");
    buf_put_u64(json, u->over);
    buf_printf(json, ",\"watchers\":%u,\"for_ms\":", u->watchers);
    buf_put_u64(json, for_ms);
    buf_puts(json, "},");
}

/* One of both whiles counts for both. */
static void add(struct busy_user *sum, const struct busy_user *before)
{
    if (!before) return;
    sum->told += before->told;
    sum->over += before->over;
    sum->changes += before->changes;
}

void busiest_put(const struct busiest *all, uint64_t now_ms, struct buf *json)
{
    struct busiest b = *all;
    turn(&b, now_ms);
    uint64_t from_ms = b.before.from_ms ? b.before.from_ms : b.now.from_ms;
    uint64_t for_ms = now_ms - from_ms;
    for (uint32_t i = 0; i < b.now.count; i++) {
        struct busy_user u = b.now.users[i];
        add(&u, find(&b.before, u.hash, id_of(&u)));
        put_one(json, &u, for_ms);
    }
    for (uint32_t i = 0; i < b.before.count; i++)
        if (!find(&b.now, b.before.users[i].hash, id_of(&b.before.users[i])))
            put_one(json, &b.before.users[i], for_ms);
}
