/* io/waiting.h -- what users ask of the store's thread, until it gets to it: a line for each user,
 * of which one after the other has its turn, so that whoever asks much, on however many sockets,
 * waits for itself. What operators ask, and the server itself, has every second turn. */
#pragma once

#include "base/siphash.h"
#include "shard/mail.h"

struct waiting;

struct waiting *waiting_new(const struct siphash_key *key); /* NULL: out of memory */
void waiting_free(struct waiting *w);                       /* with what waits; NULL is welcome */

/* Takes `m`, of `user`; an empty one stands for operators. A change of visibility takes the place
 * of one of the same user's that waits still. KITH_FULL: too much waits, of that user or of all;
 * KITH_NOMEM; the mail is the caller's then. O(those of the user). */
KITH_MUST_USE kith_err waiting_put(struct waiting *w, kith_slice user, struct mail *m);
/* The same of what the server itself needs: it is never refused, and stands with operators'. */
void waiting_put_own(struct waiting *w, struct mail *m);

/* Whose turn it is, or NULL; the caller's, and so are those behind it (`next`): changes in whose
 * place it has come, to be answered as it is. O(1). */
struct mail *waiting_take(struct waiting *w);
/* The next of operators and the server itself alone, whoever's turn it is. */
struct mail *waiting_take_own(struct waiting *w);

bool waiting_any(const struct waiting *w);
