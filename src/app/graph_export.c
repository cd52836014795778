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
    struct buf text;
    uint64_t left_out;
};

static kith_err flush(struct export *x)
{
    size_t n = fwrite(x->text.ptr, 1, x->text.len, stdout);
    bool ok = n == x->text.len && !x->text.failed;
    buf_clear(&x->text);
    return ok ? KITH_OK : KITH_IO;
}

static kith_err export_edge(void *ctx, kith_slice watcher, kith_slice watched)
{
    struct export *x = ctx;
    if (edges_write(&x->text, &(struct watch){watcher, watched}) != KITH_OK) x->left_out++;
    return x->text.len < 65536 ? KITH_OK : flush(x);
}

static int export_store(struct store *store)
{
    struct export x = {0};
    kith_err e = store_each_watch(store, NULL, export_edge, &x);
    if (!e) e = flush(&x);
    buf_fini(&x.text);
    int code = finish_output(EX_OK, GRAPH_NAME);
    if (!code && e)
        code = complain(EX_IOERR, GRAPH_NAME, "cannot read the graph: %s", store_error(store));
    if (!code && x.left_out)
        code = complain(EX_DATAERR, GRAPH_NAME,
                        "%" PRIu64 " edges were left out: their ids hold blanks or control "
                        "characters, or begin with #, which this form cannot carry",
                        x.left_out);
    return code;
}

static bool write_piece(void *ctx, kith_slice bytes)
{
    (void)ctx;
    return fwrite(bytes.ptr, 1, bytes.len, stdout) == bytes.len;
}

static int export_remote(const struct target *t)
{
    struct remote r;
    remote_init(&r, t, GRAPH_NAME);
    buf_puts(&r.path, "/graph/export");
    int code = remote_stream(&r, (struct http_call){.method = "GET", .piece = write_piece});
    remote_fini(&r);
    return finish_output(code, GRAPH_NAME);
}

int graph_export(const struct target *t)
{
    struct store *store;
    if (t->api) return export_remote(t);
    int code = target_open(t, GRAPH_NAME, TARGET_READ, &store);
    if (code) return code;
    code = export_store(store);
    store_close(store);
    return code;
}
