/* tests/wire/section_fixture.h -- sections by chance, as bytes and back. */
#pragma once

#include "wire/sections.h"

#include "chance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { INC = 77, RECORDS = 300 };

static const char *const some_fields[] = {"{\"status\":\"online\"}",
                                          "{\"status\":\"away\"}",
                                          "{\"status\":\"busy\"}",
                                          "{\"status\":\"idle\"}",
                                          "{\"status\":\"dnd\"}",
                                          "{\"status\":\"offline\"}",
                                          "{}",
                                          "",
                                          "{\"status\":\"lunch\"}"};

/* Texts of one test, as a tracker would have them. */
struct texts {
    char at[RECORDS][3][24];
};

static inline uint64_t any_number(uint64_t *seed)
{
    return chance_next(seed) >> chance_below(seed, 64);
}

static inline struct dot any_dot(uint64_t *seed)
{
    return (struct dot){chance_next(seed), 1 + (any_number(seed) >> 16)};
}

static inline kith_slice any_text(uint64_t *seed, char at[24])
{
    size_t n = chance_below(seed, 24);
    for (size_t i = 0; i < n; i++)
        at[i] = (char)chance_next(seed);
    return slice_of(at, n);
}

static inline struct record any_record(uint64_t *seed, uint64_t seq, char texts[3][24])
{
    struct record r = {.seq = seq, .slot = (uint32_t)any_number(seed)};
    r.empty = chance_below(seed, 5) == 0;
    if (r.empty) return r;
    r.numeric = chance_below(seed, 3) != 0;
    r.user = r.numeric ? any_number(seed) : 0;
    if (!r.numeric) r.topic = any_text(seed, texts[0]), r.key = any_text(seed, texts[1]);
    r.fields = chance_below(seed, 3) ? slice_str(some_fields[chance_below(seed, 9)])
                                     : any_text(seed, texts[2]);
    r.online_at_s = (uint32_t)any_number(seed);
    r.ref = chance_below(seed, 4) ? (struct dot){INC, seq} : any_dot(seed);
    if (chance_below(seed, 3) == 0) r.prev = any_dot(seed);
    if (chance_below(seed, 3) == 0 && seq > 1)
        r.prev = (struct dot){INC, 1 + chance_next(seed) % (seq - 1)};
    if (chance_below(seed, 20) == 0) { /* of this stream, whatever their numbers */
        r.ref.inc = INC;
        if (r.prev.seq) r.prev.inc = INC;
    }
    if (chance_below(seed, 4) == 0) r.device = (uint16_t)chance_next(seed);
    if (chance_below(seed, 3) == 0) r.rules = any_number(seed);
    if (chance_below(seed, 4) == 0) r.replaces = any_dot(seed);
    r.replaced = chance_below(seed, 4) == 0;
    return r;
}

static inline struct section any_section(uint64_t *seed, struct record records[RECORDS],
                                         struct texts *texts)
{
    struct section s = {.inc = INC, .records = records, .base = any_number(seed) >> 20};
    s.count = chance_below(seed, chance_below(seed, 4) ? 10 : RECORDS);
    s.last = s.base;
    for (uint32_t i = 0; i < s.count; i++) {
        s.last += 1 + (any_number(seed) >> 40);
        records[i] = any_record(seed, s.last, texts->at[i]);
    }
    s.last += chance_below(seed, 3);
    s.top = s.last + (any_number(seed) >> 20);
    return s;
}

/* The only section of a body. */
static inline kith_err read_only(kith_slice body, struct sections_room *room, struct section *out)
{
    struct sections walk;
    struct sections_piece piece;
    kith_err e = sections_open(body, &walk);
    if (!e) e = sections_next(&walk, &piece);
    if (!e && walk.rest.len) e = KITH_BAD;
    return e ? e : sections_read(&piece, room, out);
}

static inline void write_body(struct buf *out, const struct section *s,
                              const struct sections_form *form)
{
    struct sections_part part;
    buf_clear(out);
    sections_begin(out, s->inc);
    assert_int_equal(sections_put(out, s, form, &part), KITH_OK);
    assert_true(part.count == s->count && part.last == s->last);
}

static inline bool dot_eq(struct dot a, struct dot b) { return a.inc == b.inc && a.seq == b.seq; }

/* `got` is what is to come of `r` in this form. */
static inline void check_record(const struct record *got, const struct record *r,
                                const struct sections_form *form)
{
    assert_true(got->seq == r->seq && got->slot == r->slot && got->empty == r->empty);
    assert_true(got->numeric == r->numeric && got->user == r->user);
    assert_true(slice_eq(got->topic, r->topic) && slice_eq(got->key, r->key));
    assert_true(slice_eq(got->fields, r->fields) && got->online_at_s == r->online_at_s);
    assert_true(dot_eq(got->ref, r->ref) && got->device == r->device);
    assert_true(dot_eq(got->prev, form->prevs || r->prev.inc != INC ? r->prev : (struct dot){0}));
    assert_true(dot_eq(got->replaces, r->replaces) && got->replaced == r->replaced);
    assert_true(got->rules == (!r->empty && r->rules < form->rules ? form->rules : r->rules));
}

static inline void check_section(const struct section *got, const struct section *s,
                                 const struct sections_form *form)
{
    assert_true(got->inc == s->inc && got->base == s->base && got->last == s->last);
    assert_true(got->top == s->top && got->count == s->count);
    for (uint32_t i = 0; i < s->count; i++)
        check_record(&got->records[i], &s->records[i], form);
}
