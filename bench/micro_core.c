/* bench/micro_core.c -- what subscriptions and presence entries cost in src/core: time and bytes.
 */
#include "floors.h"
#include "micro.h"

#include "core/pubsub.h"
#include "core/replica.h"

#include <stdlib.h>

enum { FRIENDS = 100, OPS_MAX = 100000 };

static const struct siphash_key key = {1, 2};
static struct changes told;
static double bytes_before; /* of the heap, when a set began */

/* user_presence:<id>, or the id alone. */
struct name {
    char bytes[40];
    uint32_t len;
};

static kith_slice topic_of(struct name *x, uint64_t id)
{
    char digits[20], *at = digits + sizeof digits;
    do
        *--at = (char)('0' + id % 10);
    while (id /= 10);
    const size_t len = (size_t)(digits + sizeof digits - at);
    memcpy(x->bytes, "user_presence:", 14);
    memcpy(x->bytes + 14, at, len);
    x->len = (uint32_t)(14 + len);
    return slice_of(x->bytes, x->len);
}

static kith_slice id_of(struct name *x, uint64_t id) { return slice_from(topic_of(x, id), 14); }

static uint64_t own_id(uint32_t i) { return 1000000 + i; }
static uint64_t remote_id(uint32_t i) { return 900000000000 + (uint64_t)i * 7919; }

/* Subscriptions: `topics` users, whom a hundred watch each. */

static struct pubsub *people;
static uint32_t topics, late_count;
static topic_id late[OPS_MAX]; /* subscriptions of before a round, of subscribers beyond topics */

static void begin_people(uint32_t held)
{
    struct name x;
    topic_id t;
    bytes_before = micro_heap_bytes();
    people = micro_have(pubsub_new(&key));
    topics = held;
    for (uint32_t i = 0; i < topics * FRIENDS; i++)
        micro_must(pubsub_subscribe(people, id_of(&x, micro_below(topics)), i / FRIENDS, &t));
}

static void begin_lines(uint32_t held)
{
    begin_people(held);
    bytes_before = micro_heap_bytes() - bytes_before;
    floor_lines_begin(held * 8); /* a subscription takes five bytes */
}

static void end_people(void)
{
    floor_lines_end();
    pubsub_free(people);
    late_count = 0;
}

static void run_subscribe(uint32_t ops)
{
    struct name x;
    for (uint32_t i = 0; i < ops; i++)
        micro_must(pubsub_subscribe(people, id_of(&x, micro_below(topics)), topics + i, &late[i]));
    late_count = ops;
}

static void run_unsubscribe(uint32_t ops)
{
    for (uint32_t i = 0; i < ops; i++)
        (void)pubsub_unsubscribe(people, late[i], topics + i);
    late_count = 0;
}

static void none_late(uint32_t ops)
{
    (void)ops;
    run_unsubscribe(late_count);
}

static void all_late(uint32_t ops)
{
    none_late(ops);
    run_subscribe(ops);
}

static void run_walk(uint32_t ops)
{
    struct name x;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < ops; i++) {
        subscriber_id who;
        topic_id t = pubsub_find(people, id_of(&x, micro_below(topics)));
        for (struct pubsub_walk w = {0}; t != TOPIC_NONE && pubsub_next(people, t, &w, &who);)
            sum += who;
    }
    micro_use(&sum);
}

static void bare_1_line(uint32_t ops) { floor_touch(1, ops); }
static void bare_2_lines(uint32_t ops) { floor_touch(2, ops); }
static void bare_3_lines(uint32_t ops) { floor_touch(3, ops); }
static void bare_8_lines(uint32_t ops) { floor_touch(8, ops); }

static void people_notes(struct figures *f, uint32_t held)
{
    none_late(0);
    figures_add(f, "B", bytes_before / (held * (double)FRIENDS), none,
                "a subscription, and 4 with the subscriber");
    figures_add(f, "B", (double)pubsub_size(people).bytes / (held * (double)FRIENDS), none,
                "a subscription, as pubsub_size counts");
}

#define LINES(n) n " lines of memory by chance"

static const struct micro subscriptions[] = {
    {"subscribe", "one of many", LINES("2"), 20000, 2000, none_late, run_subscribe, bare_2_lines},
    {"unsubscribe", "one of many", LINES("2"), 20000, 2000, all_late, run_unsubscribe,
     bare_2_lines},
    {"walk", "any topic's hundred", LINES("8"), 5000, 500, NULL, run_walk, bare_8_lines},
};

/* Own entries */

static struct tracker *own;
static uint32_t own_count; /* those of the set; a round may have more behind them */
static uint32_t more_count;

static struct tracker *new_tracker(uint64_t inc)
{
    return micro_have(tracker_new(&(struct tracker_options){.inc = inc, .hash_key = key}));
}

static void track(struct tracker *t, uint64_t id, uint64_t owner)
{
    struct name x;
    const kith_slice topic = topic_of(&x, id);
    micro_must(tracker_track(t, topic, slice_from(topic, 14), owner, 1700000000,
                             KITH_LIT("{\"status\":\"online\"}"), &told));
    changes_clear(&told);
}

static void untrack(struct tracker *t, uint64_t id, uint64_t owner)
{
    struct name x;
    const kith_slice topic = topic_of(&x, id);
    micro_must(tracker_untrack(t, topic, slice_from(topic, 14), owner, &told));
    changes_clear(&told);
}

static void begin_own(uint32_t held)
{
    bytes_before = micro_heap_bytes();
    own = new_tracker(1);
    own_count = held;
    more_count = 0;
    for (uint32_t i = 0; i < held; i++)
        track(own, own_id(i), i + 1);
    bytes_before = micro_heap_bytes() - bytes_before;
    floor_lines_begin(held);
}

static void end_own(void)
{
    floor_lines_end();
    tracker_free(own);
    changes_fini(&told);
    told = (struct changes){0};
}

static void run_track(uint32_t ops)
{
    for (uint32_t i = own_count; i < own_count + ops; i++)
        track(own, own_id(i), i + 1);
    more_count = ops;
}

static void run_untrack(uint32_t ops)
{
    for (uint32_t i = own_count; i < own_count + ops; i++)
        untrack(own, own_id(i), i + 1);
    more_count = 0;
}

static void none_more(uint32_t ops)
{
    (void)ops;
    run_untrack(more_count);
}

static void some_more(uint32_t ops)
{
    none_more(ops);
    run_track(ops);
}

static void update(struct tracker *t, uint64_t id, uint64_t owner)
{
    static const char *const fields[] = {"{\"status\":\"away\"}", "{\"status\":\"online\"}"};
    struct name x;
    const kith_slice topic = topic_of(&x, id);
    micro_must(tracker_update(t, topic, slice_from(topic, 14), owner,
                              slice_str(fields[micro_below(2)]), &told));
    changes_clear(&told);
}

static void run_update(uint32_t ops)
{
    for (uint32_t n = 0; n < ops; n++) {
        const uint32_t i = micro_below(own_count);
        update(own, own_id(i), i + 1);
    }
}

static void run_list(uint32_t ops)
{
    struct name x;
    struct entry e;
    for (uint32_t n = 0; n < ops; n++) {
        const kith_slice topic = topic_of(&x, own_id(micro_below(own_count)));
        for (struct tracker_walk w = {0}; tracker_next(own, topic, &w, &e);)
            micro_use(&e);
    }
}

static void own_notes(struct figures *f, uint32_t held)
{
    figures_add(f, "B", bytes_before / held, at_most(60), "an own presence");
    none_more(0);
    figures_add(f, "B", (double)tracker_bytes(own) / held, none,
                "an own presence, as tracker_bytes counts");
}

static const struct micro entries[] = {
    {"track", "one more", LINES("2"), 10000, 2000, none_more, run_track, bare_2_lines},
    {"update", "any of many", LINES("3"), 10000, 2000, NULL, run_update, bare_3_lines},
    {"list", "any topic of many", LINES("2"), 10000, 2000, NULL, run_list, bare_2_lines},
    {"untrack", "one of many", LINES("3"), 10000, 2000, some_more, run_untrack, bare_3_lines},
};

/* Entries of another node */

enum { ORIGIN = 77, STEPS_MAX = 5000 };

static struct pair {
    struct tracker *origin, *here;
    uint32_t tracked;
} p;
static struct section sections[STEPS_MAX];
static uint32_t section_count;

static void join_one(void)
{
    track(p.origin, remote_id(p.tracked), p.tracked + 1);
    p.tracked++;
}

static void update_one(void)
{
    const uint32_t i = micro_below(p.tracked);
    update(p.origin, remote_id(i), i + 1);
}

static void forget_sections(void)
{
    for (uint32_t i = 0; i < section_count; i++)
        section_fini(&sections[i]);
    section_count = 0;
}

/* All changes of the origin since the last. */
static void cut_next(uint32_t records_max, uint64_t since)
{
    bool more;
    micro_must(
        replica_cut(p.origin, ORIGIN, since, records_max, &sections[section_count++], &more));
}

static void run_apply(uint32_t ops)
{
    (void)ops;
    for (uint32_t i = 0; i < section_count; i++) {
        micro_must(replica_apply(p.here, &sections[i], &told));
        changes_clear(&told);
    }
}

/* One change a section, as live ones mostly are. */
static void cut_steps(void (*change)(void), uint32_t ops)
{
    struct replica_position at;
    forget_sections();
    while (section_count < ops) {
        micro_must(replica_position(p.origin, ORIGIN, &at));
        change();
        cut_next(1, at.cursor);
    }
}

static void cut_joins(uint32_t ops) { cut_steps(join_one, ops); }
static void cut_updates(uint32_t ops) { cut_steps(update_one, ops); }

static void begin_pair(uint32_t held)
{
    p = (struct pair){.origin = new_tracker(ORIGIN), .here = new_tracker(1)};
    micro_must(replica_up(p.here, ORIGIN, &told));
    while (p.tracked < held)
        join_one();
    bytes_before = micro_heap_bytes();
    cut_next(held, 0);
    run_apply(0);
    forget_sections();
    bytes_before = micro_heap_bytes() - bytes_before;
    floor_lines_begin(held);
}

static void end_pair(void)
{
    floor_lines_end();
    forget_sections();
    tracker_free(p.origin);
    tracker_free(p.here);
    changes_fini(&told);
    told = (struct changes){0};
}

static void pair_notes(struct figures *f, uint32_t held)
{
    figures_add(f, "B", bytes_before / held, at_most(60), "a replicated presence");
}

static const struct micro applied[] = {
    {"apply_join", "a remote one", "a line of memory by chance", 2000, 1000, cut_joins, run_apply,
     bare_1_line},
    {"apply_update", "a remote status change", LINES("2"), 2000, 1000, cut_updates, run_apply,
     bare_2_lines},
};

/* A snapshot: as many records as are held. */

static void run_cut(const struct tracker *from, uint32_t ops)
{
    struct section s;
    bool more;
    micro_must(replica_cut(from, ORIGIN, 0, ops, &s, &more));
    micro_use(&s);
    section_fini(&s);
}

static void run_cut_own(uint32_t ops) { run_cut(p.origin, ops); }
static void run_cut_replica(uint32_t ops) { run_cut(p.here, ops); }

static void to_nobody(uint32_t ops)
{
    forget_sections();
    tracker_free(p.here);
    p.here = new_tracker(1);
    micro_must(replica_up(p.here, ORIGIN, &told));
    cut_next(ops, 0);
}

static void bare_records(uint32_t ops)
{
    static struct record record;
    floor_copy(&record, sizeof record, ops);
}

#define RECORD "memcpy of a record"

static const struct micro snapshots[] = {
    {"cut_own", "a record of many", RECORD, 50000, 5000, NULL, run_cut_own, bare_records},
    {"cut_replica", "a record of many", RECORD, 50000, 5000, NULL, run_cut_replica, bare_records},
    {"apply_snapshot", "a join of many", "a line of memory by chance", 50000, 5000, to_nobody,
     run_apply, bare_1_line},
};

int main(int argc, char **argv)
{
    static const struct micro_set sets[] = {
        {begin_lines, end_people, 100000, 500, subscriptions, MICRO_COUNT(subscriptions),
         people_notes},
        {begin_own, end_own, 1000000, 10000, entries, MICRO_COUNT(entries), own_notes},
        {begin_pair, end_pair, 1000000, 10000, applied, MICRO_COUNT(applied), pair_notes},
        {begin_pair, end_pair, 50000, 5000, snapshots, MICRO_COUNT(snapshots), NULL}};
    return micro_main(argc, argv, "What subscriptions and presence entries cost in src/core.", sets,
                      MICRO_COUNT(sets));
}
