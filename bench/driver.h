/* bench/driver.h -- a server on a port of this machine, driven by the clients of src/load. */
#pragma once

#include "io/load_play.h"

#include <sys/types.h>

struct driver {
    struct load_options options;
    struct url url;
    pid_t pid; /* of the server */
    struct load *load;
    struct load_phase now; /* what the latest phase came to */
};

/* As `o` says, at that port; of the server `pid` is measured what it takes, 0: nothing. Dies if
 * they cannot be made. */
void driver_start(struct driver *d, const struct load_options *o, uint16_t port, pid_t pid);
void driver_end(struct driver *d);

/* The server has ended, or begun: it has this pid from now on, 0: none. */
void driver_watch(struct driver *d, pid_t pid);

/* Until the next one. Dies where nothing is measured, or it was interrupted. */
const struct load_phase *driver_play(struct driver *d, const struct phase *p);
/* One after the other, together. */
void driver_add(struct load_phase *sum, const struct load_phase *p);
