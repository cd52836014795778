/* app/cmd_graph.c -- `kith graph`: the edges of the friend graph, from a file and into one. */
#include "app/commands.h"
#include "app/graph_import.h"
#include "wire/edges.h"

#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define NAME "kith graph"

struct arguments {
    const char *verb, *file, *data, *api;
    bool mutual;
};

enum { OPT_MUTUAL = 256, OPT_DATA, OPT_API, OPT_KEY_FILE };

static const struct argp_option options[] = {
    {"mutual", OPT_MUTUAL, NULL, 0, "Each line is a friendship: add the other direction too", 0},
    {"data", OPT_DATA, "DIR", 0, "The server's data folder, ./data if not said", 0},
    {"api", OPT_API, "URL", OPTION_HIDDEN,
     "Through a running server's REST API, which this version lacks", 0},
    {"key-file", OPT_KEY_FILE, "FILE", OPTION_HIDDEN, "The key for --api", 0},
    {0}};

static void take_word(struct arguments *a, char *word, struct argp_state *state)
{
    if (state->arg_num == 0)
        a->verb = word;
    else if (state->arg_num == 1)
        a->file = word;
    else
        argp_error(state, "'%s' is one argument too many", word);
}

static void check_words(const struct arguments *a, struct argp_state *state)
{
    bool import = a->verb && strcmp(a->verb, "import") == 0;
    if (!a->verb || (!import && strcmp(a->verb, "export") != 0))
        argp_error(state, "say import FILE, or export");
    if (import && !a->file) argp_error(state, "import which file? Say - for standard input");
    if (!import && a->file)
        argp_error(state, "export writes to standard output: %s export > %s", NAME, a->file);
    if (!import && a->mutual) argp_error(state, "--mutual is for import");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case OPT_MUTUAL: a->mutual = true; return 0;
    case OPT_DATA: a->data = arg; return 0;
    case OPT_API:
    case OPT_KEY_FILE: a->api = arg; return 0;
    case ARGP_KEY_ARG: take_word(a, arg, state); return 0;
    case ARGP_KEY_END: check_words(a, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "import FILE\nexport",
    .doc = "Edges of the friend graph, in and out.\v"
           "A graph is text, an edge a line: \"<watcher> <watched>\"; lines that begin with # are "
           "comments. An edge that is there already is harmless. Import works while no server "
           "has the folder, export always.\n\n"
           "  kith graph import friends.txt --mutual --data ./data\n"
           "  kith graph export --data ./data > friends.txt"};

static int import(const struct arguments *a)
{
    struct store *store;
    kith_problem why;
    kith_err e = store_open(a->data, &store, &why);
    if (e) return complain(e == KITH_IO ? EX_CANTCREAT : EX_DATAERR, NAME, "%s", why.text);
    int code = EX_OK;
    if (store_lock(store, &why) != KITH_OK)
        code = complain(EX_UNAVAILABLE, NAME, "%s", why.text);
    else
        code = graph_import(store, a->file, a->mutual);
    store_close(store);
    return code;
}

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

static int export_all(struct store *store)
{
    struct export x = {0};
    kith_err e = store_each_watch(store, NULL, export_edge, &x);
    if (!e) e = flush(&x);
    buf_fini(&x.text);
    int code = finish_output(EX_OK, NAME);
    if (!code && e)
        code = complain(EX_IOERR, NAME, "cannot read the graph: %s", store_error(store));
    if (!code && x.left_out)
        code = complain(EX_DATAERR, NAME,
                        "%" PRIu64 " edges were left out: their ids hold blanks or control "
                        "characters, or begin with #, which this form cannot carry",
                        x.left_out);
    return code;
}

static int export(const struct arguments *a)
{
    struct store *store;
    kith_problem why;
    if (!store_exists(a->data))
        return complain(EX_NOINPUT, NAME,
                        "%s holds no kith.db; name the server's data folder with "
                        "--data",
                        a->data);
    kith_err e = store_open(a->data, &store, &why);
    if (e) return complain(e == KITH_IO ? EX_IOERR : EX_DATAERR, NAME, "%s", why.text);
    int code = export_all(store);
    store_close(store);
    return code;
}

int cmd_graph(int argc, char **argv)
{
    struct arguments a = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    if (a.api)
        return complain(EX_UNAVAILABLE, NAME,
                        "--api needs the server's REST API, which this "
                        "version lacks; stop the server and say --data DIR");
    if (!a.data) a.data = "./data";
    return strcmp(a.verb, "import") == 0 ? import(&a) : export(&a);
}
