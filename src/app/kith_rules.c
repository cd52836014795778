/* app/kith_rules.c -- kith/social.h: changes of who may see whom, from any thread. */
#include "app/server.h"
#include "io/ruling.h"

#include <kith/social.h>

/* By mail to the store, whose thread makes the change. */
static kith_err change(struct kith_server *s, const struct rule *r, kith_ruled done, void *arg)
{
    struct host *host = server_host(s);
    if (!host || !token_user_valid(r->user)) return KITH_BAD;
    struct mail *m = rule_mail(r, (kith_slice){0});
    if (!m) return KITH_NOMEM;
    m->done = (uintptr_t)done;
    m->done_arg = (uintptr_t)arg;
    host_post_store(host, m);
    return KITH_OK;
}

static kith_err change_pair(struct kith_server *s, enum rule_kind kind, bool on, kith_slice user,
                            kith_slice other, kith_ruled done, void *arg)
{
    if (!token_user_valid(other)) return KITH_BAD;
    return change(s, &(struct rule){.kind = kind, .user = user, .other = other, .on = on}, done,
                  arg);
}

kith_err kith_social_watch(struct kith_server *s, kith_slice watcher, kith_slice watched,
                           kith_ruled done, void *arg)
{
    return change_pair(s, RULE_WATCH, true, watcher, watched, done, arg);
}

kith_err kith_social_unwatch(struct kith_server *s, kith_slice watcher, kith_slice watched,
                             kith_ruled done, void *arg)
{
    return change_pair(s, RULE_WATCH, false, watcher, watched, done, arg);
}

kith_err kith_social_block(struct kith_server *s, kith_slice blocker, kith_slice blocked,
                           kith_ruled done, void *arg)
{
    return change_pair(s, RULE_BLOCK, true, blocker, blocked, done, arg);
}

kith_err kith_social_unblock(struct kith_server *s, kith_slice blocker, kith_slice blocked,
                             kith_ruled done, void *arg)
{
    return change_pair(s, RULE_BLOCK, false, blocker, blocked, done, arg);
}

static kith_err put_ids(const kith_slice ids[], size_t count, struct buf *out)
{
    struct buf list = {0};
    kith_err e = count > CHOSEN_MAX || (count && !ids) ? KITH_BAD : KITH_OK;
    for (size_t i = 0; !e && i < count; i++) {
        if (!token_user_valid(ids[i])) e = KITH_BAD;
        if (!e) ids_put(&list, ids[i]);
    }
    if (!e && list.failed) e = KITH_NOMEM;
    if (!e) e = ids_put_sorted(out, buf_slice(&list));
    buf_fini(&list);
    return e;
}

kith_err kith_social_set_visibility(struct kith_server *s, kith_slice user,
                                    enum kith_visibility visibility, const kith_slice ids[],
                                    size_t count, kith_ruled done, void *arg)
{
    struct buf sorted = {0};
    bool lists = visibility == KITH_VISIBLE_TO_ONLY || visibility == KITH_VISIBLE_TO_EXCEPT;
    if ((unsigned)visibility > KITH_VISIBLE_TO_EXCEPT || (count && !lists)) return KITH_BAD;
    kith_err e = put_ids(ids, count, &sorted);
    if (!e)
        e = change(s,
                   &(struct rule){.kind = RULE_VISIBILITY,
                                  .user = user,
                                  .visibility = (enum visibility)visibility,
                                  .ids = buf_slice(&sorted)},
                   done, arg);
    buf_fini(&sorted);
    return e;
}

kith_err kith_social_set_last_seen(struct kith_server *s, kith_slice user, enum kith_last_seen how,
                                   kith_ruled done, void *arg)
{
    if ((unsigned)how > KITH_LAST_SEEN_EXACT) return KITH_BAD;
    return change(
        s, &(struct rule){.kind = RULE_LAST_SEEN, .user = user, .last_seen = (enum last_seen)how},
        done, arg);
}
