/* tests/core/test_tracker_model.c -- one node's tracker beside a naive model, which does everything
 * by searching a list: the same random operations on both, compared as they go. */
#include "chance.h"
#include "core/dot.h"
#include "nodes.h"

enum { TOPICS = 12, KEYS = 4, OWNERS = 9, LIVE_MAX = TOPICS * KEYS * OWNERS, INC = 900 };

struct one {
    uint32_t topic, key;
    uint64_t owner, arrival;
    uint32_t online_at_s;
    char fields[32];
    struct dot ref, prev;
};

struct model {
    struct one live[LIVE_MAX];
    uint32_t count;
    uint64_t seq, arrivals;
};

/* Numbers, numbers with other keys, and words. */
static kith_slice topic_of(uint32_t i, char out[40])
{
    int len = snprintf(out, 40, i % 3 == 2 ? "room:%u" : "user_presence:%u", i / 2);
    return slice_of(out, (size_t)len);
}

static kith_slice key_of(uint32_t i, char out[40])
{
    int len = snprintf(out, 40, i % 2 ? "%u" : "key %u", i);
    return slice_of(out, (size_t)len);
}

static struct one *find(struct model *m, uint32_t topic, uint32_t key, uint64_t owner)
{
    for (uint32_t i = 0; i < m->count; i++) {
        struct one *o = &m->live[i];
        if (o->topic == topic && o->key == key && o->owner == owner) return o;
    }
    return NULL;
}

static struct one *add(struct model *m, uint32_t topic, uint32_t key, uint64_t owner,
                       uint32_t online_at_s)
{
    struct one *o = &m->live[m->count++];
    *o = (struct one){.topic = topic,
                      .key = key,
                      .owner = owner,
                      .arrival = ++m->arrivals,
                      .online_at_s = online_at_s};
    o->ref = (struct dot){INC, ++m->seq};
    return o;
}

static void drop(struct model *m, struct one *o)
{
    m->seq++;
    *o = m->live[--m->count];
}

static void assert_meta(const struct meta *got, const struct one *o)
{
    char text[REF_BYTES];
    const struct siphash_key ref_key = {5, 6}; /* as node_new gives it */
    assert_true(slice_is(got->fields, o->fields));
    assert_int_equal(got->online_at_s, o->online_at_s);
    assert_int_equal(got->has_prev, o->prev.seq != 0);
    dot_ref(&ref_key, 3, o->ref, text);
    assert_ref(got->ref, text);
    if (!got->has_prev) return;
    dot_ref(&ref_key, 3, o->prev, text);
    assert_ref(got->prev, text);
}

static int older(const void *a, const void *b)
{
    const struct one *x = *(struct one *const *)a, *y = *(struct one *const *)b;
    if (x->online_at_s != y->online_at_s) return x->online_at_s < y->online_at_s ? -1 : 1;
    return x->arrival < y->arrival ? -1 : 1;
}

/* Two of the model's topics may be one by name, so it goes by the name. */
static void assert_listed(const struct node *n, struct model *m, uint32_t topic)
{
    struct one *expected[LIVE_MAX];
    char name[40], other[40], key[40];
    uint32_t count = 0, i = 0;
    kith_slice wanted = topic_of(topic, name);
    for (uint32_t k = 0; k < m->count; k++)
        if (slice_eq(topic_of(m->live[k].topic, other), wanted)) expected[count++] = &m->live[k];
    qsort(expected, count, sizeof *expected, older);
    struct entry e;
    for (struct tracker_walk w = {0}; tracker_next(n->t, wanted, &w, &e); i++) {
        assert_true(i < count);
        assert_slice(e.key, key_of(expected[i]->key, key));
        assert_int_equal(e.owner, expected[i]->owner);
        assert_memory_equal(&e.ref, &expected[i]->ref, sizeof e.ref);
        assert_memory_equal(&e.prev, &expected[i]->prev, sizeof e.prev);
        assert_meta(&e.meta, expected[i]);
    }
    assert_int_equal(i, count);
}

static void assert_same(const struct node *n, struct model *m)
{
    for (uint32_t i = 0; i < TOPICS; i++)
        assert_listed(n, m, i);
    kith_slice topic;
    struct entry e;
    uint32_t count = 0;
    for (struct tracker_walk w = {0}; tracker_next_any(n->t, &w, &topic, &e);)
        count++;
    assert_int_equal(count, m->count);
    assert_int_equal(tracker_count(n->t), m->count);
    assert_int_equal(node_at(n, INC).cursor, m->seq);
}

struct draw {
    uint32_t topic, key, online_at_s;
    uint64_t owner;
    char topic_text[40], key_text[40], fields[32];
    kith_slice t, k, f;
};

static void draw(struct draw *d, uint64_t *seed)
{
    d->topic = chance_below(seed, TOPICS);
    /* Topics that are one by name are told apart by their keys. */
    d->key = chance_below(seed, KEYS) * 2 + (d->topic & 1);
    d->owner = chance_below(seed, OWNERS) + 1;
    d->online_at_s = chance_below(seed, 4);
    snprintf(d->fields, sizeof d->fields, "{\"n\":%u}", chance_below(seed, 20));
    d->t = topic_of(d->topic, d->topic_text);
    d->k = key_of(d->key, d->key_text);
    d->f = slice_str(d->fields);
}

static void do_track(struct node *n, struct model *m, const struct draw *d)
{
    kith_err e = tracker_track(n->t, d->t, d->k, d->owner, d->online_at_s, d->f, &n->told);
    if (find(m, d->topic, d->key, d->owner)) {
        assert_int_equal(e, KITH_EXISTS);
        assert_int_equal(n->told.count, 0);
        return;
    }
    must(e);
    struct one *o = add(m, d->topic, d->key, d->owner, d->online_at_s);
    memcpy(o->fields, d->fields, sizeof o->fields);
    assert_int_equal(n->told.count, 1);
    assert_false(n->told.items[0].has_old);
    assert_meta(&n->told.items[0].now, o);
}

static void do_restore(struct node *n, struct model *m, const struct draw *d, uint64_t *seed)
{
    struct dot ref = {chance_below(seed, 3) + 1, chance_below(seed, 1000) + 1};
    struct dot prev = {chance_below(seed, 3) + 1, chance_below(seed, 2) * 77};
    if (prev.seq == 0) prev.inc = 0;
    struct meta meta = {.fields = d->f, .online_at_s = d->online_at_s};
    kith_err e = tracker_restore(n->t, d->t, d->k, d->owner, &meta, ref, prev);
    if (find(m, d->topic, d->key, d->owner)) {
        assert_int_equal(e, KITH_EXISTS);
        return;
    }
    must(e);
    struct one *o = add(m, d->topic, d->key, d->owner, d->online_at_s);
    memcpy(o->fields, d->fields, sizeof o->fields);
    o->ref = ref;
    o->prev = prev;
    assert_int_equal(n->told.count, 0);
}

static void do_update(struct node *n, struct model *m, const struct draw *d)
{
    struct one *o = find(m, d->topic, d->key, d->owner);
    kith_err e = tracker_update(n->t, d->t, d->k, d->owner, d->f, &n->told);
    if (!o) {
        assert_int_equal(e, KITH_NONE);
        return;
    }
    must(e);
    assert_int_equal(n->told.count, 1);
    assert_meta(&n->told.items[0].old, o);
    o->prev = o->ref;
    o->ref = (struct dot){INC, ++m->seq};
    memcpy(o->fields, d->fields, sizeof o->fields);
    assert_meta(&n->told.items[0].now, o);
}

static void do_untrack(struct node *n, struct model *m, const struct draw *d)
{
    struct one *o = find(m, d->topic, d->key, d->owner);
    must(tracker_untrack(n->t, d->t, d->k, d->owner, &n->told));
    assert_int_equal(n->told.count, o ? 1 : 0);
    if (!o) return;
    assert_false(n->told.items[0].has_now);
    assert_meta(&n->told.items[0].old, o);
    drop(m, o);
}

static void do_untrack_owner(struct node *n, struct model *m, const struct draw *d)
{
    uint32_t before = m->count;
    for (uint32_t i = 0; i < m->count;)
        if (m->live[i].owner == d->owner)
            drop(m, &m->live[i]);
        else
            i++;
    must(tracker_untrack_owner(n->t, d->owner, &n->told));
    assert_int_equal(n->told.count, before - m->count);
}

static void do_adopt(struct node *n, struct model *m, const struct draw *d)
{
    struct one *o = find(m, d->topic, d->key, d->owner);
    uint64_t heir = d->owner % OWNERS + 1;
    kith_err e = tracker_adopt(n->t, d->t, d->k, d->owner, heir);
    if (!o)
        assert_int_equal(e, KITH_NONE);
    else if (find(m, d->topic, d->key, heir))
        assert_int_equal(e, KITH_EXISTS);
    else
        o->owner = heir;
    assert_int_equal(n->told.count, 0);
}

static void step(struct node *n, struct model *m, uint64_t *seed)
{
    struct draw d;
    draw(&d, seed);
    switch (chance_below(seed, 20)) {
    case 0: do_untrack_owner(n, m, &d); break;
    case 1:
    case 2: do_restore(n, m, &d, seed); break;
    case 3:
    case 4: do_adopt(n, m, &d); break;
    case 5:
    case 6:
    case 7:
    case 8:
    case 9: do_update(n, m, &d); break;
    case 10:
    case 11:
    case 12: do_untrack(n, m, &d); break;
    default: do_track(n, m, &d);
    }
    node_forget_told(n);
}

static void it_is_what_a_naive_model_holds(void **state)
{
    (void)state;
    static struct model m;
    for (uint64_t run = 1; run <= rounds(6); run++) {
        struct node n = node_new(INC);
        uint64_t seed = run;
        m = (struct model){0};
        for (uint32_t i = 0; i < 1500; i++) {
            step(&n, &m, &seed);
            if (i % 40 == 0) assert_same(&n, &m);
        }
        assert_same(&n, &m);
        node_free(&n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_is_what_a_naive_model_holds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
