/* app/cmd_top.c -- `kith top`: how servers are just now, one or all nodes of a cluster, second by
 * second. */
#include "app/commands.h"
#include "app/config_value.h"
#include "app/options.h"
#include "app/remote.h"
#include "app/top_page.h"
#include "app/top_watch.h"
#include "io/system.h"
#include "io/terminal.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <sysexits.h>

#define NAME "kith top"

enum { OPT_ONCE = 256, ONCE_COLUMNS = 1000 };

struct arguments {
    struct target target;
    const char *urls[TOP_NODES_MAX];
    unsigned url_count;
    uint32_t interval_ms;
    bool once;
};

static const struct argp_option options[] = {
    {"interval", 'i', "SECONDS", 0, "Look so often, from 0.1 on; 1 if not said", 0},
    {"once", OPT_ONCE, NULL, 0, "Print it once, as plain text, and end", 0},
    {0}};

static const struct argp_child children[] = {{&target_server_argp, 0, NULL, 0}, {0}};

static void take_url(struct arguments *a, const char *url, struct argp_state *state)
{
    if (a->url_count == TOP_NODES_MAX)
        argp_error(state, "more than %d nodes fit on no screen", TOP_NODES_MAX);
    target_check_url("", url, state);
    a->urls[a->url_count++] = url;
}

static void take_interval(struct arguments *a, const char *text, struct argp_state *state)
{
    uint64_t ms;
    if (!config_seconds(text, &ms) || ms < 100 || ms > 3600000)
        argp_error(state, "--interval '%s' will not do; write seconds from 0.1 to 3600", text);
    a->interval_ms = (uint32_t)ms;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &a->target; return 0;
    case 'i': take_interval(a, arg, state); return 0;
    case OPT_ONCE: a->once = true; return 0;
    case ARGP_KEY_ARG: take_url(a, arg, state); return 0;
    case ARGP_KEY_END:
        if (a->target.api && a->url_count)
            argp_error(state, "say the URLs without --api: kith top URL...");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .args_doc = "[URL...]",
    .doc =
        "How servers are just now: one, or the nodes of a cluster.\v"
        "Each URL is that of a node's API. " TARGET_SERVER_DOC
        "What is wrong stands at the top, in red. Then, for each node:\n\n"
        "  CONNS, USERS    sockets open, and users with a session there\n"
        "  JOINS/S         channel joins answered ok\n"
        "  FLIPS/S         presence told: who comes, goes, changes status\n"
        "  DELIV/S         presence frames handed to sockets\n"
        "  OUT/S, IN/S     bytes to sockets, and from them\n"
        "  MEMORY, CPU%    of the process; 100 % is one core\n"
        "  STORE           whether its database answers\n"
        "  DROPPED         frames withheld from clients that are too slow\n\n"
        "and of nodes of a cluster:\n\n"
        "  STATE           joining, up, isolated (cut off from the others), leaving\n"
        "  STALE           for how long it has been cut off\n"
        "  BEHIND          streams of others that it has not got to their end\n"
        "  GAPS, PULLS     batches that were lost, and questions for what was in them\n"
        "  HELD            batches that waited for a change of the rules\n"
        "  MISMATCH        digests that were not alike: must be 0\n"
        "  MSGS/S, HEARD/S messages to other nodes, and from them; OUT/S, IN/S\n"
        "  UNSENT, FORGED  messages that NATS did not take, or that strangers made\n\n"
        "and which others it sees (up, suspect, down, leaving), and how long ago it heard them. A "
        "number in yellow has just grown. A node that does not answer is asked again and again. "
        "What has no room in the window is left out. q or Ctrl-C ends it.\n\n"
        "With --once, or where the output is no terminal, it looks twice, an interval apart, "
        "prints that, and ends: with 69 if a node does not answer. " TARGET_KEY_DOC
        " On loopback no key is needed to look.\n\n"
        "  kith top\n"
        "  kith top http://10.0.0.5:4001 http://10.0.0.6:4001 --key-file read.key\n"
        "  kith top --once --interval 5"};

static void draw(const struct top_watch *w, const struct arguments *a, bool live, struct buf *out)
{
    struct terminal_size size = live ? terminal_size() : (struct terminal_size){ONCE_COLUMNS, 0};
    top_draw(&(struct top_view){.nodes = w->nodes,
                                .count = w->count,
                                .now_ms = system_now().mono_ms,
                                .interval_ms = a->interval_ms,
                                .columns = size.columns,
                                .lines = live ? size.lines : UINT32_MAX,
                                .live = live,
                                .colour = live && !system_variable("NO_COLOR")},
             out);
}

/* Plain text */

static void print_page(const struct top_watch *w, const struct arguments *a)
{
    struct buf page = {0};
    draw(w, a, false, &page);
    (void)fwrite(page.ptr, 1, page.len, stdout);
    buf_fini(&page);
}

static int look_once(struct top_watch *w, const struct arguments *a)
{
    for (int round = 0; round < 2; round++) {
        uint64_t next_ms = system_now().mono_ms + a->interval_ms;
        top_ask(w);
        while (top_take(w), top_waits(w))
            top_wait(w, NULL, 0, a->interval_ms);
        for (uint64_t now_ms; round == 0 && (now_ms = system_now().mono_ms) < next_ms;)
            top_wait(w, NULL, 0, (uint32_t)(next_ms - now_ms));
    }
    print_page(w, a);
    unsigned silent = top_silent(w);
    if (silent)
        return complain(EX_UNAVAILABLE, NAME, "%u of %u nodes do not answer", silent, w->count);
    return finish_output(EX_OK, NAME);
}

/* On a terminal */

static kith_err show(const struct top_watch *w, const struct arguments *a)
{
    struct buf page = {0};
    draw(w, a, true, &page);
    kith_err e = page.failed ? KITH_NOMEM : terminal_show(buf_slice(&page));
    buf_fini(&page);
    return e;
}

/* False: it is to end. *draw: the page is to be shown again. */
static bool serve_terminal(struct terminal *t, bool *draw_it)
{
    char key = 0;
    for (;;)
        switch (terminal_next(t, &key)) {
        case TERMINAL_NOTHING: return true;
        case TERMINAL_DRAW: *draw_it = true; break;
        case TERMINAL_END: return false;
        case TERMINAL_KEY:
            if (key == 'q' || key == 'Q') return false;
        }
}

/* Asks in each interval, and shows what came of it when all have answered, or at the next. */
static kith_err keep_looking(struct top_watch *w, const struct arguments *a, struct terminal *t)
{
    int fds[2];
    unsigned fd_count = terminal_fds(t, fds);
    uint64_t next_ms = 0;
    kith_err e = KITH_OK;
    for (bool draw_it = true; !e && serve_terminal(t, &draw_it);) {
        uint64_t now_ms = system_now().mono_ms;
        bool waited = top_waits(w);
        top_take(w);
        draw_it |= waited && !top_waits(w);
        if (now_ms >= next_ms) {
            draw_it |= top_waits(w);
            top_ask(w);
            next_ms = now_ms + a->interval_ms;
        }
        if (draw_it) e = show(w, a);
        draw_it = false;
        now_ms = system_now().mono_ms;
        top_wait(w, fds, fd_count, next_ms > now_ms ? (uint32_t)(next_ms - now_ms) : 0);
    }
    return e;
}

static int look_live(struct top_watch *w, const struct arguments *a)
{
    struct terminal t;
    kith_problem why;
    if (terminal_enter(&t, &why)) return complain(EX_IOERR, NAME, "%s", why.text);
    kith_err e = keep_looking(w, a, &t);
    terminal_leave(&t);
    if (e == KITH_NOMEM) return complain(EX_OSERR, NAME, "out of memory");
    return e ? complain(EX_IOERR, NAME, "the terminal is gone") : EX_OK;
}

static int look(const struct arguments *a, const char *key)
{
    struct top_watch w;
    bool live = !a->once && terminal_is_there();
    uint32_t patience_ms = a->interval_ms > TOP_PATIENCE_MS ? a->interval_ms : TOP_PATIENCE_MS;
    if (top_begin(&w, a->urls, a->url_count, key, patience_ms))
        return complain(EX_OSERR, NAME, "out of memory");
    w.ca_file = a->target.ca_file;
    int code = live ? look_live(&w, a) : look_once(&w, a);
    top_end(&w);
    return code;
}

int cmd_top(int argc, char **argv)
{
    struct arguments a = {.interval_ms = 1000};
    struct remote r;
    struct buf key = {0};
    int code = options_parse(&argp, argc, argv, &a);
    if (code) return code;
    if (a.url_count) a.target.api = a.urls[0];
    target_settle_server(&a.target);
    if (!a.url_count) a.urls[a.url_count++] = a.target.api;
    remote_init(&r, &a.target, NAME);
    code = remote_key(&r, &key);
    if (!code) code = look(&a, key.len ? (const char *)key.ptr : NULL);
    if (key.ptr) OPENSSL_cleanse(key.ptr, key.len);
    buf_fini(&key);
    remote_fini(&r);
    return code;
}
