/* io/store_kind.c -- which of the two stores a call is for. */
#include "io/store_kind.h"

#include "base/limits.h"

#include <stdio.h>

#define X(name, parameters, arguments)                                                             \
    kith_err store_##name parameters { return s->kind->name arguments; }
STORE_CALLS(X)
#undef X

bool store_is_url(const char *where)
{
    kith_slice s = slice_str(where);
    return slice_starts(s, KITH_LIT("postgresql://")) || slice_starts(s, KITH_LIT("postgres://"));
}

kith_err store_open_node(const struct store_options *o, struct store **out, kith_problem *why)
{
    return (store_is_url(o->where) ? postgres_open : sqlite_open)(o, out, why);
}

/* Nobody waits for a command but who gave it. */
kith_err store_open(const char *where, struct store **out, kith_problem *why)
{
    struct store_options o = {.where = where, .call_ms = STORE_COMMAND_MS};
    return store_open_node(&o, out, why);
}

void store_close(struct store *s)
{
    if (s) s->kind->close(s);
}

kith_err store_possible(const char *where, kith_problem *why)
{
    return (store_is_url(where) ? postgres_possible : sqlite_possible)(where, why);
}

kith_err store_try(const struct store_options *o, kith_problem *why)
{
    return store_is_url(o->where) ? postgres_try(o, why) : KITH_OK;
}

bool store_has_password(const char *url) { return postgres_has_password(url); }

void store_name(const char *where, char *out, size_t size)
{
    if (store_is_url(where))
        postgres_name(where, out, size);
    else
        (void)snprintf(out, size, "%s", where);
}

bool store_exists(const char *dir) { return sqlite_exists(dir); }

bool store_held(const char *dir) { return sqlite_held(dir); }

bool store_told_port(const char *dir, uint16_t *api_port)
{
    return sqlite_told_port(dir, api_port);
}

const char *store_error(const struct store *s) { return s->kind->error(s); }

bool store_is_held(const struct store *s) { return s->kind->is_held(s); }

kith_err store_problem(const struct store *s, kith_err e, const char *what, kith_problem *why)
{
    if (e == KITH_NOMEM) return problem(e, why, "%s: %s", what, kith_err_text(e));
    return problem(e, why, "%s: the store says: %s; %s", what, store_error(s),
                   e == KITH_BAD ? "restore a backup, or name another data folder"
                                 : "see that its disk is well and has room, and that this user may "
                                   "write there");
}

void store_tell_port(struct store *s, uint16_t api_port) { s->kind->tell_port(s, api_port); }

void store_rollback(struct store *s) { s->kind->rollback(s); }

void store_begin_reading(struct store *s)
{
    if (s->kind->begin_reading) s->kind->begin_reading(s);
}

void store_end_reading(struct store *s)
{
    if (s->kind->end_reading) s->kind->end_reading(s);
}

void store_bulk(struct store *s) { s->kind->bulk(s); }

void store_scrub(struct store *s) { s->kind->scrub(s); }
void store_forget_copies(struct store *s, uint64_t now_s) { s->kind->forget_copies(s, now_s); }

int store_changes_fd(const struct store *s) { return s->kind->changes_fd(s); }

enum store_reach store_reach(const struct store *s) { return s->kind->reach(s); }

bool store_changes_heard(struct store *s) { return s->kind->changes_heard(s); }

kith_err store_hides(struct store *s, kith_slice user, bool *out)
{
    struct buf ids = {0};
    enum visibility mode;
    kith_err e = store_visibility(s, user, &mode, &ids);
    *out = visibility_hides(mode, ids.len > 0);
    buf_fini(&ids);
    return e;
}
