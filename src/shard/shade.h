/* shard/shade.h -- a user's shade: the name under which one is subscribed to, asked for and marked
 * who may not be seen. Nobody is ever present under it, so that whatever is done for who is not
 * there is done for who may not be seen as well, takes as long, and goes the same ways: a shade's
 * home is its user's. */
#pragma once

#include "base/buf.h"
#include "base/limits.h"

/* Room for a name. */
struct shade {
    uint8_t bytes[USER_ID_BYTES_MAX];
};

/* The shade of a user, as long as its id; and of a shade, the user. No shade is UTF-8, as ids are.
 */
kith_slice shade_of(struct shade *out, kith_slice id);
bool shade_is(kith_slice id);

/* As ids_put, of its shade. */
void shade_put(struct buf *list, kith_slice id);
