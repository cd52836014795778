/* tests/fuzz/fuzz_sealed.c -- the tokens that clients carry for the server: a long-poll session's,
 * and the one to come back with. The input is a name, a user, and changes of the token. Only what
 * was written is read, by whom it was written for. */
#include "base/assert.h"
#include "edge/poll_token.h"
#include "shard/resume_token.h"
#include "shard/shard.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { NAME_BYTES = 19, CHANGES_MAX = 8 };

static uint64_t number_of(const uint8_t *at)
{
    uint64_t n;
    memcpy(&n, at, sizeof n);
    return n;
}

/* Each two bytes: where, and what stands there then; behind its end, that it is longer or shorter.
 */
static size_t change(char *token, size_t len, kith_slice changes)
{
    size_t n = len;
    for (size_t i = 0; i + 1 < changes.len && i < 2 * CHANGES_MAX; i += 2) {
        size_t at = changes.ptr[i] % (len + 2);
        if (at < len)
            token[at] = (char)changes.ptr[i + 1];
        else
            n = at == len ? len - 1 : len + 1;
    }
    return n;
}

static void check_poll(const uint8_t *name, kith_slice changes)
{
    static const struct sealed_keys keys = {{1, 2}, {3, 4}}, others = {{1, 2}, {3, 5}};
    const struct poll_name n = {name[16], name[17], number_of(name) >> 8, number_of(name + 8) >> 8};
    struct poll_name got;
    char token[POLL_TOKEN_LEN + 1] = "", forged[POLL_TOKEN_LEN + 1];
    poll_token_write(&keys, &n, token);
    memcpy(forged, token, sizeof token);
    kith_slice t = slice_of(forged, change(forged, POLL_TOKEN_LEN, changes));
    bool same = slice_eq(t, slice_of(token, POLL_TOKEN_LEN));
    KITH_ASSERT(poll_token_read(&keys, t, &got) == same);
    KITH_ASSERT(!poll_token_read(&others, t, &got));
    if (!same) return;
    (void)poll_token_read(&keys, t, &got);
    KITH_ASSERT(got.mount == n.mount && got.shard == n.shard && got.handle == n.handle &&
                got.number == n.number);
}

static struct world *a_world(void)
{
    static struct world *w;
    if (!w)
        w = shard_new(&(struct world_options){.count = 1,
                                              .inc = 7,
                                              .resume_keys = {{1, 2}, {3, 4}},
                                              .outbox_bytes_max = OUTBOX_BYTES_MAX});
    KITH_ASSERT(w);
    return w;
}

static void check_resume(const uint8_t *name, kith_slice user, kith_slice changes)
{
    const struct world *w = a_world();
    const struct resume_name n = {number_of(name), number_of(name + 8)};
    struct resume_name got;
    unsigned form = name[18] % SOCIAL_FORMS;
    char token[RESUME_TOKEN_LEN + 1] = "", forged[RESUME_TOKEN_LEN + 1];
    resume_token_write(w, user, form, &n, token);
    memcpy(forged, token, sizeof token);
    kith_slice t = slice_of(forged, change(forged, RESUME_TOKEN_LEN, changes));
    bool same = slice_eq(t, slice_of(token, RESUME_TOKEN_LEN));
    KITH_ASSERT(resume_token_read(w, user, form, t, &got) == same);
    if (same) KITH_ASSERT(got.owner == n.owner && got.digest == n.digest);
    KITH_ASSERT(!resume_token_read(w, user, (form + 1) % SOCIAL_FORMS, t, &got));
    KITH_ASSERT(!resume_token_read(w, slice_head(user, user.len - 1), form, t, &got));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < NAME_BYTES + 2) return 0;
    kith_slice rest = slice_of(bytes + NAME_BYTES, len - NAME_BYTES);
    size_t user = 1 + rest.ptr[0] % USER_ID_BYTES_MAX;
    rest = slice_from(rest, 1);
    if (user > rest.len) user = rest.len;
    check_poll(bytes, slice_from(rest, user));
    check_resume(bytes, slice_head(rest, user), slice_from(rest, user));
    return 0;
}
