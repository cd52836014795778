/* shard/home_save.c -- on the way down a home hands its entries to the store. */
#include "shard/home.h"
#include "shard/home_state.h"

static struct mail *save_mail(const struct entry *e, uint64_t device, bool hidden)
{
    struct saved_dots dots = {e->ref, e->prev};
    struct mail *m = mail_new(MAIL_SAVE, e->key, e->meta.fields, slice_of(&dots, sizeof dots));
    if (!m) return NULL;
    m->device = device;
    m->online_at_s = e->meta.online_at_s;
    m->hidden = hidden;
    return m;
}

static void save(struct world *w, const struct presence *place)
{
    kith_slice topic;
    struct entry e;
    uint64_t device;
    for (struct presence_walk walk = {0}; presence_next_any(place, &walk, &topic, &e, &device);)
        world_want(w, save_mail(&e, device, place == w->hidden));
}

void home_save(struct world *w)
{
    home_release_all(w); /* what waited is what the sessions were last */
    save(w, w->presence);
    save(w, w->hidden);
    world_want(w, mail_new(MAIL_SAVED, (kith_slice){0}, (kith_slice){0}, (kith_slice){0}));
}
