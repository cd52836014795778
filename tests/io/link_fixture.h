/* tests/io/link_fixture.h -- links to a real nats-server, and time for them. */
#pragma once

#include "io/link.h"
#include "io/system.h"
#include "nats.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* What ought to be at once may take so long on a busy machine, under sanitizers; what waits for a
 * server that says nothing takes longer than BLOCKED_MS. */
enum { PATIENCE_MS = 20000, BUSY_MS = 10000, BLOCKED_MS = 2000 };

static inline struct link *open_with(const struct link_options *o)
{
    kith_problem why = {""};
    struct link *l = NULL;
    if (link_open(o, &l, &why)) fail_msg("%s", why.text);
    return l;
}

static inline struct link *open_link(const char *url, uint64_t inc)
{
    return open_with(&(struct link_options){
        .urls = {url}, .url_count = 1, .node = "test", .cluster = "people", .inc = inc});
}

/* One server for a group of tests: their state. */
static inline int start_one(void **state)
{
    static struct nats n;
    nats_start(&n, "");
    *state = &n;
    return 0;
}

static inline int remove_one(void **state)
{
    nats_remove(*state);
    return 0;
}

/* Some ms of its user's loop, at most. */
static inline void turn(struct link *l, int ms)
{
    struct pollfd wait = {.fd = link_fd(l), .events = POLLIN};
    link_flush(l);
    (void)poll(&wait, 1, ms);
    link_serve(l, system_now());
}

static inline bool both(const struct link *l)
{
    return link_connected(l, LINK_LIVE) && link_connected(l, LINK_BULK);
}

static inline void until_connected(struct link *l)
{
    for (uint64_t end = system_now().mono_ms + PATIENCE_MS; !both(l); turn(l, 50))
        if (system_now().mono_ms > end) fail_msg("not connected");
}

static inline void until_lost(struct link *l)
{
    uint64_t end = system_now().mono_ms + PATIENCE_MS;
    for (; link_connected(l, LINK_LIVE) || link_connected(l, LINK_BULK); turn(l, 50))
        if (system_now().mono_ms > end) fail_msg("still connected");
}

static inline void say_to(struct link *l, enum link_where where, uint64_t inc, const char *text)
{
    assert_int_equal(link_publish(l, LINK_LIVE, where, inc, slice_str(text)), KITH_OK);
    link_flush(l);
}

/* The next message, whoever else has to turn for it. */
static inline struct link_message hear(struct link *l)
{
    struct link_message m;
    uint64_t end = system_now().mono_ms + PATIENCE_MS;
    while (!link_next(l, &m)) {
        if (system_now().mono_ms > end) fail_msg("nothing is heard");
        turn(l, 50);
    }
    return m;
}

static inline void hears(struct link *l, enum link_where where, const char *text)
{
    struct link_message m = hear(l);
    assert_int_equal(m.where, where);
    if (!slice_is(m.bytes, text)) fail_msg("%.*s", (int)m.bytes.len, (const char *)m.bytes.ptr);
}

static inline void hears_nothing(struct link *l, int ms)
{
    struct link_message m;
    for (uint64_t end = system_now().mono_ms + (uint64_t)ms; system_now().mono_ms < end;
         turn(l, 20))
        if (link_next(l, &m)) fail_msg("hears %.*s", (int)m.bytes.len, (const char *)m.bytes.ptr);
}

/* What the code under test says on stderr from here to log_end. */
struct caught_log {
    int was, file;
    char text[8192];
};

static inline struct caught_log log_begin(void)
{
    char path[] = "/tmp/kith-log-XXXXXX";
    struct caught_log c = {.was = dup(STDERR_FILENO), .file = mkstemp(path)};
    unlink(path);
    dup2(c.file, STDERR_FILENO);
    return c;
}

static inline const char *log_so_far(struct caught_log *c)
{
    ssize_t n = pread(c->file, c->text, sizeof c->text - 1, 0);
    c->text[n > 0 ? n : 0] = 0;
    return c->text;
}

static inline void log_end(struct caught_log *c)
{
    dup2(c->was, STDERR_FILENO);
    close(c->was);
    close(c->file);
}
