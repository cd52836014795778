/* bench/bare_way.c -- a message through NATS and nothing else. */
#include "bare_way.h"

#include "io/link.h"
#include "io/system.h"
#include "tool.h"

#include <poll.h>

enum { PATIENCE_MS = 5000 };

static struct link *open_link(const char *url, uint64_t inc)
{
    struct link_options o = {
        .urls = {url}, .url_count = 1, .node = "bench", .cluster = "bare", .inc = inc};
    struct link *l;
    kith_problem why;
    if (link_open(&o, &l, &why)) die("%s", why.text);
    return l;
}

static void turn(struct link *l, int ms)
{
    struct pollfd wait = {.fd = link_fd(l), .events = POLLIN};
    if (poll(&wait, 1, ms) > 0) link_serve(l, system_now());
}

static void connect(struct link *l, const char *url)
{
    uint64_t end = system_now().mono_ms + PATIENCE_MS;
    while (!link_connected(l, LINK_LIVE)) {
        if (system_now().mono_ms > end) die("%s does not let us in", url);
        turn(l, 10);
    }
}

static double pass(struct link *from, struct link *to)
{
    struct link_message m;
    double began = now_us(), end = began + PATIENCE_MS * 1e3;
    if (link_publish(from, LINK_LIVE, LINK_INBOX, 2, KITH_LIT("hello"))) die("NATS takes nothing");
    link_flush(from);
    while (!link_next(to, &m)) {
        if (now_us() > end) die("a message is lost");
        turn(to, 100);
    }
    return now_us() - began;
}

void bare_way(const char *url, unsigned count, double pause_us, struct histogram *took)
{
    struct link *from = open_link(url, 1), *to = open_link(url, 2);
    connect(from, url);
    connect(to, url);
    for (unsigned i = 0; i < count; i++) {
        histogram_add(took, whole_us(pass(from, to)));
        for (double end = now_us() + pause_us; now_us() < end;)
            sleep_until(end);
        turn(from, 0);
    }
    link_close(from);
    link_close(to);
}
