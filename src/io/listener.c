/* io/listener.c -- listening sockets. */
#include "io/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BACKLOG = 4096,          /* a storm of returning clients waits here, not in SYN retries */
    NOTSENT_LOWAT = 8192,    /* the kernel takes little ahead of the wire: bounds are ours */
    USER_TIMEOUT_MS = 30000, /* sent and unacknowledged for this long: the peer is gone */
};

static bool split(const char *address, char host[128], char port[8])
{
    const char *colon = strrchr(address, ':');
    size_t len = colon ? (size_t)(colon - address) : 0;
    if (!colon || len >= 128 || strlen(colon + 1) >= 8 || !colon[1]) return false;
    if (len >= 2 && address[0] == '[' && address[len - 1] == ']') {
        address++;
        len -= 2;
    }
    memcpy(host, address, len);
    host[len] = 0;
    if (strcmp(host, "localhost") == 0) snprintf(host, 128, "127.0.0.1");
    snprintf(port, 8, "%s", colon + 1);
    return true;
}

/* The option before bind lets a socket in where others have it; after bind, it lets others in. So
 * the first one of a server finds out whether another server is there, and the next ones join it.
 */
static kith_err open_on(const struct addrinfo *a, enum listener_place place, int *fd)
{
    int on = 1, lowat = NOTSENT_LOWAT, timeout = USER_TIMEOUT_MS;
    int s = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s < 0) return KITH_IO;
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (place == LISTENER_NEXT) setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(s, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &lowat, sizeof lowat);
    setsockopt(s, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
    bool bound = bind(s, a->ai_addr, a->ai_addrlen) == 0;
    if (place == LISTENER_FIRST) setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (bound && (place == LISTENER_TRIED || listen(s, BACKLOG) == 0)) {
        *fd = s;
        return KITH_OK;
    }
    int failed = errno;
    close(s);
    errno = failed;
    return KITH_IO;
}

kith_err listener_open(const char *address, enum listener_place place, int *fd, kith_problem *why)
{
    char host[128], port[8];
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *list;
    if (!split(address, host, port) || getaddrinfo(host[0] ? host : NULL, port, &hints, &list) != 0)
        return problem(KITH_BAD, why,
                       "cannot listen on '%s': write an address as 127.0.0.1:4000 or [::]:4000",
                       address);
    kith_err e = open_on(list, place, fd);
    int failed = errno;
    freeaddrinfo(list);
    if (!e) return KITH_OK;
    if (failed == EADDRINUSE)
        return problem(
            KITH_EXISTS, why,
            "cannot listen on %s: the port is in use; stop what uses it, or choose another",
            address);
    return problem(KITH_REFUSED, why, "cannot listen on %s: %s%s", address, strerror(failed),
                   failed == EACCES          ? "; choose a port above 1023, or run as root"
                   : failed == EADDRNOTAVAIL ? "; choose an address of this machine"
                   : failed == EMFILE        ? "; raise the limit of open files (ulimit -n)"
                                             : "");
}

static struct address address_of(const struct sockaddr_storage *a)
{
    struct address out = {.bytes = {[10] = 0xff, [11] = 0xff}};
    const struct sockaddr_in6 *v6 = (const void *)a;
    const struct sockaddr_in *v4 = (const void *)a;
    if (a->ss_family == AF_INET6)
        memcpy(out.bytes, &v6->sin6_addr, sizeof out.bytes);
    else
        memcpy(out.bytes + 12, &v4->sin_addr, sizeof v4->sin_addr);
    return out;
}

int listener_accept(int fd, struct address *from)
{
    struct sockaddr_storage a = {0};
    socklen_t len = sizeof a;
    int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
    if (!from) return accept4(fd, NULL, NULL, flags);
    int s = accept4(fd, (struct sockaddr *)&a, &len, flags);
    if (s >= 0) *from = address_of(&a);
    return s;
}

uint16_t listener_port(int fd)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;
    if (getsockname(fd, (struct sockaddr *)&a, &len) != 0) return 0;
    return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port
                                         : ((struct sockaddr_in *)&a)->sin_port);
}

void listener_with_port(const char *address, uint16_t port, char *out, size_t size)
{
    const char *colon = strrchr(address, ':');
    int len = colon ? (int)(colon - address) : (int)strlen(address);
    snprintf(out, size, "%.*s:%u", len, address, port);
}
