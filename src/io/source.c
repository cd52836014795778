/* io/source.c -- whom a user watches, as the application says. */
#include "io/source.h"

#include "base/ids.h"
#include "base/limits.h"
#include "edge/token.h"

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

kith_err source_watched(const struct kith_source *source, kith_slice user, struct buf *out)
{
    struct kith_ids ids = {0};
    kith_err e = source->watched(source->context, user, &ids);
    if (!e && ids.bytes.failed) e = KITH_NOMEM;
    if (!e) e = ids_put_sorted(out, buf_slice(&ids.bytes)); /* who is named twice is told once */
    buf_fini(&ids.bytes);
    return e;
}
