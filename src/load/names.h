/* load/names.h -- what users are called: numbers that follow each other, or names that were read.
 */
#pragma once

#include "base/buf.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/siphash.h"

struct names {
    uint64_t first_id; /* without a list user u is called first_id + u */
    uint32_t count;
    bool listed;
    struct buf text; /* of a list: a byte of length before each */
    size_t *at, room;
    struct map map;
    struct siphash_key key;
}; /* {0} with first_id and count set are numbers */

void names_fini(struct names *n);

/* Room for a name; names are not ended by a NUL. */
struct name_text {
    char at[USER_ID_BYTES_MAX];
};
kith_slice names_of(const struct names *n, uint32_t user, struct name_text *room);

/* KITH_NONE: nobody is called so. */
KITH_MUST_USE kith_err names_find(const struct names *n, kith_slice name, uint32_t *user);

/* Of a list, which is not numbered: finds it, or adds it. KITH_NOMEM. */
KITH_MUST_USE kith_err names_take(struct names *n, kith_slice name, uint32_t *user);
