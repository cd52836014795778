/* io/ruling_sights.c -- what a change of the rules tells, in a mail for each user. */
#include "io/ruling_sights.h"

#include "base/ids.h"
#include "shard/sight_mail.h"

/* All whose sight of `user` changes, of `sights`, as ids. */
static bool put_watchers(struct buf *out, kith_slice sights, kith_slice user)
{
    kith_slice watcher, whom;
    while (ids_next(&sights, &watcher) && ids_next(&sights, &whom))
        if (slice_eq(whom, user)) ids_put(out, watcher);
    return !out->failed;
}

static kith_err add_sight(struct mail_queue *out, kith_slice user, const struct sight_lists *l)
{
    if (l->gained.len + l->asked.len + l->lost.len == 0 && l->publicity == PUBLICITY_AS_IT_WAS &&
        l->invisibility == INVISIBILITY_AS_IT_WAS)
        return KITH_OK;
    struct mail *m = sight_mail(user, l);
    if (!m) return KITH_NOMEM;
    mail_append(out, m);
    return KITH_OK;
}

static kith_slice *list_of(struct sight_lists *l, enum audience_sight sight)
{
    return sight == AUDIENCE_ALWAYS     ? &l->gained
           : sight == AUDIENCE_IF_ASKED ? &l->asked
                                        : &l->lost;
}

/* Each other user stands in a change once: as whom the changing one sees or does not. */
static kith_err add_others(struct mail_queue *out, kith_slice sights, kith_slice but,
                           enum audience_sight sight)
{
    kith_slice watcher, user;
    kith_err e = KITH_OK;
    while (!e && ids_next(&sights, &watcher) && ids_next(&sights, &user)) {
        struct buf one = {0};
        struct sight_lists l = {0};
        if (slice_eq(user, but)) continue;
        ids_put(&one, watcher);
        *list_of(&l, sight) = buf_slice(&one);
        e = one.failed ? KITH_NOMEM : add_sight(out, user, &l);
        buf_fini(&one);
    }
    return e;
}

/* Of the user who has made the change all watchers at once. */
static kith_err add_own(struct mail_queue *out, kith_slice user, const struct sights *s)
{
    struct buf gained = {0}, asked = {0}, lost = {0};
    bool good = put_watchers(&gained, buf_slice(&s->gained), user);
    good = put_watchers(&asked, buf_slice(&s->asked), user) && good;
    good = put_watchers(&lost, buf_slice(&s->lost), user) && good;
    kith_err e = !good ? KITH_NOMEM
                       : add_sight(out, user,
                                   &(struct sight_lists){.gained = buf_slice(&gained),
                                                         .asked = buf_slice(&asked),
                                                         .lost = buf_slice(&lost),
                                                         .publicity = s->publicity,
                                                         .invisibility = s->invisibility});
    buf_fini(&gained);
    buf_fini(&asked);
    buf_fini(&lost);
    return e;
}

/* Of many edges at once a pair may stand in two lists, and has gained last what it has in the end.
 */
kith_err ruling_sights(kith_slice user, const struct sights *s, struct mail_queue *out)
{
    kith_err e = add_own(out, user, s);
    if (!e) e = add_others(out, buf_slice(&s->asked), user, AUDIENCE_IF_ASKED);
    if (!e) e = add_others(out, buf_slice(&s->gained), user, AUDIENCE_ALWAYS);
    if (!e) e = add_others(out, buf_slice(&s->lost), user, AUDIENCE_NEVER);
    return e;
}
