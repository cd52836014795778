/* io/source.c -- whom a user watches, as the application says. */
#include "io/source.h"

#include "base/ids.h"
#include "base/limits.h"
#include "edge/token.h"

#include <stdlib.h>

struct kith_ids {
    struct buf bytes; /* <u8 length><id>.. in the order in which they were added */
    uint32_t count;
};

kith_err source_ids_add(struct kith_ids *ids, kith_slice id)
{
    if (!ids || !token_user_valid(id)) return KITH_BAD;
    if (ids->count == WATCHES_MAX) return KITH_FULL;
    ids_put(&ids->bytes, id);
    if (ids->bytes.failed) return KITH_NOMEM;
    ids->count++;
    return KITH_OK;
}

static int by_bytes(const void *a, const void *b)
{
    return slice_cmp(*(const kith_slice *)a, *(const kith_slice *)b);
}

/* Sorted, and each once: one that is named twice would be told twice. */
static kith_err put_sorted(const struct kith_ids *ids, struct buf *out)
{
    kith_slice *list = malloc((ids->count ? ids->count : 1) * sizeof *list), rest, id;
    uint32_t n = 0;
    if (!list) return KITH_NOMEM;
    for (rest = buf_slice(&ids->bytes); ids_next(&rest, &id);)
        list[n++] = id;
    qsort(list, n, sizeof *list, by_bytes);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || !slice_eq(list[i], list[i - 1])) ids_put(out, list[i]);
    free(list);
    return out->failed ? KITH_NOMEM : KITH_OK;
}

kith_err source_watched(const struct kith_source *source, kith_slice user, struct buf *out)
{
    struct kith_ids ids = {0};
    kith_err e = source->watched(source->context, user, &ids);
    if (!e && ids.bytes.failed) e = KITH_NOMEM;
    if (!e) e = put_sorted(&ids, out);
    buf_fini(&ids.bytes);
    return e;
}
