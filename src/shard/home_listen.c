/* shard/home_listen.c -- who is there, as the home says; and which shards listen to it. */
#include "shard/home.h"

#include "shard/list.h"
#include "wire/presence.h"

static void put_piece(struct world *w, const struct presence *place, kith_slice user,
                      struct buf *pieces)
{
    struct presence_topic name;
    struct entry e;
    kith_slice topic = presence_topic(&name, user);
    buf_clear(&w->scratch);
    for (struct tracker_walk walk = {0}; presence_next(place, topic, &walk, &e);) {
        if (w->scratch.len) buf_putc(&w->scratch, ',');
        presence_put_meta(&w->scratch, &e.meta);
    }
    if (w->scratch.failed)
        pieces->failed = true; /* a state without this user would say that nobody is there */
    else if (w->scratch.len)
        list_put(pieces, user, buf_slice(&w->scratch), (kith_slice){0});
}

void home_listen(struct world *w, unsigned from, kith_slice ids, struct buf *pieces)
{
    topic_id topic;
    for (kith_slice id; ids_next(&ids, &id);) {
        if (from != w->o.id && pubsub_mark(w->people, id, from, &topic) != KITH_OK) {
            pieces->failed = true;
            return;
        }
        put_piece(w, w->presence, id, pieces);
    }
}

void home_list_hidden(struct world *w, kith_slice ids, struct buf *pieces)
{
    for (kith_slice id; ids_next(&ids, &id);)
        put_piece(w, w->hidden, id, pieces);
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
     * when the next diff comes. */
    if (sights != w->sights_sent[from]) return;
    for (kith_slice id; ids_next(&ids, &id);) {
        topic_id topic = pubsub_find(w->people, id);
        if (topic != TOPIC_NONE) pubsub_unmark(w->people, topic, from);
    }
}
