/* bench/micro_link.c -- what a message between nodes costs: one that is published on one link and
 * heard on another, both in this process, by way of a nats-server of loopback: CPU of this process,
 * which is both nodes, and of that server; and how long a message takes. The floor is the same
 * bytes through a process that sends back what it reads, with one write and one read for all that
 * are on their way at once. Another server may be named: micro_link nats://HOST:PORT, whose CPU is
 * not known then. */
#include "figures.h"
#include "io/link.h"
#include "io/system.h"
#include "load/histogram.h"
#include "tool.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 5000,
    ROUND_TRIPS = 2000,
    BYTES_ALL = 4 << 20, /* of one round, or so many messages: */
    MESSAGES_MAX = 20000,
    ROUNDS = 5,
};

struct nodes {
    struct link *a, *b;
    pid_t server; /* 0: another's */
};

static int listen_at(struct sockaddr_in *at)
{
    socklen_t len = sizeof *at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (fd < 0 || bind(fd, (struct sockaddr *)at, len) || listen(fd, 1) ||
        getsockname(fd, (struct sockaddr *)at, &len))
        die("no free port");
    return fd;
}

static uint16_t free_port(void)
{
    struct sockaddr_in at;
    (void)close(listen_at(&at));
    return ntohs(at.sin_port);
}

static pid_t start_server(char url[64])
{
    char port[16];
    (void)snprintf(port, sizeof port, "%u", free_port());
    (void)snprintf(url, 64, "nats://127.0.0.1:%s", port);
    pid_t pid = fork_child();
    if (pid > 0) return pid;
    (void)close(STDERR_FILENO); /* its log */
    (void)execlp("nats-server", "nats-server", "-a", "127.0.0.1", "-p", port, (char *)NULL);
    (void)execl("/usr/sbin/nats-server", "nats-server", "-a", "127.0.0.1", "-p", port,
                (char *)NULL);
    _exit(127);
}

static bool is_gone(pid_t pid) { return pid && waitpid(pid, NULL, WNOHANG) == pid; }

static struct link *open_link(const char *url, uint64_t inc)
{
    struct link_options o = {
        .urls = {url}, .url_count = 1, .node = "bench", .cluster = "bench", .inc = inc};
    struct link *l;
    kith_problem why;
    if (link_open(&o, &l, &why)) die("%s", why.text);
    return l;
}

static void turn(struct link *l, int ms)
{
    struct pollfd wait = {.fd = link_fd(l), .events = POLLIN};
    link_flush(l);
    if (poll(&wait, 1, ms) > 0) link_serve(l, system_now());
}

/* False: there is no nats-server to start. */
static bool connect_both(const struct nodes *n, const char *url)
{
    uint64_t end = system_now().mono_ms + PATIENCE_MS;
    while (!link_connected(n->a, LINK_LIVE) || !link_connected(n->b, LINK_LIVE)) {
        if (is_gone(n->server)) return false;
        if (system_now().mono_ms > end) die("%s does not let us in", url);
        turn(n->a, 10);
        turn(n->b, 10);
    }
    return true;
}

/* As many as may be on their way at once; the other node takes them meanwhile. */
static void pass(const struct nodes *n, kith_slice bytes, uint32_t count, uint32_t at_once)
{
    uint32_t sent = 0, heard = 0;
    struct link_message m;
    while (heard < count) {
        while (sent < count && sent - heard < at_once &&
               link_publish(n->a, LINK_LIVE, LINK_INBOX, 2, bytes) == KITH_OK)
            sent++;
        turn(n->a, 0);
        turn(n->b, 1000);
        while (link_next(n->b, &m))
            heard++;
        if (!link_connected(n->a, LINK_LIVE)) die("the connection ended");
    }
}

/* The floor */

struct relay {
    pid_t pid;
    int fd;
};

static bool all(ssize_t n, size_t len) { return n >= 0 && (size_t)n == len; }

static _Noreturn void send_back(int fd)
{
    static uint8_t bytes[1 << 16];
    for (ssize_t n; (n = recv(fd, bytes, sizeof bytes, 0)) > 0;)
        if (!all(send(fd, bytes, (size_t)n, MSG_NOSIGNAL), (size_t)n)) break;
    _exit(0);
}

static struct relay relay_start(void)
{
    struct sockaddr_in at;
    int on = 1, listener = listen_at(&at);
    struct relay r = {.pid = fork_child()};
    if (r.pid == 0) send_back(accept(listener, NULL, NULL));
    r.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(r.fd, (struct sockaddr *)&at, sizeof at)) die("the relay does not answer");
    (void)setsockopt(r.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)close(listener);
    return r;
}

static void relay_stop(const struct relay *r)
{
    (void)close(r->fd);
    (void)waitpid(r->pid, NULL, 0);
}

/* At most so much at once as surely waits in a socket. */
static void relay_pass(const struct relay *r, uint32_t size, uint32_t count, uint32_t at_once)
{
    static uint8_t bytes[1 << 16];
    size_t left = (size_t)size * count, batch = (size_t)size * at_once;
    if (batch > sizeof bytes) batch = sizeof bytes;
    for (size_t n; left; left -= n) {
        n = left < batch ? left : batch;
        if (!all(send(r->fd, bytes, n, MSG_NOSIGNAL), n) ||
            !all(recv(r->fd, bytes, n, MSG_WAITALL), n))
            die("the relay has ended");
    }
}

/* Figures */

__attribute__((format(printf, 4, 5))) static void note(struct figures *f, const char *unit,
                                                       double v, const char *fmt, ...)
{
    char name[sizeof f->list[0].name];
    va_list args;
    va_start(args, fmt);
    vsnprintf(name, sizeof name, fmt, args);
    va_end(args);
    figures_add(f, unit, v, none, name);
}

struct cost {
    double ends_us, middle_us; /* CPU of who sends and hears, and of what is between */
};

static struct cost now_spent(pid_t middle)
{
    return (struct cost){cpu_us(0), middle ? cpu_us(middle) : 0};
}

static struct cost spent_since(struct cost began, pid_t middle, uint32_t count)
{
    struct cost now = now_spent(middle);
    return (struct cost){(now.ends_us - began.ends_us) / count,
                         (now.middle_us - began.middle_us) / count};
}

static void measure(const struct nodes *n, const struct relay *r, uint32_t size, uint32_t at_once,
                    struct figures *f)
{
    static uint8_t bytes[LINK_BYTES_MAX];
    char what[48];
    uint32_t count = BYTES_ALL / size < MESSAGES_MAX ? BYTES_ALL / size : MESSAGES_MAX;
    if (at_once == 1 && count > MESSAGES_MAX / 10) count = MESSAGES_MAX / 10;
    memset(bytes, 'x', sizeof bytes);
    snprintf(what, sizeof what, "%u B, %u at once", size, at_once);
    struct cost began = now_spent(n->server);
    pass(n, slice_of(bytes, size), count, at_once);
    struct cost link = spent_since(began, n->server, count);
    began = now_spent(r->pid);
    relay_pass(r, size, count, at_once);
    struct cost bare = spent_since(began, r->pid, count);
    note(f, "µs", link.ends_us, "%s: CPU of both nodes", what);
    if (n->server) note(f, "µs", link.middle_us, "%s: CPU of nats-server", what);
    note(f, "µs", bare.ends_us, "%s: bare, both ends of a relay", what);
    note(f, "µs", bare.middle_us, "%s: bare, the relay", what);
    note(f, "", link.ends_us / bare.ends_us, "%s: ratio of the ends", what);
}

static void note_way(struct figures *f, const struct histogram *took, const char *what)
{
    note(f, "µs", (double)histogram_at(took, 0.5), "%s: p50", what);
    note(f, "µs", (double)histogram_at(took, 0.99), "%s: p99", what);
}

static void measure_way(const struct nodes *n, const struct relay *r, struct figures *f)
{
    struct histogram link = {0}, bare = {0};
    for (int i = 0; i < ROUND_TRIPS; i++) {
        double began = now_us();
        pass(n, KITH_LIT("hello"), 1, 1);
        double heard = now_us();
        relay_pass(r, 5, 1, 1);
        histogram_add(&link, whole_us(heard - began));
        histogram_add(&bare, whole_us(now_us() - heard));
    }
    note_way(f, &link, "from publish to heard");
    note_way(f, &bare, "bare, there and back");
    note(f, "", (double)histogram_at(&link, 0.5) / (double)histogram_at(&bare, 0.5),
         "ratio of the ways, p50");
}

static void measure_all(const struct nodes *n, struct figures *f)
{
    static const uint32_t sizes[] = {100, 1024, 16384}, at_once[] = {1, 64};
    struct relay r = relay_start();
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 2; j++)
                measure(n, &r, sizes[i], at_once[j], f);
        measure_way(n, &r, f);
    }
    relay_stop(&r);
}

static void print(const struct figures *f, bool json)
{
    if (json)
        figures_json(f, stdout), putchar('\n');
    else if (f->count)
        figures_table(f, stdout);
    else
        puts("Left out: there is no nats-server.");
}

int main(int argc, char **argv)
{
    static struct figures figures;
    bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
    char own[64];
    const char *url = argc > 1 + json ? argv[1 + json] : NULL;
    struct nodes n = {.server = url ? 0 : start_server(own)};
    signal(SIGPIPE, SIG_IGN);
    if (!url) url = own;
    sleep_until(now_us() + 300e3); /* until it listens */
    n.a = open_link(url, 1);
    n.b = open_link(url, 2);
    bool there = connect_both(&n, url);
    if (there) measure_all(&n, &figures);
    link_close(n.a);
    link_close(n.b);
    if (there && n.server && kill(n.server, SIGTERM) == 0) (void)waitpid(n.server, NULL, 0);
    print(&figures, json);
    return 0;
}
