/* shard/fastlane.c -- one change to all who listen here. */
#include "shard/fastlane.h"

#include "shard/spread.h"

void fastlane_tell(struct world *w, kith_slice user, kith_slice payload, const uint32_t slots[],
                   uint32_t count)
{
    struct forms f;
    forms_init(&f, user, payload);
    for (uint32_t i = 0; i < count; i++)
        forms_tell(w, &f, slots[i]);
    forms_fini(&f);
}

/* Clients lie anywhere in memory, and most have not been touched for a while: each is asked for
 * while those before it are told, and then its channels. */
enum { CLIENT_AHEAD = 10, SOCIAL_AHEAD = 5 };

static void fetch_client(const struct world *w, uint32_t slot)
{
    const uint8_t *k = (const uint8_t *)clients_at(w->clients, slot);
    __builtin_prefetch(k, 1);
    __builtin_prefetch(k + sizeof(struct client) - 1, 1);
}

static void fetch_social(const struct world *w, uint32_t slot)
{
    const struct social *s = clients_at(w->clients, slot)->social;
    if (!s) return;
    __builtin_prefetch(&s->channels[0], 1);
    __builtin_prefetch(&s->channels[1], 1);
}

/* Behind what is on its way to some of them. Takes the forms. */
static void publish_now(struct world *w, unsigned home, topic_id topic, struct forms *f)
{
    subscriber_id slot, ahead;
    struct pubsub_walk far = {0}, near = {0};
    spread_finish(w, forms_user(f));
    for (unsigned i = 0; i < CLIENT_AHEAD && pubsub_next(w->people, topic, &far, &ahead); i++)
        fetch_client(w, ahead);
    for (unsigned i = 0; i < SOCIAL_AHEAD && pubsub_next(w->people, topic, &near, &ahead); i++)
        fetch_social(w, ahead);
    for (struct pubsub_walk walk = {0}; pubsub_next(w->people, topic, &walk, &slot);) {
        if (pubsub_next(w->people, topic, &far, &ahead)) fetch_client(w, ahead);
        if (pubsub_next(w->people, topic, &near, &ahead)) fetch_social(w, ahead);
        forms_deliver(w, f, home, slot);
    }
    forms_fini(f);
}

void fastlane_publish(struct world *w, unsigned home, topic_id topic, kith_slice user,
                      kith_slice payload)
{
    struct forms f;
    bool many = pubsub_count(w->people, topic) > w->o.spread_per_turn;
    if (many && spread_begin(w, home, topic, user, payload) == KITH_OK) return;
    forms_init(&f, user, payload);
    publish_now(w, home, topic, &f);
}

void fastlane_take_away(struct world *w, unsigned home, topic_id topic, kith_slice user,
                        kith_slice payload)
{
    struct forms f;
    forms_init(&f, user, payload);
    f.anew = true;
    publish_now(w, home, topic, &f);
}
