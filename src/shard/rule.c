/* shard/rule.c -- a change of the rules as mail: `rule` says what is changed, and where in `a` the
 * one user ends and the other begins. */
#include "shard/rule.h"

#include "base/buf.h"

struct mail *rule_mail(const struct rule *r, kith_slice ref)
{
    struct buf users = {0};
    buf_put(&users, r->user);
    buf_put(&users, r->other);
    struct mail *m = users.failed ? NULL : mail_new(MAIL_RULE, buf_slice(&users), r->ids, ref);
    if (m) m->read = r->read;
    if (m)
        m->rule = (uint64_t)r->kind << 32 | (uint64_t)r->visibility << 24 | (uint64_t)r->on << 16 |
                  (uint64_t)r->last_seen << 17 | r->user.len;
    buf_fini(&users);
    return m;
}

struct rule rule_of_mail(const struct mail *m)
{
    return (struct rule){.kind = (enum rule_kind)(m->rule >> 32),
                         .visibility = (enum visibility)(m->rule >> 24 & 0xff),
                         .on = m->rule >> 16 & 1,
                         .last_seen = (enum last_seen)(m->rule >> 17 & 3),
                         .user = slice_head(mail_a(m), m->rule & 0xffff),
                         .other = slice_from(mail_a(m), m->rule & 0xffff),
                         .ids = mail_b(m),
                         .read = m->read};
}
