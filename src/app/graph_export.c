/* app/graph_export.c -- all edges, as text. */
#include "app/graph.h"

#include "app/commands.h"
#include "app/remote.h"
#include "wire/edges.h"

#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>

/* What export has come to. */
struct export
{
    bool ndjson;
    struct buf text;
    uint64_t left_out;
};

static kith_err flush(struct export *x)
{
    size_t n = x->text.len ? fwrite(x->text.ptr, 1, x->text.len, stdout) : 0;
    bool ok = n == x->text.len && !x->text.failed;
    buf_clear(&x->text);
    return ok ? KITH_OK : KITH_IO;
}

static kith_err export_edge(void *ctx, kith_slice watcher, kith_slice watched)
{
    struct export *x = ctx;
    const struct watch edge = {watcher, watched};
    if (x->ndjson)
        edges_write_json(&x->text, &edge);
    else if (edges_write(&x->text, &edge) != KITH_OK)
        x->left_out++;
    return x->text.len < 65536 ? KITH_OK : flush(x);
}

/* Says the rest of what there is to say. */
static int end(int code, uint64_t left_out)
{
    code = finish_output(code, GRAPH_NAME);
    if (code || !left_out) return code;
    return complain(EX_DATAERR, GRAPH_NAME,
                    "%" PRIu64 " edges were left out: their ids hold blanks or control "
                    "characters, or begin with #, which text cannot carry; say --ndjson",
                    left_out);
}

static int export_store(struct store *store, bool ndjson)
{
    struct export x = {.ndjson = ndjson};
    kith_err e = store_each_watch(store, NULL, export_edge, &x);
    if (!e) e = flush(&x);
    buf_fini(&x.text);
    int code = EX_OK;
    if (e && !ferror(stdout))
        code = complain(EX_IOERR, GRAPH_NAME, "cannot read the graph: %s", store_error(store));
    return end(code, x.left_out);
}

/* What has come from a server, which writes a comment for an edge that it leaves out. */
struct passing {
    bool inside; /* of a line */
    uint64_t left_out;
};

static bool write_piece(void *ctx, kith_slice bytes)
{
    struct passing *p = ctx;
    for (kith_slice line, rest = bytes; rest.len; p->inside = !rest.ptr) {
        p->left_out += !p->inside && rest.ptr[0] == '#';
        rest = slice_cut(rest, '\n', &line);
    }
    return fwrite(bytes.ptr, 1, bytes.len, stdout) == bytes.len;
}

static int export_remote(const struct target *t, bool ndjson)
{
    struct remote r;
    struct passing p = {0};
    remote_init(&r, t, GRAPH_NAME);
    buf_puts(&r.path, "/graph/export");
    int code = remote_stream(&r, (struct http_call){.method = "GET",
                                                    .accept = ndjson ? GRAPH_NDJSON : NULL,
                                                    .piece = write_piece,
                                                    .ctx = &p});
    remote_fini(&r);
    return end(code, p.left_out);
}

int graph_export(const struct target *t, enum graph_form form)
{
    struct store *store;
    bool ndjson = form == GRAPH_FORM_NDJSON;
    if (t->api) return export_remote(t, ndjson);
    int code = target_open(t, GRAPH_NAME, TARGET_READ, &store);
    if (code) return code;
    code = export_store(store, ndjson);
    store_close(store);
    return code;
}
