/* tests/core/sessions.h -- sessions and their presence, for tests: time is what the test says. */
#pragma once

#include "core/presence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ONLINE KITH_LIT("{\"status\":\"online\"}")
#define AWAY   KITH_LIT("{\"status\":\"away\"}")

#define NOTHING ((kith_slice){0})

enum { NOW_S = 1700000000, GRACE = 5000 };

struct people {
    struct presence *p;
    struct changes told;
    uint32_t partitions;
    char topic[64]; /* of the latest `who` */
};

static inline void must(kith_err e)
{
    assert_string_equal(kith_err_text(e), kith_err_text(KITH_OK));
}

static inline struct people people_new(uint32_t partitions, uint64_t inc)
{
    struct people s = {
        .partitions = partitions,
        .p = presence_new(&(struct presence_options){
            .inc = inc, .ref_key = {5, 6}, .hash_key = {7, 8}, .partitions = partitions})};
    assert_non_null(s.p);
    return s;
}

static inline void people_free(struct people *s)
{
    changes_fini(&s->told);
    presence_free(s->p);
}

static inline kith_slice topic_of(struct people *s, uint32_t who)
{
    int len = snprintf(s->topic, sizeof s->topic, "user_presence:%u", who);
    return slice_of(s->topic, (size_t)len);
}

static inline struct presence_session session_of(struct people *s, uint32_t who, uint64_t owner,
                                                 uint64_t device)
{
    kith_slice topic = topic_of(s, who);
    return (struct presence_session){topic, slice_from(topic, 14), owner, device};
}

static inline kith_err join(struct people *s, uint32_t who, uint64_t owner, uint64_t device,
                            kith_slice fields)
{
    struct presence_session it = session_of(s, who, owner, device);
    return presence_join(s->p, &it, NOW_S, fields, &s->told);
}

static inline kith_err update(struct people *s, uint32_t who, uint64_t owner, kith_slice fields)
{
    struct presence_session it = session_of(s, who, owner, 0);
    return presence_update(s->p, &it, fields, &s->told);
}

static inline kith_err leave(struct people *s, uint32_t who, uint64_t owner)
{
    struct presence_session it = session_of(s, who, owner, 0);
    return presence_leave(s->p, &it, &s->told);
}

static inline kith_err lose(struct people *s, uint32_t who, uint64_t owner, uint64_t device,
                            uint64_t until_ms)
{
    struct presence_session it = session_of(s, who, owner, device);
    return presence_lost(s->p, &it, until_ms, &s->told);
}

/* How many entries the user has; *out is the last. */
static inline uint32_t list(struct people *s, uint32_t who, struct entry *out)
{
    uint32_t n = 0;
    kith_slice topic = topic_of(s, who);
    for (struct tracker_walk w = {0}; presence_next(s->p, topic, &w, out); n++)
        assert_true(slice_eq(out->key, slice_from(topic, 14)));
    return n;
}

/* "+1 -2 ~3", and forgets them. */
static inline void assert_told(struct people *s, const char *expected)
{
    char text[4096] = "";
    size_t len = 0;
    for (uint32_t i = 0; i < s->told.count; i++) {
        const struct change *c = &s->told.items[i];
        char sign = c->has_old && c->has_now ? '~' : c->has_now ? '+' : '-';
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%c%.*s", i ? " " : "", sign,
                                (int)c->key.len, (const char *)c->key.ptr);
    }
    assert_string_equal(text, expected);
    changes_clear(&s->told);
}

static inline uint64_t expire(struct people *s, uint64_t now_ms)
{
    return presence_expire(s->p, now_ms, 1000, &s->told);
}

static inline void assert_slice(kith_slice got, kith_slice expected)
{
    assert_int_equal(got.len, expected.len);
    if (expected.len) assert_memory_equal(got.ptr, expected.ptr, expected.len);
}

/* People, anew for each test. */
static inline int people_set_up(void **state)
{
    static struct people s;
    s = people_new(8, 9);
    *state = &s;
    return 0;
}

static inline int people_tear_down(void **state)
{
    people_free(*state);
    return 0;
}

#define WITH_PEOPLE(test) cmocka_unit_test_setup_teardown(test, people_set_up, people_tear_down)
