/* base/ids.c -- a list of ids in one string of bytes. */
#include "base/ids.h"

#include "base/assert.h"

#include <stdlib.h>

void ids_put(struct buf *list, kith_slice id)
{
    KITH_ASSERT(id.len <= UINT8_MAX);
    uint8_t *at = buf_reserve(list, 1 + id.len);
    if (!at) return;
    *at = (uint8_t)id.len;
    if (id.len) memcpy(at + 1, id.ptr, id.len);
    list->len += 1 + id.len;
}

bool ids_next(kith_slice *rest, kith_slice *id)
{
    if (rest->len == 0 || rest->len < 1u + rest->ptr[0]) return false;
    *id = slice_of(rest->ptr + 1, rest->ptr[0]);
    *rest = slice_from(*rest, 1 + id->len);
    return true;
}

uint32_t ids_count(kith_slice list)
{
    uint32_t n = 0;
    for (kith_slice id; ids_next(&list, &id);)
        n++;
    return n;
}

static int by_bytes(const void *a, const void *b)
{
    return slice_cmp(*(const kith_slice *)a, *(const kith_slice *)b);
}

kith_err ids_put_sorted(struct buf *out, kith_slice list)
{
    uint32_t n = ids_count(list), i = 0;
    kith_slice *sorted = malloc((n + 1) * sizeof *sorted);
    if (!sorted) return KITH_NOMEM;
    while (ids_next(&list, &sorted[i]))
        i++;
    qsort(sorted, n, sizeof *sorted, by_bytes);
    for (i = 0; i < n; i++)
        if (i == 0 || !slice_eq(sorted[i], sorted[i - 1])) ids_put(out, sorted[i]);
    free(sorted);
    return out->failed ? KITH_NOMEM : KITH_OK;
}
