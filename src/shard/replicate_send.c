/* shard/replicate_send.c -- what a shard tells other nodes of its streams: batches to all, and
 * answers to who has missed something. */
#include "shard/replicate_state.h"

#include "core/replica.h"
#include "shard/envelope.h"
#include "shard/rule_numbers.h"

enum {
    PERIOD_MS = 5, /* between two batches: the first after a pause goes at once */
    PERIOD_MS_MAX = 20,
    BATCH_BYTES_LARGE = 16384, /* above it batches may as well be rarer */
    BODY_BYTES = 60000,        /* of sections in a frame */
};

void replicate_send(struct world *w, enum node_type type, uint64_t to, bool bulk, struct buf *body)
{
    struct mail *m = body->failed ? NULL : envelope_new(type, buf_slice(body), (kith_slice){0});
    if (m) {
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

static void tell_position(struct world *w, struct tracker *t, uint32_t stream, struct buf *out)
{
    struct replica_position at;
    if (replica_position(t, w->o.inc, &at)) return;
    struct node_at n = {stream, at.cursor, at.digest};
    buf_put(out, slice_of(&n, sizeof n));
}

/* False: no memory to cut it; another time. */
static bool flush_stream(struct letter *l, uint32_t stream, struct buf *moved)
{
    struct replicate *r = l->w->replicate;
    struct tracker *t = stream_known(l->w, stream);
    bool more = t, good = true;
    while (more && good) {
        struct section s;
        if (replica_cut(t, l->w->o.inc, r->flushed[stream], l->w->o.section_records_max, &s, &more))
            return false;
        good = put_section(l, stream, s);
        r->flushed[stream] = s.last;
        section_fini(&s);
    }
    if (t) tell_position(l->w, t, stream, moved);
    return true;
}

_Static_assert(PARTITIONS == 64, "a bit for each in one word");

/* Of visible entries' streams, or of hidden ones'. */
static void flush_half(struct letter *l, struct presence *p, uint32_t first, struct buf *moved)
{
    uint64_t *news = &l->w->replicate->news[first != 0], left = *news | presence_take_news(p);
    for (*news = 0; left; left &= left - 1) {
        uint32_t partition = (uint32_t)__builtin_ctzll(left);
        if (!flush_stream(l, first + partition, moved)) *news |= (uint64_t)1 << partition;
    }
}

uint64_t replicate_flush_due(const struct world *w)
{
    const struct replicate *r = w->replicate;
    bool any = r->news[0] || r->news[1] || presence_has_news(w->presence) ||
               presence_has_news(w->hidden);
    return any ? r->flushed_ms + r->period_ms : UINT64_MAX;
}

void replicate_flush(struct world *w)
{
    struct replicate *r = w->replicate;
    if (replicate_flush_due(w) > w->now.mono_ms) return;
    struct letter l = {.w = w, .origin = w->o.inc};
    struct buf moved = {0};
    flush_half(&l, w->presence, 0, &moved);
    flush_half(&l, w->hidden, PARTITIONS, &moved);
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

/* So much a second goes to who asks. How long what is beyond it has to wait; 0: it may go. */
static uint64_t reply_wait_ms(struct world *w)
{
    struct replicate *r = w->replicate;
    if (w->now.mono_ms - r->reply_ms >= 1000) {
        r->reply_ms = w->now.mono_ms;
        r->reply_bytes = 0;
    }
    bool may = r->reply_bytes < PULL_BYTES_S / w->o.count;
    return may ? 0 : r->reply_ms + 1000 - w->now.mono_ms;
}

static uint64_t written(const struct letter *l) { return l->bytes + l->w->replicate->body.len; }

/* False: not to its end. What is not known here, or finds no memory, has none. */
static bool answer_stream(struct letter *l, const struct node_at *from, uint64_t bytes_max)
{
    struct section s;
    bool more = true, good = true;
    uint64_t base = from->seq;
    struct tracker *t = stream_tracker(l->w, from->stream);
    while (t && more && good && written(l) < bytes_max) {
        if (replica_cut(t, l->origin, base, l->w->o.section_records_max, &s, &more)) return true;
        good = put_section(l, from->stream, s);
        base = s.last;
        section_fini(&s);
    }
    return !t || !more || !good;
}

/* Behind the answer, on the same way. */
static void tell_rest(struct letter *l, const struct node_rest *r)
{
    struct buf *body = &l->w->replicate->body;
    if (!r->streams[0] && !r->streams[1]) return;
    node_put_rest(body, r);
    replicate_send(l->w, NODE_REST, l->to, l->bulk, body);
}

void replicate_answer(struct world *w, const struct mail *m)
{
    struct letter l = {.w = w, .origin = m->origin, .to = m->inc, .bulk = true, .prevs = true};
    struct node_rest left = {.origin = m->origin, .question = m->question};
    struct node_at at;
    for (kith_slice rest = mail_a(m); rest.len >= sizeof at; rest = slice_from(rest, sizeof at)) {
        memcpy(&at, rest.ptr, sizeof at);
        if (!stream_is_here(w, at.stream)) continue;
        uint64_t before = written(&l);
        if (reply_wait_ms(w) || !answer_stream(&l, &at, m->bytes_max))
            left.streams[at.stream / PARTITIONS] |= (uint64_t)1 << at.stream % PARTITIONS;
        w->replicate->reply_bytes += written(&l) - before;
    }
    send_letter(&l);
    left.wait_ms = reply_wait_ms(w);
    tell_rest(&l, &left);
}
