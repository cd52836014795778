/* shard/showing.h -- a session's own presence, as it asks the user's home to show it: at once where
 * the home is here, else by mail. */
#pragma once

#include "shard/social_state.h"

/* A mail about the session, for its user's home or for the store. NULL: out of memory. */
struct mail *showing_mail(const struct world *w, enum mail_type type, uint32_t slot,
                          kith_slice fields);

/* Shows what the session is to be seen with (social_extra.fields, which it forgets). A join that
 * brings what is there already, as a client's second try does, is no news; a status is, whatever it
 * says.
 */
void showing_begin(struct world *w, uint32_t slot, bool joins);
/* The same with what the session says, which is newer than what waits to be shown. */
void showing_status(struct world *w, uint32_t slot, kith_slice fields);

/* Nobody knows whether the client is still there: its presence lingers for `linger_ms`, so that
 * another session of its device may take it over, and the session goes on without. */
void showing_away(struct world *w, uint32_t slot, uint32_t linger_ms);
/* It is: shows it again, which is no news while it lingers. Not away is fine. */
void showing_back(struct world *w, uint32_t slot);
/* It is gone: what lingers of it ends at once, and nobody sees it again. Not away is fine. */
void showing_end_away(struct world *w, uint32_t slot);

/* The session is seen by nobody from now on, or by who may see its user. `ref` is of the message of
 * its channel that said so, which is answered once all who were to be told have been. KITH_NOMEM.
 */
KITH_MUST_USE kith_err showing_hide(struct world *w, uint32_t slot, bool hidden, kith_slice ref,
                                    uint32_t channel);
/* It has taken over the presence of one that was hidden, and is so until it says otherwise. */
void showing_hidden(struct world *w, uint64_t handle);

/* The session ends; its presence lingers for `grace_ms`. */
void showing_end(struct world *w, uint32_t slot, uint32_t grace_ms);

/* What is kept of the session goes (client.social), which is showing_bytes() long. If there was no
 * memory to tell its user's home that it is lost it becomes that mail: else its friends would see
 * it for ever. */
size_t showing_bytes(kith_slice user);
void showing_forget(struct world *w, uint32_t slot);
