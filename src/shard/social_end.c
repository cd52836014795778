/* shard/social_end.c -- the social side of a session ends. */
#include "shard/social_end.h"

#include "shard/asking.h"
#include "shard/ended.h"
#include "shard/gather.h"
#include "shard/sessions.h"
#include "shard/showing.h"
#include "shard/social_extra.h"

bool social_on_any(const struct social *s)
{
    return s->channels[KITH_SOCIAL_USER].joined || s->channels[KITH_SOCIAL_FRIENDS].joined;
}

void social_end(struct world *w, uint32_t slot, uint32_t grace_ms)
{
    struct client *k = clients_at(w->clients, slot);
    struct social *s = k->social;
    for (unsigned form = 0; form < SOCIAL_FORMS; form++) {
        gather_free(s->channels[form].gather);
        s->channels[form].gather = NULL;
    }
    s->watched_known = false; /* what its end brings about makes it watch nobody again */
    ended_begin(w, slot);
    asking_drop(w, slot);
    if (grace_ms == 0) showing_end_away(w, slot); /* at once means at once */
    showing_end(w, slot, grace_ms);
    if (s->extra) buf_clear(&s->extra->fields);
    s->tracked = s->away = false;
    s->hiding = HIDING_UNSAID;
    k->behind = false;
}

void social_forget(struct world *w, uint32_t slot)
{
    sessions_remove(w, slot);
    social_extra_free(clients_at(w->clients, slot)->social);
    showing_forget(w, slot);
}

void social_end_if_idle(struct world *w, uint32_t slot)
{
    struct client *k = clients_at(w->clients, slot);
    if (social_on_any(k->social)) return;
    social_end(w, slot, 0);
    if (!k->social->extra || !k->social->extra->want_serial) social_forget(w, slot);
}
