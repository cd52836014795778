/* bench/denied_wire.c -- can who may not be seen be told, by time, from who is not there, by who
 * joins or asks for them over a WebSocket?
 *
 *     denied_wire PORT SAMPLES join NAME=VIEWER,VIEWER.. NAME=VIEWER,VIEWER..
 *     denied_wire PORT SAMPLES watch VIEWER NAME=ID,ID.. NAME=ID,ID..
 *
 * join: from a viewer's join to its state, each on a connection of its own. watch: from the event
 * to its reply, the viewer's; of a server with presence.watch_budget = 0. Both want
 * presence.grace_s = 0. Prints what classes_print does. Ends with 1 where what comes is not as long
 * for one as for another. */
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

struct asking {
    uint16_t port;
    const char *viewer; /* that asks to watch, on: */
    int fd;
    unsigned asked;
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

static size_t join(int fd)
{
    say(fd, "[\"1\",\"1\",\"friends\",\"phx_join\",{}]");
    return hear(fd, "presence_state");
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
    size_t len = join(fd);
    double us = now_us() - from;
    same_length(c, len);
    close(fd);
    return us;
}

static double ask_watch(void *ctx, const struct class *c, uint32_t item)
{
    struct asking *a = ctx;
    char text[126];
    if (a->asked++ % DEAR_MAX == 0) {
        if (a->fd) close(a->fd);
        a->fd = come(a->port, a->viewer);
        (void)join(a->fd);
    }
    snprintf(text, sizeof text, "[\"1\",\"w\",\"friends\",\"watch\",{\"ids\":[\"%s\"]}]",
             c->items[item]);
    double from = now_us();
    say(a->fd, text);
    size_t len = hear(a->fd, "phx_reply");
    double us = now_us() - from;
    same_length(c, len);
    return us;
}

int main(int argc, char **argv)
{
    static struct asking a;
    bool joins = argc > 3 && strcmp(argv[3], "join") == 0;
    int first = joins ? 4 : 5;
    if (argc <= first) die("usage: denied_wire PORT SAMPLES join|watch [VIEWER] NAME=ID,ID..");
    struct classes classes = {.seed = 7};
    uint32_t samples = (uint32_t)strtoul(argv[2], NULL, 10);
    for (int i = first; i < argc; i++)
        classes_read(&classes, argv[i], samples);
    if (samples == 0) die("no samples");
    a.port = (uint16_t)strtoul(argv[1], NULL, 10);
    a.viewer = argv[4];
    classes_ask(&classes, samples, joins ? ask_join : ask_watch, &a);
    classes_print(&classes);
    classes_free(&classes);
    return 0;
}
