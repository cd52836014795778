/* tests/fuzz/fuzz_sections.c -- sections of another node: what is read of one is read again of what
 * is written of it, whole and in pieces. */
#include "wire/sections.h"

#include "base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool dot_eq(struct dot a, struct dot b)
{
    return a.seq == b.seq && (a.inc == b.inc || a.seq == 0);
}

static void check_same(const struct record *a, const struct record *b)
{
    KITH_ASSERT(a->seq == b->seq && a->slot == b->slot && a->empty == b->empty);
    KITH_ASSERT(a->numeric == b->numeric && a->user == b->user && a->device == b->device);
    KITH_ASSERT(slice_eq(a->topic, b->topic) && slice_eq(a->key, b->key));
    KITH_ASSERT(slice_eq(a->fields, b->fields) && a->online_at_s == b->online_at_s);
    KITH_ASSERT(a->ref.inc == b->ref.inc && a->ref.seq == b->ref.seq && dot_eq(a->prev, b->prev));
    KITH_ASSERT(a->rules == b->rules);
}

static void check_read(kith_slice body, const struct section *s)
{
    struct sections walk;
    struct sections_piece piece;
    struct sections_room room = {0};
    struct section got;
    uint64_t base = s->base;
    uint32_t at = 0;
    KITH_ASSERT(sections_open(body, &walk) == KITH_OK && walk.inc == s->inc);
    while (sections_next(&walk, &piece) == KITH_OK) {
        KITH_ASSERT(sections_read(&piece, &room, &got) == KITH_OK);
        KITH_ASSERT(got.base == base && got.top == s->top && at + got.count <= s->count);
        for (uint32_t i = 0; i < got.count; i++)
            check_same(&got.records[i], &s->records[at++]);
        base = got.last;
    }
    KITH_ASSERT(walk.rest.len == 0 && at == s->count && base == s->last);
    sections_room_fini(&room);
}

static void check_written(struct section s, size_t bytes_max)
{
    const struct section whole = s;
    const struct sections_form form = {.prevs = true, .bytes_max = bytes_max};
    struct buf b = {0};
    sections_begin(&b, s.inc);
    for (struct sections_part part; true; s.base = part.last) {
        KITH_ASSERT(sections_put(&b, &s, &form, &part) == KITH_OK);
        if (part.count == s.count) break;
        s.records += part.count;
        s.count -= part.count;
    }
    check_read(buf_slice(&b), &whole);
    buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sections walk;
    struct sections_piece piece;
    struct sections_room room = {0};
    struct section s;
    if (sections_open(slice_of(data, size), &walk) != KITH_OK) return 0;
    for (kith_err e = KITH_OK; e != KITH_NONE;) {
        e = sections_next(&walk, &piece);
        if (e || sections_read(&piece, &room, &s) != KITH_OK) continue;
        KITH_ASSERT(piece.stream < STREAM_NUMBERS && s.count <= SECTION_RECORDS_MAX);
        check_written(s, 1u << 24);
        check_written(s, 32768);
    }
    sections_room_fini(&room);
    return 0;
}
