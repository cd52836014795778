/* core/pulls.c -- what one shard asks other nodes for. */
#include "core/pulls.h"

#include "base/assert.h"
#include "base/limits.h"
#include "base/mutant.h"

#include <stdlib.h>

enum {
    PATIENCE_MS = 30, /* what was sent before a heartbeat, or with what came, may come after it */
    RETRY_MS = 300,
    RETRY_MS_MAX = 5000,
};

struct want {
    uint64_t end;      /* known to be there; what is at the cursor is idle */
    uint64_t cursor;   /* as it was after the latest section */
    uint64_t due_ms;   /* when to ask; UINT64_MAX: never */
    uint64_t later_ms; /* not before, see pulls_later */
    uint64_t question; /* the latest; 0: none, or what its answer left is known */
    uint32_t moves;    /* the peer's, as it was asked */
    uint8_t tries;
    bool asked; /* and not answered */
};

struct pulled {
    uint64_t origin, source;
    uint64_t due_ms; /* the earliest of its wants, or before it */
    uint32_t next;   /* where the walk goes on */
    uint32_t moves;  /* grows with what sections bring, of all its streams */
    struct want wants[STREAM_NUMBERS];
};

struct pulls {
    uint64_t random, question;
    uint32_t count, open;
    struct pulled *peers[PEERS_MAX];
};

struct pulls *pulls_new(uint64_t seed)
{
    struct pulls *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->random = seed | 1;
    p->question = 1;
    return p;
}

void pulls_free(struct pulls *p)
{
    if (!p) return;
    for (uint32_t i = 0; i < p->count; i++)
        free(p->peers[i]);
    free(p);
}

static struct pulled *find(const struct pulls *p, uint64_t origin)
{
    for (uint32_t i = 0; i < p->count; i++)
        if (p->peers[i]->origin == origin) return p->peers[i];
    return NULL;
}

static struct pulled *add(struct pulls *p, uint64_t origin)
{
    struct pulled *peer = calloc(1, sizeof *peer);
    if (!peer) return NULL;
    *peer = (struct pulled){.origin = origin, .due_ms = UINT64_MAX};
    for (uint32_t i = 0; i < STREAM_NUMBERS; i++)
        peer->wants[i].due_ms = UINT64_MAX;
    p->peers[p->count++] = peer;
    return peer;
}

/* Of another source, or in vain: it need not be waited for. */
static void forget_asked(struct pulled *peer, uint64_t source)
{
    for (uint32_t i = 0; i < STREAM_NUMBERS; i++) {
        struct want *w = &peer->wants[i];
        if (source == peer->source && w->tries < 2) continue;
        w->asked = false;
        w->tries = 0;
    }
}

kith_err pulls_source(struct pulls *p, uint64_t origin, uint64_t source)
{
    struct pulled *peer = find(p, origin);
    if (!peer && p->count == PEERS_MAX) return KITH_FULL;
    if (!peer) peer = add(p, origin);
    if (!peer) return KITH_NOMEM;
    if (source) forget_asked(peer, source);
    peer->source = source;
    return KITH_OK;
}

static void settle(struct pulls *p, struct want *w)
{
    p->open -= w->due_ms != UINT64_MAX;
    *w = (struct want){.cursor = w->cursor, .due_ms = UINT64_MAX};
}

void pulls_forget(struct pulls *p, uint64_t origin)
{
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->peers[i]->origin != origin) continue;
        for (uint32_t k = 0; k < STREAM_NUMBERS; k++)
            settle(p, &p->peers[i]->wants[k]);
        free(p->peers[i]);
        p->peers[i] = p->peers[--p->count];
        return;
    }
}

static void ask_at(struct pulls *p, struct pulled *peer, struct want *w, uint64_t at_ms)
{
    p->open += w->due_ms == UINT64_MAX;
    w->due_ms = at_ms;
    if (at_ms < peer->due_ms) peer->due_ms = at_ms;
}

/* Asked for by `by_ms`, if it is not under way; NULL if that is not known. */
static void want_by(struct pulls *p, const struct pulls_at *at, uint64_t by_ms)
{
    KITH_ASSERT(at->stream < STREAM_NUMBERS);
    struct pulled *peer = find(p, at->origin);
    if (!peer) return;
    struct want *w = &peer->wants[at->stream];
    if (at->end > w->end) w->end = at->end;
    if (by_ms < w->later_ms) by_ms = w->later_ms;
    if (w->end <= at->cursor)
        settle(p, w);
    else if (!w->asked && by_ms < w->due_ms)
        ask_at(p, peer, w, by_ms);
}

void pulls_heard(struct pulls *p, uint64_t now_ms, const struct pulls_at *at)
{
    want_by(p, at, now_ms + PATIENCE_MS);
}

void pulls_gap(struct pulls *p, uint64_t now_ms, const struct pulls_at *at)
{
    want_by(p, at, now_ms);
}

/* What is left is waited for anew. */
static void move(struct pulls *p, struct pulled *peer, struct want *w, uint64_t rest_ms)
{
    peer->moves++;
    w->later_ms = 0;
    if (w->asked) w->tries = 0;
    w->asked = false;
    if (w->due_ms != UINT64_MAX) ask_at(p, peer, w, rest_ms);
}

/* What came may be a batch beside the answer: an answer that is late is found to be a repetition.
 * That says nothing about what is missing; nor does the answer of one who knows no more itself: it
 * is asked again as if there had been none. */
void pulls_moved(struct pulls *p, uint64_t now_ms, const struct pulls_at *at)
{
    struct pulled *peer = find(p, at->origin);
    if (!peer) return;
    struct want *w = &peer->wants[at->stream];
    bool open = w->due_ms != UINT64_MAX;
    if (at->cursor != w->cursor) move(p, peer, w, now_ms + PATIENCE_MS);
    w->cursor = at->cursor;
    if (MUTANT(ONE_PULL))
        settle(p, w);
    else
        want_by(p, at, now_ms + PATIENCE_MS);
    peer->moves += open && w->due_ms == UINT64_MAX; /* that there is no more, perhaps */
}

/* Who asked at once where nothing comes through but these words would ask for ever. */
void pulls_left(struct pulls *p, uint64_t now_ms, const struct pulls_left *left)
{
    struct pulled *peer = find(p, left->origin);
    struct want *w = peer ? &peer->wants[left->stream] : NULL;
    if (!w || w->due_ms == UINT64_MAX || w->question != left->question) return;
    if (!left->wait_ms && w->moves == peer->moves) return;
    uint64_t at_ms = now_ms + (left->wait_ms < RETRY_MS_MAX ? left->wait_ms : RETRY_MS_MAX);
    w->question = 0;
    w->asked = false;
    w->tries = 0;
    ask_at(p, peer, w, at_ms > w->later_ms ? at_ms : w->later_ms);
}

void pulls_later(struct pulls *p, uint64_t at_ms, const struct pulls_at *at)
{
    struct pulled *peer = find(p, at->origin);
    if (!peer) return;
    struct want *w = &peer->wants[at->stream];
    if (at->end > w->end) w->end = at->end;
    w->asked = false;
    w->later_ms = at_ms; /* what else comes of it leaves a gap, each time */
    ask_at(p, peer, w, at_ms);
}

void pulls_probe(struct pulls *p, uint64_t now_ms, uint64_t origin, uint32_t stream)
{
    struct pulled *peer = find(p, origin);
    if (peer && !peer->wants[stream].asked) ask_at(p, peer, &peer->wants[stream], now_ms);
}

/* Twice as long each time, and not all at once. */
static uint64_t retry_ms(struct pulls *p, uint8_t tries)
{
    uint64_t ms = (uint64_t)RETRY_MS << (tries < 8 ? tries : 8);
    if (ms > RETRY_MS_MAX) ms = RETRY_MS_MAX;
    p->random ^= p->random << 13; /* xorshift64 */
    p->random ^= p->random >> 7;
    p->random ^= p->random << 17;
    return ms - p->random % (ms / 4);
}

static bool next_of(struct pulls *p, struct pulled *peer, uint64_t now_ms, struct pull *out)
{
    for (; peer->next < STREAM_NUMBERS; peer->next++) {
        struct want *w = &peer->wants[peer->next];
        if (w->due_ms > now_ms) continue;
        w->asked = true;
        w->question = p->question;
        w->moves = peer->moves;
        w->due_ms = now_ms + retry_ms(p, w->tries);
        if (w->tries < UINT8_MAX) w->tries++;
        *out = (struct pull){peer->source, peer->origin, p->question, peer->next++};
        return true;
    }
    return false;
}

static void begin_again(struct pulled *peer)
{
    peer->next = 0;
    peer->due_ms = UINT64_MAX;
    for (uint32_t i = 0; i < STREAM_NUMBERS; i++)
        if (peer->wants[i].due_ms < peer->due_ms) peer->due_ms = peer->wants[i].due_ms;
}

bool pulls_next(struct pulls *p, uint64_t now_ms, struct pull *out)
{
    for (uint32_t i = 0; i < p->count; i++) {
        struct pulled *peer = p->peers[i];
        if (!peer->source || peer->due_ms > now_ms) continue;
        if (next_of(p, peer, now_ms, out)) return true;
        begin_again(peer);
    }
    p->question++;
    return false;
}

uint64_t pulls_due(const struct pulls *p)
{
    uint64_t due = UINT64_MAX;
    for (uint32_t i = 0; i < p->count; i++)
        if (p->peers[i]->source && p->peers[i]->due_ms < due) due = p->peers[i]->due_ms;
    return due;
}

uint32_t pulls_open(const struct pulls *p) { return p->open; }
