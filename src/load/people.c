/* load/people.c -- what presence says, read. */
#include "load/people.h"

#include "base/siphash.h"

#include <inttypes.h>

#define STATUS "away-"

void people_fini(struct people *r) { buf_fini(&r->text); }

static bool begin(struct people *r)
{
    r->bad = r->joins.type != JSON_OBJECT || r->leaves.type != JSON_OBJECT;
    r->leaving = false;
    if (!r->bad) r->walk = json_walk(r->joins);
    return !r->bad;
}

static const struct json nobody = {JSON_OBJECT, {(const uint8_t *)"{}", 2}};

/* What is valid JSON is of the type that its first byte tells. */
static bool is_object(kith_slice payload) { return payload.len && payload.ptr[0] == '{'; }

bool people_state(struct people *r, kith_slice payload)
{
    r->joins = (struct json){JSON_OBJECT, payload};
    r->leaves = nobody;
    return is_object(payload) && begin(r);
}

bool people_diff(struct people *r, kith_slice payload)
{
    struct json key, value;
    if (!is_object(payload)) return false;
    struct json_walk w = json_walk((struct json){JSON_OBJECT, payload});
    r->joins = r->leaves = nobody;
    while (json_next(&w, &key, &value)) {
        if (json_text_is(key, KITH_LIT("joins"))) r->joins = value;
        if (json_text_is(key, KITH_LIT("leaves"))) r->leaves = value;
    }
    return begin(r);
}

/* One server writes a name alike in both. */
static bool find(struct json people, kith_slice raw_name, struct json *out)
{
    struct json key;
    struct json_walk w = json_walk(people);
    while (json_next(&w, &key, out))
        if (slice_eq(key.raw, raw_name)) return true;
    return false;
}

static struct view_status status_of(kith_slice text)
{
    struct view_status s = {0};
    if (text.len < sizeof STATUS + 1 || !slice_starts(text, KITH_LIT("\"" STATUS))) return s;
    kith_slice digits = slice_from(text, sizeof STATUS);
    s.ours = slice_u64(slice_head(digits, digits.len - 1), &s.flip);
    return s;
}

/* A server makes its refs up: nobody aims at a table of ours. */
static uint16_t number_of(kith_slice ref)
{
    static const struct siphash_key key;
    return (uint16_t)(1 + siphash13(&key, ref) % (VIEW_REFS - 1));
}

static void take_meta(struct json meta, struct view_sessions *s, struct view_status *status)
{
    struct json key, value;
    struct json_walk w = json_walk(meta);
    *status = (struct view_status){0};
    while (json_next(&w, &key, &value)) {
        if (slice_is(key.raw, "\"status\"")) *status = status_of(value.raw);
        if (slice_is(key.raw, "\"phx_ref\"")) s->refs ^= number_of(value.raw);
    }
    s->count++;
}

static struct json list_of(struct json person)
{
    struct json key, value, list = {JSON_NULL, {0}};
    if (person.type != JSON_OBJECT) return list;
    struct json_walk w = json_walk(person);
    while (json_next(&w, &key, &value))
        if (slice_is(key.raw, "\"metas\"")) list = value;
    return list;
}

/* {"metas": [..]}: the sessions, and the status of the latest. */
static struct view_sessions metas(struct people *r, struct json person, struct view_status *status)
{
    struct view_sessions s = {0};
    struct json meta, list = list_of(person);
    if (list.type != JSON_ARRAY) return r->bad = true, s;
    for (struct json_walk w = json_walk(list); json_next(&w, NULL, &meta);) {
        if (meta.type != JSON_OBJECT) return r->bad = true, s;
        take_meta(meta, &s, status);
    }
    return s;
}

static bool next_leaving(struct people *r, struct person *out)
{
    struct json key, value, joins;
    struct view_status before;
    while (json_next(&r->walk, &key, &value)) {
        if (find(r->joins, key.raw, &joins)) continue; /* it has been given */
        *out = (struct person){.name = json_text(key, &r->text), .left = metas(r, value, &before)};
        return !r->bad;
    }
    return false;
}

bool people_next(struct people *r, struct person *out)
{
    struct json key, value, left;
    struct view_status before;
    *out = (struct person){0};
    if (r->bad) return false;
    if (!r->leaving && json_next(&r->walk, &key, &value)) {
        out->name = json_text(key, &r->text);
        out->joined = metas(r, value, &out->status);
        if (find(r->leaves, key.raw, &left)) out->left = metas(r, left, &before);
        return !r->bad;
    }
    if (!r->leaving) r->walk = json_walk(r->leaves);
    r->leaving = true;
    return next_leaving(r, out);
}

void people_put_status(struct buf *out, uint64_t n, uint32_t note_bytes)
{
    buf_printf(out, "{\"status\":\"" STATUS "%" PRIu64 "\"", n);
    if (note_bytes) buf_printf(out, ",\"note\":\"%0*d\"", (int)note_bytes, 0);
    buf_putc(out, '}');
}
