/* io/delivery.h -- on the store's thread: the log of events goes to the back end, in its order, a
 * batch after the other, until each is taken. At least once: what was taken is kept in the store a
 * little later. Of several nodes one delivers, for all. */
#pragma once

#include "base/stats.h"
#include "io/hook_options.h"
#include "io/mailbox.h"
#include "io/store.h"

struct delivery;

/* `box`: this thread's. */
KITH_MUST_USE kith_err delivery_new(const struct hook_options *o, struct store *s,
                                    struct mailbox *box, struct delivery **out);
/* What was taken is kept, where the store can be written. NULL is welcome. */
void delivery_free(struct delivery *d);

void delivery_take(struct delivery *d, const struct mail *m); /* MAIL_HOOK */
void delivery_news(struct delivery *d); /* there may be new events in the log */

/* Whether something is to be done; then nothing else is open in the store. */
bool delivery_due(const struct delivery *d);
void delivery_go_on(struct delivery *d);
int delivery_due_ms(const struct delivery *d);

const struct hook_stats *delivery_stats(const struct delivery *d);
