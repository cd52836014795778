/* shard/home_listen.c -- who is there, as the home says; and which shards listen to it. */
#include "shard/home.h"

#include "shard/list.h"
#include "shard/shade.h"
#include "wire/presence.h"

static void put_piece(const struct presence *place, kith_slice user, struct buf *pieces)
{
    struct presence_topic name;
    struct entry e;
    size_t at = 0;
    bool any = false;
    kith_slice topic = presence_topic(&name, user);
    for (struct tracker_walk walk = {0}; presence_next(place, topic, &walk, &e); any = true) {
        if (any)
            buf_putc(pieces, ',');
        else
            at = list_begin(pieces, user);
        presence_put_meta(pieces, &e.meta);
    }
    if (any) list_end(pieces, at);
}

void home_listen(struct world *w, unsigned from, kith_slice ids, struct buf *pieces)
{
    topic_id topic;
    for (kith_slice id; ids_next(&ids, &id);) {
        if (from != w->o.id && pubsub_mark(w->people, id, from, &topic) != KITH_OK) {
            pieces->failed = true;
            return;
        }
        put_piece(w->presence, id, pieces);
    }
}

void home_list_hidden(struct world *w, kith_slice ids, struct buf *pieces)
{
    for (kith_slice id; ids_next(&ids, &id);)
        put_piece(w->hidden, id, pieces);
}

void home_look(const struct world *w, kith_slice ids)
{
    struct presence_topic name;
    struct entry e;
    for (kith_slice id; ids_next(&ids, &id);) {
        struct tracker_walk walk = {0};
        kith_slice topic = presence_topic(&name, id);
        name.bytes[topic.len - 1] = 0; /* no id has one */
        (void)presence_next(w->presence, topic, &walk, &e);
    }
}

void home_unlisten(struct world *w, unsigned from, uint64_t sights, kith_slice ids)
{
    /* A change of sight is on its way there: of its user the shard says so again, and of others
     * when the next diff comes. Of a shade none does, and none is missed. */
    bool crossed = sights != w->sights_sent[from];
    for (kith_slice id; ids_next(&ids, &id);) {
        topic_id topic = crossed && !shade_is(id) ? TOPIC_NONE : pubsub_find(w->people, id);
        if (topic != TOPIC_NONE) pubsub_unmark(w->people, topic, from);
    }
}
