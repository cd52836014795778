/* tests/core/nodes.h -- trackers as the nodes of a small cluster: what one tracks, what the others
 * learn of it, and what was told. Topics are user_presence:<who> or any text with a key. */
#pragma once

#include "core/replica.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ONLINE KITH_LIT("{\"status\":\"online\"}")
#define AWAY   KITH_LIT("{\"status\":\"away\"}")

enum { NOW_S = 1700000000 };

struct node {
    struct tracker *t;
    uint64_t inc;
    struct changes told; /* since the last node_forget_told */
};

static inline struct node node_new(uint64_t inc)
{
    struct node n = {.inc = inc};
    n.t = tracker_new(&(struct tracker_options){
        .inc = inc, .partition = 3, .ref_key = {5, 6}, .hash_key = {inc, 7}});
    assert_non_null(n.t);
    return n;
}

static inline void node_free(struct node *n)
{
    changes_fini(&n->told);
    tracker_free(n->t);
}

static inline void node_forget_told(struct node *n) { changes_clear(&n->told); }

static inline void must(kith_err e)
{
    assert_string_equal(kith_err_text(e), kith_err_text(KITH_OK));
}

static inline void node_track(struct node *n, const char *topic, const char *key, uint64_t owner)
{
    must(tracker_track(n->t, slice_str(topic), slice_str(key), owner, NOW_S, ONLINE, &n->told));
}

static inline void node_update(struct node *n, const char *topic, const char *key, uint64_t owner,
                               kith_slice fields)
{
    must(tracker_update(n->t, slice_str(topic), slice_str(key), owner, fields, &n->told));
}

static inline void node_untrack(struct node *n, const char *topic, const char *key, uint64_t owner)
{
    must(tracker_untrack(n->t, slice_str(topic), slice_str(key), owner, &n->told));
}

static inline struct replica_position node_at(const struct node *n, uint64_t inc)
{
    struct replica_position p;
    must(replica_position(n->t, inc, &p));
    return p;
}

/* `to` asks `from` for the stream of `inc` from its cursor on, `step` records at a time. */
static inline void node_pull_by(struct node *to, const struct node *from, uint64_t inc,
                                uint32_t step)
{
    struct section s;
    for (bool more = true; more;) {
        must(replica_cut(from->t, inc, node_at(to, inc).cursor, step, &s, &more));
        must(replica_apply(to->t, &s, &to->told));
        section_fini(&s);
    }
}

static inline void node_pull(struct node *to, const struct node *from, uint64_t inc)
{
    node_pull_by(to, from, inc, 1000);
}

/* `to` learns what `from` itself tracks. */
static inline void node_merge(struct node *to, const struct node *from)
{
    node_pull(to, from, from->inc);
}

static inline void node_up(struct node *n, const struct node *other)
{
    must(replica_up(n->t, other->inc, &n->told));
}

static inline void node_down(struct node *n, const struct node *other)
{
    must(replica_down(n->t, other->inc, &n->told));
}

static inline void meet(struct node *a, struct node *b)
{
    node_up(a, b);
    node_up(b, a);
}

static inline int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "alice bob": the keys listed, sorted. */
static inline void assert_online(const struct node *n, const char *topic, const char *expected)
{
    char *keys[64], text[1024] = "";
    size_t count = 0;
    struct entry e;
    for (struct tracker_walk w = {0}; tracker_next(n->t, slice_str(topic), &w, &e);) {
        assert_true(count < 64);
        keys[count++] = strndup((const char *)e.key.ptr, e.key.len);
    }
    qsort(keys, count, sizeof *keys, by_text);
    for (size_t i = 0; i < count; i++) {
        if (i) strcat(text, " ");
        strcat(text, keys[i]);
        free(keys[i]);
    }
    assert_string_equal(text, expected);
}

/* "+alice -bob ~carol": joins, leaves and updates, in the order they were told; forgets them. */
static inline void assert_told(struct node *n, const char *expected)
{
    char text[4096] = "";
    size_t len = 0;
    for (uint32_t i = 0; i < n->told.count; i++) {
        const struct change *c = &n->told.items[i];
        assert_true(c->has_old || c->has_now);
        char sign = c->has_old && c->has_now ? '~' : c->has_now ? '+' : '-';
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%c%.*s", i ? " " : "", sign,
                                (int)c->key.len, (const char *)c->key.ptr);
    }
    assert_string_equal(text, expected);
    node_forget_told(n);
}

/* The first entry listed with this key. */
static inline bool node_get(const struct node *n, const char *topic, const char *key,
                            struct entry *out)
{
    for (struct tracker_walk w = {0}; tracker_next(n->t, slice_str(topic), &w, out);)
        if (slice_is(out->key, key)) return true;
    return false;
}

static inline void assert_slice(kith_slice got, kith_slice expected)
{
    assert_int_equal(got.len, expected.len);
    if (expected.len) assert_memory_equal(got.ptr, expected.ptr, expected.len);
}

static inline void assert_ref(const char got[REF_BYTES], const char expected[REF_BYTES])
{
    assert_memory_equal(got, expected, REF_BYTES);
}
