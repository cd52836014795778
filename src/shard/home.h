/* shard/home.h -- what the home of a user does for it: it alone changes the user's presence,
 * answers who is there, and announces every change, all in one order. */
#pragma once

#include "base/buf.h"
#include "shard/world.h"

/* Who owns an entry: the client's handle, and on which shard it is. Never 0. */
uint64_t home_owner(unsigned shard, uint64_t handle);
static inline unsigned home_owner_shard(uint64_t owner) { return (unsigned)(owner >> 56) - 1; }
static inline uint64_t home_owner_handle(uint64_t owner) { return owner << 8 >> 8; }

/* Appends the state of each of `ids` that is online (list_put). Where they are more than
 * `pieces_max` bytes, each has an equal part of that, and its eldest sessions stand for all; its
 * first in any case. For another shard's socket (`from` not this one) the shard is told of every
 * change from here on. */
void home_listen(struct world *w, unsigned from, kith_slice ids, size_t pieces_max,
                 struct buf *pieces);
/* The same of hidden sessions, for the operators. */
void home_list_hidden(struct world *w, kith_slice ids, struct buf *pieces);
/* Looks up what nobody is called, for each of them: it takes the time that it takes to find one who
 * is offline. */
void home_look(const struct world *w, kith_slice ids);
/* `sights`: how many changes of sight that shard had heard of here. */
void home_unlisten(struct world *w, unsigned from, uint64_t sights, kith_slice ids);

/* A session as it names itself. */
struct home_session {
    kith_slice user;
    uint64_t owner, device;
    enum hiding hiding;
};
/* The same as core/presence.h has it; the topic's bytes are in `name`. */
struct presence_session home_presence(struct presence_topic *name, const struct home_session *s);

/* A session appears, changes, goes, or is lost for now. Failures for want of memory leave things as
 * they were; a session that could not be tracked is offline until its next status or join. One that
 * appears takes over what the same device has lost, hidden or not; else it is hidden if it has said
 * so. Of hidden ones only the application's hook hears. Where many watch the user, appearing and
 * changing may wait (home_release). */
void home_track(struct world *w, const struct home_session *s, kith_slice fields);
void home_status(struct world *w, const struct home_session *s, kith_slice fields);
/* Lingers for `grace_ms`; 0: goes at once. */
void home_lost(struct world *w, const struct home_session *s, uint64_t grace_ms);
/* It lingers, and has not been heard of since: what its device has lost last goes at once. Nothing
 * does where that is over. */
void home_end_away(struct world *w, const struct home_session *s);

/* The user was visible to nobody, and begins to be: its sessions, those that linger with them, have
 * just come. Nobody is told. KITH_NOMEM, KITH_FULL: some have; try again. */
KITH_MUST_USE kith_err home_renew(struct world *w, kith_slice user);

/* What lingers of the user goes at once. KITH_NOMEM: some of it lingers on. */
KITH_MUST_USE kith_err home_end_lost(struct world *w, kith_slice user);

/* The same from another shard's session: MAIL_LISTEN to MAIL_LOST. Takes the mail. */
void home_receive(struct world *w, struct mail *m);

/* Makes the changes that have waited long enough. */
void home_release(struct world *w);

/* Leaves of what has lingered long enough. */
void home_expire(struct world *w);

/* One mail for the store for each entry that lives, and MAIL_SAVED behind them. */
void home_save(struct world *w);

/* What the store keeps of an entry beside its user, device and fields. */
struct saved_dots {
    struct dot ref, prev;
};
