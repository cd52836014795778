/* kith/presence.h -- a tracker whose changes are broadcast as presence_diff on the topic where they
 * happen, and what channels do with it. Names and meanings are those of Phoenix.Presence; state and
 * diffs are one sequence: nothing is lost or seen twice between them. */
#pragma once

#include <kith/channel.h>
#include <kith/tracker.h>

/* Callbacks run on the topic's home thread, and must not wait. All may be NULL. */
struct kith_presence_behaviour {
    /* Appends to a key's value, in lists and diffs alike: writes further members of the object
     * beside "metas", as `"user":{"name":"Ann"}`, to `out`, at most `room` bytes; returns how many
     * (0: none). It is checked to be JSON; what is not is left out. */
    size_t (*fetch)(void *context, kith_slice topic, kith_slice key, char *out, size_t room);

    /* After each change: what changed, and all that is there now under that key, a JSON array of
     * metas. */
    void (*handle_metas)(void *context, const struct kith_diff *d, kith_slice metas);
    void *context;
};

/* Before the server starts; `b` must outlive it. Errors as kith_server_tracker. */
KITH_API KITH_MUST_USE kith_err kith_server_presence(struct kith_server *s,
                                                     const struct kith_presence_behaviour *b,
                                                     struct kith_tracker **out);

/* For a channel. Entries that it tracks are its own and end with it. An empty `topic` is the
 * channel's. Not in join or terminate: KITH_NONE. `meta` as in kith_tracker_track: KITH_BAD, as is
 * a tracker of another server. KITH_NOMEM. A change at another thread's home is made after the call
 * returns. */

/* KITH_EXISTS: this channel has an entry there. KITH_FULL: it has 1000. */
KITH_API KITH_MUST_USE kith_err kith_presence_track(struct kith_channel *c, struct kith_tracker *t,
                                                    kith_slice topic, kith_slice key,
                                                    kith_slice meta);
/* KITH_NONE: not tracked by this channel. */
KITH_API KITH_MUST_USE kith_err kith_presence_update(struct kith_channel *c, struct kith_tracker *t,
                                                     kith_slice topic, kith_slice key,
                                                     kith_slice meta);
/* Not tracked is fine. */
KITH_API KITH_MUST_USE kith_err kith_presence_untrack(struct kith_channel *c,
                                                      struct kith_tracker *t, kith_slice topic,
                                                      kith_slice key);

/* Pushes presence_state with all that these topics list, keys of several merged (of a key that
 * stands in two, the metas of both). It subscribes the channel (KITH_FASTLANE) to each that is not
 * its own topic and that it has not subscribed to; from there on their diffs come in order behind
 * the state, and none that the state holds comes before it, unless this is the first state of a
 * client that had diffs already: it gets them all, as it applies them to the state. At most 5000
 * topics of at most 255 bytes each. KITH_EXISTS: a state is on its way to this channel. KITH_BAD: a
 * topic is empty or longer. KITH_FULL. A state of more than 8 MiB is not sent. */
KITH_API KITH_MUST_USE kith_err kith_presence_push_state(struct kith_channel *c,
                                                         struct kith_tracker *t,
                                                         const kith_slice topics[], size_t count);
/* The usual start of a room, in one step: tracks `key` on the channel's own topic, and pushes
 * presence_state, which has the newcomer; its own join follows as a diff, behind the state. */
KITH_API KITH_MUST_USE kith_err kith_presence_enter(struct kith_channel *c, struct kith_tracker *t,
                                                    kith_slice key, kith_slice meta);

/* What is there, told to `listed` on the channel's thread, after the callback that asks has
 * returned; not at all if the channel has ended by then. */
typedef kith_err (*kith_channel_listed)(struct kith_channel *c, struct kith_list *l);
KITH_API KITH_MUST_USE kith_err kith_presence_list(struct kith_channel *c, struct kith_tracker *t,
                                                   kith_slice topic, kith_channel_listed listed);
KITH_API KITH_MUST_USE kith_err kith_presence_get_by_key(struct kith_channel *c,
                                                         struct kith_tracker *t, kith_slice topic,
                                                         kith_slice key,
                                                         kith_channel_listed listed);
