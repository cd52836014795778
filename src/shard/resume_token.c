/* shard/resume_token.c -- a session and a digest, sealed. */
#include "shard/resume_token.h"

#include "wire/base64.h"

struct bound {
    uint8_t bytes[8 + 1 + USER_ID_BYTES_MAX]; /* incarnation, form, user */
    size_t len;
};
_Static_assert(sizeof(((struct bound *)0)->bytes) <= SEALED_BOUND_MAX, "it fits");

static kith_slice bound_to(struct bound *b, const struct world *w, kith_slice user, unsigned form)
{
    memcpy(b->bytes, &w->o.inc, 8);
    b->bytes[8] = (uint8_t)form;
    memcpy(b->bytes + 9, user.ptr, user.len);
    return slice_of(b->bytes, 9 + user.len);
}

void resume_token_write(const struct world *w, kith_slice user, unsigned form,
                        const struct resume_name *n, char out[RESUME_TOKEN_LEN])
{
    uint8_t name[SEALED_NAME_BYTES], sealed[SEALED_BYTES];
    struct bound b;
    memcpy(name, &n->owner, 8);
    memcpy(name + 8, &n->digest, 8);
    sealed_write(&w->o.resume_keys, name, bound_to(&b, w, user, form), sealed);
    base64url_encode(slice_of(sealed, sizeof sealed), out);
}

bool resume_token_read(const struct world *w, kith_slice user, unsigned form, kith_slice token,
                       struct resume_name *out)
{
    uint8_t name[SEALED_NAME_BYTES], sealed[SEALED_BYTES + 4];
    struct bound b;
    size_t len;
    if (token.len != RESUME_TOKEN_LEN || base64url_decode(token, sealed, &len)) return false;
    if (!sealed_read(&w->o.resume_keys, sealed, bound_to(&b, w, user, form), name)) return false;
    memcpy(&out->owner, name, 8);
    memcpy(&out->digest, name + 8, 8);
    return true;
}
