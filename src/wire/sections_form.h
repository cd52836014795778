/* wire/sections_form.h -- what writer and reader of sections agree on. */
#pragma once

#include "base/slice.h"

enum {
    OP_EMPTY = 0,
    OP_PUT = 1,
    OP_PLAIN = 2,
    OP_NAMED = 4,
    OP_REF = 8,
    OP_PREV = 16,
    OP_DEVICE = 32,
    OP_RULES = 64,
    OP_MORE = 128
};

enum { MORE_REPLACES = 1, MORE_REPLACED = 2, MORE_KNOWN = 3 };

/* Numbers of fields */
enum { FIELDS_KNOWN = 7, FIELDS_WRITTEN = 63, FIELDS_SHIFT = 2 };
enum { FIELDS_SEEN_MAX = FIELDS_WRITTEN - FIELDS_KNOWN };

extern const kith_slice sections_known[FIELDS_KNOWN];
