/* io/events.h -- the log of events of users' presence, on the store's thread: written in batches,
 * bounded, and read by the back end. What happens while the store cannot be written waits, up to
 * EVENTS_WAITING_BYTES_MAX; if that does not do, all sessions are counted anew afterwards, so that
 * the log says who is here, though not all that was between. */
#pragma once

#include "base/stats.h"
#include "io/events_options.h"
#include "io/mailbox.h"
#include "io/store.h"
#include "shard/call.h"

struct events;

KITH_MUST_USE kith_err events_new(const struct events_start *o, struct events **out);
void events_free(struct events *ev); /* NULL is welcome; what waits is lost */

void events_note(struct events *ev, struct mail *m); /* MAIL_SESSION or MAIL_ROLL; takes it */

/* A node of this incarnation has died, or left: in `after_ms` its sessions have ended, unless
 * another node has said so by then. */
void events_node_ended(struct events *ev, uint64_t inc, uint64_t after_ms);

/* Whether something is to be written now; then nothing else is open in the store. */
bool events_due(const struct events *ev);
void events_go_on(struct events *ev); /* writes some of it: some 15 ms */
int events_due_ms(const struct events *ev);
/* All that waits is written, if the store can be. */
void events_flush(struct events *ev);
/* The same of one user, before what would change how it is told: whether any of it waits, which is
 * O(what waits), some ns each; and its writing, with little else, in the order that it had. */
bool events_await(const struct events *ev, kith_slice user);
void events_flush_user(struct events *ev, kith_slice user);

const struct event_stats *events_stats(const struct events *ev);

/* CALL_EVENTS becomes its answer. NULL `ev`: there is no log. */
struct mail *events_answer(struct events *ev, struct store *s, struct mail *m);
