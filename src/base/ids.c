/* base/ids.c -- a list of ids in one string of bytes. */
#include "base/ids.h"

#include "base/assert.h"

void ids_put(struct buf *list, kith_slice id)
{
    KITH_ASSERT(id.len <= UINT8_MAX);
    buf_putc(list, (uint8_t)id.len);
    buf_put(list, id);
}

bool ids_next(kith_slice *rest, kith_slice *id)
{
    if (rest->len == 0 || rest->len < 1u + rest->ptr[0]) return false;
    *id = slice_of(rest->ptr + 1, rest->ptr[0]);
    *rest = slice_from(*rest, 1 + id->len);
    return true;
}
