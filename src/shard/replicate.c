/* shard/replicate.c -- what a shard learns of other nodes' streams. */
#include "shard/replicate.h"

#include "base/mutant.h"
#include "core/replica.h"
#include "shard/home_state.h"
#include "shard/replicate_state.h"

#include <stdlib.h>

enum {
    RULES_MS = 50,   /* until a change of the rules is here, too */
    AGAIN_MS = 1000, /* until there may be memory again */
};

struct replicate *replicate_new(uint64_t seed)
{
    struct replicate *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    r->pulls = pulls_new(seed);
    if (r->pulls) return r;
    free(r);
    return NULL;
}

void replicate_free(struct replicate *r)
{
    if (!r) return;
    pulls_free(r->pulls);
    sections_room_fini(&r->room);
    buf_fini(&r->body);
    free(r->peers);
    free(r);
}

struct presence *stream_place(const struct world *w, uint32_t stream)
{
    return stream < PARTITIONS ? w->presence : w->hidden;
}

struct tracker *stream_tracker(const struct world *w, uint32_t stream)
{
    return presence_tracker(stream_place(w, stream), (uint16_t)(stream % PARTITIONS));
}

bool stream_is_here(const struct world *w, uint32_t stream)
{
    return stream < STREAM_NUMBERS && stream % PARTITIONS % w->o.count == w->o.id;
}

struct tracker *stream_known(const struct world *w, uint32_t stream)
{
    return stream_is_here(w, stream)
               ? presence_known(stream_place(w, stream), (uint16_t)(stream % PARTITIONS))
               : NULL;
}

/* Sections */

static struct pulls_at at_of(struct tracker *t, uint64_t inc, uint32_t stream, uint64_t end)
{
    struct replica_position at = {0};
    if (replica_position(t, inc, &at)) at = (struct replica_position){0};
    return (struct pulls_at){inc, stream, at.cursor, end > at.top ? end : at.top};
}

static void apply(struct world *w, uint32_t stream, struct tracker *t, const struct section *s)
{
    struct replicate *r = w->replicate;
    kith_err e = replica_apply(t, s, &w->changes);
    home_hear(w, stream_place(w, stream), false);
    struct pulls_at at = at_of(t, s->inc, stream, s->top);
    if (e == KITH_OK) {
        if (s->last == at.cursor && at.cursor >= at.end) replicate_known(w, s->inc, stream);
        pulls_moved(r->pulls, w->now.mono_ms, &at);
    } else if (e == KITH_LATER) {
        w->stats.cluster_gaps++;
        pulls_gap(r->pulls, w->now.mono_ms, &at);
    } else if (e != KITH_NONE && e != KITH_BAD) { /* for want of memory: again in a while */
        pulls_later(r->pulls, w->now.mono_ms + AGAIN_MS, &at);
    }
}

/* Nothing is shown by rules that are older than what its own node went by. */
static bool may_apply(struct world *w, const struct section *s)
{
    for (uint32_t i = 0; i < s->count && !MUTANT(RULES_UNHEARD); i++) {
        if (s->records[i].empty || s->records[i].rules <= w->rule_numbers.heard) continue;
        w->stats.cluster_sections_held++;
        return false;
    }
    return true;
}

static void read_section(struct world *w, const struct mail *m)
{
    struct section s;
    struct sections_piece piece = {
        .inc = m->inc, .stream = (uint32_t)m->stream, .bytes = mail_a(m)};
    struct tracker *t = stream_is_here(w, piece.stream) ? stream_tracker(w, piece.stream) : NULL;
    if (!t || sections_read(&piece, &w->replicate->room, &s)) return;
    if (may_apply(w, &s)) {
        apply(w, piece.stream, t, &s);
        return;
    }
    struct pulls_at at = at_of(t, s.inc, piece.stream, s.top);
    pulls_later(w->replicate->pulls, w->now.mono_ms + RULES_MS, &at);
}

/* Both know as much, and not the same. */
static void begin_anew(struct world *w, uint64_t inc, uint32_t stream, struct tracker *t)
{
    w->stats.cluster_digest_mismatches++;
    if (replica_forget(t, inc, &w->changes) || replica_up(t, inc, &w->changes))
        w->stats.mails_lost++;
    home_hear(w, stream_place(w, stream), false);
    pulls_probe(w->replicate->pulls, w->now.mono_ms, inc, stream);
}

static void compare(struct world *w, uint64_t inc, const struct node_at *said)
{
    struct replica_position here;
    struct tracker *t = stream_is_here(w, said->stream) ? stream_tracker(w, said->stream) : NULL;
    if (!t || replica_position(t, inc, &here)) return;
    bool as_far = here.cursor == said->seq && (here.cursor >= here.top || MUTANT(DIGEST_TOO_SOON));
    struct pulls_at at = {inc, said->stream, here.cursor, said->seq};
    if (as_far && here.digest != said->digest) {
        begin_anew(w, inc, said->stream, t);
        return;
    }
    if (as_far) replicate_known(w, inc, said->stream);
    pulls_heard(w->replicate->pulls, w->now.mono_ms, &at);
}

static void read_positions(struct world *w, const struct mail *m)
{
    struct node_at at;
    for (kith_slice rest = mail_a(m); rest.len >= sizeof at; rest = slice_from(rest, sizeof at)) {
        memcpy(&at, rest.ptr, sizeof at);
        compare(w, m->inc, &at);
    }
}

/* Questions */

struct question {
    uint64_t source, origin, number;
    uint32_t count;
    struct node_at from[STREAM_NUMBERS];
};

static void ask(struct world *w, const struct question *q)
{
    w->stats.cluster_pulls += q->count;
    struct node_pull pull = {.origin = q->origin,
                             .question = q->number,
                             .bytes_max = w->o.pull_bytes_max,
                             .count = q->count};
    struct buf *body = &w->replicate->body;
    if (q->count == 0) return;
    node_put_pull(body, &pull, q->from);
    replicate_send(w, NODE_PULL, q->source, false, body);
}

static void ask_all(struct world *w)
{
    struct pull next;
    struct question q = {0};
    while (pulls_next(w->replicate->pulls, w->now.mono_ms, &next)) {
        if (q.count && (next.origin != q.origin || q.count == STREAM_NUMBERS)) {
            ask(w, &q);
            q.count = 0;
        }
        struct tracker *t = stream_tracker(w, next.stream);
        if (!t) continue;
        struct pulls_at at = at_of(t, next.origin, next.stream, 0);
        q.source = next.source;
        q.origin = next.origin;
        q.number = next.question;
        q.from[q.count++] = (struct node_at){.stream = next.stream, .seq = at.cursor};
    }
    ask(w, &q);
}

/* What was asked, and found no room in the answer. */
static void read_rest(struct world *w, const struct mail *m)
{
    struct node_rest r;
    memcpy(&r, mail_a(m).ptr, sizeof r);
    for (uint32_t stream = 0; stream < STREAM_NUMBERS; stream++)
        if (stream_is_here(w, stream) && r.streams[stream / PARTITIONS] >> stream % PARTITIONS & 1)
            pulls_left(w->replicate->pulls, w->now.mono_ms,
                       &(struct pulls_left){r.origin, r.question, r.wait_ms, stream});
}

/* Who is heard through another only does not tell when there is news. */
static void ask_relays(struct world *w)
{
    struct replicate *r = w->replicate;
    for (uint32_t i = 0; i < r->peer_count; i++)
        if (r->peers[i].via && !r->peers[i].lost && r->peers[i].relay_ms <= w->now.mono_ms)
            replicate_probe(w, &r->peers[i]);
}

/* The cluster is told when the last is known, and when one is not. */
static void tell_behind(struct world *w)
{
    struct replicate *r = w->replicate;
    uint32_t behind = pulls_open(r->pulls);
    w->stats.cluster_streams_behind = behind;
    if (!behind == !r->behind) return;
    struct mail *m = mail_new(MAIL_POSITIONS, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
    if (m) {
        m->behind = behind;
        r->behind = behind;
    }
    world_cluster(w, m);
}

void replicate_tick(struct world *w)
{
    if (!w->replicate) return;
    replicate_fade(w);
    replicate_doubt(w);
    replicate_flush(w);
    ask_relays(w);
    ask_all(w);
    tell_behind(w);
}

uint64_t replicate_due(const struct world *w)
{
    const struct replicate *r = w->replicate;
    if (!r) return UINT64_MAX;
    uint64_t due = earlier(replicate_flush_due(w), replicate_fade_due(w));
    if (r->peer_count) due = earlier(due, r->doubt_ms);
    return earlier(due, pulls_due(r->pulls));
}

void replicate_receive(struct world *w, struct mail *m)
{
    if (w->replicate) switch ((enum mail_type)m->type) {
        case MAIL_PEER: replicate_change_peer(w, m); break;
        case MAIL_SECTION: read_section(w, m); break;
        case MAIL_POSITIONS: read_positions(w, m); break;
        case MAIL_PULL: replicate_answer(w, m); break;
        case MAIL_REST: read_rest(w, m); break;
        default: break;
        }
    mail_free(m);
}
