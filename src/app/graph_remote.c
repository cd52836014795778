/* app/graph_remote.c -- an import at a server's API: the text goes up as it is read, and how far
 * the server is comes back, a JSON object a line, while it does. */
#include "app/graph_remote.h"

#include "app/commands.h"
#include "app/progress.h"
#include "app/remote.h"

#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>

#define LINE_BYTES_MAX 8192 /* of a report: a problem's words are the longest */

struct reports {
    const struct remote *remote;
    const char *path;
    struct progress progress;
    struct buf line;       /* what has come of one */
    uint64_t lines, added; /* kept, as of the latest */
    bool done, garbled;
    int code;       /* of a problem that was reported */
    bool told_kept; /* which says itself what is kept */
};

static uint64_t number_of(struct json report, const char *name, uint64_t otherwise)
{
    struct json value;
    uint64_t n;
    return json_get(report, name, &value) == KITH_OK && slice_u64(value.raw, &n) ? n : otherwise;
}

static void take_problem(struct reports *r, struct json problem)
{
    struct json name;
    progress_end(&r->progress);
    r->code = remote_problem(r->remote, (int)number_of(problem, "status", 400), problem.raw);
    r->told_kept = json_get(problem, "code", &name) == KITH_OK &&
                   slice_is(name.raw, "\"bad_line\"");
}

static void take_report(struct reports *r, struct json report)
{
    struct json problem, done;
    r->lines = number_of(report, "lines", r->lines);
    r->added = number_of(report, "added", r->added);
    r->done = json_get(report, "done", &done) == KITH_OK && done.type == JSON_TRUE;
    progress_say(&r->progress, r->path, r->lines);
    if (json_get(report, "problem", &problem) == KITH_OK) take_problem(r, problem);
}

static void take_line(struct reports *r)
{
    struct json report;
    bool good = json_parse(buf_slice(&r->line), &report) == KITH_OK && report.type == JSON_OBJECT;
    if (good)
        take_report(r, report);
    else
        r->garbled = true;
    buf_clear(&r->line);
}

static bool take_piece(void *ctx, kith_slice bytes)
{
    struct reports *r = ctx;
    while (bytes.len && !r->garbled) {
        kith_slice head, rest = slice_cut(bytes, '\n', &head);
        buf_put(&r->line, head);
        if (r->line.failed || r->line.len > LINE_BYTES_MAX) r->garbled = true;
        if (rest.ptr && r->line.len) take_line(r);
        bytes = rest;
    }
    return !r->garbled;
}

static int say_done(const struct reports *r)
{
    (void)printf("%s: %" PRIu64 " lines, %" PRIu64 " edges new\n", r->path, r->lines, r->added);
    return finish_output(EX_OK, GRAPH_NAME);
}

/* A server tells how far it is once a second: before that something may be kept, too. */
static int say_kept(const struct reports *r, int code)
{
    if (r->lines)
        return complain(code, GRAPH_NAME,
                        "%s: kept are the first %" PRIu64 " lines at least: %" PRIu64
                        " edges new; importing it again is harmless",
                        r->path, r->lines, r->added);
    if (code != EX_TEMPFAIL && code != EX_IOERR) return code;
    return complain(code, GRAPH_NAME,
                    "%s: its first lines may be kept; importing it again is harmless", r->path);
}

/* A server that ends its answer before it is done has come to an end itself. */
static int end(struct reports *r, int code)
{
    progress_end(&r->progress);
    if (r->code) return r->told_kept ? r->code : say_kept(r, r->code);
    if (!code && r->done) return say_done(r);
    if (!code || r->garbled) code = remote_garbled(r->remote);
    return say_kept(r, code);
}

int graph_import_remote(const struct target *t, const struct graph_source *from, bool mutual)
{
    struct remote remote;
    struct reports r = {.remote = &remote, .path = from->path, .progress = progress_begin()};
    remote_init(&remote, t, GRAPH_NAME);
    remote.about = from->path;
    buf_puts(&remote.path, mutual ? "/graph/import?mutual=1" : "/graph/import");
    const char *type = from->ndjson ? GRAPH_NDJSON : "text/plain";
    int code = remote_stream(&remote, (struct http_call){.method = "POST",
                                                         .content_type = type,
                                                         .from_file = true,
                                                         .body = from->head,
                                                         .body_fd = from->fd,
                                                         .piece = take_piece,
                                                         .ctx = &r});
    code = end(&r, code);
    buf_fini(&r.line);
    remote_fini(&remote);
    return code;
}
