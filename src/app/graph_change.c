/* app/graph_change.c -- one edge or block more or less. */
#include "app/graph.h"

#include "app/commands.h"
#include "app/remote.h"
#include "io/rules.h"

#include <sysexits.h>

static bool is_on(enum graph_change what) { return what == GRAPH_ADD || what == GRAPH_BLOCK; }

static bool is_block(enum graph_change what)
{
    return what == GRAPH_BLOCK || what == GRAPH_UNBLOCK;
}

/* Of a folder. */
static const char *outcome(enum graph_change what, bool changed)
{
    static const char *const words[][2] = {[GRAPH_ADD] = {"there already", "added"},
                                           [GRAPH_REMOVE] = {"was not there", "removed"},
                                           [GRAPH_BLOCK] = {"blocked already", "blocked"},
                                           [GRAPH_UNBLOCK] = {"was not blocked", "unblocked"}};
    return words[what][changed];
}

static int change_remote(const struct target *t, enum graph_change what, const char *from,
                         const char *to, bool mutual)
{
    struct remote r;
    remote_init(&r, t, GRAPH_NAME);
    remote_user(&r, from);
    buf_puts(&r.path, is_block(what) ? "/blocks/" : mutual ? "/friends/" : "/watches/");
    remote_put_id(&r, slice_str(to));
    int code = remote_call(&r, is_on(what) ? "PUT" : "DELETE");
    remote_fini(&r);
    return code ? code : say_changed(CHANGED_AT_SERVER, GRAPH_NAME);
}

/* Nobody is there to hear whose sight changes. */
static kith_err change_store(struct store *s, const struct rule *r, bool *changed)
{
    struct sights told = {0};
    kith_err e = store_begin(s);
    if (!e) e = rules_apply(s, r, false, &told);
    *changed = told.changes > 0;
    sights_fini(&told);
    if (!e) return store_commit(s);
    store_rollback(s);
    return e;
}

int graph_change(const struct target *t, enum graph_change what, const char *from, const char *to,
                 bool mutual)
{
    struct store *s;
    if (t->api) return change_remote(t, what, from, to, mutual);
    int code = target_open(t, GRAPH_NAME, TARGET_CHANGE, &s);
    if (code) return code;
    struct rule r = {.kind = is_block(what) ? RULE_BLOCK
                             : mutual       ? RULE_FRIENDS
                                            : RULE_WATCH,
                     .user = slice_str(from),
                     .other = slice_str(to),
                     .on = is_on(what)};
    bool changed;
    if (change_store(s, &r, &changed) != KITH_OK)
        code = complain(EX_IOERR, GRAPH_NAME, "%s", store_error(s));
    store_close(s);
    return code ? code : say_changed(outcome(what, changed), GRAPH_NAME);
}
