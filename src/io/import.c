/* io/import.c -- a graph text into the store. */
#include "io/import.h"

#include "wire/edges.h"

#include <stdlib.h>

static kith_err add(struct store *s, const struct watch *e, kith_problem *why)
{
    bool added;
    kith_err err = store_add_watch(s, e->watcher, e->watched, &added);
    return err ? problem(err, why, "cannot keep the graph: %s", store_error(s)) : KITH_OK;
}

static kith_err add_all(struct store *s, struct edges *parser, kith_slice text, kith_problem *why)
{
    struct watch e;
    kith_err err;
    while ((err = edges_next(parser, &text, &e, why)) == KITH_OK)
        if ((err = add(s, &e, why)) != KITH_OK) return err;
    if (err != KITH_NONE) return err;
    err = edges_end(parser, &e, why);
    if (err == KITH_NONE) return KITH_OK;
    return err ? err : add(s, &e, why);
}

kith_err import_text(struct store *s, kith_slice text, kith_problem *why)
{
    struct edges *parser = calloc(1, sizeof *parser);
    kith_err e = parser ? store_begin(s) : KITH_NOMEM;
    if (e) {
        free(parser);
        return problem(e, why, "cannot keep the graph: %s", kith_err_text(e));
    }
    e = add_all(s, parser, text, why);
    free(parser);
    if (e) {
        store_rollback(s);
        return e;
    }
    e = store_commit(s);
    return e ? problem(e, why, "cannot keep the graph: %s", store_error(s)) : KITH_OK;
}
