/* io/pq.c -- a connection of libpq, asked without blocking and waited for with a deadline.
 *
 * A name in the URL is looked up by the system's resolver, which has bounds of its own. */
#include "io/pq.h"

#include "base/limits.h"
#include "io/system.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

bool pq_wait(PGconn *conn, short events, uint64_t end_ms)
{
    struct pollfd fd = {.fd = PQsocket(conn), .events = events};
    uint64_t now_ms = system_now().mono_ms;
    if (fd.fd < 0 || now_ms >= end_ms) return false;
    return poll(&fd, 1, (int)(end_ms - now_ms)) != 0; /* what a signal breaks is looked at anew */
}

static void be_silent(void *ctx, const char *message)
{
    (void)ctx;
    (void)message;
}

/* The URL's own words about keepalives come later, and so go before these; the name of the program
 * is what tells who it is, and is always ours. */
PGconn *pq_begin(const char *url, const char *program)
{
    char user_timeout[16];
    (void)snprintf(user_timeout, sizeof user_timeout, "%u", 5 * STORE_CALL_MS);
    const char *const words[] = {"keepalives_idle",
                                 "keepalives_interval",
                                 "keepalives_count",
                                 "tcp_user_timeout",
                                 "dbname",
                                 "application_name",
                                 NULL};
    const char *const values[] = {"10", "3", "3", user_timeout, url, program, NULL};
    PGconn *conn = PQconnectStartParams(words, values, 1);
    if (conn) PQsetNoticeProcessor(conn, be_silent, NULL);
    return conn;
}

bool pq_connected(PGconn *conn, uint64_t end_ms)
{
    PostgresPollingStatusType wants = PGRES_POLLING_WRITING;
    while (wants != PGRES_POLLING_OK) {
        if (wants == PGRES_POLLING_FAILED) return false;
        if (!pq_wait(conn, wants == PGRES_POLLING_READING ? POLLIN : POLLOUT, end_ms)) return false;
        wants = PQconnectPoll(conn);
    }
    return PQsetnonblocking(conn, 1) == 0;
}

static bool send_all(PGconn *conn, uint64_t end_ms)
{
    int more;
    while ((more = PQflush(conn)) > 0) {
        if (!pq_wait(conn, POLLIN | POLLOUT, end_ms)) return false;
        if (!PQconsumeInput(conn)) return false;
    }
    return more == 0;
}

/* The next answer, NULL behind the last. False: the connection is lost, or time is over. */
static bool next_answer(PGconn *conn, uint64_t end_ms, PGresult **out)
{
    while (PQisBusy(conn)) {
        if (!pq_wait(conn, POLLIN, end_ms)) return false;
        if (!PQconsumeInput(conn)) return false;
    }
    *out = PQgetResult(conn);
    return true;
}

bool pq_failed(const PGresult *r)
{
    ExecStatusType status = PQresultStatus(r);
    return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK;
}

/* Nothing comes behind one that failed. */
bool pq_answered(PGconn *conn, uint64_t end_ms, PGresult **out)
{
    PGresult *r;
    *out = NULL;
    bool good = send_all(conn, end_ms);
    while (good && (good = next_answer(conn, end_ms, &r)) && r) {
        PQclear(*out);
        *out = r;
    }
    if (good && *out) return true;
    PQclear(*out);
    *out = NULL;
    return good && PQstatus(conn) == CONNECTION_OK;
}

/* The server's may have several lines, and end with one; and what stands in a table may stand in
 * them. */
void pq_words(char *out, size_t size, const char *words)
{
    size_t len = 0;
    for (; words[len] && len < size - 1; len++)
        out[len] = (uint8_t)words[len] < 0x20 || words[len] == 0x7f ? ' ' : words[len];
    while (len && out[len - 1] == ' ')
        len--;
    out[len] = '\0';
}

bool pq_is_refusal(const char *words)
{
    static const char *const refusals[] = {
        "authentication failed", "no password supplied",       "does not exist",
        "no pg_hba.conf entry",  "is not permitted to log in", "permission denied"};
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (strstr(words, refusals[i])) return true;
    return false;
}
