/* io/load_dial.c -- sockets to servers. */
#include "io/load_dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { PROBE_MS = 3000, SOURCE_ADDRESSES = 64 };

static bool is_loopback(const struct sockaddr_storage *at)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)at;
    return at->ss_family == AF_INET && ntohl(in->sin_addr.s_addr) >> 24 == 127;
}

kith_err load_resolve(const struct url *url, struct load_address *out, kith_problem *why)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG}, *found = NULL;
    int e = getaddrinfo(url->host, url->port, &hints, &found);
    if (e)
        return problem(KITH_NONE, why, "%s://%.200s: %s; check the name of the host",
                       url_scheme(url), url->authority, gai_strerror(e));
    *out = (struct load_address){.len = found->ai_addrlen};
    memcpy(&out->at, found->ai_addr, found->ai_addrlen);
    out->loopback = is_loopback(&out->at);
    freeaddrinfo(found);
    return KITH_OK;
}

/* 127.0.0.2 and on; IP_BIND_ADDRESS_NO_PORT leaves the port to connect, which may then choose one
 * that is in use towards other servers. */
static bool come_from(int fd, uint32_t n)
{
    int on = 1;
    struct sockaddr_in from = {.sin_family = AF_INET};
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + n % SOURCE_ADDRESSES);
    return setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) == 0 &&
           bind(fd, (struct sockaddr *)&from, sizeof from) == 0;
}

static int fail(int fd)
{
    int error = errno;
    (void)close(fd);
    errno = error;
    return -1;
}

int load_dial(const struct load_address *a, uint32_t n, bool small)
{
    int on = 1;
    int fd = socket(a->at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (small) (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &on, sizeof on);
    if (a->loopback && !come_from(fd, n)) return fail(fd);
    if (connect(fd, (const struct sockaddr *)&a->at, a->len) != 0 && errno != EINPROGRESS)
        return fail(fd);
    return fd;
}

static int error_of(int fd)
{
    int error = 0;
    socklen_t len = sizeof error;
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    if (poll(&p, 1, PROBE_MS) <= 0) return ETIMEDOUT;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 ? error : errno;
}

kith_err load_probe(const struct url *url, const struct load_address *a, kith_problem *why)
{
    int fd = load_dial(a, 0, false);
    int error = fd < 0 ? errno : error_of(fd);
    if (fd >= 0) (void)close(fd);
    if (!error) return KITH_OK;
    return problem(KITH_IO, why,
                   "cannot connect to %s://%.200s: %s; is the server running, and is that its port "
                   "for clients (kith serve prints it: ready ws://...)?",
                   url_scheme(url), url->authority, strerror(error));
}
