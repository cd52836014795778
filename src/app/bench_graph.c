/* app/bench_graph.c -- the friend graph of `kith bench`. */
#include "app/bench_graph.h"

#include "app/commands.h"
#include "io/file.h"
#include "io/system.h"
#include "wire/edges.h"

#include <stdio.h>
#include <sysexits.h>

#define NAME "kith bench"

enum { FRIENDS_MEAN = 190, FOLLOW_MEAN = 100, PIECE_BYTES = 65536 };

enum kind { KIND_RING, KIND_REGULAR, KIND_FRIENDS, KIND_FOLLOW, KIND_FILE, KINDS };

struct spec {
    enum kind kind;
    uint32_t number; /* behind the colon */
    const char *path;
};

static const struct {
    const char *word;
    uint32_t usual; /* 0: it has to be said */
} kinds[KIND_FILE] = {
    {"ring", 0}, {"regular", 0}, {"friends", FRIENDS_MEAN}, {"follow", FOLLOW_MEAN}};

static bool read_spec(const char *text, struct spec *out)
{
    kith_slice word, rest = slice_cut(slice_str(text), ':', &word);
    uint64_t n = 0;
    *out = (struct spec){.kind = KIND_FILE, .path = (const char *)rest.ptr};
    if (slice_is(word, "file")) return rest.len > 0;
    for (out->kind = KIND_RING; out->kind < KIND_FILE; out->kind++) {
        if (!slice_is(word, kinds[out->kind].word)) continue;
        n = kinds[out->kind].usual;
        if (rest.ptr && !slice_u64(rest, &n)) return false;
        out->number = (uint32_t)n;
        return n >= 1 && n <= WATCHES_MAX && (out->kind > KIND_REGULAR || n % 2 == 0);
    }
    return false;
}

bool bench_graph_known(const char *spec)
{
    struct spec s;
    return read_spec(spec, &s);
}

void bench_graph_fini(struct bench_graph *g)
{
    graph_fini(&g->graph);
    names_fini(&g->names);
}

/* A file */

struct reading_file {
    struct bench_graph *g;
    struct graph_pairs pairs;
    struct edges edges;
    bool guessed;
};

static kith_err take_edge(struct reading_file *r, const struct watch *w)
{
    uint32_t watcher, watched;
    kith_err e = names_take(&r->g->names, w->watcher, &watcher);
    if (!e) e = names_take(&r->g->names, w->watched, &watched);
    if (!e) graph_pairs_add(&r->pairs, watcher, watched);
    return e;
}

static kith_err take_piece(struct reading_file *r, kith_slice piece, kith_problem *why)
{
    struct watch w;
    kith_err e;
    if (!r->guessed) r->guessed = edges_guess(piece, &r->edges.ndjson) == KITH_OK;
    while ((e = edges_next(&r->edges, &piece, &w, why)) == KITH_OK) {
        e = take_edge(r, &w);
        if (e) return problem(e, why, "%s", kith_err_text(e));
    }
    return e == KITH_NONE ? KITH_OK : e;
}

static kith_err take_all(struct reading_file *r, int fd, kith_problem *why)
{
    static uint8_t bytes[PIECE_BYTES];
    struct watch w;
    size_t n;
    for (;;) {
        kith_err e = file_piece(fd, bytes, sizeof bytes, &n, why);
        if (!e && n) e = take_piece(r, slice_of(bytes, n), why);
        if (e) return e;
        if (n == 0) break;
    }
    kith_err e = edges_end(&r->edges, &w, why);
    if (e == KITH_OK) e = take_edge(r, &w);
    return e == KITH_NONE ? KITH_OK : e;
}

static int read_file(struct bench_graph *g, const char *path)
{
    int fd;
    kith_problem why = {"out of memory"};
    struct reading_file r = {.g = g};
    g->names = (struct names){.listed = true, .key = system_random_key()};
    if (file_open(path, &fd, &why)) return complain(EX_NOINPUT, NAME, "%s: %s", path, why.text);
    kith_err e = take_all(&r, fd, &why);
    file_close(fd);
    uint32_t users = g->names.count;
    if (!e && users >= 2 && users <= LOAD_USERS_MAX) e = graph_build(&g->graph, users, &r.pairs);
    graph_pairs_fini(&r.pairs);
    if (e) return complain(e == KITH_BAD ? EX_DATAERR : EX_OSERR, NAME, "%s: %s", path, why.text);
    if (users < 2 || users > LOAD_USERS_MAX)
        return complain(EX_DATAERR, NAME, "%s: edges of %u users; 2 to %d can be driven", path,
                        users, LOAD_USERS_MAX);
    return EX_OK;
}

/* Made */

int bench_graph_make(struct bench_graph *g, const char *spec, uint32_t users, uint64_t first_id,
                     uint64_t seed)
{
    struct spec s;
    kith_err e = KITH_BAD;
    *g = (struct bench_graph){.names = {.first_id = first_id, .count = users}};
    if (!read_spec(spec, &s)) return complain(EX_USAGE, NAME, "no graph '%s'", spec);
    if (s.kind == KIND_FILE) return read_file(g, s.path);
    if (s.kind == KIND_RING) e = graph_ring(&g->graph, users, s.number);
    if (s.kind == KIND_REGULAR) e = graph_regular(&g->graph, users, s.number, seed);
    if (s.kind == KIND_FRIENDS) e = graph_friends(&g->graph, users, s.number, seed);
    if (s.kind == KIND_FOLLOW) e = graph_follow(&g->graph, users, s.number, seed);
    if (e == KITH_BAD)
        return complain(EX_USAGE, NAME, "--graph %s needs more than --users %u", spec, users);
    return e ? complain(EX_OSERR, NAME, "out of memory for the graph; ask for fewer --users")
             : EX_OK;
}

int bench_graph_write(const struct bench_graph *g)
{
    struct buf text = {0};
    struct name_text rooms[2];
    for (uint32_t u = 0; u < g->graph.users && !text.failed && !ferror(stdout); u++) {
        kith_slice watcher = names_of(&g->names, u, &rooms[0]);
        for (uint64_t e = g->graph.first[u]; e < g->graph.first[u + 1]; e++) {
            struct watch w = {watcher, names_of(&g->names, g->graph.watched[e], &rooms[1])};
            if (edges_write(&text, &w)) edges_write_json(&text, &w);
        }
        (void)fwrite(text.ptr, 1, text.len, stdout);
        text.len = 0;
    }
    bool failed = text.failed;
    buf_fini(&text);
    if (failed) return complain(EX_OSERR, NAME, "out of memory");
    return finish_output(EX_OK, NAME);
}
