/* io/log.h -- lines for whoever runs the server, on stderr. */
#pragma once

#include "base/buf.h"

/* A line of its own, whole whatever other threads say. Cut at 1 KiB. Never waits: where stderr
 * takes nothing the line is lost, and the next one that is written tells how many were. */
__attribute__((format(printf, 1, 2))) void log_warn(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *fmt, ...); /* all is well */

/* An id as a log shows it: in quotes; control and format characters, quotes and bytes that are no
 * UTF-8 as escapes, so that it can begin no line of its own and no sequence of a terminal, and
 * changes nothing around it; cut if it is long. `out` has LOG_ID_MAX
 * bytes. Returns it. */
#define LOG_ID_MAX 200
const char *log_id(char out[LOG_ID_MAX], kith_slice id);
