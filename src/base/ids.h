/* base/ids.h -- a list of ids in one string of bytes, as it travels in mail: a byte of length, then
 * the id, for each. Ids are at most USER_ID_BYTES_MAX bytes. */
#pragma once

#include "base/buf.h"

void ids_put(struct buf *list, kith_slice id);

/* The first of *rest, which moves behind it. False: the list is at its end (or cut short). */
bool ids_next(kith_slice *rest, kith_slice *id);
