/* io/log.h -- lines for whoever runs the server, on stderr: words for people, or JSON for programs.
 * What others choose stands in them so that it can begin no line of its own. */
#pragma once

#include "base/notes.h"
#include "io/log_text.h"

struct log_options {
    enum log_level from; /* lower ones are not written */
    bool json;
};

/* At any time, by any thread; before it LOG_AT_INFO, and words. For the process, as stderr is. */
void log_set(const struct log_options *o);
enum log_level log_from(void);

/* A line of its own, whole whatever other threads say. Cut at 1 KiB. Never waits: where stderr
 * takes nothing the line is lost, and the next one that is written tells how many were. */
__attribute__((format(printf, 2, 3))) void log_say(enum log_level level, const char *fmt, ...);
#define log_error(...) log_say(LOG_AT_ERROR, __VA_ARGS__)
#define log_warn(...)  log_say(LOG_AT_WARNING, __VA_ARGS__)
#define log_info(...)  log_say(LOG_AT_INFO, __VA_ARGS__)

/* What a thread has noted in its turn, a line each; none of it is left. */
void log_notes(struct notes *n);
