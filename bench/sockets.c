/* bench/sockets.c -- many WebSocket clients in one thread. */
#include "sockets.h"

#include "tool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEADER_BYTES = 10,   /* of a frame that a server sends, at most */
    STATUS_BYTES = 12,   /* "HTTP/1.1 101" */
    SENT_BYTES = 1200,   /* a text, at most */
    READ_BYTES = 65536,  /* more than what ever waits in one socket */
    EVENTS = 64,         /* a turn is short, so that what is due is sent in time */
    SOURCE_ADDRESSES = 8 /* 127.0.0.2 and on: each has its own range of ports */
};

enum phase { PHASE_NONE, PHASE_UPGRADE, PHASE_OPEN };

struct client {
    int fd;
    uint8_t phase;
    uint8_t blank; /* how much of the blank line that ends the head has come */
    uint8_t have;  /* bytes in head */
    uint8_t head[STATUS_BYTES];
    /* Of a frame that comes in pieces: */
    uint32_t got, room; /* payload so far; what `text` holds at most */
    uint8_t *text;
};

struct sockets {
    struct sockets_options o;
    int epoll_fd;
    uint8_t scratch[READ_BYTES];
    struct client clients[];
};

struct sockets *sockets_new(const struct sockets_options *o)
{
    struct sockets *s = calloc(1, sizeof *s + o->count * sizeof s->clients[0]);
    if (!s) die("out of memory");
    s->o = *o;
    s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (s->epoll_fd < 0) die("no epoll: %s", strerror(errno));
    return s;
}

void sockets_free(struct sockets *s)
{
    if (!s) return;
    for (uint32_t i = 0; i < s->o.count; i++) {
        sockets_drop(s, i);
        free(s->clients[i].text);
    }
    close(s->epoll_fd);
    free(s);
}

static void tell(const struct sockets *s, uint32_t who, enum socket_kind kind)
{
    s->o.on(s->o.ctx, &(struct socket_event){.kind = kind, .who = who});
}

/* Out */

static void send_all(const struct client *c, const void *bytes, size_t len)
{
    if (send(c->fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
        die("a client cannot send: %s", strerror(errno));
}

/* A client's frames are masked (RFC 6455 section 5.3); a mask of zeros leaves the text readable. */
void sockets_send(struct sockets *s, uint32_t who, const char *fmt, ...)
{
    char text[SENT_BYTES];
    uint8_t frame[8 + SENT_BYTES] = {0x81, 0x80 | 126};
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (len < 0 || len >= SENT_BYTES) die("a message is too long");
    frame[2] = (uint8_t)(len >> 8);
    frame[3] = (uint8_t)len;
    size_t header = len > 125 ? 8 : 6;
    if (len <= 125) frame[1] = (uint8_t)(0x80 | len), frame[2] = frame[3] = 0;
    memcpy(frame + header, text, (size_t)len);
    send_all(&s->clients[who], frame, header + (size_t)len);
}

static void ask_upgrade(const struct sockets *s, uint32_t who, const char *path)
{
    char text[400];
    int len = snprintf(text, sizeof text,
                       "GET %s HTTP/1.1\r\n"
                       "Host: 127.0.0.1:%u\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                       "Sec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                       path, s->o.port);
    send_all(&s->clients[who], text, (size_t)len);
}

static int connect_from(uint32_t who, uint16_t port)
{
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in from = {.sin_family = AF_INET}, to = from;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + who % SOURCE_ADDRESSES);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(port);
    if (fd < 0) die("no socket for client %u: %s", who, strerror(errno));
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    /* Waits only for the kernel: it is done before the server accepts. */
    if (bind(fd, (struct sockaddr *)&from, sizeof from) != 0 ||
        connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        die("client %u cannot connect: %s", who, strerror(errno));
    return fd;
}

void sockets_dial(struct sockets *s, uint32_t who, const char *path)
{
    struct client *c = &s->clients[who];
    struct epoll_event ev = {.events = EPOLLIN | EPOLLET, .data.u32 = who};
    if (c->phase != PHASE_NONE) die("client %u is connected already", who);
    c->fd = connect_from(who, s->o.port);
    c->phase = PHASE_UPGRADE;
    c->blank = c->have = 0;
    c->got = 0;
    ask_upgrade(s, who, path);
    if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, c->fd, &ev) != 0)
        die("epoll_ctl: %s", strerror(errno));
}

void sockets_drop(struct sockets *s, uint32_t who)
{
    struct client *c = &s->clients[who];
    if (c->phase != PHASE_NONE) close(c->fd);
    c->phase = PHASE_NONE;
}

/* In */

/* The length of the header and of the payload; false: more of the header is needed. The server
 * sends no message of 4 GiB. */
static bool measure(const uint8_t *head, size_t have, uint32_t *header, uint32_t *payload)
{
    static const uint8_t header_bytes[] = {2, 4, 10};
    unsigned len = have >= 2 ? head[1] & 0x7fu : 0;
    *header = header_bytes[len < 126 ? 0 : len - 125];
    if (have < 2 || have < *header) return false;
    if (len == 126) len = (unsigned)head[2] << 8 | head[3];
    if (len == 127)
        len = (unsigned)head[6] << 24 | (unsigned)head[7] << 16 | (unsigned)head[8] << 8 | head[9];
    *payload = len;
    return true;
}

static uint32_t kept(const struct sockets *s, uint32_t payload)
{
    return payload < s->o.keep ? payload : s->o.keep;
}

static void tell_frame(const struct sockets *s, uint32_t who, uint8_t first, kith_slice text,
                       uint32_t bytes)
{
    enum socket_kind kind = first == 0x81   ? SOCKET_TEXT
                            : first == 0x88 ? SOCKET_CLOSE
                                            : SOCKET_OTHER;
    struct socket_event e = {kind, who, text, bytes};
    s->o.on(s->o.ctx, &e);
}

static void make_room(struct client *c, uint32_t bytes)
{
    if (bytes <= c->room) return;
    free(c->text);
    c->text = malloc(bytes);
    c->room = bytes;
    if (!c->text) die("out of memory");
}

/* Takes what has come of a frame's header; returns how much that was. */
static size_t feed_header(struct client *c, const uint8_t *bytes, size_t len)
{
    uint32_t header, payload;
    size_t used = 0;
    while (used < len && !measure(c->head, c->have, &header, &payload))
        c->head[c->have++] = bytes[used++];
    return used;
}

/* A frame that comes in pieces. */
static size_t feed_piece(struct sockets *s, uint32_t who, const uint8_t *bytes, size_t len)
{
    struct client *c = &s->clients[who];
    uint32_t header, payload;
    size_t used = feed_header(c, bytes, len);
    if (!measure(c->head, c->have, &header, &payload)) return used;
    uint32_t keep = kept(s, payload), left = payload - c->got;
    uint32_t n = len - used < left ? (uint32_t)(len - used) : left;
    make_room(c, keep);
    if (c->got < keep)
        memcpy(c->text + c->got, bytes + used, n < keep - c->got ? n : keep - c->got);
    c->got += n;
    if (c->got < payload) return len;
    c->got = c->have = 0;
    tell_frame(s, who, c->head[0], slice_of(c->text, keep), header + payload);
    return used + n;
}

/* Most frames come whole, and are told of from where they lie. */
static size_t feed_frame(struct sockets *s, uint32_t who, const uint8_t *bytes, size_t len)
{
    uint32_t header, payload;
    if (s->clients[who].have || !measure(bytes, len, &header, &payload) || len - header < payload)
        return feed_piece(s, who, bytes, len);
    tell_frame(s, who, bytes[0], slice_of(bytes + header, kept(s, payload)), header + payload);
    return header + payload;
}

/* Up to the blank line; the status is in the first bytes. */
static size_t feed_upgrade(struct sockets *s, uint32_t who, const uint8_t *bytes, size_t len)
{
    static const char end[] = "\r\n\r\n";
    struct client *c = &s->clients[who];
    size_t used = 0;
    while (used < len && c->blank < 4) {
        uint8_t byte = bytes[used++];
        if (c->have < STATUS_BYTES) c->head[c->have++] = byte;
        c->blank = byte == (uint8_t)end[c->blank] ? (uint8_t)(c->blank + 1) : byte == '\r';
    }
    if (c->blank < 4) return used;
    bool ok = slice_starts(slice_of(c->head, c->have), slice_str("HTTP/1.1 101"));
    c->have = 0;
    c->phase = PHASE_OPEN;
    tell(s, who, ok ? SOCKET_OPEN : SOCKET_REFUSED);
    return used;
}

static void feed(struct sockets *s, uint32_t who, const uint8_t *bytes, size_t len)
{
    const struct client *c = &s->clients[who];
    for (size_t at = 0; at < len;) {
        if (c->phase == PHASE_UPGRADE)
            at += feed_upgrade(s, who, bytes + at, len - at);
        else if (c->phase == PHASE_OPEN)
            at += feed_frame(s, who, bytes + at, len - at);
        else
            return;
    }
}

/* Edge triggered: reads until less comes than there is room for. */
static void read_client(struct sockets *s, uint32_t who)
{
    struct client *c = &s->clients[who];
    ssize_t n = READ_BYTES;
    while (n == READ_BYTES && c->phase != PHASE_NONE) {
        n = recv(c->fd, s->scratch, READ_BYTES, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (n <= 0) {
            sockets_drop(s, who);
            tell(s, who, SOCKET_CLOSED);
        } else {
            feed(s, who, s->scratch, (size_t)n);
        }
    }
}

void sockets_poll(struct sockets *s, double wait_us)
{
    struct epoll_event events[EVENTS];
    if (wait_us < 0) wait_us = 0;
    struct timespec t = {.tv_sec = (time_t)(wait_us / 1e6)};
    t.tv_nsec = (long)((wait_us - (double)t.tv_sec * 1e6) * 1e3);
    int n = epoll_pwait2(s->epoll_fd, events, EVENTS, &t, NULL);
    if (n < 0 && errno != EINTR) die("epoll_pwait2: %s", strerror(errno));
    for (int i = 0; i < n; i++)
        if (s->clients[events[i].data.u32].phase != PHASE_NONE) read_client(s, events[i].data.u32);
}
