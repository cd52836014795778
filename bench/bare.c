/* bench/bare.c -- the floor to measure against: its two ends, and what each took. */
#include "bare.h"

#include "bare_sender.h"
#include "driver.h"
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

enum { BACKLOG = 128, WINDOW = 100, LEAD_US = 60000, TAIL_US = 20000 };

struct bare {
    pid_t sender;
    int line; /* to it */
    struct driver driver;
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

static double answer(const struct bare *b)
{
    double us;
    if (read(b->line, &us, sizeof us) != sizeof us) die("the bare loop has ended");
    return us;
}

/* What is told here is nobody's doing: it is only read. */
static const struct load_phase *play(struct bare *b, struct phase p)
{
    p.unjudged = true;
    return driver_play(&b->driver, &p);
}

struct bare *bare_start(const struct load_options *o, const struct user_order *order, int send_core)
{
    uint16_t port;
    int ends[2], listener = listen_here(&port);
    struct bare *b = calloc(1, sizeof *b);
    if (!b || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) die("no memory");
    b->line = ends[0];
    b->sender = fork_child();
    if (b->sender == 0)
        bare_sender_run(&(struct bare_sender){.graph = o->graph,
                                              .order = order,
                                              .first_id = o->names->first_id,
                                              .listener = listener,
                                              .line = ends[1],
                                              .core = send_core});
    close(ends[1]);
    close(listener);
    driver_start(&b->driver, o, port, 0);
    (void)play(b, (struct phase){.kind = PHASE_STORM, .count = o->graph->users, .window = WINDOW});
    (void)answer(b); /* all are there */
    return b;
}

void bare_stop(struct bare *b)
{
    if (!b) return;
    driver_end(&b->driver);
    kill(b->sender, SIGKILL);
    waitpid(b->sender, NULL, 0);
    close(b->line);
    free(b);
}

struct bare_took bare_send(struct bare *b, const struct bare_order *o)
{
    struct bare_order order = *o;
    order.begin_us = now_us() + LEAD_US;
    if (write(b->line, &order, sizeof order) != sizeof order) die("the bare loop has ended");
    uint64_t lasts_us = (uint64_t)(1e6 * o->flips / o->rate) + TAIL_US;
    const struct load_phase *p = play(b, (struct phase){.kind = PHASE_HOLD, .lasts_us = lasts_us});
    double frames = (double)(p->tally.frames ? p->tally.frames : 1);
    return (struct bare_took){.send_us = answer(b),
                              .read_us = p->generator_us / frames,
                              .waits = (double)p->tally.sleeps / frames};
}
