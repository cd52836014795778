/* io/load_socket.c -- a client's socket of a load, plain or with TLS. */
#include "io/load_socket.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum { PROBE_MS = 3000 };

bool load_socket_secure(struct load_socket *s, struct load_tls *trust, const struct url *url)
{
    s->tls = load_tls_begin(trust, s->fd, url);
    return s->tls != NULL;
}

void load_socket_close(struct load_socket *s)
{
    load_tls_end(s->tls);
    if (s->fd >= 0) (void)close(s->fd);
    *s = (struct load_socket){.fd = -1};
}

int load_socket_open(struct load_socket *s, const struct url *url, kith_problem *why)
{
    return s->tls ? load_tls_shake(s->tls, url, why) : 0;
}

ssize_t load_socket_read(struct load_socket *s, uint8_t *out, size_t max, bool *more)
{
    if (s->tls) return load_tls_read(s->tls, out, max, more);
    ssize_t n = recv(s->fd, out, max, MSG_DONTWAIT);
    *more = n == (ssize_t)max || (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

bool load_socket_send(struct load_socket *s, kith_slice bytes)
{
    ssize_t n = s->tls ? load_tls_write(s->tls, bytes)
                       : send(s->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    return n == (ssize_t)bytes.len;
}

static bool await(int fd, short what)
{
    struct pollfd p = {.fd = fd, .events = what};
    return poll(&p, 1, PROBE_MS) == 1;
}

static kith_err shake(struct load_socket *s, const struct url *url, kith_problem *why)
{
    int e = -EAGAIN;
    bool answers = await(s->fd, POLLOUT);
    while (answers && (e = load_socket_open(s, url, why)) == -EAGAIN)
        answers = await(s->fd, POLLIN);
    if (!e) return KITH_OK;
    return answers ? KITH_IO
                   : problem(KITH_IO, why, "wss://%.200s: no TLS is spoken there within %d s",
                             url->authority, PROBE_MS / 1000);
}

kith_err load_socket_probe(const struct url *url, const struct load_address *a,
                           struct load_tls *trust, kith_problem *why)
{
    struct load_socket s = {.fd = load_dial(a, 0, false)};
    kith_err e = KITH_NOMEM;
    if (s.fd >= 0 && load_socket_secure(&s, trust, url)) e = shake(&s, url, why);
    load_socket_close(&s);
    return e;
}
