/* bench/load.c -- many clients in one thread. */
#include "load.h"

#include "base/slice.h"
#include "tool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEAD_BYTES = 96,     /* of a frame: they tell what it is */
    READ_BYTES = 65536,  /* more than what ever waits in one socket */
    EVENTS = 64,         /* a turn is short, so that what is due is sent in time */
    SOURCE_ADDRESSES = 8 /* 127.0.0.2 and on: each has its own range of ports */
};

enum phase { PHASE_NONE, PHASE_UPGRADE, PHASE_OPEN, PHASE_RAW };

struct client {
    int fd;
    uint8_t phase;
    uint8_t blank;  /* how much of the blank line that ends the head has come */
    uint8_t have;   /* bytes in head */
    uint8_t kind;   /* of the frame that is being skipped */
    uint32_t skip;  /* bytes of it still to come */
    uint32_t about; /* likewise */
    uint8_t head[HEAD_BYTES];
};

struct load {
    uint32_t count;
    uint16_t port;
    bool raw;
    int epoll_fd;
    load_fn on;
    void *ctx;
    struct load_stats stats;
    uint8_t scratch[READ_BYTES];
    struct client clients[];
};

struct load *load_new(uint32_t count, uint16_t port, bool raw)
{
    struct load *l = calloc(1, sizeof *l + count * sizeof l->clients[0]);
    if (!l) die("out of memory");
    l->count = count;
    l->port = port;
    l->raw = raw;
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll_fd < 0) die("no epoll: %s", strerror(errno));
    return l;
}

void load_free(struct load *l)
{
    if (!l) return;
    for (uint32_t i = 0; i < l->count; i++)
        load_drop(l, i);
    close(l->epoll_fd);
    free(l);
}

void load_listen(struct load *l, load_fn on, void *ctx)
{
    l->on = on;
    l->ctx = ctx;
}

const struct load_stats *load_stats(const struct load *l) { return &l->stats; }

static void tell(struct load *l, uint32_t who, enum load_kind kind, uint32_t about)
{
    l->stats.count[kind]++;
    if (l->on) l->on(l->ctx, &(struct load_event){kind, who, about});
}

/* Out */

static void send_all(const struct client *c, const void *bytes, size_t len)
{
    if (send(c->fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
        die("a client cannot send: %s", strerror(errno));
}

/* A client's frames are masked (RFC 6455 section 5.3); a mask of zeros leaves the text readable. */
static void send_text(const struct client *c, const char *text, int len)
{
    uint8_t frame[6 + 125] = {0x81, (uint8_t)(0x80 | len)};
    if (len < 0 || len > 125) die("a message is too long");
    memcpy(frame + 6, text, (size_t)len);
    send_all(c, frame, 6 + (size_t)len);
}

static void ask_upgrade(const struct load *l, uint32_t who)
{
    char text[400];
    int len = snprintf(text, sizeof text,
                       "GET /socket/websocket?vsn=2.0.0&user_id=%u HTTP/1.1\r\n"
                       "Host: 127.0.0.1:%u\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                       "Sec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                       LOAD_FIRST_ID + who, l->port);
    send_all(&l->clients[who], text, (size_t)len);
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

void load_dial(struct load *l, uint32_t who)
{
    struct client *c = &l->clients[who];
    struct epoll_event ev = {.events = EPOLLIN | EPOLLET, .data.u32 = who};
    if (c->phase != PHASE_NONE) die("client %u is connected already", who);
    *c = (struct client){.fd = connect_from(who, l->port),
                         .phase = l->raw ? PHASE_RAW : PHASE_UPGRADE};
    if (!l->raw) ask_upgrade(l, who);
    if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, c->fd, &ev) != 0)
        die("epoll_ctl: %s", strerror(errno));
}

void load_join(struct load *l, uint32_t who)
{
    char text[126];
    int len = snprintf(text, sizeof text, "[\"1\",\"1\",\"user:%u\",\"phx_join\",{}]",
                       LOAD_FIRST_ID + who);
    send_text(&l->clients[who], text, len);
}

void load_status(struct load *l, uint32_t who, const char *status)
{
    char text[126];
    int len = snprintf(text, sizeof text,
                       "[\"1\",\"2\",\"user:%u\",\"status\",{\"status\":\"%s\"}]",
                       LOAD_FIRST_ID + who, status);
    send_text(&l->clients[who], text, len);
}

void load_drop(struct load *l, uint32_t who)
{
    struct client *c = &l->clients[who];
    if (c->phase != PHASE_NONE) close(c->fd);
    c->phase = PHASE_NONE;
}

/* In */

static bool holds(kith_slice text, const char *word)
{
    return memmem(text.ptr, text.len, word, strlen(word)) != NULL;
}

/* [null,null,"user_presence:1000042","presence_diff",{"joins":{.. */
static enum load_kind diff_kind(const struct load *l, kith_slice text, uint32_t *about)
{
    static const char prefix[] = "[null,null,\"user_presence:";
    kith_slice digits;
    uint64_t id;
    if (!slice_starts(text, slice_of(prefix, sizeof prefix - 1))) return LOAD_OTHER;
    slice_cut(slice_from(text, sizeof prefix - 1), '"', &digits);
    if (!slice_u64(digits, &id) || id < LOAD_FIRST_ID || id >= LOAD_FIRST_ID + l->count)
        return LOAD_OTHER;
    *about = (uint32_t)id - LOAD_FIRST_ID;
    return holds(text, "{\"joins\":{}") ? LOAD_WENT : LOAD_CHANGED;
}

/* `text` is the beginning of a message. */
static enum load_kind kind_of(const struct load *l, kith_slice text, uint32_t *about)
{
    enum load_kind kind = diff_kind(l, text, about);
    if (kind != LOAD_OTHER) return kind;
    if (holds(text, "\"presence_state\"")) return LOAD_STATE;
    if (!holds(text, "\"phx_reply\"")) return LOAD_OTHER;
    return holds(text, "\"status\":\"ok\"") ? LOAD_REPLY : LOAD_REFUSED;
}

/* The length of the header and of the whole frame; false: more of the header is needed. The server
 * sends no message of 4 GiB. */
static bool measure(const uint8_t *head, size_t have, uint32_t *header, uint32_t *all)
{
    static const uint8_t header_bytes[] = {2, 4, 10};
    unsigned len = have >= 2 ? head[1] & 0x7fu : 0;
    *header = header_bytes[len < 126 ? 0 : len - 125];
    if (have < 2 || have < *header) return false;
    if (len == 126) len = (unsigned)head[2] << 8 | head[3];
    if (len == 127)
        len = (unsigned)head[6] << 24 | (unsigned)head[7] << 16 | (unsigned)head[8] << 8 | head[9];
    *all = *header + len;
    return true;
}

static void frame_done(struct load *l, uint32_t who)
{
    struct client *c = &l->clients[who];
    c->have = 0;
    tell(l, who, c->kind, c->about);
}

/* Takes the head of a frame: all of it, or what tells its kind. */
static size_t feed_head(struct load *l, uint32_t who, const uint8_t *bytes, size_t len)
{
    struct client *c = &l->clients[who];
    uint32_t header = 0, all = 0;
    size_t used = 0;
    while (used < len) {
        size_t want = measure(c->head, c->have, &header, &all) ? all : header;
        if (want > HEAD_BYTES) want = HEAD_BYTES;
        if (c->have == want) break;
        size_t n = want - c->have < len - used ? want - c->have : len - used;
        memcpy(c->head + c->have, bytes + used, n);
        c->have = (uint8_t)(c->have + n);
        used += n;
    }
    if (!measure(c->head, c->have, &header, &all)) return used;
    if (c->have < all && c->have < HEAD_BYTES) return used;
    bool text = c->head[0] == 0x81;
    c->kind = text ? (uint8_t)kind_of(l, slice_of(c->head + header, c->have - header), &c->about)
                   : (uint8_t)LOAD_OTHER;
    if (c->kind == LOAD_CHANGED || c->kind == LOAD_WENT) l->stats.diff_bytes += all;
    c->skip = all - c->have;
    if (c->skip == 0) frame_done(l, who);
    return used;
}

static size_t feed_rest(struct load *l, uint32_t who, size_t len)
{
    struct client *c = &l->clients[who];
    size_t n = c->skip < len ? c->skip : len;
    c->skip -= (uint32_t)n;
    if (c->skip == 0) frame_done(l, who);
    return n;
}

/* Up to the blank line; the status is in the first bytes. */
static size_t feed_upgrade(struct load *l, uint32_t who, const uint8_t *bytes, size_t len)
{
    static const char end[] = "\r\n\r\n";
    struct client *c = &l->clients[who];
    size_t used = 0;
    while (used < len && c->blank < 4) {
        uint8_t byte = bytes[used++];
        if (c->have < HEAD_BYTES) c->head[c->have++] = byte;
        c->blank = byte == (uint8_t)end[c->blank] ? (uint8_t)(c->blank + 1) : byte == '\r';
    }
    if (c->blank < 4) return used;
    bool ok = slice_starts(slice_of(c->head, c->have), slice_str("HTTP/1.1 101"));
    c->have = 0;
    c->phase = PHASE_OPEN;
    tell(l, who, ok ? LOAD_OPEN : LOAD_REFUSED, who);
    return used;
}

static void feed(struct load *l, uint32_t who, const uint8_t *bytes, size_t len)
{
    const struct client *c = &l->clients[who];
    for (size_t at = 0; at < len;) {
        if (c->phase == PHASE_UPGRADE)
            at += feed_upgrade(l, who, bytes + at, len - at);
        else if (c->phase != PHASE_OPEN)
            return;
        else if (c->skip)
            at += feed_rest(l, who, len - at);
        else
            at += feed_head(l, who, bytes + at, len - at);
    }
}

/* Edge triggered: reads until less comes than there is room for. */
static void read_client(struct load *l, uint32_t who)
{
    struct client *c = &l->clients[who];
    ssize_t n = READ_BYTES;
    while (n == READ_BYTES && c->phase != PHASE_NONE) {
        n = recv(c->fd, l->scratch, READ_BYTES, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (n <= 0) {
            load_drop(l, who);
            tell(l, who, LOAD_CLOSED, who);
        } else {
            feed(l, who, l->scratch, (size_t)n);
        }
    }
}

void load_poll(struct load *l, double wait_us)
{
    struct epoll_event events[EVENTS];
    if (wait_us < 0) wait_us = 0;
    struct timespec t = {.tv_sec = (time_t)(wait_us / 1e6)};
    t.tv_nsec = (long)((wait_us - (double)t.tv_sec * 1e6) * 1e3);
    int n = epoll_pwait2(l->epoll_fd, events, EVENTS, &t, NULL);
    if (n < 0 && errno != EINTR) die("epoll_pwait2: %s", strerror(errno));
    for (int i = 0; i < n; i++)
        if (l->clients[events[i].data.u32].phase != PHASE_NONE) read_client(l, events[i].data.u32);
}
