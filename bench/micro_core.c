/* bench/micro_core.c -- what a subscription and a presence entry cost in src/core: bytes and
 * nanoseconds each. Of times, the best of some rounds is printed: the machine has other work too.
 */
#include "core/presence.h"
#include "core/pubsub.h"
#include "core/replica.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    USERS = 1000000,
    FRIENDS = 100,
    ROUNDS = 20,
    OPS = USERS / ROUNDS, /* of one round */
    CUT = 100000,
};

static const struct siphash_key key = {1, 2};
static struct changes told;

/* Of this program alone. */
static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* What the allocator has handed out, its headers included. */
static double heap_bytes(void)
{
    struct mallinfo2 m = mallinfo2();
    return (double)m.uordblks + (double)m.hblkhd;
}

/* splitmix64 */
static uint64_t chance(void)
{
    static uint64_t seed = 1;
    uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void must(kith_err e)
{
    if (e == KITH_OK) return;
    fprintf(stderr, "micro_core: %s\n", kith_err_text(e));
    exit(1);
}

/* What the compiler must not find out is never used. */
static void use(const void *p) { __asm__ volatile("" : : "r"(p) : "memory"); }

static void say(const char *what, double each, const char *unit)
{
    printf("%-48s %9.1f %s\n", what, each, unit);
}

/* Nanoseconds an operation, in the best round. `round` does `ops` of them. */
static double best(void (*round)(void *ctx, uint32_t n), void *ctx, uint32_t ops)
{
    double least = 1e18;
    for (uint32_t n = 0; n < ROUNDS; n++) {
        const double begin = now_ns();
        round(ctx, n);
        const double ns = (now_ns() - begin) / ops;
        if (ns < least) least = ns;
    }
    return least;
}

/* user_presence:<id>, or the id alone. */
struct text {
    char bytes[40];
    size_t len;
};

static kith_slice topic_of(struct text *x, uint64_t id)
{
    char digits[20], *at = digits + sizeof digits;
    do
        *--at = (char)('0' + id % 10);
    while (id /= 10);
    const size_t len = (size_t)(digits + sizeof digits - at);
    memcpy(x->bytes, "user_presence:", 14);
    memcpy(x->bytes + 14, at, len);
    x->len = 14 + len;
    return slice_of(x->bytes, x->len);
}

static kith_slice id_of(struct text *x, uint64_t id) { return slice_from(topic_of(x, id), 14); }

static uint64_t own_id(uint32_t i) { return 1000000 + i; }
static uint64_t remote_id(uint32_t i) { return 900000000000 + (uint64_t)i * 7919; }

/* Subscriptions */

struct people {
    struct pubsub *p;
    uint32_t topics;
};

static void subscribe_round(void *ctx, uint32_t round)
{
    const struct people *o = ctx;
    const uint32_t n = o->topics * FRIENDS / ROUNDS;
    struct text x;
    topic_id t;
    for (uint32_t i = 0; i < n; i++)
        must(
            pubsub_subscribe(o->p, id_of(&x, chance() % o->topics), (round * n + i) / FRIENDS, &t));
}

static void walk_round(void *ctx, uint32_t round)
{
    const struct people *o = ctx;
    struct text x;
    uint64_t sum = round;
    for (uint32_t i = 0; i < OPS / 10; i++) {
        subscriber_id who;
        topic_id t = pubsub_find(o->p, id_of(&x, chance() % o->topics));
        for (struct pubsub_walk w = {0}; t != TOPIC_NONE && pubsub_next(o->p, t, &w, &who);)
            sum += who;
    }
    use(&sum);
}

static void bench_pubsub(uint32_t topics)
{
    struct people o = {pubsub_new(&key), topics};
    const double before = heap_bytes(), subscriptions = topics * (double)FRIENDS;
    char what[64];
    if (!o.p) exit(1);
    const double ns = best(subscribe_round, &o, topics * FRIENDS / ROUNDS);
    snprintf(what, sizeof what, "a subscription, %u topics of %u", topics, FRIENDS);
    say(what, (heap_bytes() - before) / subscriptions, "B, and 4 with the subscriber");
    say("  as pubsub_size counts", (double)pubsub_size(o.p).bytes / subscriptions, "B");
    say("  subscribe", ns, "ns");
    say("  find a topic and walk over its hundred", best(walk_round, &o, OPS / 10), "ns");
    pubsub_free(o.p);
}

/* Own entries */

static struct tracker *new_tracker(uint64_t inc)
{
    struct tracker *t = tracker_new(&(struct tracker_options){.inc = inc, .hash_key = key});
    if (!t) exit(1);
    return t;
}

static void track(struct tracker *t, uint64_t id, uint64_t owner)
{
    struct text x;
    const kith_slice topic = topic_of(&x, id);
    must(tracker_track(t, topic, slice_from(topic, 14), owner, 1700000000,
                       KITH_LIT("{\"status\":\"online\"}"), &told));
    changes_clear(&told);
}

static void track_round(void *ctx, uint32_t round)
{
    for (uint32_t i = round * OPS; i < (round + 1) * OPS; i++)
        track(ctx, own_id(i), i + 1);
}

static void untrack_round(void *ctx, uint32_t round)
{
    struct text x;
    for (uint32_t i = round * OPS; i < (round + 1) * OPS; i++) {
        const kith_slice topic = topic_of(&x, own_id(i));
        must(tracker_untrack(ctx, topic, slice_from(topic, 14), i + 1, &told));
        changes_clear(&told);
    }
}

static void update_round(void *ctx, uint32_t round)
{
    static const char *const fields[] = {"{\"status\":\"away\"}", "{\"status\":\"online\"}"};
    struct text x;
    for (uint32_t n = 0; n < OPS; n++) {
        const uint32_t i = (uint32_t)(chance() % USERS);
        const kith_slice topic = topic_of(&x, own_id(i));
        must(tracker_update(ctx, topic, slice_from(topic, 14), i + 1,
                            slice_str(fields[(round + n) % 2]), &told));
        changes_clear(&told);
    }
}

/* Topics by chance out of the first `users`. */
static void list_some(const struct tracker *t, uint32_t users)
{
    struct text x;
    struct entry e;
    for (uint32_t n = 0; n < OPS; n++) {
        const kith_slice topic = topic_of(&x, own_id((uint32_t)(chance() % users)));
        for (struct tracker_walk w = {0}; tracker_next(t, topic, &w, &e);)
            use(&e);
    }
}

static void list_round(void *ctx, uint32_t round)
{
    (void)round;
    list_some(ctx, USERS);
}

static void list_cached_round(void *ctx, uint32_t round)
{
    (void)round;
    list_some(ctx, 1000);
}

static void bench_own(void)
{
    struct tracker *t = new_tracker(1);
    const double bytes = heap_bytes();
    const double begin = now_ns(), least = best(track_round, t, OPS);
    say("track, mean on the way to 10^6", (now_ns() - begin) / USERS, "ns");
    say("  best round", least, "ns");
    say("an own presence, 10^6 of them", (heap_bytes() - bytes) / USERS, "B");
    say("  as tracker_bytes counts", (double)tracker_bytes(t) / USERS, "B");
    say("list of one topic, any of 10^6", best(list_round, t, OPS), "ns");
    say("list of one topic, out of a thousand", best(list_cached_round, t, OPS), "ns");
    say("update of any of 10^6", best(update_round, t, OPS), "ns");
    say("untrack", best(untrack_round, t, OPS), "ns");
    tracker_free(t);
}

/* Entries of another node */

enum { ORIGIN = 77, STEP = 500 };

struct pair {
    struct tracker *origin, *here;
    uint32_t tracked;
    struct section sections[STEP];
};

static void follow(struct pair *p, uint32_t records_max)
{
    struct replica_position at;
    struct section s;
    for (bool more = true; more;) {
        must(replica_position(p->here, ORIGIN, &at));
        must(replica_cut(p->origin, ORIGIN, at.cursor, records_max, &s, &more));
        must(replica_apply(p->here, &s, &told));
        changes_clear(&told);
        section_fini(&s);
    }
}

static void apply_round(struct pair *p)
{
    for (uint32_t i = 0; i < STEP; i++) {
        must(replica_apply(p->here, &p->sections[i], &told));
        changes_clear(&told);
    }
}

/* One change each: those of the origin since the last. */
static double bench_steps(struct pair *p, void (*change)(struct pair *p))
{
    double least = 1e18;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct replica_position at;
        bool more;
        for (uint32_t i = 0; i < STEP; i++) {
            must(replica_position(p->origin, ORIGIN, &at));
            change(p);
            must(replica_cut(p->origin, ORIGIN, at.cursor, 1, &p->sections[i], &more));
        }
        const double begin = now_ns();
        apply_round(p);
        const double ns = (now_ns() - begin) / STEP;
        if (ns < least) least = ns;
        for (uint32_t i = 0; i < STEP; i++)
            section_fini(&p->sections[i]);
    }
    return least;
}

static void join_one(struct pair *p)
{
    track(p->origin, remote_id(p->tracked), p->tracked + 1);
    p->tracked++;
}

static void update_one(struct pair *p)
{
    struct text x;
    const uint32_t i = (uint32_t)(chance() % p->tracked);
    const kith_slice topic = topic_of(&x, remote_id(i));
    must(tracker_update(p->origin, topic, slice_from(topic, 14), i + 1,
                        KITH_LIT("{\"status\":\"away\"}"), &told));
    changes_clear(&told);
}

static void bench_remote(uint32_t held)
{
    static struct pair p;
    char what[64];
    p = (struct pair){.origin = new_tracker(ORIGIN), .here = new_tracker(1)};
    must(replica_up(p.here, ORIGIN, &told));
    while (p.tracked < held)
        join_one(&p);
    const double bytes = heap_bytes(), begin = now_ns();
    follow(&p, 4096);
    snprintf(what, sizeof what, "snapshot cut, applied and told, %u entries", held);
    say(what, (now_ns() - begin) / held, "ns each");
    say("  a replicated presence", (heap_bytes() - bytes) / held, "B");
    say("  apply one remote join more", bench_steps(&p, join_one), "ns");
    say("  apply one remote status change", bench_steps(&p, update_one), "ns");
    tracker_free(p.origin);
    tracker_free(p.here);
}

static void cut_round(void *ctx, uint32_t round)
{
    struct section s;
    bool more;
    (void)round;
    must(replica_cut(ctx, ORIGIN, 0, CUT, &s, &more));
    section_fini(&s);
}

static void bench_cut(void)
{
    static struct pair p;
    p = (struct pair){.origin = new_tracker(ORIGIN), .here = new_tracker(1)};
    must(replica_up(p.here, ORIGIN, &told));
    while (p.tracked < CUT)
        join_one(&p);
    follow(&p, 4096);
    say("cut of 10^5 own entries", best(cut_round, p.origin, CUT), "ns each");
    say("cut of 10^5 entries of a replica", best(cut_round, p.here, CUT), "ns each");
    tracker_free(p.origin);
    tracker_free(p.here);
}

int main(void)
{
    bench_pubsub(USERS / 100);
    bench_pubsub(USERS / 10);
    bench_own();
    bench_cut();
    bench_remote(CUT);
    bench_remote(USERS);
    changes_fini(&told);
    return 0;
}
