/* wire/sections.c -- sections as bytes: writing. */
#include "wire/sections.h"

#include "base/assert.h"
#include "wire/pack.h"
#include "wire/sections_form.h"

enum {
    HEAD_BYTES_MAX = 64,   /* length, stream, four long numbers, time, count */
    RECORD_BYTES_MAX = 128 /* without its texts: they are 102 at most */
};

#define FIELDS(json)                                                                               \
    {                                                                                              \
        (const uint8_t *)json, sizeof json - 1                                                     \
    }

/* Their numbers are part of the form: more of them would be another one. */
const kith_slice sections_known[FIELDS_KNOWN] = {
    FIELDS("{\"status\":\"online\"}"),
    FIELDS("{\"status\":\"away\"}"),
    FIELDS("{\"status\":\"busy\"}"),
    FIELDS("{\"status\":\"idle\"}"),
    FIELDS("{\"status\":\"dnd\"}"),
    FIELDS("{\"status\":\"offline\"}"),
    FIELDS("{}"),
};

/* Fields that were written out, by a hash: of two that share a place the later one is found. */
enum { PLACES = 128 };

struct seen {
    kith_slice at[FIELDS_SEEN_MAX];
    uint8_t count;
    uint8_t place[PLACES]; /* 1 + index */
};

struct writer {
    const struct section *s;
    const struct sections_form *form;
    uint32_t time_s;
    uint64_t before;
    struct seen seen;
};

static uint32_t place_of(kith_slice fields)
{
    uint64_t h = fields.len, word;
    kith_slice rest = fields;
    for (; rest.len >= sizeof word; rest = slice_from(rest, sizeof word)) {
        memcpy(&word, rest.ptr, sizeof word);
        h = (h ^ word) * 0x9e3779b97f4a7c15u;
        h ^= h >> 32;
    }
    for (size_t i = 0; i < rest.len; i++)
        h = (h ^ rest.ptr[i]) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(h >> 57);
}

static bool find_known(kith_slice fields, uint8_t *number)
{
    for (uint8_t i = 0; i < FIELDS_KNOWN; i++)
        if (slice_eq(fields, sections_known[i])) {
            *number = i;
            return true;
        }
    return false;
}

/* FIELDS_WRITTEN: to be written out, and known from then on. */
static uint8_t number_of(struct seen *seen, kith_slice fields)
{
    uint8_t number;
    if (find_known(fields, &number)) return number;
    uint8_t *place = &seen->place[place_of(fields)];
    if (*place && slice_eq(seen->at[*place - 1], fields))
        return (uint8_t)(FIELDS_KNOWN + *place - 1);
    if (seen->count < FIELDS_SEEN_MAX) {
        seen->at[seen->count++] = fields;
        *place = seen->count;
    }
    return FIELDS_WRITTEN;
}

static uint8_t *put_dot(uint8_t *at, struct dot d)
{
    return pack_varint(pack_u64(at, d.inc), d.seq);
}

static bool is_own(const struct writer *w, struct dot d, uint64_t seq)
{
    return d.inc == w->s->inc && d.seq == seq;
}

static uint8_t more_of(const struct record *r)
{
    return (uint8_t)((r->replaces.seq ? MORE_REPLACES : 0) | (r->replaced ? MORE_REPLACED : 0));
}

static uint8_t op_of(const struct writer *w, const struct record *r)
{
    unsigned op = OP_PUT;
    if (!r->numeric) op |= OP_NAMED;
    if (!is_own(w, r->ref, r->seq)) op |= OP_REF;
    if (r->prev.seq && (w->form->prevs || r->prev.inc != w->s->inc)) op |= OP_PREV;
    if (r->device) op |= OP_DEVICE;
    if (r->rules > w->form->rules) op |= OP_RULES;
    if (more_of(r)) op |= OP_MORE;
    return (uint8_t)(op == OP_PUT ? op | OP_PLAIN : op);
}

static uint8_t *put_prev(const struct writer *w, const struct record *r, uint8_t *at)
{
    if (r->prev.inc == w->s->inc && r->prev.seq < r->seq)
        return pack_varint(at, r->seq - r->prev.seq);
    return put_dot(pack_u8(at, 0), r->prev);
}

static uint8_t *put_rest(const struct writer *w, const struct record *r, uint8_t op, uint8_t *at)
{
    at = op & OP_NAMED ? pack_text(pack_text(at, r->topic), r->key) : pack_varint(at, r->user);
    at = pack_varint(at, w->time_s - r->online_at_s);
    if (op & OP_PLAIN) return at;
    if (op & OP_REF) at = put_dot(at, r->ref);
    if (op & OP_PREV) at = put_prev(w, r, at);
    if (op & OP_DEVICE) at = pack_u16(at, r->device);
    if (op & OP_RULES) at = pack_varint(at, r->rules - w->form->rules);
    if (!(op & OP_MORE)) return at;
    at = pack_u8(at, more_of(r));
    return r->replaces.seq ? put_dot(at, r->replaces) : at;
}

static uint8_t *put_record(struct writer *w, const struct record *r, uint8_t *at)
{
    KITH_ASSERT(r->seq > w->before && r->seq <= w->s->last);
    at = pack_varint(pack_varint(at, r->seq - w->before), r->slot);
    if (r->empty) return pack_u8(at, OP_EMPTY);
    uint8_t op = op_of(w, r), number = number_of(&w->seen, r->fields);
    if (op & OP_PLAIN)
        at = pack_u8(at, (uint8_t)(op | number << FIELDS_SHIFT));
    else
        at = pack_u8(pack_u8(at, op), number);
    at = put_rest(w, r, op, at);
    return number == FIELDS_WRITTEN ? pack_text(at, r->fields) : at;
}

static size_t texts_of(const struct record *r)
{
    return r->empty ? 0 : r->topic.len + r->key.len + r->fields.len;
}

/* As many records as fit; NULL: no memory. */
static bool put_records(struct buf *out, size_t end, struct writer *w, struct sections_part *part)
{
    for (; part->count < w->s->count && part->count < SECTION_RECORDS_MAX; part->count++) {
        const struct record *r = &w->s->records[part->count];
        uint8_t *at = buf_reserve(out, RECORD_BYTES_MAX + texts_of(r));
        if (!at) return false;
        size_t len = (size_t)(put_record(w, r, at) - at);
        if (len > end - out->len) break;
        out->len += len;
        w->before = r->seq;
    }
    part->last = part->count == w->s->count ? w->s->last : w->before;
    return true;
}

/* Its length, and what stands before its records, which take `records` bytes. */
static size_t make_head(uint8_t head[HEAD_BYTES_MAX], const struct writer *w,
                        const struct sections_part *part, size_t records)
{
    uint8_t inner[HEAD_BYTES_MAX], *at = pack_varint(inner, w->form->stream);
    at = pack_varint(at, w->s->base);
    at = pack_varint(at, part->last - w->s->base);
    at = pack_varint(at, w->s->top - part->last);
    at = pack_varint(at, w->form->rules);
    at = pack_varint(pack_varint(at, w->time_s), part->count);
    size_t len = (size_t)(at - inner);
    at = pack_bytes(pack_varint(head, len + records), slice_of(inner, len));
    return (size_t)(at - head);
}

/* The latest, so that all others are so long before. */
static uint32_t time_of(const struct section *s)
{
    uint32_t time_s = 0;
    for (uint32_t i = 0; i < s->count; i++)
        if (!s->records[i].empty && s->records[i].online_at_s > time_s)
            time_s = s->records[i].online_at_s;
    return time_s;
}

/* Most sections are a record or two: what is not used of so much is not cleared. */
static void writer_init(struct writer *w, const struct section *s, const struct sections_form *form)
{
    w->s = s;
    w->form = form;
    w->time_s = time_of(s);
    w->before = s->base;
    w->seen.count = 0;
    memset(w->seen.place, 0, sizeof w->seen.place);
}

void sections_begin(struct buf *out, uint64_t inc)
{
    uint8_t *at = buf_reserve(out, sizeof inc);
    if (!at) return;
    (void)pack_u64(at, inc);
    out->len += sizeof inc;
}

/* What the head says is known only behind the records; they are written with room for the longest
 * one before them, and moved. */
kith_err sections_put(struct buf *out, const struct section *s, const struct sections_form *form,
                      struct sections_part *part)
{
    KITH_ASSERT(form->stream < STREAM_NUMBERS && s->base <= s->last && s->last <= s->top);
    size_t start = out->len;
    struct writer w;
    writer_init(&w, s, form);
    *part = (struct sections_part){.last = s->base};
    if (form->bytes_max < HEAD_BYTES_MAX) return KITH_FULL;
    if (!buf_reserve(out, HEAD_BYTES_MAX)) return KITH_NOMEM;
    out->len += HEAD_BYTES_MAX;
    bool stored = put_records(out, start + form->bytes_max, &w, part);
    size_t records = out->len - start - HEAD_BYTES_MAX;
    out->len = start;
    if (!stored) return KITH_NOMEM;
    if (part->count == 0 && s->count > 0) return KITH_FULL;
    uint8_t head[HEAD_BYTES_MAX], *at = out->ptr + start;
    size_t len = make_head(head, &w, part, records);
    memmove(at + len, at + HEAD_BYTES_MAX, records);
    memcpy(at, head, len);
    out->len += len + records;
    return KITH_OK;
}
