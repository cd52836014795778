/* app/graph_import.c -- a graph text of any length into the store.
 *
 * Lines are read into a chunk before any of it touches the store, so that a bad line costs its own
 * chunk only. Several chunks share a transaction: a commit waits for the disk, and random edges
 * touch most pages of the database anyway, so fewer commits write fewer bytes. */
#include "app/graph.h"

#include "app/commands.h"
#include "app/graph_remote.h"
#include "app/progress.h"
#include "base/ids.h"
#include "base/limits.h"
#include "io/file.h"
#include "io/signals.h"
#include "io/system.h"
#include "wire/edges.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define CHUNK_LINES  10000
#define COMMIT_LINES 100000 /* about a second's work; */
#define COMMIT_MS    1000   /* and no more than that is lost with the process */
#define PIECE_BYTES  65536

struct tally {
    uint64_t lines, added, there; /* read; edges that were new; that were not */
};

struct import {
    struct store *store;
    const struct graph_source *from;
    bool mutual;
    struct edges parser;
    struct buf chunk;        /* edges read and not added yet, as ids */
    uint64_t chunk_edges;    /* so many */
    struct tally kept, open; /* committed; with what the open transaction holds */
    uint64_t kept_ms;        /* when that was */
    struct progress progress;
};

static void put_edge(struct import *im, kith_slice watcher, kith_slice watched)
{
    ids_put(&im->chunk, watcher);
    ids_put(&im->chunk, watched);
    im->chunk_edges++;
}

/* The chunk's edges into the transaction. */
static kith_err add_chunk(struct import *im)
{
    uint64_t added = 0;
    kith_err e = im->chunk.failed ? KITH_NOMEM
                                  : store_add_watches(im->store, buf_slice(&im->chunk), &added);
    im->open.added += added;
    im->open.there += im->chunk_edges - added;
    im->open.lines = im->parser.line;
    buf_clear(&im->chunk);
    im->chunk_edges = 0;
    return e;
}

static kith_err commit(struct import *im)
{
    kith_err e = store_commit(im->store);
    if (e) return e;
    im->kept = im->open;
    im->kept_ms = system_now().mono_ms;
    return store_begin(im->store);
}

static bool commit_is_due(const struct import *im)
{
    return im->open.lines - im->kept.lines >= COMMIT_LINES ||
           system_now().mono_ms - im->kept_ms >= COMMIT_MS;
}

static kith_err end_chunk(struct import *im)
{
    kith_err e = add_chunk(im);
    if (!e && commit_is_due(im)) e = commit(im);
    progress_say(&im->progress, im->from->path, im->kept.lines);
    return e;
}

static kith_err take_edge(struct import *im, const struct watch *edge)
{
    put_edge(im, edge->watcher, edge->watched);
    if (im->mutual && !slice_eq(edge->watcher, edge->watched))
        put_edge(im, edge->watched, edge->watcher);
    bool full = im->parser.line - im->open.lines >= CHUNK_LINES;
    return full ? end_chunk(im) : KITH_OK;
}

static kith_err take_piece(struct import *im, kith_slice piece, kith_problem *why)
{
    struct watch edge;
    kith_err e;
    while ((e = edges_next(&im->parser, &piece, &edge, why)) == KITH_OK)
        if ((e = take_edge(im, &edge)) != KITH_OK)
            return problem(KITH_IO, why, "%s", store_error(im->store));
    return e == KITH_NONE ? KITH_OK : e;
}

/* After the last piece. */
static kith_err take_end(struct import *im, kith_problem *why)
{
    struct watch edge;
    kith_err e = edges_end(&im->parser, &edge, why);
    if (e == KITH_BAD) return e;
    if (e == KITH_OK) e = take_edge(im, &edge);
    if (e == KITH_NONE) e = KITH_OK;
    if (!e) e = add_chunk(im);
    return e ? problem(KITH_IO, why, "%s", store_error(im->store)) : KITH_OK;
}

/* Who ends it by a signal keeps what is whole. */
static kith_err break_off(struct import *im, kith_problem *why)
{
    if (add_chunk(im) != KITH_OK) return problem(KITH_IO, why, "%s", store_error(im->store));
    return problem(KITH_REFUSED, why, "broken off by a signal");
}

/* KITH_NONE: the file cannot be read. KITH_REFUSED: a signal came. */
static kith_err take_file(struct import *im, kith_problem *why)
{
    uint8_t piece[PIECE_BYTES];
    size_t n;
    kith_err e = take_piece(im, im->from->head, why);
    do {
        if (e) return e;
        if (!signals_wait_readable(im->from->fd)) return break_off(im, why);
        if (file_piece(im->from->fd, piece, sizeof piece, &n, why)) return KITH_NONE;
        e = n ? take_piece(im, slice_of(piece, n), why) : take_end(im, why);
    } while (n);
    return e;
}

/* A join reads so many edges of its user and no more. */
static void warn_of_cuts(const struct import *im)
{
    uint64_t cut = 0;
    if (store_count_cut(im->store, &cut) != KITH_OK || cut == 0) return;
    (void)complain(EX_OK, GRAPH_NAME,
                   "warning: users who watch more than %d others: %" PRIu64
                   "; each is shown only the first %d, in the order of their ids",
                   WATCHES_MAX, cut, WATCHES_MAX);
}

static int say_done(const struct import *im)
{
    warn_of_cuts(im);
    const struct tally *t = &im->kept;
    (void)printf("%s: %" PRIu64 " lines, %" PRIu64 " edges new, %" PRIu64 " already there\n",
                 im->from->path, t->lines, t->added, t->there);
    return finish_output(EX_OK, GRAPH_NAME);
}

static int say_failed(const struct import *im, int code, const char *what)
{
    const struct tally *t = &im->kept;
    if (!t->lines)
        return complain(code, GRAPH_NAME, "%s: %s. Nothing of it is kept", im->from->path, what);
    return complain(code, GRAPH_NAME,
                    "%s: %s. Kept are the first %" PRIu64 " lines: %" PRIu64 " edges new, %" PRIu64
                    " already there; importing it again is harmless",
                    im->from->path, what, t->lines, t->added, t->there);
}

static int code_of(kith_err e)
{
    return e == KITH_BAD ? EX_DATAERR : e == KITH_REFUSED ? EX_TEMPFAIL : EX_NOINPUT;
}

/* A bad line or an unreadable file spoils its chunk, and nothing before; a failing store spoils
 * what was not committed. */
static int end(struct import *im, kith_err e, const kith_problem *why)
{
    bool store_works = e == KITH_OK || e == KITH_BAD || e == KITH_NONE || e == KITH_REFUSED;
    bool kept = store_works && store_commit(im->store) == KITH_OK;
    if (kept)
        im->kept = im->open;
    else if (!store_works)
        store_rollback(im->store);
    progress_end(&im->progress);
    if (!kept) return say_failed(im, EX_IOERR, store_works ? store_error(im->store) : why->text);
    if (e) return say_failed(im, code_of(e), why->text);
    return say_done(im);
}

static int import_from(struct import *im)
{
    kith_problem why = {""};
    signals_block();
    store_bulk(im->store);
    if (store_begin(im->store) != KITH_OK)
        return complain(EX_IOERR, GRAPH_NAME, "%s", store_error(im->store));
    int code = end(im, take_file(im, &why), &why);
    buf_fini(&im->chunk);
    return code;
}

static int import_store(const struct target *t, const struct graph_source *from, bool mutual)
{
    struct store *store;
    int code = target_open(t, GRAPH_NAME, TARGET_MAKE, &store);
    if (code) return code;
    struct import im = {.store = store,
                        .from = from,
                        .mutual = mutual,
                        .parser = {.ndjson = from->ndjson},
                        .kept_ms = system_now().mono_ms,
                        .progress = progress_begin()};
    code = import_from(&im);
    store_close(store);
    return code;
}

/* Reads until the form can be told. Of a text that is all blanks that is its end; one that is not
 * to be told by its beginning is text. */
static kith_err guess_form(struct graph_source *s, uint8_t at[PIECE_BYTES], kith_problem *why)
{
    size_t n = 1;
    while (edges_guess(s->head, &s->ndjson) == KITH_NONE && n && s->head.len < PIECE_BYTES) {
        if (file_piece(s->fd, at + s->head.len, PIECE_BYTES - s->head.len, &n, why)) return KITH_IO;
        s->head.len += n;
    }
    return KITH_OK;
}

static int unreadable(const char *path, const kith_problem *why)
{
    return complain(EX_NOINPUT, GRAPH_NAME, "%s: %s; name a file of edges, or - for standard input",
                    path, why->text);
}

/* The file is there before a folder is made for it. */
int graph_import(const struct target *t, const char *path, enum graph_form form, bool mutual)
{
    uint8_t head[PIECE_BYTES];
    kith_problem why;
    struct graph_source from = {.path = strcmp(path, "-") == 0 ? "standard input" : path,
                                .head = slice_of(head, 0),
                                .ndjson = form == GRAPH_FORM_NDJSON};
    if (file_open(path, &from.fd, &why)) return unreadable(path, &why);
    kith_err e = form == GRAPH_FORM_UNSAID ? guess_form(&from, head, &why) : KITH_OK;
    int code = e        ? unreadable(from.path, &why)
               : t->api ? graph_import_remote(t, &from, mutual)
                        : import_store(t, &from, mutual);
    file_close(from.fd);
    return code;
}
