/* wire/edges.h -- the friend graph as text, an edge a line: "<watcher> <watched>". Blanks (spaces,
 * tabs) stand between and may stand around; lines that begin with # are comments; a line ends with
 * LF or CR LF. Ids are 1 to USER_ID_BYTES_MAX bytes of UTF-8 without blanks or control characters.
 * Or as NDJSON, {"watcher":"..","watched":".."} a line, where ids may be anything but NUL; comments
 * and lines of blanks stand between the objects, too.
 * Sans-IO: text goes in, in pieces of any size; edges come out. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"

struct watch {
    kith_slice watcher, watched; /* borrowed until the next call */
};

struct edges {
    uint64_t line;     /* how many are done: after a result, the number of the line it is about */
    uint32_t held_len; /* of a line that began in an earlier piece */
    bool overlong;     /* what is left of this line is thrown away: it was refused */
    bool ndjson;       /* the form of the lines; to be said at the start */
    uint8_t held[IMPORT_LINE_BYTES_MAX];
    uint8_t ids[2][USER_ID_BYTES_MAX]; /* NDJSON: in which they lie */
};                                     /* {0} is the start of a text */

/* The next edge of *piece, which moves behind it. KITH_NONE: the piece is used up, give the next.
 * KITH_BAD: a bad line was passed over; `why` begins with "line N: " and says what to do. */
KITH_MUST_USE kith_err edges_next(struct edges *p, kith_slice *piece, struct watch *out,
                                  kith_problem *why);

/* Whether a text that begins so is NDJSON: the first line that is no comment is an object whose
 * first name is quoted. KITH_NONE: that cannot be told yet. */
KITH_MUST_USE kith_err edges_guess(kith_slice head, bool *ndjson);

/* After the last piece: the same for a last line that no newline ended. */
KITH_MUST_USE kith_err edges_end(struct edges *p, struct watch *out, kith_problem *why);

/* Appends the line of an edge. KITH_BAD: an id that this form cannot carry; nothing is written. */
KITH_MUST_USE kith_err edges_write(struct buf *out, const struct watch *e);
void edges_write_json(struct buf *out, const struct watch *e);
