/* kith/social.h -- friends' presence on a channel: the session is tracked once, its people's
 * changes come by the fast lane, and state and changes are in order. */
#pragma once

#include <kith/channel.h>

/* On which topic the diffs of a friend come. */
enum kith_social_form {
    KITH_SOCIAL_USER,    /* user_presence:<friend>: the client listens with onMessage */
    KITH_SOCIAL_FRIENDS, /* the channel's own topic, "friends": Presence classes work as they are */
};

/* In join: answers ok once all is there, then pushes presence_state, then diffs, and shows the
 * session to those who may see its user. `payload` may carry the initial status and custom fields,
 * and "resume" as an earlier answer had it.
 * Returns what join should return. */
KITH_API KITH_MUST_USE kith_err kith_social_join(struct kith_channel *c, enum kith_social_form form,
                                                 kith_payload payload);

/* In handle_in: replaces the session's status and custom fields by `payload`; answers ok, or an
 * error with its reason. Returns what handle_in should return. */
KITH_API KITH_MUST_USE kith_err kith_social_status(struct kith_channel *c, kith_payload payload);

/* Rules. A user sees another only along an edge (a watch) to it, unless one of the two has blocked
 * the other or the other's visibility leaves it out; with `presence.reciprocity = on` only if the
 * other may see it, too. A change holds at once, for every session on every thread: who loses sight
 * of a user gets leaves, as if it had gone; who gains it gets joins; nobody else hears anything. */

/* In handle_in: the user's visibility becomes what `payload` says, {"mode": "friends", "public",
 * "nobody", "only" or "except", "ids": [..]} with the ids that `only` and `except` list; or that of
 * this session alone, {"session": "hidden" or "visible"}, while it lives: a hidden one is seen by
 * nobody, and sees what it saw. Who comes back with its `device` in time is hidden, too. Answers ok
 * once it holds everywhere, or an error with its reason. Returns what handle_in should return. */
KITH_API KITH_MUST_USE kith_err kith_social_visibility(struct kith_channel *c,
                                                       kith_payload payload);

/* In handle_in: the session asks to see the users of `payload`, {"ids": [..]}, for as long as it is
 * on a channel like this, at most 200 in all; or asks no more. It sees those of them who are
 * KITH_VISIBLE_TO_PUBLIC, and comes to see who becomes it meanwhile; with reciprocity only those
 * who watch its user. Answers {}, whoever they are, once the client has got a join of each that is
 * there, or the leaves of each that it sees no more; or an error with its reason. Returns what
 * handle_in should return. */
KITH_API KITH_MUST_USE kith_err kith_social_ask(struct kith_channel *c, kith_payload payload);
KITH_API KITH_MUST_USE kith_err kith_social_unask(struct kith_channel *c, kith_payload payload);

/* In handle_in: answers when each of {"ids": [..]}, at most 100, was last seen by those who may see
 * it, as {"last_seen": {"<id>": null or {"at": unix seconds} or {"ago": "minutes", "hours", "days"
 * or "weeks"}}}. null: nothing is known, or to be told. Returns what handle_in should return. */
KITH_API KITH_MUST_USE kith_err kith_social_last_seen(struct kith_channel *c, kith_payload payload);

/* Who may see a user, of those who are not blocked. */
enum kith_visibility {
    KITH_VISIBLE_TO_FRIENDS, /* the default: who has an edge to the user */
    KITH_VISIBLE_TO_PUBLIC,  /* they, and who asks (kith_social_ask) */
    KITH_VISIBLE_TO_NOBODY,
    KITH_VISIBLE_TO_ONLY,   /* those of them who are listed */
    KITH_VISIBLE_TO_EXCEPT, /* those who are not */
};

/* How a change ended, told on the store's thread: KITH_OK: it is kept and holds everywhere;
 * KITH_FULL: too many are under way, or the disk is full; KITH_REFUSED: the server has a source of
 * its own; KITH_IO, KITH_NOMEM: nothing has changed. */
typedef void (*kith_ruled)(void *arg, kith_err e);

/* Changes, from any thread; `done` may be NULL. To make one that holds already is fine. Ids are 1
 * to 128 bytes of UTF-8 without NUL. KITH_BAD: one is not, or the server does not run; KITH_NOMEM;
 * `done` is not called then. A server that stops drops what is under way. */

/* An edge: `watcher` watches `watched` (which may be itself). A friendship is two. */
KITH_API KITH_MUST_USE kith_err kith_social_watch(struct kith_server *s, kith_slice watcher,
                                                  kith_slice watched, kith_ruled done, void *arg);
KITH_API KITH_MUST_USE kith_err kith_social_unwatch(struct kith_server *s, kith_slice watcher,
                                                    kith_slice watched, kith_ruled done, void *arg);
/* Neither of the two sees the other. */
KITH_API KITH_MUST_USE kith_err kith_social_block(struct kith_server *s, kith_slice blocker,
                                                  kith_slice blocked, kith_ruled done, void *arg);
KITH_API KITH_MUST_USE kith_err kith_social_unblock(struct kith_server *s, kith_slice blocker,
                                                    kith_slice blocked, kith_ruled done, void *arg);
/* At most 5000 `ids`, in any order; for ONLY and EXCEPT alone. */
KITH_API KITH_MUST_USE kith_err kith_social_set_visibility(struct kith_server *s, kith_slice user,
                                                           enum kith_visibility visibility,
                                                           const kith_slice ids[], size_t count,
                                                           kith_ruled done, void *arg);

/* Whether it is told when a user was last seen. */
enum kith_last_seen {
    KITH_LAST_SEEN_OFF, /* the default: nothing is kept */
    KITH_LAST_SEEN_COARSE,
    KITH_LAST_SEEN_EXACT,
};
/* As the changes above; a server with a source of its own takes it, too. */
KITH_API KITH_MUST_USE kith_err kith_social_set_last_seen(struct kith_server *s, kith_slice user,
                                                          enum kith_last_seen how, kith_ruled done,
                                                          void *arg);
