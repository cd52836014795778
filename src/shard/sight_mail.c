/* shard/sight_mail.c -- `b` is the three lists, one behind the other; `list_bytes` says how long
 * the first and the second are, `changes` what becomes of the user's publicity and its
 * invisibility. */
#include "shard/sight_mail.h"

#include "base/buf.h"

struct mail *sight_mail(kith_slice user, const struct sight_lists *l)
{
    struct buf lists = {0};
    buf_put(&lists, l->gained);
    buf_put(&lists, l->asked);
    buf_put(&lists, l->lost);
    struct mail *m = lists.failed ? NULL
                                  : mail_new(MAIL_SIGHT, user, buf_slice(&lists), (kith_slice){0});
    if (m) {
        m->list_bytes = (uint64_t)l->gained.len << 32 | l->asked.len;
        m->changes = (uint64_t)l->invisibility << 8 | l->publicity;
    }
    buf_fini(&lists);
    return m;
}

struct sight_lists sight_of_mail(const struct mail *m)
{
    size_t gained = m->list_bytes >> 32, asked = m->list_bytes & UINT32_MAX;
    return (struct sight_lists){.gained = slice_head(mail_b(m), gained),
                                .asked = slice_head(slice_from(mail_b(m), gained), asked),
                                .lost = slice_from(mail_b(m), gained + asked),
                                .publicity = (enum publicity)(m->changes & 0xff),
                                .invisibility = (enum invisibility)(m->changes >> 8)};
}
