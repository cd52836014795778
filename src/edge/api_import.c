/* edge/api_import.c -- a graph that is sent to the server: edges are collected into chunks while
 * the body is read, each chunk is one change of the rules, and no more is read until it holds. */
#include "edge/api_state.h"

#include "base/ids.h"
#include "shard/rule.h"
#include "wire/edges.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    CHUNK_LINES = 500, /* one commit, some 10 ms, in which no join is answered; 20 times as many are
                          a quarter faster */
    PROGRESS_MS = 1000
};

struct api_import {
    struct edges parser;
    struct buf chunk; /* edges that are not with the store yet: ids, two by two */
    uint32_t chunk_edges;
    size_t read; /* so much of the exchange's body has been parsed */
    uint64_t kept_lines, added;
    uint64_t said_ms;  /* when progress was last told */
    uint64_t since_ms; /* so many bytes have come */
    size_t bytes;
    bool mutual, ended;
    kith_problem why; /* of a bad line */
    bool bad;
};

bool api_import_begin(struct edge *e)
{
    struct api_exchange *x = e->exchange;
    bool mutual;
    if (!api_query_flag(e, "mutual", &mutual)) return false;
    x->import = calloc(1, sizeof *x->import);
    if (!x->import) {
        api_failed(e, KITH_NOMEM);
        return false;
    }
    x->import->mutual = mutual;
    x->import->since_ms = e->ctx->world->now.mono_ms;
    x->import->parser.ndjson = x->asked.ndjson;
    return true;
}

void api_import_free(struct api_import *im)
{
    if (!im) return;
    buf_fini(&im->chunk);
    free(im);
}

static void put_counts(struct buf *json, const struct api_import *im)
{
    buf_printf(json, "\"lines\":%" PRIu64 ",\"added\":%" PRIu64, im->kept_lines, im->added);
}

static void say(struct edge *e, const struct buf *line)
{
    if (line->failed)
        api_stream_cut(e);
    else
        api_stream(e, "application/x-ndjson", buf_slice(line));
}

/* Now and then, so that who sends much sees that it is taken. */
static void say_progress(struct edge *e)
{
    struct api_import *im = e->exchange->import;
    struct buf line = {0};
    uint64_t now = e->ctx->world->now.mono_ms;
    if (!im->said_ms) im->said_ms = now;
    if (now - im->said_ms < PROGRESS_MS) return;
    im->said_ms = now;
    buf_putc(&line, '{');
    put_counts(&line, im);
    buf_puts(&line, "}\n");
    say(e, &line);
    buf_fini(&line);
}

static void say_done(struct edge *e)
{
    struct buf line = {0};
    buf_puts(&line, "{\"done\":true,");
    put_counts(&line, e->exchange->import);
    buf_puts(&line, "}\n");
    say(e, &line);
    buf_fini(&line);
    if (e->phase != EDGE_DONE) api_stream_end(e);
}

/* What came before the bad line's chunk is kept. */
static void say_bad(struct edge *e)
{
    struct api_import *im = e->exchange->import;
    struct buf detail = {0};
    buf_printf(&detail, "%s. The first %" PRIu64 " lines are kept; mend it and send all again",
               im->why.text, im->kept_lines);
    buf_putc(&detail, 0);
    if (detail.failed)
        api_failed(e, KITH_NOMEM);
    else
        api_problem(e, 400, "bad_line", (const char *)detail.ptr);
    buf_fini(&detail);
}

static void take(struct api_import *im, const struct watch *edge)
{
    ids_put(&im->chunk, edge->watcher);
    ids_put(&im->chunk, edge->watched);
    im->chunk_edges++;
}

/* Fills the chunk with what the body holds. */
static void parse(struct api_exchange *x)
{
    struct api_import *im = x->import;
    kith_slice all = buf_slice(&x->asked.body), rest = slice_from(all, im->read);
    struct watch edge;
    kith_err e = KITH_OK;
    while (im->chunk_edges < CHUNK_LINES &&
           (e = edges_next(&im->parser, &rest, &edge, &im->why)) == KITH_OK)
        take(im, &edge);
    im->read = all.len - rest.len;
    if (im->read == all.len) {
        im->read = 0;
        buf_clear(&x->asked.body);
    }
    if (e == KITH_NONE && im->ended) {
        e = edges_end(&im->parser, &edge, &im->why);
        if (!e) take(im, &edge);
    }
    im->bad = e && e != KITH_NONE;
}

static void send_chunk(struct edge *e)
{
    struct api_import *im = e->exchange->import;
    struct rule r = {.kind = RULE_EDGES, .ids = buf_slice(&im->chunk), .on = im->mutual};
    e->phase = EDGE_API;
    e->since_ms = e->ctx->world->now.mono_ms;
    api_call_store(e, im->chunk.failed ? NULL : rule_mail(&r, (kith_slice){0}));
}

/* What silence is depends on when something last came, and what little is, on a longer time. */
uint64_t api_import_deadline(struct edge *e)
{
    struct api_import *im = e->exchange->import;
    uint64_t now = e->ctx->world->now.mono_ms;
    if (now - im->since_ms >= IMPORT_SLOW_MS && im->bytes >= IMPORT_SLOW_BYTES) {
        im->since_ms = now;
        im->bytes = 0;
    }
    return earlier(e->received_ms + e->ctx->options->handshake_ms, im->since_ms + IMPORT_SLOW_MS);
}

/* False: it needs more of the body. */
static bool go_on(struct edge *e)
{
    struct api_exchange *x = e->exchange;
    struct api_import *im = x->import;
    parse(x);
    if (im->bad)
        say_bad(e);
    else if (im->chunk_edges == CHUNK_LINES || (im->ended && im->chunk_edges))
        send_chunk(e);
    else if (im->ended)
        say_done(e);
    else
        return false;
    return true;
}

bool api_import_take(struct edge *e, size_t bytes)
{
    e->exchange->import->bytes += bytes;
    return go_on(e);
}

void api_import_ended(struct api_exchange *x) { x->import->ended = true; }

/* The chunk holds everywhere. */
void api_import_got(struct edge *e)
{
    struct api_exchange *x = e->exchange;
    struct api_import *im = x->import;
    im->added += x->got.number;
    im->kept_lines = im->parser.line;
    im->chunk_edges = 0;
    buf_clear(&im->chunk);
    x->got.number = 0;
    say_progress(e);
    if (e->phase == EDGE_DONE || go_on(e)) return;
    e->phase = EDGE_API_BODY;
    e->received_ms = im->since_ms = e->ctx->world->now.mono_ms; /* till now it was we */
    im->bytes = 0;
    clients_mark_dirty(e->ctx->world->clients, e->slot); /* what was held is looked at again */
}
