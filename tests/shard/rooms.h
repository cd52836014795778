/* tests/shard/rooms.h -- words for tests of presences on topics: members of the sim's rooms. */
#pragma once

#include "shard/sim.h"
#include "shard/tracked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct sim s;

static inline struct world *world_of(unsigned client) { return s.world[s.clients[client].shard]; }

/* A topic whose home is that shard; `n` tells apart those of one. */
static inline void topic_at(unsigned home, unsigned n, char out[32])
{
    for (unsigned i = 0;; i++) {
        snprintf(out, 32, "room:%u", i);
        if (topic_home(slice_str(out), s.shards) == home && n-- == 0) return;
    }
}

static inline unsigned member(unsigned shard, const char *topic)
{
    unsigned client = sim_connect(&s, s.client_count, shard);
    sim_channel(&s, client, topic, true, NULL);
    return client;
}

static inline void enter(unsigned client, const struct kith_tracker *t, const char *key,
                         const char *meta)
{
    assert_int_equal(tracked_enter(world_of(client), s.clients[client].number, t, slice_str(key),
                                   slice_str(meta)),
                     KITH_OK);
    sim_post(&s, s.clients[client].shard);
}

static inline kith_err push_state(unsigned client, const struct kith_tracker *t,
                                  const char *const topics[], size_t count)
{
    kith_slice list[8];
    for (size_t i = 0; i < count; i++)
        list[i] = slice_str(topics[i]);
    kith_err e = tracked_push_state(world_of(client), s.clients[client].number, t, list, count);
    sim_post(&s, s.clients[client].shard);
    return e;
}

static inline void track_on(unsigned client, const struct kith_tracker *t, const char *topic,
                            const char *key, const char *meta)
{
    assert_int_equal(tracked_track(world_of(client), s.clients[client].number, t, slice_str(topic),
                                   slice_str(key), slice_str(meta)),
                     KITH_OK);
    sim_post(&s, s.clients[client].shard);
}

static inline void update_on(unsigned client, const struct kith_tracker *t, const char *topic,
                             const char *key, const char *meta)
{
    assert_int_equal(tracked_update(world_of(client), s.clients[client].number, t, slice_str(topic),
                                    slice_str(key), slice_str(meta)),
                     KITH_OK);
    sim_post(&s, s.clients[client].shard);
}

static inline void untrack_on(unsigned client, const struct kith_tracker *t, const char *topic,
                              const char *key)
{
    assert_int_equal(tracked_untrack(world_of(client), s.clients[client].number, t,
                                     slice_str(topic), slice_str(key)),
                     KITH_OK);
    sim_post(&s, s.clients[client].shard);
}

static inline void expect(unsigned client, const char *words)
{
    char out[2048];
    assert_string_equal(sim_transcript(&s, client, out), words);
}

/* The metas of a key in the client's view, or NULL. */
static inline json_t *seen(unsigned client, const char *key)
{
    return json_object_get(s.clients[client].view, key);
}
