/* wire/sections_read.c -- sections as bytes: the walk from one to the next, and their records. */
#include "wire/pack.h"
#include "wire/sections.h"
#include "wire/sections_form.h"

#include <stdlib.h>

#define U32_END ((uint64_t)UINT32_MAX + 1)

enum { RECORD_BYTES_MIN = 3 }; /* of an emptied slot */

kith_err sections_open(kith_slice body, struct sections *out)
{
    struct unpack u = unpack_start(body);
    out->inc = unpack_u64(&u);
    out->rest = unpack_rest(&u);
    return u.bad ? KITH_BAD : KITH_OK;
}

kith_err sections_next(struct sections *s, struct sections_piece *out)
{
    if (s->rest.len == 0) return KITH_NONE;
    struct unpack u = unpack_start(s->rest);
    kith_slice bytes = unpack_text(&u, s->rest.len);
    s->rest = unpack_rest(&u); /* of what cannot be walked: nothing */
    if (u.bad) return KITH_BAD;
    struct unpack inner = unpack_start(bytes);
    uint32_t stream = (uint32_t)unpack_below(&inner, STREAM_NUMBERS);
    if (inner.bad) return KITH_BAD;
    *out = (struct sections_piece){s->inc, stream, bytes};
    return KITH_OK;
}

void sections_room_fini(struct sections_room *room)
{
    free(room->records);
    *room = (struct sections_room){0};
}

static kith_err make_room(struct sections_room *room, uint32_t count)
{
    if (count <= room->cap) return KITH_OK;
    uint32_t cap = 8;
    while (cap < count)
        cap *= 2;
    struct record *records = realloc(room->records, cap * sizeof *records);
    if (!records) return KITH_NOMEM;
    *room = (struct sections_room){records, cap};
    return KITH_OK;
}

struct reader {
    struct unpack u;
    uint64_t inc, rules;
    uint32_t time_s;
    uint64_t before, last;
    kith_slice seen[FIELDS_SEEN_MAX];
    uint32_t seen_count;
};

static void refuse(struct reader *r) { r->u.bad = true; }

static kith_slice get_fields(struct reader *r, uint32_t number)
{
    if (number < FIELDS_KNOWN) return sections_known[number];
    if (number != FIELDS_WRITTEN) {
        if (number - FIELDS_KNOWN < r->seen_count) return r->seen[number - FIELDS_KNOWN];
        refuse(r);
        return (kith_slice){0};
    }
    kith_slice fields = unpack_text(&r->u, META_BYTES_MAX);
    if (r->seen_count < FIELDS_SEEN_MAX) r->seen[r->seen_count++] = fields;
    return fields;
}

static struct dot get_dot(struct reader *r)
{
    struct dot d = {.inc = unpack_u64(&r->u)};
    d.seq = unpack_varint(&r->u);
    return d;
}

static struct dot get_prev(struct reader *r, uint64_t seq)
{
    uint64_t back = unpack_varint(&r->u);
    if (back == 0) return get_dot(r);
    if (back >= seq) refuse(r);
    return (struct dot){r->inc, seq - back};
}

static void get_name(struct reader *r, unsigned op, struct record *out)
{
    out->numeric = !(op & OP_NAMED);
    if (out->numeric) {
        out->user = unpack_varint(&r->u);
        return;
    }
    out->topic = unpack_text(&r->u, TOPIC_BYTES_MAX);
    out->key = unpack_text(&r->u, TOPIC_BYTES_MAX);
}

static void get_more(struct reader *r, unsigned op, struct record *out)
{
    if (op & OP_REF) out->ref = get_dot(r);
    if (op & OP_PREV) out->prev = get_prev(r, out->seq);
    if (op & OP_DEVICE) out->device = unpack_u16(&r->u);
    if (op & OP_RULES) {
        uint64_t above = unpack_varint(&r->u);
        if (above > UINT64_MAX - r->rules) refuse(r);
        out->rules += above;
    }
    unsigned more = op & OP_MORE ? unpack_u8(&r->u) : 0;
    if (more & ~(unsigned)MORE_KNOWN) refuse(r); /* and so what follows is not known */
    if (more & MORE_REPLACES) out->replaces = get_dot(r);
    out->replaced = more & MORE_REPLACED;
}

static void get_put(struct reader *r, unsigned op, struct record *out)
{
    bool plain = op & OP_PLAIN;
    uint32_t number = plain ? op >> FIELDS_SHIFT : unpack_u8(&r->u);
    out->rules = r->rules;
    out->ref = (struct dot){r->inc, out->seq};
    get_name(r, plain ? 0 : op, out);
    out->online_at_s = r->time_s - (uint32_t)unpack_below(&r->u, (uint64_t)r->time_s + 1);
    if (!plain) get_more(r, op, out);
    out->fields = get_fields(r, number);
}

static void get_record(struct reader *r, struct record *out)
{
    uint64_t step = unpack_varint(&r->u);
    if (step == 0 || step > r->last - r->before) refuse(r);
    r->before += step;
    *out = (struct record){.seq = r->before, .slot = (uint32_t)unpack_below(&r->u, U32_END)};
    unsigned op = unpack_u8(&r->u);
    out->empty = op == OP_EMPTY;
    if (op & OP_PUT)
        get_put(r, op, out);
    else if (op != OP_EMPTY)
        refuse(r);
}

/* start + a varint, which together are a number. */
static uint64_t get_from(struct unpack *u, uint64_t start)
{
    uint64_t step = unpack_varint(u);
    if (step > UINT64_MAX - start) u->bad = true;
    return start + step;
}

static kith_err get_head(struct reader *r, struct section *out)
{
    struct unpack *u = &r->u;
    (void)unpack_below(u, STREAM_NUMBERS);
    out->base = r->before = unpack_varint(u);
    out->last = r->last = get_from(u, out->base);
    out->top = get_from(u, out->last);
    r->rules = unpack_varint(u);
    r->time_s = (uint32_t)unpack_below(u, U32_END);
    out->count = (uint32_t)unpack_below(u, SECTION_RECORDS_MAX + 1);
    return u->bad || out->count > unpack_left(u) / RECORD_BYTES_MIN ? KITH_BAD : KITH_OK;
}

kith_err sections_read(const struct sections_piece *piece, struct sections_room *room,
                       struct section *out)
{
    struct reader r;
    r.u = unpack_start(piece->bytes);
    r.inc = piece->inc;
    r.seen_count = 0;
    struct section s = {.inc = piece->inc};
    kith_err e = get_head(&r, &s);
    if (!e) e = make_room(room, s.count);
    if (e) return e;
    for (uint32_t i = 0; i < s.count && !r.u.bad; i++)
        get_record(&r, &room->records[i]);
    if (r.u.bad) return KITH_BAD;
    s.records = room->records;
    *out = s;
    return KITH_OK;
}
