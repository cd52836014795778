/* shard/home_listen.c -- who is there, as the home says; and which shards listen to it. */
#include "shard/home.h"

#include "shard/list.h"
#include "shard/shade.h"
#include "wire/presence.h"

/* Whoever is asked for has an entry shown, and of further ones as many as fit. */
_Static_assert((WATCHES_MAX + ASKED_MAX) * (META_BYTES_MAX + USER_ID_BYTES_MAX + 256u) <=
                   STATE_BYTES_MAX,
               "so a state of all that a session may listen to has room for one of each");

static void put_piece(const struct presence *place, kith_slice user, size_t bytes_max,
                      struct buf *pieces)
{
    struct presence_topic name;
    struct entry e;
    size_t begin = pieces->len, at = 0;
    bool any = false;
    kith_slice topic = presence_topic(&name, user);
    for (struct tracker_walk walk = {0}; presence_next(place, topic, &walk, &e); any = true) {
        size_t before = pieces->len;
        if (any)
            buf_putc(pieces, ',');
        else
            at = list_begin(pieces, user);
        presence_put_meta(pieces, &e.meta);
        if (!any || pieces->len - begin <= bytes_max) continue;
        pieces->len = before;
        break;
    }
    if (any) list_end(pieces, at);
}

/* False: all together are more than that, and were not looked at to the end. */
static bool put_all(const struct presence *place, kith_slice ids, size_t each_max, size_t all_max,
                    struct buf *pieces)
{
    for (kith_slice id; ids_next(&ids, &id);) {
        put_piece(place, id, each_max, pieces);
        if (pieces->len > all_max) return false;
    }
    return true;
}

void home_listen(struct world *w, unsigned from, kith_slice ids, size_t pieces_max,
                 struct buf *pieces)
{
    topic_id topic;
    for (kith_slice rest = ids, id; from != w->o.id && ids_next(&rest, &id);)
        if (pubsub_mark(w->people, id, from, &topic) != KITH_OK) {
            pieces->failed = true;
            return;
        }
    if (!put_all(w->presence, ids, pieces_max, pieces_max, pieces)) {
        w->state_bytes += pieces->len;
        buf_clear(pieces);
        (void)put_all(w->presence, ids, pieces_max / ids_count(ids), SIZE_MAX, pieces);
    }
    w->state_bytes += pieces->len;
}

void home_list_hidden(struct world *w, kith_slice ids, struct buf *pieces)
{
    for (kith_slice id; ids_next(&ids, &id);)
        put_piece(w->hidden, id, SIZE_MAX, pieces);
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
