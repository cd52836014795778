/* app/config_again.h -- a config made of others: copied, read again, or put together. */
#pragma once

#include "app/config_state.h"

/* Which of the settings. */
enum config_part {
    CONFIG_ALL,
    CONFIG_LATER, /* said over the file, which was read before */
    CONFIG_LIVE,  /* a running server takes them up */
    CONFIG_FIXED, /* they wait for a restart */
};

/* Says the settings of `from` again in `to`, whose they are then: lines and file are not copied,
 * and what files hold is read again. As kith_config_set; on an error some are set. */
KITH_MUST_USE kith_err config_copy(struct kith_config *to, const struct kith_config *from,
                                   enum config_part part, kith_problem *why);

/* What `c` would be if all was said again that made it: before its file, the file as it is now,
 * and over it. Errors as of kith_config_load, *out is NULL then. The caller's to free. */
KITH_MUST_USE kith_err config_again(const struct kith_config *c, struct kith_config **out,
                                    kith_problem *why);

/* What holds if a server that runs by `runs` takes up of `said` what it can. Likewise. */
KITH_MUST_USE kith_err config_taken_up(const struct kith_config *runs,
                                       const struct kith_config *said, struct kith_config **out,
                                       kith_problem *why);

/* Just like `c`, with its lines and its file. Likewise. */
KITH_MUST_USE kith_err config_clone(const struct kith_config *c, struct kith_config **out,
                                    kith_problem *why);
