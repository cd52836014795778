/* app/file.h -- small files, read whole or made new, for the command line. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* Appends the file to `out`; *exposed tells whether everybody on the machine may read it.
 * KITH_IO: it cannot be read; KITH_FULL: it has more than `max` bytes; `why` begins with its name.
 */
KITH_MUST_USE kith_err file_read(const char *path, size_t max, struct buf *out, bool *exposed,
                                 kith_problem *why);

/* Makes a file that only its owner may read. KITH_EXISTS: there is one, which stays as it is.
 * KITH_IO: it cannot be written; nothing of it is left. */
KITH_MUST_USE kith_err file_make(const char *path, kith_slice bytes, kith_problem *why);
