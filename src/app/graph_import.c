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
#include "wire/edges.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define CHUNK_LINES  10000
#define COMMIT_LINES 100000 /* about a second's work */
#define PIECE_BYTES  65536

struct tally {
    uint64_t lines, added, there; /* read; edges that were new; that were not */
};

struct import {
    struct store *store;
    const char *path;
    bool mutual;
    struct edges parser;
    struct buf chunk;        /* edges read and not added yet: two times <u8 length><bytes> */
    struct tally kept, open; /* committed; with what the open transaction holds */
    struct progress progress;
};

static kith_err add_edge(struct import *im, kith_slice watcher, kith_slice watched)
{
    bool added;
    kith_err e = store_add_watch(im->store, watcher, watched, &added);
    if (e) return e;
    im->open.added += added;
    im->open.there += !added;
    return KITH_OK;
}

/* The chunk's edges into the transaction. */
static kith_err add_chunk(struct import *im)
{
    kith_err e = im->chunk.failed ? KITH_NOMEM : KITH_OK;
    kith_slice packed = buf_slice(&im->chunk), watcher, watched;
    while (!e && ids_next(&packed, &watcher) && ids_next(&packed, &watched)) {
        e = add_edge(im, watcher, watched);
        if (!e && im->mutual && !slice_eq(watcher, watched)) e = add_edge(im, watched, watcher);
    }
    buf_clear(&im->chunk);
    im->open.lines = im->parser.line;
    return e;
}

static kith_err commit(struct import *im)
{
    kith_err e = store_commit(im->store);
    if (e) return e;
    im->kept = im->open;
    return store_begin(im->store);
}

static kith_err end_chunk(struct import *im)
{
    kith_err e = add_chunk(im);
    progress_say(&im->progress, im->path, im->open.lines);
    if (!e && im->open.lines - im->kept.lines >= COMMIT_LINES) e = commit(im);
    return e;
}

static kith_err take_edge(struct import *im, const struct watch *edge)
{
    ids_put(&im->chunk, edge->watcher);
    ids_put(&im->chunk, edge->watched);
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

/* KITH_NONE: the file cannot be read. */
static kith_err take_file(struct import *im, int fd, kith_problem *why)
{
    uint8_t piece[PIECE_BYTES];
    size_t n;
    do {
        if (file_piece(fd, piece, sizeof piece, &n, why)) return KITH_NONE;
        kith_err e = n ? take_piece(im, slice_of(piece, n), why) : take_end(im, why);
        if (e) return e;
    } while (n);
    return KITH_OK;
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
                 im->path, t->lines, t->added, t->there);
    return finish_output(EX_OK, GRAPH_NAME);
}

static int say_failed(const struct import *im, int code, const char *what)
{
    const struct tally *t = &im->kept;
    if (!t->lines)
        return complain(code, GRAPH_NAME, "%s: %s. Nothing of it is kept", im->path, what);
    return complain(code, GRAPH_NAME,
                    "%s: %s. Kept are the first %" PRIu64 " lines: %" PRIu64 " edges new, %" PRIu64
                    " already there",
                    im->path, what, t->lines, t->added, t->there);
}

/* A bad line or an unreadable file spoils its chunk, and nothing before; a failing store spoils
 * what was not committed. */
static int end(struct import *im, kith_err e, const kith_problem *why)
{
    bool store_works = e == KITH_OK || e == KITH_BAD || e == KITH_NONE;
    bool kept = store_works && store_commit(im->store) == KITH_OK;
    if (kept)
        im->kept = im->open;
    else if (!store_works)
        store_rollback(im->store);
    progress_end(&im->progress);
    if (!kept) return say_failed(im, EX_IOERR, store_works ? store_error(im->store) : why->text);
    if (e) return say_failed(im, e == KITH_BAD ? EX_DATAERR : EX_NOINPUT, why->text);
    return say_done(im);
}

static int import_from(struct import *im, int fd)
{
    kith_problem why = {""};
    store_bulk(im->store);
    if (store_begin(im->store) != KITH_OK)
        return complain(EX_IOERR, GRAPH_NAME, "%s", store_error(im->store));
    int code = end(im, take_file(im, fd, &why), &why);
    buf_fini(&im->chunk);
    return code;
}

static int import_store(const struct target *t, int fd, const char *path, bool mutual)
{
    struct store *store;
    int code = target_open(t, GRAPH_NAME, TARGET_MAKE, &store);
    if (code) return code;
    struct import im = {
        .store = store, .path = path, .mutual = mutual, .progress = progress_begin()};
    code = import_from(&im, fd);
    store_close(store);
    return code;
}

/* The file is there before a folder is made for it. */
int graph_import(const struct target *t, const char *path, bool mutual)
{
    int fd;
    kith_problem why;
    if (file_open(path, &fd, &why))
        return complain(EX_NOINPUT, GRAPH_NAME, "%s: %s", path, why.text);
    if (strcmp(path, "-") == 0) path = "standard input";
    int code = t->api ? graph_import_remote(t, fd, path, mutual)
                      : import_store(t, fd, path, mutual);
    file_close(fd);
    return code;
}
