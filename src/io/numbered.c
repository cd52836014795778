/* io/numbered.c -- changes of the rules as bytes: for each user a head, little endian, and behind
 * it its name and the three lists of sight_mail.h. A bar has a head of another kind, and behind it
 * the name. */
#include "io/numbered.h"

#include "base/ids.h"
#include "base/limits.h"
#include "shard/sight_mail.h"

enum { SIGHT = 1, BAR = 2 };

struct head {
    uint16_t kind, user; /* lengths in bytes, from here on */
    uint32_t gained, asked, lost;
    uint16_t publicity, invisibility;
};
_Static_assert(sizeof(struct head) == 20, "as it lies in the store");

struct bar_head {
    uint16_t kind, user;
    uint32_t zero;
    uint64_t until_s;
};
_Static_assert(sizeof(struct bar_head) == 16, "as it lies in the store");

void numbered_put(struct buf *out, const struct mail_queue *sights)
{
    for (const struct mail *m = sights->first; m; m = m->next) {
        struct sight_lists l = sight_of_mail(m);
        struct head h = {SIGHT,
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

void numbered_put_bar(struct buf *out, kith_slice user, uint64_t until_s)
{
    struct bar_head h = {.kind = BAR, .user = (uint16_t)user.len, .until_s = until_s};
    buf_put(out, slice_of(&h, sizeof h));
    buf_put(out, user);
}

static bool is_good(const struct head *h, size_t rest)
{
    return h->kind == SIGHT && h->user > 0 && h->user <= USER_ID_BYTES_MAX &&
           h->publicity <= PUBLICITY_ENDS && h->invisibility <= INVISIBILITY_ENDS &&
           (uint64_t)h->user + h->gained + h->asked + h->lost <= rest;
}

/* Of ids, and of nothing else. */
static bool is_list(kith_slice ids)
{
    for (kith_slice id; ids.len;)
        if (!ids_next(&ids, &id) || id.len == 0 || id.len > USER_ID_BYTES_MAX) return false;
    return true;
}

static kith_slice take(kith_slice *rest, size_t len)
{
    kith_slice head = slice_head(*rest, len);
    *rest = slice_from(*rest, len);
    return head;
}

static kith_err next_bar(kith_slice *body, struct mail **out)
{
    struct bar_head h;
    if (body->len < sizeof h) return KITH_BAD;
    memcpy(&h, body->ptr, sizeof h);
    kith_slice rest = slice_from(*body, sizeof h);
    if (h.user == 0 || h.user > USER_ID_BYTES_MAX || h.user > rest.len) return KITH_BAD;
    *out = mail_new(MAIL_BAR, take(&rest, h.user), (kith_slice){0}, (kith_slice){0});
    if (!*out) return KITH_NOMEM;
    (*out)->until_s = h.until_s;
    *body = rest;
    return KITH_OK;
}

static kith_err next_sight(kith_slice *body, struct mail **out)
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
    if (!is_list(l.gained) || !is_list(l.asked) || !is_list(l.lost)) return KITH_BAD;
    *out = sight_mail(user, &l);
    if (*out) *body = rest;
    return *out ? KITH_OK : KITH_NOMEM;
}

kith_err numbered_next(kith_slice *body, struct mail **out)
{
    uint16_t kind;
    if (body->len < sizeof kind) return KITH_BAD;
    memcpy(&kind, body->ptr, sizeof kind);
    return kind == BAR ? next_bar(body, out) : next_sight(body, out);
}
