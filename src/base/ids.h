/* base/ids.h -- a list of ids in one string of bytes, as it travels in mail: a byte of length, then
 * the id, for each. Ids are at most USER_ID_BYTES_MAX bytes. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

void ids_put(struct buf *list, kith_slice id);

/* The first of *rest, which moves behind it. False: the list is at its end (or cut short). */
bool ids_next(kith_slice *rest, kith_slice *id);
uint32_t ids_count(kith_slice list); /* O(n) */

/* Appends those of `list`, bytewise sorted, each once. KITH_NOMEM. O(n log n). */
KITH_MUST_USE kith_err ids_put_sorted(struct buf *out, kith_slice list);
