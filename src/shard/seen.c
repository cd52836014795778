/* shard/seen.c -- when users were last seen. */
#include "shard/seen.h"

#include "base/ids.h"

static bool online(const struct world *w, kith_slice user)
{
    struct presence_topic name;
    struct tracker_walk walk = {0};
    struct entry e;
    return presence_next(w->presence, presence_topic(&name, user), &walk, &e);
}

void seen_note(struct world *w, kith_slice user, bool anyhow)
{
    if (online(w, user) != anyhow) return;
    struct mail *m = mail_new(MAIL_LAST_SEEN, user, (kith_slice){0}, (kith_slice){0});
    if (m) {
        m->seen_s = w->now.unix_ms / 1000;
        m->gone = anyhow;
    }
    world_want(w, m);
}

/* Those whose home is here; the question's own bytes say so. Under a shade nobody is. */
static void look(const struct world *w, struct mail *m)
{
    kith_slice rest = slice_head(mail_b(m), m->ids_bytes), id;
    uint8_t *flag = m->bytes + m->a_len + m->ids_bytes;
    for (; ids_next(&rest, &id); flag++)
        if (world_home(w, id) == w->o.id) *flag = online(w, id);
}

void seen_receive(struct world *w, struct mail *m)
{
    uint64_t here = (uint64_t)1 << w->o.id;
    unsigned asker = (unsigned)m->asker;
    if (m->homes & here) look(w, m);
    m->homes &= ~here;
    if (m->homes) {
        world_post(w, (unsigned)__builtin_ctzll(m->homes), m);
        return;
    }
    world_want(w, m);
    m->from = (uint8_t)asker; /* to whom the store answers */
}

static uint64_t homes_of(const struct world *w, kith_slice ids)
{
    uint64_t homes = 0;
    for (kith_slice id; ids_next(&ids, &id);)
        homes |= (uint64_t)1 << world_home(w, id);
    return homes;
}

kith_err seen_look_up(struct world *w, const struct seen_lookup *q)
{
    struct buf b = {0};
    buf_put(&b, q->ids);
    for (uint32_t i = ids_count(q->ids); i > 0; i--)
        buf_putc(&b, 0);
    struct mail *m = b.failed ? NULL : mail_new(MAIL_SEEN_WHEN, q->user, buf_slice(&b), q->ref);
    buf_fini(&b);
    if (!m) return KITH_NOMEM;
    m->handle = q->handle;
    m->serial = q->channel;
    m->ids_bytes = q->ids.len;
    m->homes = homes_of(w, q->ids);
    m->asker = w->o.id;
    world_want(w, m);
    return KITH_OK;
}
