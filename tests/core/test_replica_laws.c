/* tests/core/test_replica_laws.c -- what holds however sections are lost, repeated, late and
 * relayed. One origin and its replicas live on a seed; sections travel through a box from which any
 * is taken at any time, any number of times, or never.
 *
 * After every delivery:
 *   the cursor has not gone back;
 *   every slot whose last change at the origin is not behind the cursor is as it is there;
 *   whatever a slot holds, the origin held there at that number;
 *   the changes told, added up, are the list;
 *   at the origin's number, and caught up, the digests are equal. */
#include "chance.h"
#include "nodes.h"

enum {
    ORIGIN = 1000,
    REPLICAS = 3,
    BOX = 12,
    STEPS = 400,
    OWNERS = 9,
    CHANGES_MAX = STEPS * 2,
    SHOWN_MAX = 64,
};

/* What one change at the origin made of its slot. */
struct past {
    uint32_t slot;
    bool empty;
    uint64_t user;
};

struct letter {
    struct section s; /* with copies of all its bytes; records NULL and count 0 if `used` is not */
    bool used;
    uint32_t to;
};

struct view {
    struct node n;
    uint64_t cursor; /* as it was seen last */
    bool hidden;
    char shown[SHOWN_MAX][REF_BYTES]; /* the changes told, added up */
    uint32_t shown_count;
};

struct world {
    uint64_t seed, flushed;
    struct node origin;
    struct past past[CHANGES_MAX];
    uint64_t last[OWNERS * 2]; /* of each slot */
    struct view views[REPLICAS];
    struct letter box[BOX];
};

/* Letters */

static kith_slice copy(kith_slice s)
{
    uint8_t *bytes = malloc(s.len + 1);
    if (s.len) memcpy(bytes, s.ptr, s.len);
    return slice_of(bytes, s.len);
}

static void tear_up(struct letter *l)
{
    for (uint32_t i = 0; i < l->s.count; i++) {
        free((void *)(uintptr_t)l->s.records[i].topic.ptr);
        free((void *)(uintptr_t)l->s.records[i].key.ptr);
        free((void *)(uintptr_t)l->s.records[i].fields.ptr);
    }
    section_fini(&l->s);
    l->used = false;
}

static void send(struct world *w, const struct node *from, uint64_t since, uint32_t records_max,
                 uint32_t to)
{
    struct letter *l = &w->box[chance_below(&w->seed, BOX)];
    if (l->used) tear_up(l); /* lost */
    bool more;
    must(replica_cut(from->t, ORIGIN, since, records_max, &l->s, &more));
    for (uint32_t i = 0; i < l->s.count; i++) {
        struct record *r = &l->s.records[i];
        r->topic = copy(r->topic);
        r->key = copy(r->key);
        r->fields = copy(r->fields);
    }
    l->used = true;
    l->to = to;
}

/* The origin's life */

static void note(struct world *w)
{
    uint64_t seq = node_at(&w->origin, ORIGIN).cursor;
    struct section s;
    bool more;
    assert_true(seq < CHANGES_MAX);
    must(replica_cut(w->origin.t, ORIGIN, seq - 1, 1, &s, &more));
    const struct record *r = &s.records[0];
    assert_int_equal(r->seq, seq);
    w->past[seq] = (struct past){r->slot, r->empty, r->numeric ? r->user : r->key.len};
    assert_true(r->slot < OWNERS * 2);
    w->last[r->slot] = seq;
    section_fini(&s);
}

static void change(struct world *w)
{
    static const char *const names[][2] = {
        {"user_presence:1", "1"}, {"user_presence:2", "2"}, {"room", "four"}, {"room", "threes"}};
    const char *const *name = names[chance_below(&w->seed, 4)];
    uint64_t owner = chance_below(&w->seed, OWNERS) + 1,
             before = node_at(&w->origin, ORIGIN).cursor;
    kith_slice topic = slice_str(name[0]), key = slice_str(name[1]);
    struct changes *told = &w->origin.told;
    switch (chance_below(&w->seed, 3)) {
    case 0:
        if (tracker_count(w->origin.t) < OWNERS &&
            tracker_find(w->origin.t, topic, key, owner) == TRACKER_NONE)
            must(tracker_track(w->origin.t, topic, key, owner, chance_below(&w->seed, 3), ONLINE,
                               told));
        break;
    case 1:
        if (tracker_find(w->origin.t, topic, key, owner) != TRACKER_NONE)
            must(tracker_update(w->origin.t, topic, key, owner, AWAY, told));
        break;
    default: must(tracker_untrack(w->origin.t, topic, key, owner, told));
    }
    node_forget_told(&w->origin);
    if (node_at(&w->origin, ORIGIN).cursor > before) note(w);
}

static void flush(struct world *w)
{
    for (uint32_t i = 0; i < REPLICAS; i++)
        send(w, &w->origin, w->flushed, 1000, i);
    w->flushed = node_at(&w->origin, ORIGIN).cursor;
}

/* Mostly from the cursor on; at times from before, as one who asks again without knowing that the
 * answer came. */
static void pull(struct world *w)
{
    uint32_t to = chance_below(&w->seed, REPLICAS), from = chance_below(&w->seed, REPLICAS + 1);
    const struct node *source = from == REPLICAS ? &w->origin : &w->views[from].n;
    uint64_t since = node_at(&w->views[to].n, ORIGIN).cursor;
    if (chance_below(&w->seed, 3) == 0) since = chance_below(&w->seed, (uint32_t)since + 1);
    if (chance_below(&w->seed, 8) == 0) since = 0;
    send(w, source, since, chance_below(&w->seed, 2) ? chance_below(&w->seed, 4) + 1 : 1000, to);
}

/* Laws */

static uint32_t find_shown(const struct view *v, const char ref[REF_BYTES])
{
    for (uint32_t i = 0; i < v->shown_count; i++)
        if (memcmp(v->shown[i], ref, REF_BYTES) == 0) return i;
    return SHOWN_MAX;
}

static void add_up(struct view *v)
{
    for (uint32_t i = 0; i < v->n.told.count; i++) {
        const struct change *c = &v->n.told.items[i];
        if (c->has_old) {
            uint32_t at = find_shown(v, c->old.ref);
            assert_true(at < SHOWN_MAX);
            memcpy(v->shown[at], v->shown[--v->shown_count], REF_BYTES);
        }
        if (c->has_old && c->has_now) {
            assert_ref(c->now.prev, c->old.ref);
            assert_memory_not_equal(c->now.ref, c->old.ref, REF_BYTES);
        }
        if (c->has_now) {
            assert_int_equal(find_shown(v, c->now.ref), SHOWN_MAX);
            assert_true(v->shown_count < SHOWN_MAX);
            memcpy(v->shown[v->shown_count++], c->now.ref, REF_BYTES);
        }
    }
    node_forget_told(&v->n);
}

static void told_is_listed(struct view *v)
{
    uint32_t count = 0;
    kith_slice topic;
    struct entry e;
    for (struct tracker_walk walk = {0}; tracker_next_any(v->n.t, &walk, &topic, &e); count++)
        assert_true(find_shown(v, e.meta.ref) < SHOWN_MAX);
    assert_int_equal(count, v->shown_count);
    assert_int_equal(count, tracker_count(v->n.t));
}

/* Emptied slots have their numbers too. */
static void slots_are_the_origins(struct world *w, struct view *v, uint64_t cursor)
{
    struct section s;
    bool more;
    uint64_t held[OWNERS * 2] = {0};
    must(replica_cut(v->n.t, ORIGIN, 0, 1000, &s, &more));
    for (uint32_t i = 0; i < s.count; i++) {
        const struct record *r = &s.records[i];
        const struct past *p = &w->past[r->seq];
        assert_true(r->seq <= cursor);
        assert_int_equal(p->slot, r->slot);
        assert_int_equal(p->empty, r->empty);
        if (!r->empty) assert_int_equal(p->user, r->numeric ? r->user : r->key.len);
        held[r->slot] = r->seq;
    }
    section_fini(&s);
    for (uint32_t slot = 0; slot < OWNERS * 2; slot++)
        if (w->last[slot] <= cursor) assert_int_equal(held[slot], w->last[slot]);
}

static void check(struct world *w, struct view *v)
{
    struct replica_position here = node_at(&v->n, ORIGIN), there = node_at(&w->origin, ORIGIN);
    assert_true(here.cursor >= v->cursor);
    v->cursor = here.cursor;
    slots_are_the_origins(w, v, here.cursor);
    add_up(v);
    told_is_listed(v);
    if (here.cursor == there.cursor && here.cursor >= here.top)
        assert_int_equal(here.digest, there.digest);
}

/* What happens to a replica */

static void deliver(struct world *w)
{
    struct letter *l = &w->box[chance_below(&w->seed, BOX)];
    if (!l->used) return;
    struct view *v = &w->views[l->to];
    kith_err e = replica_apply(v->n.t, &l->s, &v->n.told);
    assert_true(e == KITH_OK || e == KITH_LATER);
    if (e == KITH_LATER) assert_int_equal(v->n.told.count, 0);
    check(w, v);
    if (chance_below(&w->seed, 3)) tear_up(l); /* else it comes again */
}

static void come_or_go(struct world *w)
{
    struct view *v = &w->views[chance_below(&w->seed, REPLICAS)];
    if (chance_below(&w->seed, 4) == 0) {
        must(replica_forget(v->n.t, ORIGIN, &v->n.told));
        must(replica_up(v->n.t, ORIGIN, &v->n.told));
        v->hidden = false;
        v->cursor = 0;
    } else {
        must((v->hidden ? replica_up : replica_down)(v->n.t, ORIGIN, &v->n.told));
        v->hidden = !v->hidden;
    }
    check(w, v);
}

static void live(struct world *w)
{
    for (uint32_t i = 0; i < STEPS; i++) {
        uint32_t what = chance_below(&w->seed, 100);
        if (what < 35)
            change(w);
        else if (what < 45)
            flush(w);
        else if (what < 65)
            pull(w);
        else if (what < 98)
            deliver(w);
        else
            come_or_go(w);
    }
}

/* Healed, every replica comes to the same, in steps of any size. */
static void heal(struct world *w)
{
    for (uint32_t i = 0; i < REPLICAS; i++) {
        struct view *v = &w->views[i];
        if (v->hidden) must(replica_up(v->n.t, ORIGIN, &v->n.told));
        node_pull_by(&v->n, &w->origin, ORIGIN, chance_below(&w->seed, 5) + 1);
        check(w, v);
        struct replica_position here = node_at(&v->n, ORIGIN), there = node_at(&w->origin, ORIGIN);
        assert_memory_equal(&here, &there, sizeof here);
        assert_int_equal(tracker_count(v->n.t), tracker_count(w->origin.t));
    }
}

static void begin(struct world *w, uint64_t seed)
{
    *w = (struct world){.seed = seed};
    w->origin = node_new(ORIGIN);
    for (uint32_t i = 0; i < REPLICAS; i++) {
        w->views[i].n = node_new(i + 1);
        node_up(&w->views[i].n, &w->origin);
    }
}

static void end(struct world *w)
{
    for (uint32_t i = 0; i < BOX; i++)
        if (w->box[i].used) tear_up(&w->box[i]);
    for (uint32_t i = 0; i < REPLICAS; i++)
        node_free(&w->views[i].n);
    node_free(&w->origin);
}

static void n09_lost_repeated_late_and_relayed_sections_converge(void **state)
{
    (void)state;
    static struct world w;
    for (uint64_t seed = 1; seed <= rounds(60); seed++) {
        begin(&w, seed);
        live(&w);
        heal(&w);
        end(&w);
    }
}

/* All sections of a history at once, in any order, again and again: the order does not matter. */
static void sections_in_any_order_end_in_the_same_state(void **state)
{
    (void)state;
    static struct world w;
    for (uint64_t seed = 1; seed <= rounds(20); seed++) {
        begin(&w, seed + 1000000);
        struct letter letters[40] = {0};
        for (uint32_t i = 0; i < 40; i++) {
            change(&w);
            change(&w);
            send(&w, &w.origin, w.flushed, 1000, 0);
            w.flushed = node_at(&w.origin, ORIGIN).cursor;
            for (uint32_t k = 0; k < BOX; k++)
                if (w.box[k].used) {
                    letters[i] = w.box[k];
                    w.box[k] = (struct letter){0};
                }
        }
        struct view *v = &w.views[0];
        while (node_at(&v->n, ORIGIN).cursor < w.flushed) {
            struct letter *l = &letters[chance_below(&w.seed, 40)];
            kith_err e = replica_apply(v->n.t, &l->s, &v->n.told);
            assert_true(e == KITH_OK || e == KITH_LATER);
            check(&w, v);
        }
        assert_int_equal(node_at(&v->n, ORIGIN).digest, node_at(&w.origin, ORIGIN).digest);
        for (uint32_t i = 0; i < 40; i++)
            tear_up(&letters[i]);
        end(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(n09_lost_repeated_late_and_relayed_sections_converge),
        cmocka_unit_test(sections_in_any_order_end_in_the_same_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
