/* bench/denied_wire.c -- can who may not be seen be told, by time, from who is not there, by who
 * joins or asks for them over a WebSocket?
 *
 *     denied_wire PORT SAMPLES friends|user NAME=VIEWER,VIEWER.. NAME=VIEWER,VIEWER..
 *     denied_wire PORT SAMPLES watch|last_seen|door|presence VIEWER NAME=ID,ID.. NAME=ID,ID..
 *
 * friends, user: from a viewer's join of that topic to its state, each on a connection of its own.
 * watch, last_seen: from the event to its reply, the viewer's; door, presence: from its join of
 * user:<id> or user_presence:<id>, which is refused. All of a server with presence.watch_budget = 0
 * and presence.grace_s = 0. Prints what classes_print does. Ends with 1 where what comes is not as
 * long for one as for another. */
#include "classes.h"
#include "tool.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    IN_MAX = 1 << 16,
    DEAR_MAX = 10 /* so many at once of what is dear may a connection ask for */
};

static char in[IN_MAX];

/* A connection that ends is gone at once, and its port free. */
static int dial(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct linger none = {.l_onoff = 1};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to)) die("cannot connect: %m");
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    return fd;
}

/* Reads until `what` has come; returns how many bytes there were. */
static size_t hear(int fd, const char *what)
{
    size_t len = 0;
    for (;;) {
        ssize_t n = read(fd, in + len, IN_MAX - len);
        if (n <= 0 || len + (size_t)n == IN_MAX) die("the server closed, or said too much");
        len += (size_t)n;
        if (memmem(in, len, what, strlen(what)) && strchr("]\n", in[len - 1])) return len;
    }
}

/* A client's frames are masked (RFC 6455 section 5.3), here with zeros. */
static void say(int fd, const char *text)
{
    uint8_t frame[6 + 125] = {0x81};
    size_t len = strlen(text);
    if (len > 125) die("too long: %s", text);
    frame[1] = (uint8_t)(0x80 | len);
    memcpy(frame + 6, text, len);
    if (write(fd, frame, 6 + len) != (ssize_t)(6 + len)) die("cannot write: %m");
}

/* Hidden, so that none of its friends is told of it meanwhile. */
static int come(uint16_t port, const char *user)
{
    char head[512];
    int fd = dial(port);
    int n = snprintf(head, sizeof head,
                     "GET /socket/websocket?vsn=2.0.0&session=hidden&user_id=%s HTTP/1.1\r\n"
                     "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                     "Sec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                     user);
    if (write(fd, head, (size_t)n) != n) die("cannot write: %m");
    (void)hear(fd, "\r\n\r\n");
    return fd;
}

struct door {
    const char *name;
    bool of_viewers; /* each joins; else the viewer asks for each */
    const char *before, *behind, *until;
};

static const struct door doors[] = {
    {"friends", true, "[\"1\",\"1\",\"friends\",\"phx_join\",{}]", "", "presence_state"},
    {"user", true, "[\"1\",\"1\",\"user:", "\",\"phx_join\",{}]", "presence_state"},
    {"watch", false, "[\"1\",\"w\",\"friends\",\"watch\",{\"ids\":[\"", "\"]}]", "phx_reply"},
    {"last_seen", false, "[\"1\",\"s\",\"friends\",\"last_seen\",{\"ids\":[\"", "\"]}]",
     "phx_reply"},
    {"door", false, "[\"2\",\"2\",\"user:", "\",\"phx_join\",{}]", "phx_reply"},
    {"presence", false, "[\"2\",\"2\",\"user_presence:", "\",\"phx_join\",{}]", "phx_reply"},
};

static const struct door *door_named(const char *name)
{
    for (size_t i = 0; i < sizeof doors / sizeof doors[0]; i++)
        if (strcmp(doors[i].name, name) == 0) return &doors[i];
    die("there is no door %s", name);
}

struct asking {
    const struct door *door;
    uint16_t port;
    const char *viewer; /* that asks, on: */
    int fd;
    unsigned asked;
};

static size_t knock(int fd, const struct door *d, const char *id)
{
    char text[126];
    bool names = *d->behind;
    if (snprintf(text, sizeof text, "%s%s%s", d->before, names ? id : "", d->behind) > 125)
        die("too long: %s", id);
    say(fd, text);
    return hear(fd, d->until);
}

static void same_length(const struct class *c, size_t len)
{
    static size_t first;
    if (!first) first = len;
    if (len != first) die("%s is told %zu bytes, and the first %zu", c->name, len, first);
}

static double ask_join(void *ctx, const struct class *c, uint32_t item)
{
    const struct asking *a = ctx;
    int fd = come(a->port, c->items[item]);
    double from = now_us();
    size_t len = knock(fd, a->door, c->items[item]);
    double us = now_us() - from;
    same_length(c, len);
    close(fd);
    return us;
}

static double ask_of(void *ctx, const struct class *c, uint32_t item)
{
    struct asking *a = ctx;
    if (a->asked++ % DEAR_MAX == 0) {
        if (a->fd) close(a->fd);
        a->fd = come(a->port, a->viewer);
        (void)knock(a->fd, door_named("friends"), a->viewer);
    }
    double from = now_us();
    size_t len = knock(a->fd, a->door, c->items[item]);
    double us = now_us() - from;
    same_length(c, len);
    return us;
}

int main(int argc, char **argv)
{
    static struct asking a;
    if (argc < 5) die("usage: denied_wire PORT SAMPLES DOOR [VIEWER] NAME=ID,ID..");
    a.door = door_named(argv[3]);
    struct classes classes = {.seed = 7};
    uint32_t samples = (uint32_t)strtoul(argv[2], NULL, 10);
    for (int i = a.door->of_viewers ? 4 : 5; i < argc; i++)
        classes_read(&classes, argv[i], samples);
    if (samples == 0) die("no samples");
    a.port = (uint16_t)strtoul(argv[1], NULL, 10);
    a.viewer = argv[4];
    classes_ask(&classes, samples, a.door->of_viewers ? ask_join : ask_of, &a);
    classes_print(&classes);
    classes_free(&classes);
    return 0;
}
