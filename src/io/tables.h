/* io/tables.h -- the application's own tables in PostgreSQL: whom a user watches, as queries of the
 * operator's say, and which users' edges have changed, as the tables' own notices say. Each
 * connection has a thread, so that a slow query holds up nobody but who needs it. */
#pragma once

#include "io/mailbox.h"
#include "io/tables_options.h"

/* Whether such a query can be asked and gives ids. Connects. KITH_BAD: it cannot, or nobody is let
 * in; KITH_IO: the database cannot be reached, so that nobody knows. `why` says what to do, and
 * never the password. */
KITH_MUST_USE kith_err tables_check(const struct tables_options *o, kith_problem *why);

struct tables;

/* Begins to listen, which it tells `to` by MAIL_HINT, and to wait for MAIL_READs; what is read goes
 * `to`, too. Connects by and by, and anew where a connection is lost. */
KITH_MUST_USE kith_err tables_start(const struct tables_options *o, struct mailbox *to,
                                    struct tables **out);
/* Waits for what is being asked, some call_ms at most. NULL is welcome. */
void tables_stop(struct tables *t);

/* Gives a reader, one of o->connections, a user to read; takes the MAIL_READ. */
void tables_read(struct tables *t, unsigned reader, struct mail *m);
