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

/* Behind what is on its way to some of them. Takes the forms. */
static void publish_now(struct world *w, unsigned home, topic_id topic, struct forms *f)
{
    struct pubsub_walk walk = {0};
    uint32_t slots[FORMS_AHEAD], n;
    spread_finish(w, forms_user(f));
    do {
        for (n = 0; n < FORMS_AHEAD && pubsub_next(w->people, topic, &walk, &slots[n]);)
            n++;
        forms_deliver_all(w, f, home, slots, n);
    } while (n == FORMS_AHEAD);
    forms_fini(f);
}

void fastlane_publish(struct world *w, unsigned home, topic_id topic, kith_slice user,
                      kith_slice payload)
{
    struct forms f;
    busiest_note(&w->busiest, user, siphash13(&w->o.hash_key, user), pubsub_count(w->people, topic),
                 w->now.mono_ms);
    bool many = pubsub_count(w->people, topic) > w->o.spread_per_turn;
    if (many && spread_begin(w, home, topic, user, payload) == KITH_OK) return;
    forms_init(&f, user, payload);
    f.since_us = w->made_us;
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
