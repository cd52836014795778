/* io/log.h -- lines for whoever runs the server, on stderr. */
#pragma once

#include "base/buf.h"

/* A line of its own, whole whatever other threads say. Cut at 1 KiB. */
__attribute__((format(printf, 1, 2))) void log_warn(const char *fmt, ...);

/* An id as a log shows it: in quotes, with control characters and quotes as escapes, so that it can
 * begin no line of its own and no sequence of a terminal; cut if it is long. `out` has LOG_ID_MAX
 * bytes. Returns it. */
#define LOG_ID_MAX 200
const char *log_id(char out[LOG_ID_MAX], kith_slice id);
