/* bench/micro_link.c -- what a message between nodes costs: one that is published on one link and
 * heard on another, both in this process, by way of a nats-server of loopback. Microseconds of CPU:
 * of this process, which is both nodes, and of that server; and how long a message takes. Another
 * server may be named: micro_link nats://HOST:PORT, whose CPU is not known then. */
#include "io/link.h"
#include "io/system.h"
#include "tool.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 5000,
    ROUND_TRIPS = 2000,
    BYTES_ALL = 16 << 20, /* of one measure, or so many messages: */
    MESSAGES_MAX = 100000,
};

struct nodes {
    struct link *a, *b;
    pid_t server; /* 0: another's */
};

static uint16_t free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) ||
        getsockname(fd, (struct sockaddr *)&at, &len))
        die("no free port");
    close(fd);
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

static void measure(const struct nodes *n, uint32_t size, uint32_t at_once)
{
    static uint8_t bytes[LINK_BYTES_MAX];
    uint32_t count = BYTES_ALL / size < MESSAGES_MAX ? BYTES_ALL / size : MESSAGES_MAX;
    if (at_once == 1 && count > MESSAGES_MAX / 10) count = MESSAGES_MAX / 10;
    memset(bytes, 'x', sizeof bytes);
    pass(n, slice_of(bytes, size), count / 10, at_once);
    double ours = cpu_us(0), servers = n->server ? cpu_us(n->server) : 0;
    pass(n, slice_of(bytes, size), count, at_once);
    ours = cpu_us(0) - ours;
    servers = n->server ? cpu_us(n->server) - servers : 0;
    printf("%6u bytes, %4u at once: %7.2f us of both nodes, %6.2f us of nats-server\n", size,
           at_once, ours / count, servers / count);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure_way(const struct nodes *n)
{
    static double took[ROUND_TRIPS];
    for (int i = 0; i < ROUND_TRIPS; i++) {
        double begin = now_us();
        pass(n, KITH_LIT("hello"), 1, 1);
        took[i] = now_us() - begin;
    }
    qsort(took, ROUND_TRIPS, sizeof took[0], by_size);
    printf("from publish to heard, one at a time: median %.0f us, p99 %.0f us\n",
           took[ROUND_TRIPS / 2], took[ROUND_TRIPS * 99 / 100]);
}

int main(int argc, char **argv)
{
    static const uint32_t sizes[] = {100, 1024, 16384};
    static const uint32_t at_once[] = {1, 64};
    struct nodes n = {0};
    char own[64];
    const char *url = argc > 1 ? argv[1] : own;
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) n.server = start_server(own);
    sleep_until(now_us() + 300e3); /* until it listens */
    n.a = open_link(url, 1);
    n.b = open_link(url, 2);
    bool there = connect_both(&n, url);
    if (!there) printf("left out: there is no nats-server\n");
    for (int i = 0; there && i < 3; i++)
        for (int j = 0; j < 2; j++)
            measure(&n, sizes[i], at_once[j]);
    if (there) measure_way(&n);
    link_close(n.a);
    link_close(n.b);
    if (there && n.server && kill(n.server, SIGTERM) == 0) (void)waitpid(n.server, NULL, 0);
    return 0;
}
