/* app/config_changes.h -- in what one config differs from another, for people to read. */
#pragma once

#include "app/config_state.h"
#include "base/buf.h"

/* Appends a line for each setting and section that `now` has otherwise than `was`: of those that a
 * running server takes up, or of those that wait for a restart. Secrets, and what files hold, are
 * not shown, only that they are others. Each ends with a newline. Returns how many; `out` may have
 * lost some for want of memory (buf). */
unsigned config_changes(const struct kith_config *was, const struct kith_config *now, bool live,
                        struct buf *out);
