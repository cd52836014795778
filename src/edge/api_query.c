/* edge/api_query.c -- the parameters of a request to the REST API: what is not known is refused, as
 * who misspells one would not get what it asks for. */
#include "edge/api_state.h"

#include "edge/token.h"

/* Which of the words it is; their number: none. */
static unsigned place_of(kith_slice words, kith_slice word)
{
    unsigned at = 0;
    for (kith_slice one; words.len; at++) {
        words = slice_cut(words, ' ', &one);
        if (slice_eq(one, word)) return at;
    }
    return at;
}

/* KITH_BAD: one is not among `words`, or there twice. */
static kith_err check(kith_slice query, kith_slice words)
{
    struct buf scratch = {0};
    unsigned seen = 0, none = place_of(words, KITH_LIT(" "));
    kith_slice name;
    kith_err e;
    while ((e = http_query_name(&query, &scratch, &name)) == KITH_OK) {
        unsigned at = place_of(words, name);
        if (at == none || seen >> at & 1) e = KITH_BAD;
        if (e) break;
        seen |= 1u << at;
    }
    buf_fini(&scratch);
    return e == KITH_NONE ? KITH_OK : e;
}

static void say_which(struct edge *e, const char *words)
{
    struct buf detail = {0};
    if (words)
        buf_printf(&detail, "this path has these parameters, each once: %s", words);
    else
        buf_puts(&detail, "this path has no parameters");
    buf_putc(&detail, 0);
    if (detail.failed)
        api_failed(e, KITH_NOMEM);
    else
        api_problem(e, 400, "bad_parameter", (const char *)detail.ptr);
    buf_fini(&detail);
}

bool api_query_fits(struct edge *e)
{
    const struct api_exchange *x = e->exchange;
    kith_err err = check(buf_slice(&x->asked.query), slice_str(x->route->parameters));
    if (err == KITH_NOMEM)
        api_failed(e, err);
    else if (err)
        say_which(e, x->route->parameters);
    return !err;
}

bool api_query_id(struct edge *e, const char *name, struct buf *scratch, kith_slice *out)
{
    *out = (kith_slice){0};
    kith_err err = http_query(buf_slice(&e->exchange->asked.query), name, scratch, out);
    if (err == KITH_NONE) return true;
    if (!err && token_user_valid(*out)) return true;
    if (err == KITH_NOMEM)
        api_failed(e, err);
    else
        api_problem(e, 400, "bad_id", "a parameter of the query is no user id: 1 to 128 bytes");
    return false;
}

bool api_query_flag(struct edge *e, const char *name, bool *out)
{
    struct buf scratch = {0};
    kith_slice value = {0};
    kith_err err = http_query(buf_slice(&e->exchange->asked.query), name, &scratch, &value);
    *out = !err && (slice_is(value, "1") || slice_is(value, "true"));
    bool off = err == KITH_NONE || (!err && (slice_is(value, "0") || slice_is(value, "false")));
    buf_fini(&scratch);
    if (*out || off) return true;
    if (err == KITH_NOMEM)
        api_failed(e, err);
    else
        api_problem(e, 400, "bad_parameter", "what is on or off is 1 or true, 0 or false");
    return false;
}
