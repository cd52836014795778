/* io/tls_conn.c -- TLS on one accepted socket. */
#include "io/tls_conn.h"

#include "io/system.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>

enum {
    RECORD_BYTES = SSL3_RT_MAX_PLAIN_LENGTH,
    /* A part of one record may be left from before, and all that is whole has to fit. */
    SOCKET_BYTES = READ_BYTES_MAX - SSL3_RT_MAX_PACKET_SIZE,
};
_Static_assert(TLS_IDLE_RECORDS_MAX < UINT8_MAX, "as wide as they are counted");

/* Those under way */

static void enlist(struct tls_conn *t)
{
    struct tls_handshakes *h = t->handshakes;
    t->older = h->newest;
    if (h->newest) h->newest->newer = t;
    h->newest = t;
    if (!h->eldest) h->eldest = t;
    h->count++;
}

static void strike(struct tls_conn *t)
{
    struct tls_handshakes *h = t->handshakes;
    *(t->older ? &t->older->newer : &h->eldest) = t->newer;
    *(t->newer ? &t->newer->older : &h->newest) = t->older;
    t->older = t->newer = NULL;
    h->count--;
}

static void give_up(struct tls_conn *t)
{
    if (t->ssl && !t->established && !t->failed) {
        strike(t);
        t->handshakes->stats->tls_handshakes_failed++;
    }
    t->failed = true;
}

/* Of a full house the eldest has had the most time: an honest one takes no second. The loop finds
 * its end and closes it. */
static void make_room(struct tls_handshakes *h)
{
    if (h->count < TLS_HANDSHAKES_MAX) return;
    struct tls_conn *t = h->eldest;
    give_up(t);
    (void)shutdown(t->socket.fd, SHUT_RDWR);
}

/* A connection */

void tls_conn_init(struct tls_conn *t, int fd, struct tls *tls, struct tls_handshakes *h)
{
    *t = (struct tls_conn){.tls = tls, .handshakes = h, .socket = {.fd = fd}};
}

void tls_conn_fini(struct tls_conn *t)
{
    if (t->established && !t->failed) {
        (void)SSL_shutdown(t->ssl);
        ERR_clear_error();
    }
    give_up(t);
    SSL_free(t->ssl);
    t->ssl = NULL;
}

/* What OpenSSL said to a call that did nothing, as an error number below 0. It asks for a read
 * where a write was wanted only to renegotiate, which is refused. */
static int outcome(struct tls_conn *t, int result, bool writes)
{
    int what = SSL_get_error(t->ssl, result);
    if (what == SSL_ERROR_WANT_READ && !writes) return -EAGAIN;
    if (what == SSL_ERROR_WANT_WRITE) return writes ? -EAGAIN : -ENOBUFS;
    if (what == SSL_ERROR_ZERO_RETURN) {
        t->ended = true;
        return 0;
    }
    give_up(t);
    return -EPROTO;
}

/* The handshake */

/* Nothing is made for who sends nothing. 0: there is something. Who has gone without a word is told
 * by the answer alone: the error number is that of some other call then. */
static int await_first(const struct tls_conn *t)
{
    char first;
    ssize_t n = recv(t->socket.fd, &first, 1, MSG_PEEK);
    if (n > 0) return 0;
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? -EAGAIN : -ECONNRESET;
}

/* SSL_set_msg_callback(3): of each record that comes the type is told before it is looked at. What
 * is no data, as new keys or a handshake that is refused, no pace of messages counts: of too much
 * the connection ends, as if the peer had said so. */
static void count_idle(int writes, int version, int what, const void *bytes, size_t len, SSL *ssl,
                       void *ctx)
{
    struct tls_conn *t = ctx;
    bool newer = SSL_version(ssl) >= TLS1_3_VERSION;
    (void)version;
    if (writes || !t->established || len == 0) return;
    if (what != (newer ? SSL3_RT_INNER_CONTENT_TYPE : SSL3_RT_HEADER)) return;
    if (*(const uint8_t *)bytes == SSL3_RT_APPLICATION_DATA) return;
    if (t->idle_records++ < TLS_IDLE_RECORDS_MAX) return;
    t->idle_records = TLS_IDLE_RECORDS_MAX;
    SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
}

static bool begin(struct tls_conn *t)
{
    make_room(t->handshakes);
    SSL *ssl = tls_accept(t->tls);
    if (!ssl || !tls_bio_attach(ssl, tls_bio_method(t->tls), &t->socket)) {
        SSL_free(ssl);
        return false;
    }
    SSL_set_msg_callback(ssl, count_idle);
    SSL_set_msg_callback_arg(ssl, t);
    t->ssl = ssl;
    enlist(t);
    return true;
}

/* Somebody forgot the s of https or wss, and can be told. */
static void tell_plain(const struct tls_conn *t)
{
    static const char text[] = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\n"
                               "connection: close\r\ncontent-length: 39\r\n\r\n"
                               "this port speaks TLS: say https or wss\n";
    if (ERR_GET_REASON(ERR_peek_error()) != SSL_R_HTTP_REQUEST) return;
    ssize_t n = send(t->socket.fd, text, sizeof text - 1, MSG_NOSIGNAL);
    (void)n;
}

static int shake(struct tls_conn *t)
{
    ERR_clear_error();
    int result = SSL_accept(t->ssl);
    if (result == 1) {
        strike(t);
        t->established = true;
        t->handshakes->stats->tls_handshakes++;
        t->handshakes->stats->tls_resumed += SSL_session_reused(t->ssl) == 1;
        return 0;
    }
    tell_plain(t);
    int e = outcome(t, result, false);
    return e ? e : -EPROTO;
}

/* Some of it, if there is time in this turn. */
static int go_on(struct tls_conn *t)
{
    struct tls_handshakes *h = t->handshakes;
    if (h->spent_us >= TLS_TURN_US) return -EAGAIN;
    int e = t->ssl ? 0 : await_first(t);
    if (e) return e;
    uint64_t from_us = system_us();
    e = t->ssl || begin(t) ? shake(t) : -ENOMEM;
    h->spent_us += system_us() - from_us;
    return e;
}

/* Bytes */

static ssize_t open_records(struct tls_conn *t, uint8_t *out)
{
    size_t len = 0, n;
    int result = 0;
    ERR_clear_error();
    while (len < READ_BYTES_MAX &&
           (result = SSL_read_ex(t->ssl, out + len, READ_BYTES_MAX - len, &n)) == 1)
        len += n;
    if (len == READ_BYTES_MAX) return (ssize_t)len;
    int e = outcome(t, result, false);
    return len ? (ssize_t)len : e;
}

ssize_t tls_conn_read(struct tls_conn *t, uint8_t *out, size_t max)
{
    t->socket.readable = max < SOCKET_BYTES ? (uint32_t)max : SOCKET_BYTES;
    if (t->failed) return -EPROTO;
    int e = t->established ? 0 : go_on(t);
    return e ? e : open_records(t, out);
}

/* One record takes what fits of the pieces; a single piece, or a large one, is not copied before.
 * Who is asked again after it was refused gets the same bytes again, since they wait in front. */
ssize_t tls_conn_write(struct tls_conn *t, const struct iovec pieces[], size_t count)
{
    uint8_t record[RECORD_BYTES];
    const void *from = pieces[0].iov_base;
    size_t len = pieces[0].iov_len, written;
    if (!t->established || t->failed) return -EPROTO;
    if (len < RECORD_BYTES && count > 1) {
        from = record;
        len = 0;
        for (size_t i = 0; i < count && len < RECORD_BYTES; i++) {
            size_t some = pieces[i].iov_len;
            if (some > RECORD_BYTES - len) some = RECORD_BYTES - len;
            memcpy(record + len, pieces[i].iov_base, some);
            len += some;
        }
    }
    ERR_clear_error();
    int result = SSL_write_ex(t->ssl, from, len < RECORD_BYTES ? len : RECORD_BYTES, &written);
    if (result == 1) return (ssize_t)written;
    int e = outcome(t, result, true);
    return e ? e : -EPROTO;
}

int tls_conn_end(struct tls_conn *t)
{
    if (!t->established || t->failed) return -EPROTO;
    ERR_clear_error();
    int result = SSL_shutdown(t->ssl);
    return result >= 0 ? 0 : outcome(t, result, true);
}
