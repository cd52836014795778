/* core/pulls.h -- what one shard asks other nodes for: the changes of a stream that it has not got.
 * Who asks goes on asking, from its new cursor, until it has all; that is the flow control. There
 * is one question of a stream under way; its answer says which streams it had no room for, and they
 * are asked for again at once. What is not answered is asked again, later each time. Pure: time is
 * an argument. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct pulls;

struct pulls *pulls_new(uint64_t seed); /* NULL: out of memory */
void pulls_free(struct pulls *p);

/* Streams of `origin` are asked of `source`: the origin itself, or who relays; 0: of nobody, while
 * it is down. Said once more: it is heard again, and what was asked of it in vain may be asked at
 * once. KITH_NOMEM, KITH_FULL: too many. */
KITH_MUST_USE kith_err pulls_source(struct pulls *p, uint64_t origin, uint64_t source);
void pulls_forget(struct pulls *p, uint64_t origin);

/* How far a stream is known here, and how far there is something to know. */
struct pulls_at {
    uint64_t origin;
    uint32_t stream; /* below STREAM_NUMBERS */
    uint64_t cursor, end;
};

/* There is an end: if it is beyond the cursor, and stays so for as long as a batch may be on its
 * way, the rest is asked for. */
void pulls_heard(struct pulls *p, uint64_t now_ms, const struct pulls_at *at);
/* The next batch does not follow what is known: the rest is asked for at once. */
void pulls_gap(struct pulls *p, uint64_t now_ms, const struct pulls_at *at);
/* A section was applied. What is left is most likely on its way, or pulls_left says that it is not;
 * else it is asked for in a moment. */
void pulls_moved(struct pulls *p, uint64_t now_ms, const struct pulls_at *at);
/* What came cannot be applied yet: it is asked for again, then. */
void pulls_later(struct pulls *p, uint64_t at_ms, const struct pulls_at *at);
/* Whether there is anything is not known: it is asked. */
void pulls_probe(struct pulls *p, uint64_t now_ms, uint64_t origin, uint32_t stream);

/* The answer to a question had no room for the stream, or for the end of it: it is asked for again
 * in wait_ms. With 0 that is at once, if the answer has brought anything: if not, then as if there
 * had been none. Of another question than the latest it says nothing. */
struct pulls_left {
    uint64_t origin, question, wait_ms;
    uint32_t stream; /* below STREAM_NUMBERS */
};
void pulls_left(struct pulls *p, uint64_t now_ms, const struct pulls_left *left);

struct pull {
    uint64_t source, origin;
    uint64_t question; /* its number, the same for all that is asked up to a false; not 0 */
    uint32_t stream;
};
/* What is to be asked for now, once: streams of one origin one after the other. False: nothing
 * more. O(peers), and of a peer with something due O(streams). */
bool pulls_next(struct pulls *p, uint64_t now_ms, struct pull *out);
uint64_t pulls_due(const struct pulls *p); /* when there is something; UINT64_MAX: nothing is */

uint32_t pulls_open(const struct pulls *p); /* streams that are not known to their end */
