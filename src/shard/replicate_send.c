/* shard/replicate_send.c -- what a shard tells other nodes of its streams: batches to all, and
 * answers to who has missed something. */
#include "shard/replicate_state.h"

#include "core/replica.h"
#include "shard/rule_numbers.h"

enum {
    PERIOD_MS = 5, /* between two batches: the first after a pause goes at once */
    PERIOD_MS_MAX = 20,
    BATCH_BYTES_LARGE = 16384, /* above it batches may as well be rarer */
    BODY_BYTES = 60000,        /* of sections in a frame */
};

void replicate_send(struct world *w, enum node_type type, uint64_t to, bool bulk, struct buf *body)
{
    struct mail *m = body->failed
                         ? NULL
                         : mail_new(MAIL_FRAME, buf_slice(body), (kith_slice){0}, (kith_slice){0});
    if (m) {
        m->frame = type;
        m->inc = to;
        m->bulk = bulk;
    }
    world_cluster(w, m);
    buf_clear(body);
}

/* Sections, frame by frame */

struct letter {
    struct world *w;
    uint64_t origin, to, rules;
    bool bulk, prevs;
    uint64_t bytes; /* sent so far */
};

static void send_letter(struct letter *l)
{
    struct buf *body = &l->w->replicate->body;
    if (body->len == 0) return;
    l->bytes += body->len;
    replicate_send(l->w, NODE_SECTIONS, l->to, l->bulk, body);
}

static kith_err put_part(struct letter *l, uint32_t stream, const struct section *s,
                         struct sections_part *part)
{
    struct buf *body = &l->w->replicate->body;
    if (body->len == 0) sections_begin(body, l->origin);
    struct sections_form form = {.stream = stream,
                                 .rules = l->rules,
                                 .prevs = l->prevs,
                                 .bytes_max = body->len < BODY_BYTES ? BODY_BYTES - body->len : 0};
    return sections_put(body, s, &form, part);
}

/* What this node shows of its users it shows by these rules; of others' it is not known which they
 * were, save that this node had heard of them. */
static void put_rules(struct letter *l, const struct section *s)
{
    if (l->origin != l->w->o.inc) {
        l->rules = l->w->rule_numbers.heard;
        return;
    }
    l->rules = l->w->rule_numbers.floor;
    for (uint32_t i = 0; i < s->count; i++)
        if (!s->records[i].empty) s->records[i].rules = rule_numbers_of(l->w, &s->records[i]);
}

/* All of a section, in as many frames as it takes; the last one stays open. False: no memory,
 * whoever misses the rest will ask. */
static bool put_section(struct letter *l, uint32_t stream, struct section s)
{
    struct sections_part part;
    put_rules(l, &s);
    for (bool fresh = false;;) {
        kith_err e = put_part(l, stream, &s, &part);
        if (e == KITH_FULL && !fresh) {
            send_letter(l);
            fresh = true;
            continue;
        }
        if (e) return false;
        if (part.last == s.last) return true;
        s.base = part.last;
        s.records += part.count;
        s.count -= part.count;
        send_letter(l);
        fresh = true;
    }
}

/* Batches */

static uint64_t own_seq(const struct world *w, const struct tracker *t)
{
    struct replica_position at;
    return replica_position(t, w->o.inc, &at) == KITH_OK ? at.cursor : 0;
}

static void tell_position(struct world *w, struct tracker *t, uint32_t stream, struct buf *out)
{
    struct replica_position at;
    if (replica_position(t, w->o.inc, &at)) return;
    struct node_at n = {stream, at.cursor, at.digest};
    buf_put(out, slice_of(&n, sizeof n));
}

static void flush_stream(struct letter *l, uint32_t stream, struct tracker *t, struct buf *moved)
{
    struct replicate *r = l->w->replicate;
    bool more = true;
    for (bool good = true; more && good;) {
        struct section s;
        if (replica_cut(t, l->w->o.inc, r->flushed[stream], l->w->o.section_records_max, &s, &more))
            break;
        good = put_section(l, stream, s);
        r->flushed[stream] = s.last;
        section_fini(&s);
    }
    tell_position(l->w, t, stream, moved);
}

/* The first one that is this shard's: the others are not looked at, each turn. */
static uint32_t next_here(const struct world *w, uint32_t stream)
{
    uint32_t first = stream / PARTITIONS * PARTITIONS, partition = stream - first;
    partition += (w->o.id + w->o.count - partition % w->o.count) % w->o.count;
    return partition < PARTITIONS ? first + partition : first + PARTITIONS + w->o.id;
}

/* The first stream, from this one on, that has news; STREAM_NUMBERS or more: none. */
static uint32_t next_news(const struct world *w, uint32_t stream, struct tracker **t)
{
    while ((stream = next_here(w, stream)) < STREAM_NUMBERS) {
        *t = stream_known(w, stream);
        if (*t && own_seq(w, *t) > w->replicate->flushed[stream]) break;
        stream++;
    }
    return stream;
}

static void flush_all(struct world *w, struct letter *l, struct buf *moved)
{
    struct tracker *t;
    for (uint32_t at = 0; (at = next_news(w, at, &t)) < STREAM_NUMBERS; at++)
        flush_stream(l, at, t, moved);
}

uint64_t replicate_flush_due(const struct world *w)
{
    struct tracker *t;
    return next_news(w, 0, &t) < STREAM_NUMBERS ? w->replicate->flushed_ms + w->replicate->period_ms
                                                : UINT64_MAX;
}

void replicate_flush(struct world *w)
{
    struct replicate *r = w->replicate;
    if (replicate_flush_due(w) > w->now.mono_ms) return;
    struct letter l = {.w = w, .origin = w->o.inc};
    struct buf moved = {0};
    flush_all(w, &l, &moved);
    send_letter(&l);
    if (l.bytes > BATCH_BYTES_LARGE && r->period_ms < PERIOD_MS_MAX)
        r->period_ms *= 2;
    else if (l.bytes < BATCH_BYTES_LARGE / 2)
        r->period_ms = PERIOD_MS;
    r->flushed_ms = w->now.mono_ms;
    world_cluster(w, moved.failed ? NULL
                                  : mail_new(MAIL_POSITIONS, buf_slice(&moved), (kith_slice){0},
                                             (kith_slice){0}));
    buf_fini(&moved);
}

/* Answers */

/* So much a second goes to who asks; what is beyond it is asked again. */
static bool may_reply(struct world *w)
{
    struct replicate *r = w->replicate;
    if (w->now.mono_ms - r->reply_ms >= 1000) {
        r->reply_ms = w->now.mono_ms;
        r->reply_bytes = 0;
    }
    return r->reply_bytes < PULL_BYTES_S / w->o.count;
}

static void answer_stream(struct letter *l, const struct node_at *from, uint64_t bytes_max)
{
    struct section s;
    bool more = true;
    uint64_t base = from->seq;
    struct tracker *t = stream_tracker(l->w, from->stream);
    while (t && more && l->bytes + l->w->replicate->body.len < bytes_max) {
        if (replica_cut(t, l->origin, base, l->w->o.section_records_max, &s, &more)) return;
        bool good = put_section(l, from->stream, s);
        base = s.last;
        section_fini(&s);
        if (!good) return;
    }
}

void replicate_answer(struct world *w, const struct mail *m)
{
    struct letter l = {.w = w, .origin = m->origin, .to = m->inc, .bulk = true, .prevs = true};
    struct node_at at;
    for (kith_slice rest = mail_a(m); rest.len >= sizeof at; rest = slice_from(rest, sizeof at)) {
        memcpy(&at, rest.ptr, sizeof at);
        if (!stream_is_here(w, at.stream) || !may_reply(w)) continue;
        uint64_t before = l.bytes + w->replicate->body.len;
        answer_stream(&l, &at, m->bytes_max);
        w->replicate->reply_bytes += l.bytes + w->replicate->body.len - before;
    }
    send_letter(&l);
}
