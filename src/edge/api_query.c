/* edge/api_query.c -- what a request to the REST API says by name, in its query or in its body:
 * what is not known is refused, as who misspells one would not get what it asks for. */
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

static void say_which(struct edge *e, const char *code, const char *text, const char *words)
{
    struct buf detail = {0};
    buf_printf(&detail, "%s%s", text, words);
    buf_putc(&detail, 0);
    if (detail.failed)
        api_failed(e, KITH_NOMEM);
    else
        api_problem(e, 400, code, (const char *)detail.ptr);
    buf_fini(&detail);
}

static void say_parameters(struct edge *e, const struct api_route *route)
{
    if (route->parameters)
        say_which(e, "bad_parameter",
                  "this path has these parameters, each once: ", route->parameters);
    else
        api_problem(e, 400, "bad_parameter",
                    route->start == api_export_get
                        ? "this path has no parameters: lines of JSON are given to who sends "
                          "accept: application/x-ndjson"
                        : "this path has no parameters");
}

bool api_query_fits(struct edge *e)
{
    const struct api_exchange *x = e->exchange;
    kith_err err = check(buf_slice(&x->asked.query), slice_str(x->route->parameters));
    if (err == KITH_NOMEM)
        api_failed(e, err);
    else if (err)
        say_parameters(e, x->route);
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

static bool read_number(kith_slice text, uint64_t *out)
{
    uint64_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return false;
        n = n * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    *out = n;
    return text.len > 0 && text.len <= 18; /* which fit into it */
}

bool api_query_number(struct edge *e, const char *name, uint64_t *out)
{
    struct buf scratch = {0};
    kith_slice value = {0};
    kith_err err = http_query(buf_slice(&e->exchange->asked.query), name, &scratch, &value);
    bool good = err == KITH_NONE || (!err && read_number(value, out));
    buf_fini(&scratch);
    if (good) return true;
    if (err == KITH_NOMEM)
        api_failed(e, err);
    else
        api_problem(e, 400, "bad_parameter", "what is a number has at most 18 digits, and no more");
    return false;
}

static bool is_one_of(kith_slice words, struct json key)
{
    for (kith_slice one; words.len;) {
        words = slice_cut(words, ' ', &one);
        if (json_text_is(key, one)) return true;
    }
    return false;
}

static bool members_known(struct json object, kith_slice words)
{
    struct json_walk walk = json_walk(object);
    for (struct json key, value; json_next(&walk, &key, &value);)
        if (!is_one_of(words, key)) return false;
    return true;
}

bool api_object(struct edge *e, struct json *out)
{
    const struct api_exchange *x = e->exchange;
    bool object = json_parse(buf_slice(&x->asked.body), out) == KITH_OK &&
                  out->type == JSON_OBJECT && json_unique_keys(*out) == KITH_OK;
    bool good = object && members_known(*out, slice_str(x->route->members));
    if (!object)
        api_problem(e, 400, "bad_body", "the body must be one JSON object, no key twice");
    else if (!good)
        say_which(e, "bad_body", "the body has no members but these: ", x->route->members);
    return good;
}
