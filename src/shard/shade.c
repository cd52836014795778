/* shard/shade.c -- a user's shade. */
#include "shard/shade.h"

#include "base/assert.h"
#include "base/ids.h"
#include "wire/utf8.h"

#include <string.h>

/* A first byte of ASCII becomes one that goes on, or begins, a character of several bytes, and
 * what follows does not fit it; the first of such a character becomes ASCII, and leaves its rest
 * without a beginning. */
kith_slice shade_of(struct shade *out, kith_slice id)
{
    KITH_ASSERT(id.len > 0 && id.len <= sizeof out->bytes);
    memcpy(out->bytes, id.ptr, id.len);
    out->bytes[0] ^= 0x80;
    return slice_of(out->bytes, id.len);
}

bool shade_is(kith_slice id) { return !utf8_valid(id); }

void shade_put(struct buf *list, kith_slice id)
{
    struct shade shade;
    ids_put(list, shade_of(&shade, id));
}
