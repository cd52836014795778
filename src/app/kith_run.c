/* app/kith_run.c -- a server as the one thing that its process does: signals, the service manager,
 * settings that are read again. */
#include "app/config_again.h"
#include "app/config_changes.h"
#include "app/kith_live.h"
#include "app/server.h"
#include "io/log.h"
#include "io/notify.h"
#include "io/signals.h"
#include "io/system.h"

#include <inttypes.h>

/* Beats are this much closer than the service manager wants them: one tells that the workers have
 * turned since the one before. */
enum { BEATS = 4, STOP_MARGIN_MS = 10000 };

/* One line of the log each. */
static void tell_changes(const struct kith_config *was, const struct kith_config *now, bool live)
{
    struct buf lines = {0};
    kith_slice line, rest;
    (void)config_changes(was, now, live, &lines);
    for (rest = buf_slice(&lines); rest.len;) {
        rest = slice_cut(rest, '\n', &line);
        if (live)
            log_info("reloaded: %.*s", (int)line.len, (const char *)line.ptr);
        else
            log_warn("%.*s: that takes a restart", (int)line.len, (const char *)line.ptr);
    }
    buf_fini(&lines);
}

/* What is in a file has no name of its own: when it expires tells one from the one before. */
static void tell_certificates(const struct kith_server *s)
{
    uint64_t at_s = s->tls ? tls_expires_s(s->tls) : 0, now_s = system_now().unix_ms / 1000;
    if (at_s)
        log_info("reloaded: certificates, of which the first expires in %" PRId64 " days",
                 ((int64_t)at_s - (int64_t)now_s) / 86400);
}

/* What is said, and what would hold by it: some of it waits for a restart. */
static kith_err take_up(const struct kith_server *s, const struct kith_config *said,
                        struct kith_config **out, kith_problem *why)
{
    kith_problem what;
    *out = NULL;
    kith_err e = kith_config_check(said, why);
    if (!e) e = config_taken_up(s->live->config, said, out, why);
    if (e || (e = kith_config_check(*out, &what)) == KITH_OK) return e;
    kith_config_free(*out);
    return problem(e, why, "it takes a restart: until then it would be that %s", what.text);
}

static kith_err put_in_place(struct kith_server *s, struct host *h, struct kith_config *config,
                             kith_problem *why)
{
    struct server_live *next, *last = s->live;
    kith_err e = server_live_new(s, config, &next, why);
    if (e) return e;
    server_live_set(next, s);
    const struct live_settings settings = server_live_settings(next);
    e = host_renew(h, &settings);
    if (!e) s->live = next;
    if (!e) server_log(kith_config_settings(next->config));
    if (!e) server_live_show(next, s);
    if (!e) tell_changes(last->config, next->config, true);
    if (!e) tell_certificates(s);
    server_live_free(e ? next : last);
    return e ? problem(e, why, "the server is not running") : KITH_OK;
}

static kith_err reload(struct kith_server *s, struct host *h, const struct kith_config *said,
                       kith_problem *why)
{
    struct kith_config *taken;
    kith_err e = take_up(s, said, &taken, why);
    if (!e) e = put_in_place(s, h, taken, why);
    if (!e) tell_changes(s->live->config, said, false);
    return e;
}

kith_err kith_server_reload(struct kith_server *s, const struct kith_config *config,
                            kith_problem *why)
{
    struct host *h = server_host(s);
    if (!config) return problem(KITH_BAD, why, "no configuration");
    if (!h) return problem(KITH_BAD, why, "the server is not running");
    if (host_is_here(h)) return problem(KITH_BAD, why, "a callback cannot reload its own server");
    if (atomic_exchange(&s->reloading, true))
        return problem(KITH_REFUSED, why, "another reload is on its way");
    kith_err e = reload(s, h, config, why);
    atomic_store(&s->reloading, false);
    return e;
}

/* A broken file leaves everything as it was. */
static void read_again(struct kith_server *s, const struct notify *n)
{
    struct kith_config *said;
    kith_problem why;
    notify_say(n, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\nSTATUS=Reading its settings again",
               system_us());
    kith_err e = config_again(s->config, &said, &why);
    if (!e) {
        e = kith_server_reload(s, said, &why);
        kith_config_free(said);
    }
    if (e)
        log_warn("%s; nothing is reloaded, all stays as it was", why.text);
    else
        log_info("reloaded");
    notify_say(n, "READY=1\nSTATUS=%s%s", e ? "Serves; not reloaded: " : "Serves; reloaded",
               e ? why.text : "");
}

/* Whether it goes on: it has not been told to end. */
static bool live_on(struct kith_server *s, const struct notify *n, uint32_t ms, bool terminal)
{
    enum signal_kind kind = signals_next(ms, terminal);
    if (kind == SIGNAL_AGAIN) read_again(s, n);
    return kind != SIGNAL_END;
}

static void serve(struct kith_server *s, const struct notify *n, bool terminal)
{
    uint32_t ms = n->watchdog_ms ? n->watchdog_ms / BEATS + 1 : UINT32_MAX;
    host_print_ready(s->host);
    notify_say(n, "READY=1\nSTATUS=Serves");
    while (live_on(s, n, ms, terminal))
        if (n->watchdog_ms && host_turns(s->host)) notify_say(n, "WATCHDOG=1");
}

static void say_stopping(const struct kith_server *s, const struct notify *n)
{
    struct live_settings l = server_live_settings(s->live);
    uint64_t ms = (uint64_t)(s->settings.cluster.name ? l.leave_ms : 0) + l.drain_ms;
    notify_say(n, "STOPPING=1\nSTATUS=Tells its clients to come back\nEXTEND_TIMEOUT_USEC=%" PRIu64,
               (ms + STOP_MARGIN_MS) * 1000);
}

static kith_err run(struct kith_server *s, const struct notify *n, kith_problem *why)
{
    bool terminal = signals_on_terminal(), goes_on = true;
    signals_block();
    kith_err e = server_begin(s, why);
    while (!e && goes_on && host_joins(s->host))
        goes_on = live_on(s, n, JOINING_MS, terminal);
    if (!e && goes_on) e = host_await(s->host, why);
    if (e) return e;
    if (goes_on) serve(s, n, terminal);
    say_stopping(s, n);
    return kith_server_stop(s, why);
}

kith_err kith_server_run(struct kith_server *s, kith_problem *why)
{
    struct notify n;
    if (!notify_init(&n))
        log_warn("NOTIFY_SOCKET names no socket that can be written to: the service manager is "
                 "not told that this server is ready");
    kith_err e = run(s, &n, why);
    notify_fini(&n);
    return e;
}
