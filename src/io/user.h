/* io/user.h -- as whom the process runs. */
#pragma once

#include "base/err.h"

#include <stdbool.h>

bool user_is_root(void);

/* Before anything is opened and before other threads begin: becomes this user, with its groups and
 * its HOME, for good, and takes no more rights by what it may start. Being that user already is
 * fine. KITH_BAD: there is no such user, or it is root; KITH_REFUSED: only root may become another;
 * KITH_IO: the system does not let it; `why` says what to do. */
KITH_MUST_USE kith_err user_become(const char *name, kith_problem *why);
