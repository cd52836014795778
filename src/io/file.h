/* io/file.h -- files of the command line: small ones read whole or made new, long ones by the
 * piece. */
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

/* Removes a file that was made so. */
void file_remove(const char *path);

/* A file to read by the piece; "-" is standard input. KITH_IO, also for a folder: `why` is the
 * system's word for it. */
KITH_MUST_USE kith_err file_open(const char *path, int *fd, kith_problem *why);
/* The next bytes, *n of them; 0 at the end. KITH_IO as above. */
KITH_MUST_USE kith_err file_piece(int fd, uint8_t *at, size_t max, size_t *n, kith_problem *why);
void file_close(int fd); /* standard input stays open */
