/* base/notes.h -- what a thread has to tell the log: noted where it happens, and written by io/ at
 * the end of the turn. Texts are static, but for those that a note holds. */
#pragma once

#include "base/limits.h"
#include "base/slice.h"

#include <stdint.h>

enum log_level { LOG_AT_DEBUG, LOG_AT_INFO, LOG_AT_WARNING, LOG_AT_ERROR };

struct note {
    enum log_level level;
    uint8_t user_len;   /* 0: nobody in particular */
    int status;         /* of an answer, or the code of a close; 0: there is none */
    const char *what;   /* in words */
    const char *method; /* with path, of a request; NULL: none, or none that is known */
    const char *path;   /* of its route, without the ids in it */
    uint64_t took_ms;   /* of a request */
    char request_id[REQUEST_ID_BYTES_MAX + 1]; /* "": none */
    uint8_t user[USER_ID_BYTES_MAX];           /* only of LOG_AT_DEBUG */
};

struct notes {
    enum log_level from; /* lower ones are not noted */
    uint32_t count, lost;
    struct note at[NOTES_MAX];
};

/* One more, of which all but level and `what` is nothing yet; it is the caller's to fill at once.
 * NULL: nobody wants it (`n` may be NULL), or there is no room, which is counted. */
struct note *notes_add(struct notes *n, enum log_level level, const char *what);

/* The same of LOG_AT_DEBUG, about a user; `status` as in a note. */
void notes_user(struct notes *n, const char *what, kith_slice user, int status);
