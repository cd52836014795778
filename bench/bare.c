/* bench/bare.c -- the floor to measure against. */
#include "bare.h"

#include "load.h"
#include "tool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FRAME_BYTES_MAX = 4096, BACKLOG = 128 };

struct bare {
    pid_t sender, reader;
    int line; /* to the sender: orders one way, microseconds the other */
};

static int listen_here(uint16_t *port)
{
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof a;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &len) != 0)
        die("cannot listen: %s", strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    *port = ntohs(a.sin_port);
    return fd;
}

/* The reader */

static _Noreturn void read_for_ever(uint32_t users, uint16_t port, int core)
{
    (void)pin((unsigned)core);
    struct load *l = load_new(users, port, true);
    for (uint32_t i = 0; i < users; i++)
        load_dial(l, i);
    for (;;)
        load_poll(l, 1e6);
}

/* The sender */

struct sender {
    const struct graph *g;
    pid_t softirq;
    int *fds; /* of users, in the order in which the reader dials */
    uint8_t frame[FRAME_BYTES_MAX];
};

static void accept_all(struct sender *s, int listener)
{
    s->fds = calloc(s->g->users, sizeof *s->fds);
    if (!s->fds) die("out of memory");
    for (uint32_t i = 0; i < s->g->users; i++)
        if ((s->fds[i] = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
            die("cannot accept: %s", strerror(errno));
}

static void send_one(const struct sender *s, uint32_t user, uint32_t len)
{
    ssize_t n = send(s->fds[user], s->frame, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n != (ssize_t)len) die("the bare loop cannot send: %s", strerror(errno));
}

static double spent_us(const struct sender *s)
{
    return cpu_us(0) + (s->softirq ? cpu_us(s->softirq) : 0);
}

static double send_ordered(const struct sender *s, const struct bare_order *o)
{
    double begin = now_us(), cpu = spent_us(s);
    for (uint32_t i = 0; i < o->flips; i++) {
        uint32_t user = s->g->user[(o->first + i) % s->g->users];
        sleep_until(begin + i * 1e6 / o->rate);
        for (uint32_t k = 0; k < s->g->friends; k++)
            send_one(s, graph_friend(s->g, user, k), o->frame_bytes);
    }
    return (spent_us(s) - cpu) / ((double)o->flips * s->g->friends);
}

static _Noreturn void send_for_ever(const struct graph *g, int listener, int line, int core)
{
    struct sender s = {.g = g, .softirq = softirq_pid((unsigned)core)};
    struct bare_order o;
    (void)pin((unsigned)core);
    accept_all(&s, listener);
    memset(s.frame, 'x', sizeof s.frame);
    for (double us = 0; write(line, &us, sizeof us) == sizeof us; us = send_ordered(&s, &o))
        if (read(line, &o, sizeof o) != sizeof o) break;
    exit(0);
}

/* The parent */

static double answer(const struct bare *b)
{
    double us;
    if (read(b->line, &us, sizeof us) != sizeof us) die("the bare loop has ended");
    return us;
}

struct bare *bare_start(const struct graph *g, int send_core, int read_core)
{
    uint16_t port;
    int ends[2], listener = listen_here(&port);
    struct bare *b = calloc(1, sizeof *b);
    if (!b || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) die("no memory");
    b->line = ends[0];
    b->sender = fork_child();
    if (b->sender == 0) send_for_ever(g, listener, ends[1], send_core);
    b->reader = fork_child();
    if (b->reader == 0) read_for_ever(g->users, port, read_core);
    close(ends[1]);
    close(listener);
    (void)answer(b); /* all are connected */
    return b;
}

void bare_stop(struct bare *b)
{
    if (!b) return;
    kill(b->reader, SIGKILL);
    kill(b->sender, SIGKILL);
    waitpid(b->reader, NULL, 0);
    waitpid(b->sender, NULL, 0);
    close(b->line);
    free(b);
}

double bare_us(struct bare *b, const struct bare_order *o)
{
    if (o->frame_bytes > FRAME_BYTES_MAX) die("a frame is larger than a diff is");
    if (write(b->line, o, sizeof *o) != sizeof *o) die("the bare loop has ended");
    return answer(b);
}
