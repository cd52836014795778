/* wire/etf_term.h -- one term of Erlang's external term format: what it is, and where it ends.
 * Nothing is built: terms are slices of the input. */
#pragma once

#include "base/slice.h"

#define ETF_DEPTH_MAX 8 /* containers inside one another; tokens hold an id, not a document */

/* Tags by Erlang's own names. Those that are missing are refused. */
enum etf_tag {
    NEW_FLOAT_EXT = 70,
    SMALL_INTEGER_EXT = 97,
    INTEGER_EXT = 98,
    ATOM_EXT = 100,
    SMALL_TUPLE_EXT = 104,
    LARGE_TUPLE_EXT = 105,
    NIL_EXT = 106,
    STRING_EXT = 107,
    LIST_EXT = 108,
    BINARY_EXT = 109,
    SMALL_BIG_EXT = 110,
    LARGE_BIG_EXT = 111,
    SMALL_ATOM_EXT = 115,
    MAP_EXT = 116,
    ATOM_UTF8_EXT = 118,
    SMALL_ATOM_UTF8_EXT = 119,
    ETF_VERSION = 131, /* in front of the outermost term */
};

enum etf_kind {
    ETF_INTEGER,
    ETF_BIG, /* an integer beyond 64 bits */
    ETF_FLOAT,
    ETF_ATOM,
    ETF_BINARY,
    ETF_CHARS, /* a charlist whose characters are all below 256 */
    ETF_TUPLE,
    ETF_LIST,
    ETF_MAP,
};

struct etf_term {
    enum etf_kind kind;
    bool latin1;       /* ETF_ATOM, ETF_CHARS: each byte is a code point; else UTF-8 */
    bool negative;     /* ETF_BIG */
    kith_slice bytes;  /* ETF_BIG: the magnitude, little endian. ETF_ATOM, _BINARY, _CHARS */
    int64_t integer;   /* ETF_INTEGER */
    double real;       /* ETF_FLOAT */
    uint64_t children; /* ETF_TUPLE; ETF_LIST: its tail counted; ETF_MAP: keys and values */
};

/* Reads a term's head off `in`: of a scalar all, of a container all but its children. False:
 * truncated, or a kind that no token has (compressed terms, functions, pids, references, ports,
 * bit strings). */
bool etf_head(kith_slice *in, struct etf_term *out);

/* Reads one whole term off `in`; *out is its slice. False: as above, or containers deeper than
 * `depth`. O(bytes): each child costs its container at least one byte. */
bool etf_whole(kith_slice *in, unsigned depth, kith_slice *out);
