/* base/section.h -- the changes of one writer as they travel from node to node, in the words that
 * both those who make them and those who put them into bytes use. What they mean: docs/tracker.md.
 */
#pragma once

#include "base/slice.h"

/* Where an entry was announced: incarnation and number of the change; the partition goes without
 * saying. seq 0: none. */
struct dot {
    uint64_t inc, seq;
};

/* One slot's state at its last change. */
struct record {
    uint64_t seq;
    uint32_t slot;
    bool empty;      /* the slot holds nothing since seq */
    bool numeric;    /* topic user_presence:<user>, key <user>; the slices are empty and need not be
                        made: so most records are cut and applied without a text */
    uint16_t device; /* stands for the session's device among those of its user */
    uint64_t user;
    kith_slice topic, key, fields;
    uint32_t online_at_s;
    struct dot ref, prev; /* of what is announced; prev.seq 0: none */
    struct dot replaces;  /* another stream's entry that this one continues, for as long as that
                             stands there; seq 0: none, or prev says it */
    bool replaced;        /* another stream's continues it, as who tells it knows */
    uint64_t rules;       /* whoever has not heard of this change of the rules is not to go by it */
};

/* All slots of (inc) whose last change lies in (base, last], as they were at `top` >= last. */
struct section {
    uint64_t inc;
    uint64_t base, last, top;
    uint32_t count;
    struct record *records; /* ascending seq */
};
