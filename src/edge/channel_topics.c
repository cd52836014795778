/* edge/channel_topics.c -- what a behaviour asks of topics: to listen. */
#include "edge/channel_api.h"

#include "edge/good.h"
#include "shard/subscriber.h"

kith_err channel_known(struct kith_channel *c)
{
    if (!channel_speaks(c)) return KITH_NONE;
    if (c->subscriber != SUBSCRIBER_NONE) return KITH_OK;
    return subscriber_begin(session_world(c->session),
                            &(struct subscriber_options){.slot = c->session->slot,
                                                         .channel = c->number,
                                                         .topic = channel_topic(c),
                                                         .join_ref = channel_join_ref(c)},
                            &c->subscriber);
}

kith_err channel_subscribe(struct kith_channel *c, kith_slice topic, enum kith_delivery how)
{
    if (!good_topic(topic) || (how != KITH_FASTLANE && how != KITH_TO_CHANNEL)) return KITH_BAD;
    kith_err e = channel_known(c);
    if (e) return e;
    return subscriber_listen(session_world(c->session), c->subscriber, topic,
                             how == KITH_TO_CHANNEL);
}

void channel_unsubscribe(struct kith_channel *c, kith_slice topic)
{
    if (c->ended || c->subscriber == SUBSCRIBER_NONE) return;
    subscriber_ignore(session_world(c->session), c->subscriber, topic);
}
