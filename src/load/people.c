/* load/people.c -- what presence says, read. */
#include "load/people.h"

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

static struct view_status status_of(struct json meta)
{
    struct view_status s = {0};
    struct json key, value;
    struct json_walk w = json_walk(meta);
    while (json_next(&w, &key, &value)) {
        if (!slice_is(key.raw, "\"status\"") || value.raw.len < sizeof STATUS + 1) continue;
        if (!slice_starts(value.raw, KITH_LIT("\"" STATUS))) continue;
        kith_slice digits = slice_from(value.raw, sizeof STATUS);
        s.ours = slice_u64(slice_head(digits, digits.len - 1), &s.flip);
    }
    return s;
}

/* {"metas": [..]}: how many, and the status of the latest. */
static uint32_t metas(struct people *r, struct json person, struct view_status *status)
{
    struct json key, list = {JSON_NULL, {0}}, meta;
    uint32_t count = 0;
    if (person.type != JSON_OBJECT) return r->bad = true, 0;
    struct json_walk w = json_walk(person);
    while (json_next(&w, &key, &meta))
        if (slice_is(key.raw, "\"metas\"")) list = meta;
    if (list.type != JSON_ARRAY) return r->bad = true, 0;
    for (w = json_walk(list); json_next(&w, NULL, &meta); count++) {
        if (meta.type != JSON_OBJECT) return r->bad = true, 0;
        if (status) *status = status_of(meta);
    }
    return count;
}

static bool next_leaving(struct people *r, struct person *out)
{
    struct json key, value, joins;
    while (json_next(&r->walk, &key, &value)) {
        if (find(r->joins, key.raw, &joins)) continue; /* it has been given */
        *out = (struct person){.name = json_text(key, &r->text), .left = metas(r, value, NULL)};
        return !r->bad;
    }
    return false;
}

bool people_next(struct people *r, struct person *out)
{
    struct json key, value, left;
    *out = (struct person){0};
    if (r->bad) return false;
    if (!r->leaving && json_next(&r->walk, &key, &value)) {
        out->name = json_text(key, &r->text);
        out->joined = metas(r, value, &out->status);
        if (find(r->leaves, key.raw, &left)) out->left = metas(r, left, NULL);
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
