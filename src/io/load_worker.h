/* io/load_worker.h -- one process of a load: its share of the users, their sockets, and what is
 * due.
 */
#pragma once

#include "io/load_shared.h"

/* Works until its control socket ends. Never returns. */
_Noreturn void load_work(const struct load_place *place);
