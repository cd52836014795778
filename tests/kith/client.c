/* tests/kith/client.c -- a WebSocket client for the tests of the library. */
#include "client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000 };

static long long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void send_all(struct client *c, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    while (len) {
        ssize_t n = send(c->fd, at, len, MSG_NOSIGNAL);
        if (n <= 0) return; /* one reads of it */
        at += n;
        len -= (size_t)n;
    }
}

/* A line of what was heard. Old ones make room: nobody looks for them twice. */
static void note(struct client *c, const char *kind, const uint8_t *bytes, size_t len)
{
    size_t need = strlen(kind) + len + 2;
    if (need > sizeof c->text) return;
    if (c->text_len + need > sizeof c->text) c->text_len = c->heard_at = 0;
    c->text_len += (size_t)snprintf(c->text + c->text_len, need, "%s%.*s\n", kind, (int)len,
                                    (const char *)bytes);
    for (char *p = c->text; *p; p++)
        if (*p == '"') *p = '\'';
}

static void take_frame(struct client *c, uint8_t first, const uint8_t *payload, size_t len)
{
    static const uint8_t pong[6] = {0x8a, 0x80};
    if (first == 0x81) note(c, "", payload, len);
    if (first == 0x82) note(c, "binary ", payload, len);
    if (first == 0x88) c->close_code = len >= 2 ? payload[0] << 8 | payload[1] : 1005;
    if (first == 0x89) send_all(c, pong, sizeof pong);
}

/* The bytes of the first whole frame, or response; 0: there is none. */
static size_t take_one(struct client *c, const uint8_t *at, size_t left)
{
    if (c->status != 101) {
        const uint8_t *end = memmem(at, left, "\r\n\r\n", 4);
        if (!end) return 0;
        c->status = atoi((const char *)at + 9);
        return (size_t)(end - at) + 4;
    }
    if (left < 2) return 0;
    size_t len = at[1], wide = len == 126 ? 2 : len == 127 ? 8 : 0;
    if (left < 2 + wide) return 0;
    for (size_t i = 0; i < wide; i++)
        len = (i ? len << 8 : 0) | at[2 + i];
    if (left < 2 + wide + len) return 0;
    take_frame(c, at[0], at + 2 + wide, len);
    return 2 + wide + len;
}

/* Reads once. False: nothing came in time. */
static bool hear(struct client *c, int ms)
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    if (c->ended || poll(&p, 1, ms) <= 0) return false;
    ssize_t n = recv(c->fd, c->in + c->in_len, sizeof c->in - c->in_len, 0);
    if (n <= 0) {
        c->ended = true;
        return false;
    }
    c->in_len += (size_t)n;
    size_t at = 0;
    for (size_t used; (used = take_one(c, c->in + at, c->in_len - at)); at += used)
        ;
    c->in_len -= at;
    memmove(c->in, c->in + at, c->in_len);
    return true;
}

bool client_open(struct client *c, uint16_t port, const char *target)
{
    return client_open_from(c, port, target, NULL);
}

bool client_open_from(struct client *c, uint16_t port, const char *target, const char *origin)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char head[2048];
    *c = (struct client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    int n = snprintf(head, sizeof head,
                     "GET %s HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\n"
                     "connection: upgrade\r\nsec-websocket-version: 13\r\n"
                     "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s\r\n",
                     target, origin ? "origin: " : "", origin ? origin : "", origin ? "\r\n" : "");
    if (connect(c->fd, (struct sockaddr *)&a, sizeof a) != 0) {
        c->ended = true;
        return false;
    }
    send_all(c, head, (size_t)n);
    for (long long until = now_ms() + PATIENCE_MS; !c->status && !c->ended && now_ms() < until;)
        hear(c, 100);
    return c->status == 101;
}

void client_close(struct client *c)
{
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
    c->ended = true;
}

void client_say(struct client *c, const char *text)
{
    uint8_t frame[4096] = {0x81};
    size_t len = strlen(text), head = len < 126 ? 2 : 4;
    if (len + 8 > sizeof frame) abort();
    frame[1] = (uint8_t)(0x80 | (len < 126 ? len : 126));
    if (len >= 126) frame[2] = (uint8_t)(len >> 8), frame[3] = (uint8_t)len;
    for (size_t i = 0; i < len; i++) /* masked with 0 */
        frame[head + 4 + i] = (uint8_t)(text[i] == '\'' ? '"' : text[i]);
    send_all(c, frame, head + 4 + len);
}

/* The end of the first line from heard_at on that holds `what`, or NULL. */
static const char *find(const struct client *c, const char *what)
{
    const char *at = strstr(c->text + c->heard_at, what);
    return at ? strchr(at, '\n') : NULL;
}

bool client_hears(struct client *c, const char *what)
{
    long long until = now_ms() + PATIENCE_MS;
    for (;;) {
        const char *end = find(c, what);
        if (end) {
            c->heard_at = (size_t)(end - c->text);
            return true;
        }
        if (c->ended || now_ms() >= until) return false;
        hear(c, 100);
    }
}

bool client_heard(const struct client *c, const char *what) { return strstr(c->text, what); }

bool client_is_closed(struct client *c, int code)
{
    for (long long until = now_ms() + PATIENCE_MS; !c->ended && now_ms() < until;)
        hear(c, 100);
    return c->ended && c->close_code == code;
}

bool client_is_there(struct client *c)
{
    client_say(c, "[null,'hb','phoenix','heartbeat',{}]");
    return client_hears(c, "[null,'hb','phoenix','phx_reply'");
}
