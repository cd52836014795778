/* shard/hook.c -- the application hears of its users' presence. */
#include "shard/hook.h"

#include "wire/presence.h"

static enum kith_hook_kind kind_of(const struct world *w, const struct change *c)
{
    if (c->has_old && c->has_now) return KITH_HOOK_STATUS;
    uint32_t now = world_sessions(w, c->topic);
    if (c->has_now) return now == 1 ? KITH_HOOK_ONLINE : KITH_HOOK_STATUS;
    return now == 0 ? KITH_HOOK_OFFLINE : KITH_HOOK_STATUS;
}

/* Without memory for the metas the event comes without them: that a user went is not kept back. */
void hook_tell(const struct world *w, const struct change *c, bool hidden)
{
    const struct kith_hook *hook = w->o.hook;
    struct buf metas = {0};
    if (!hook) return;
    if (c->has_old) presence_put_meta(&metas, &c->old);
    size_t old = metas.len;
    if (c->has_now) presence_put_meta(&metas, &c->now);
    if (metas.failed) metas.len = old = 0;
    hook->event(hook->context, &(struct kith_hook_event){.kind = kind_of(w, c),
                                                         .user = c->key,
                                                         .old = slice_head(buf_slice(&metas), old),
                                                         .now = slice_from(buf_slice(&metas), old),
                                                         .unix_ms = w->now.unix_ms,
                                                         .hidden = hidden});
    buf_fini(&metas);
}

void hook_moved(const struct world *w, const struct change moved[2], bool hidden)
{
    struct change c = moved[0];
    c.has_now = true;
    c.now = moved[1].now;
    hook_tell(w, &c, hidden);
}
