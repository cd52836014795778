/* shard/here.c -- whose sessions are on this shard. */
#include "shard/here.h"

#include "shard/sessions.h"

#define SLOTS_AT_ONCE 4096 /* most may be of sockets without friends; some 20 us */

static bool is_here(const struct world *w, kith_slice user)
{
    uint32_t slot;
    struct map_probe walk = sessions_walk(w, user);
    return sessions_next(w, &walk, user, &slot);
}

static void put_asked(const struct world *w, kith_slice asked, struct buf *ids)
{
    for (kith_slice user; ids_next(&asked, &user);)
        if (is_here(w, user)) ids_put(ids, user);
}

/* Who has several sessions is told several times. Returns where the next part begins. */
static uint32_t put_page(const struct world *w, uint64_t slot, struct buf *ids)
{
    uint32_t end = clients_end(w->clients), at = slot < end ? (uint32_t)slot : end;
    uint32_t left = SLOTS_AT_ONCE;
    for (uint32_t count = 0; at < end && left && count < SOURCE_PAGE; at++, left--) {
        const struct client *k = clients_at(w->clients, at);
        if (!k->open || !k->social) continue;
        ids_put(ids, social_user(k->social));
        count++;
    }
    return at < end ? at : 0;
}

void here_receive(struct world *w, struct mail *m)
{
    struct buf ids = {0};
    uint64_t next = 0;
    if (m->page)
        next = put_page(w, m->slot, &ids);
    else
        put_asked(w, mail_a(m), &ids);
    struct mail *answer =
        ids.failed ? NULL : mail_new(MAIL_HERE, buf_slice(&ids), (kith_slice){0}, (kith_slice){0});
    if (answer) {
        answer->page = m->page;
        answer->slot = next;
    }
    world_want(w, answer); /* what there is no memory to tell is told in another round */
    buf_fini(&ids);
    mail_free(m);
}
