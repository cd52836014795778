/* io/load_shared.h -- what the processes of a load share: memory, and a socket from each to the one
 * that made them, on which a byte tells what to do, and a byte that it is done. */
#pragma once

#include "io/load_options.h"
#include "load/facts.h"
#include "load/tally.h"

enum load_word {
    LOAD_BEGIN = 'b',    /* the phase in shared memory; answered when all has been done */
    LOAD_SETTLE = 's',   /* answered when all has been told, or nothing comes any more */
    LOAD_CONCLUDE = 'c', /* answered when the tally is there */
    LOAD_STOP = 'x'      /* what is being done is to be answered at once */
};

struct load_slot {
    struct tally tally;
    bool no_memory;
};

struct load_shared {
    size_t bytes;
    struct phase phase;
    struct fact *facts; /* behind the slots */
    struct load_slot slots[];
};

/* What one process needs to be one of them. */
struct load_place {
    const struct load_options *options;
    const struct user_order *order;
    struct load_shared *shared;
    const struct load_address *addresses; /* of the urls */
    struct load_tls *trust;               /* NULL: no URL is wss:// */
    uint32_t process, processes;
    int control;
};
