/* bench/cluster_trackers.c -- trackers alone: applying what another node tells, listing, tracking.
 */
#include "cluster.h"

#include "core/replica.h"
#include "inside.h"
#include "io/mailbox.h"
#include "load/histogram.h"
#include "shard/home.h"
#include "shard/shard.h"
#include "tool.h"

#include "base/chance.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIRST_ID = 1000000, ORIGIN = 77, STEP = 500, ROUNDS = 21 };

static struct changes told;

static void must(kith_err e)
{
    if (e) die("%s", kith_err_text(e));
}

/* What the compiler must not find out is never used. */
static void use(const void *p) { __asm__ volatile("" : : "r"(p) : "memory"); }

/* The floor under what finds one of so many by chance: one line of memory that was not at hand. */
static double touch_ns(uint32_t held)
{
    enum { LINE = 64, TOUCHES = 1000000 };
    static uint64_t seed = 9;
    double least = 1e18;
    uint8_t *lines = calloc(held, LINE);
    if (!lines) die("out of memory");
    for (uint32_t i = 0; i < held; i++)
        lines[(size_t)i * LINE] = 1;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t at = 0;
        double began = cpu_us(0);
        for (uint32_t i = 0; i < TOUCHES / ROUNDS; i++) /* each needs the one before */
            at = lines[(chance_next(&seed) + at) % held * LINE];
        double ns = (cpu_us(0) - began) * 1e3 / (TOUCHES / ROUNDS);
        use(&at);
        least = ns < least ? ns : least;
    }
    free(lines);
    return least;
}

/* Applying */

struct pair {
    struct tracker *origin, *here;
    uint32_t tracked;
    struct section sections[STEP];
};

static void track(struct pair *p)
{
    struct presence_topic name;
    char id[24];
    snprintf(id, sizeof id, "%u", FIRST_ID + p->tracked);
    must(tracker_track(p->origin, presence_topic(&name, slice_str(id)), slice_str(id),
                       p->tracked + 1, 1700000000, KITH_LIT("{\"status\":\"online\"}"), &told));
    changes_clear(&told);
    p->tracked++;
}

static void follow(struct pair *p)
{
    struct replica_position at;
    struct section s;
    for (bool more = true; more;) {
        must(replica_position(p->here, ORIGIN, &at));
        must(replica_cut(p->origin, ORIGIN, at.cursor, 4096, &s, &more));
        must(replica_apply(p->here, &s, &told));
        changes_clear(&told);
        section_fini(&s);
    }
}

/* Joins, one section each. Returns ns each. */
static double apply_round(struct pair *p)
{
    struct replica_position at;
    bool more;
    for (uint32_t i = 0; i < STEP; i++) {
        must(replica_position(p->origin, ORIGIN, &at));
        track(p);
        must(replica_cut(p->origin, ORIGIN, at.cursor, 1, &p->sections[i], &more));
    }
    double began = cpu_us(0);
    for (uint32_t i = 0; i < STEP; i++) {
        must(replica_apply(p->here, &p->sections[i], &told));
        changes_clear(&told);
    }
    double ns = (cpu_us(0) - began) * 1e3 / STEP;
    for (uint32_t i = 0; i < STEP; i++)
        section_fini(&p->sections[i]);
    return ns;
}

static struct tracker *new_tracker(uint64_t inc)
{
    struct tracker *t = tracker_new(&(struct tracker_options){.inc = inc, .hash_key = {1, 2}});
    if (!t) die("out of memory");
    return t;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void apply(uint32_t held, struct figures *f)
{
    static struct pair p;
    double ns[ROUNDS];
    p = (struct pair){.origin = new_tracker(ORIGIN), .here = new_tracker(1)};
    must(replica_up(p.here, ORIGIN, &told));
    while (p.tracked < held)
        track(&p);
    follow(&p);
    for (int i = 0; i < ROUNDS; i++)
        ns[i] = apply_round(&p);
    qsort(ns, ROUNDS, sizeof ns[0], by_size);
    cluster_note(f, "µs", ns[ROUNDS / 2] / 1e3, at_most(1), "apply one remote join, %u held", held);
    double bare = touch_ns(held);
    cluster_note(f, "µs", bare / 1e3, none, "bare: one line of memory, any of %u", held);
    cluster_note(f, "", ns[ROUNDS / 2] / bare, none, "apply one remote join, %u held, in those",
                 held);
    tracker_free(p.origin);
    tracker_free(p.here);
}

/* Listing */

static double list_round(const struct world *w, uint32_t held, uint32_t ops)
{
    static uint64_t seed = 3;
    struct presence_topic name;
    struct entry e;
    char id[24];
    double began = cpu_us(0);
    for (uint32_t i = 0; i < ops; i++) {
        snprintf(id, sizeof id, "%u", (unsigned)(FIRST_ID + chance_next(&seed) % held));
        kith_slice topic = presence_topic(&name, slice_str(id));
        for (struct tracker_walk walk = {0}; presence_next(w->presence, topic, &walk, &e);)
            use(&e);
    }
    return (cpu_us(0) - began) / ops;
}

/* The best of some rounds. */
static double list(const struct world *w, uint32_t held, uint32_t ops)
{
    double least = 1e18;
    for (int i = 0; i < ROUNDS; i++) {
        double us = list_round(w, held, ops / 10);
        least = us < least ? us : least;
    }
    return least;
}

/* What making the ids takes is not the list's. */
static double ids_round(uint32_t held, uint32_t ops)
{
    static uint64_t seed = 3;
    struct presence_topic name;
    char id[24];
    double began = cpu_us(0);
    for (uint32_t i = 0; i < ops; i++) {
        snprintf(id, sizeof id, "%u", (unsigned)(FIRST_ID + chance_next(&seed) % held));
        use(&presence_topic(&name, slice_str(id)).ptr[0]);
    }
    return (cpu_us(0) - began) / ops;
}

static double ids(uint32_t held, uint32_t ops)
{
    double least = 1e18;
    for (int i = 0; i < ROUNDS; i++) {
        double us = ids_round(held, ops / 10);
        least = us < least ? us : least;
    }
    return least;
}

static void lists(struct inside *in, const struct cluster_plan *p, struct figures *f)
{
    const struct world *w = in->nodes[0].w;
    uint64_t seed = 5;
    double base = ids(p->few, p->ops);
    cluster_note(f, "µs", list(w, p->few, p->ops) - base, at_most(0.2), "list one topic, any of %u",
                 p->few);
    cluster_note(f, "µs", list(w, 1000, p->ops) - base, none, "list one topic, of a thousand");
    for (uint32_t i = 0; i < p->unsent; i++)
        inside_flip(in, 0, FIRST_ID + chance_next(&seed) % p->few);
    cluster_note(f, "µs", list(w, p->few, p->ops) - base, at_most(0.2),
                 "list one topic, with %u unsent changes", p->unsent);
    inside_pass(in, 100);
}

/* Tracking */

/* As the shard of a socket asks the home, on another thread; but both ends are here, so that a
 * sleeping thread's wake-up is not in it. */
static void hand_over(struct world *w, struct mailbox *box, enum mail_type type, uint64_t id)
{
    static const char *const fields[] = {"{\"status\":\"away\"}", "{\"status\":\"online\"}"};
    char user[24];
    snprintf(user, sizeof user, "%llu", (unsigned long long)id);
    struct mail *m = mail_new(type, slice_str(user), slice_str(fields[id % 2]), (kith_slice){0});
    if (!m) die("out of memory");
    m->handle = id;
    struct mail_queue q = {0};
    mail_append(&q, m);
    mailbox_post(box, &q);
    struct mail_queue in = mailbox_take(box);
    while ((m = mail_take(&in)))
        shard_receive(w, m);
}

static void note_times(struct figures *f, const struct histogram *p, const char *what)
{
    cluster_note(f, "µs", (double)histogram_at(p, 0.5), none, "%s: p50", what);
    cluster_note(f, "µs", (double)histogram_at(p, 0.99), at_most(20), "%s: p99", what);
}

static void tracks(struct inside *in, const struct cluster_plan *p, struct figures *f)
{
    static struct histogram track_us, update_us;
    struct world *w = in->nodes[0].w;
    struct mailbox box;
    must(mailbox_init(&box));
    for (uint32_t i = 0; i < p->ops; i++) {
        double began = now_us();
        hand_over(w, &box, MAIL_TRACK, FIRST_ID + 10000000 + i);
        histogram_add(&track_us, whole_us(now_us() - began));
        if (i % 100 == 0) inside_pass(in, 1);
    }
    for (uint32_t i = 0; i < p->ops; i++) {
        double began = now_us();
        hand_over(w, &box, MAIL_STATUS, FIRST_ID + 10000000 + i);
        histogram_add(&update_us, whole_us(now_us() - began));
        if (i % 100 == 0) inside_pass(in, 1);
    }
    mailbox_fini(&box);
    note_times(f, &track_us, "track, with the way to its home");
    note_times(f, &update_us, "update, with the way to its home");
}

void cluster_trackers(const struct cluster_plan *p, struct figures *f)
{
    struct inside in;
    apply(p->few, f);
    apply(p->many, f);
    inside_begin(&in, 1);
    for (uint32_t i = 0; i < p->few; i++)
        inside_join(&in, 0, FIRST_ID + i);
    inside_pass(&in, 100);
    lists(&in, p, f);
    tracks(&in, p, f);
    inside_end(&in);
    changes_fini(&told);
}
