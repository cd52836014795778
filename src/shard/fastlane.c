/* shard/fastlane.c -- one change to all who listen here. */
#include "shard/fastlane.h"

#include "shard/gather.h"
#include "shard/social_state.h"

/* The forms a diff may take: V1 or V2, on the friend's topic or on "friends". Empty until needed.
 */
struct forms {
    struct frame *frame[2][SOCIAL_FORMS];
    kith_slice topic[SOCIAL_FORMS];
    kith_slice payload;
};

static struct frame *form_of(struct world *w, struct forms *f, enum phx_vsn vsn, unsigned form)
{
    struct frame **at = &f->frame[vsn == PHX_V2][form];
    if (!*at) {
        *at = phx_encode(vsn, &(struct phx_out){.topic = f->topic[form],
                                                .event = KITH_LIT("presence_diff"),
                                                .payload = f->payload});
        w->stats.encodings++;
    }
    return *at;
}

static void deliver(struct world *w, struct forms *f, unsigned home, uint32_t slot)
{
    struct client *k = clients_at(w->clients, slot);
    for (unsigned form = 0; form < SOCIAL_FORMS; form++) {
        struct social_channel *c = &k->social->channels[form];
        if (!c->joined) continue;
        struct frame *frame = form_of(w, f, k->vsn, form);
        if (c->gather) {
            gather_hold(c->gather, home, frame);
        } else if (!frame) {
            k->behind = true; /* no memory for the diff: the client gets a state later */
            clients_mark_dirty(w->clients, slot);
        } else {
            clients_deliver(w->clients, slot, frame);
        }
    }
}

void fastlane_publish(struct world *w, unsigned home, topic_id topic, kith_slice user,
                      kith_slice payload)
{
    struct presence_topic name;
    struct forms f = {.payload = payload};
    f.topic[KITH_SOCIAL_USER] = presence_topic(&name, user);
    f.topic[KITH_SOCIAL_FRIENDS] = KITH_LIT("friends");
    subscriber_id slot;
    for (struct pubsub_walk walk = {0}; pubsub_next(w->people, topic, &walk, &slot);)
        deliver(w, &f, home, slot);
    for (unsigned v = 0; v < 2; v++)
        for (unsigned form = 0; form < SOCIAL_FORMS; form++)
            frame_unref(f.frame[v][form]);
}
