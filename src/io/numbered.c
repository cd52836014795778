/* io/numbered.c -- changes of the rules as bytes: for each user a head, little endian, and behind
 * it its name and the three lists of sight_mail.h. */
#include "io/numbered.h"

#include "base/limits.h"
#include "shard/sight_mail.h"

enum { VERSION = 1 };

struct head {
    uint16_t version, user; /* lengths in bytes, from here on */
    uint32_t gained, asked, lost;
    uint16_t publicity, invisibility;
};
_Static_assert(sizeof(struct head) == 20, "as it lies in the store");

void numbered_put(struct buf *out, const struct mail_queue *sights)
{
    for (const struct mail *m = sights->first; m; m = m->next) {
        struct sight_lists l = sight_of_mail(m);
        struct head h = {VERSION,
                         (uint16_t)m->a_len,
                         (uint32_t)l.gained.len,
                         (uint32_t)l.asked.len,
                         (uint32_t)l.lost.len,
                         (uint16_t)l.publicity,
                         (uint16_t)l.invisibility};
        buf_put(out, slice_of(&h, sizeof h));
        buf_put(out, mail_a(m));
        buf_put(out, mail_b(m));
    }
}

static bool is_good(const struct head *h, size_t rest)
{
    return h->version == VERSION && h->user > 0 && h->user <= USER_ID_BYTES_MAX &&
           h->publicity <= PUBLICITY_ENDS && h->invisibility <= INVISIBILITY_ENDS &&
           (uint64_t)h->user + h->gained + h->asked + h->lost <= rest;
}

static kith_slice take(kith_slice *rest, size_t len)
{
    kith_slice head = slice_head(*rest, len);
    *rest = slice_from(*rest, len);
    return head;
}

kith_err numbered_next(kith_slice *body, struct mail **out)
{
    struct head h;
    if (body->len < sizeof h) return KITH_BAD;
    memcpy(&h, body->ptr, sizeof h);
    kith_slice rest = slice_from(*body, sizeof h);
    if (!is_good(&h, rest.len)) return KITH_BAD;
    kith_slice user = take(&rest, h.user);
    struct sight_lists l = {.publicity = (enum publicity)h.publicity,
                            .invisibility = (enum invisibility)h.invisibility};
    l.gained = take(&rest, h.gained);
    l.asked = take(&rest, h.asked);
    l.lost = take(&rest, h.lost);
    *out = sight_mail(user, &l);
    if (*out) *body = rest;
    return *out ? KITH_OK : KITH_NOMEM;
}
