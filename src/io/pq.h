/* io/pq.h -- a connection of libpq that is never waited for longer than a bound: what the store on
 * a server and the reader of the application's own tables have in common. */
#pragma once

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Times are of the monotonic clock. */

/* Waits for the socket, at most until `end_ms`. False: that is over. */
bool pq_wait(PGconn *conn, short events, uint64_t end_ms);

/* Begins with the words and values of PQconnectStartParams; what is to be said of dead peers goes
 * before them. NULL: no memory. */
PGconn *pq_begin(const char *url, const char *program);
/* It stands. False: it does not, PQerrorMessage says why, or it is late. */
bool pq_connected(PGconn *conn, uint64_t end_ms);

/* All that was sent is answered: the last answer, or the one that failed, which is the caller's to
 * clear. False: the connection is lost, or it is late. *out NULL with true: no memory. */
bool pq_answered(PGconn *conn, uint64_t end_ms, PGresult **out);
bool pq_failed(const PGresult *r);

/* The server's words as one line, cut to `size`. */
void pq_words(char *out, size_t size, const char *words);

/* Whether a later try would not help, by the words of a server that speaks English. */
bool pq_is_refusal(const char *words);
