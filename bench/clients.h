/* bench/clients.h -- clients of src/load, on a port of this machine. */
#pragma once

#include "io/load_play.h"

#include <sys/types.h>

struct clients {
    struct load_options options;
    struct url url;
    pid_t pid; /* of the server */
    struct load *load;
    struct load_phase now; /* what the latest phase came to */
};

/* As `o` says, at that port; of the server `pid` is measured what it takes, 0: nothing. Dies if
 * they cannot be made. */
void clients_start(struct clients *c, const struct load_options *o, uint16_t port, pid_t pid);
void clients_end(struct clients *c);

/* The server has ended, or begun: it has this pid from now on, 0: none. */
void clients_watch(struct clients *c, pid_t pid);

/* Until the next one. Dies where nothing is measured, or it was interrupted. */
const struct load_phase *clients_play(struct clients *c, const struct phase *p);
/* One after the other, together. */
void clients_add(struct load_phase *sum, const struct load_phase *p);
