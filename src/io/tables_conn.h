/* io/tables_conn.h -- one connection to the application's own tables, and what is asked there. Only
 * the files tables_*.c include it. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "io/pq.h"
#include "io/tables_options.h"

struct tables_conn {
    const struct tables_options *o;
    PGconn *conn; /* NULL: lost */
    Oid id_type;  /* of $1, as the server sees it */
    bool ready;   /* the query is prepared */
    uint64_t retry_at_ms;
    uint32_t retry_ms;
    char words[240]; /* of the latest failure */
};

void tables_conn_init(struct tables_conn *c, const struct tables_options *o);
void tables_conn_fini(struct tables_conn *c);

/* It stands, or does now. KITH_IO: not, or not yet; `words` say why. O(1) round trips. */
KITH_MUST_USE kith_err tables_connect(struct tables_conn *c);
void tables_lose(struct tables_conn *c, const char *words);

/* Waits for what was sent (`sent`: libpq took it). KITH_IO: the connection is lost, and so is
 * *out. Else the answer, which may be an error (pq_failed): the caller's to clear. KITH_NOMEM. */
KITH_MUST_USE kith_err tables_answer(struct tables_conn *c, int sent, PGresult **out);

/* tables_query.c */

/* Looks at the queries and prepares them as one. KITH_BAD: they cannot be asked, or give no ids;
 * `why` says which, and what to write. KITH_IO, KITH_NOMEM. */
KITH_MUST_USE kith_err tables_prepare(struct tables_conn *c, kith_problem *why);

/* Appends the ids that the queries give for `user`, bytewise sorted, each once, SOURCE_EDGES_MAX at
 * most; *cut: there are more. A user whose id is none there has none; of an empty one it is only
 * asked whether anybody answers. KITH_IO: the connection is
 * lost; KITH_BAD: the server would not; `words` say why. KITH_NOMEM. */
KITH_MUST_USE kith_err tables_ask(struct tables_conn *c, kith_slice user, struct buf *out,
                                  bool *cut);
