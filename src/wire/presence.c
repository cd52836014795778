/* wire/presence.c -- the JSON of presence, written, and the part of it that clients may choose. */
#include "wire/presence.h"

#include "base/limits.h"
#include "wire/json.h"
#include "wire/json_scan.h"

/* {"online_at":"4294967295",,"phx_ref":"<16>","phx_ref_prev":"<16>"} */
#define META_FRAME_BYTES 96

static uint8_t *put(uint8_t *at, kith_slice s)
{
    if (s.len) memcpy(at, s.ptr, s.len);
    return at + s.len;
}

static uint8_t *put_ref(uint8_t *at, kith_slice name, const char ref[REF_BYTES])
{
    at = put(at, name);
    at = put(at, slice_of(ref, REF_BYTES));
    *at++ = '"';
    return at;
}

static uint8_t *put_decimal(uint8_t *at, uint32_t v)
{
    uint8_t digits[10];
    size_t n = sizeof digits;
    do {
        digits[--n] = (uint8_t)('0' + v % 10);
        v /= 10;
    } while (v);
    return put(at, slice_of(digits + n, sizeof digits - n));
}

/* What stands between an object's braces, without the white space at its ends; empty for {}. */
static kith_slice inside(kith_slice object)
{
    if (object.len < 2) return slice_of(NULL, 0);
    const uint8_t *end = object.ptr + object.len - 1;
    const uint8_t *p = json_skip_space(object.ptr + 1, end);
    while (end > p && json_skip_space(end - 1, end) == end)
        end--;
    return slice_of(p, (size_t)(end - p));
}

void presence_put_meta(struct buf *b, const struct meta *m)
{
    kith_slice fields = inside(m->fields);
    uint8_t *at = buf_reserve(b, fields.len + META_FRAME_BYTES);
    if (!at) return;
    *at++ = '{';
    if (m->online_at_s) {
        at = put(at, KITH_LIT("\"online_at\":\""));
        at = put_decimal(at, m->online_at_s);
        at = put(at, KITH_LIT("\","));
    }
    at = put(at, fields);
    if (fields.len) *at++ = ',';
    at = put_ref(at, KITH_LIT("\"phx_ref\":\""), m->ref);
    if (m->has_prev) at = put_ref(at, KITH_LIT(",\"phx_ref_prev\":\""), m->prev);
    *at++ = '}';
    b->len = (size_t)(at - b->ptr);
}

void presence_put_key(struct buf *b, kith_slice key, const struct meta metas[], size_t count)
{
    json_put_quoted(b, key);
    buf_put(b, KITH_LIT(":{\"metas\":["));
    for (size_t i = 0; i < count; i++) {
        if (i) buf_putc(b, ',');
        presence_put_meta(b, &metas[i]);
    }
    buf_put(b, KITH_LIT("]}"));
}

void presence_put_diff(struct buf *b, kith_slice key, const struct meta joins[], size_t join_count,
                       const struct meta leaves[], size_t leave_count)
{
    buf_put(b, KITH_LIT("{\"joins\":{"));
    if (join_count) presence_put_key(b, key, joins, join_count);
    buf_put(b, KITH_LIT("},\"leaves\":{"));
    if (leave_count) presence_put_key(b, key, leaves, leave_count);
    buf_put(b, KITH_LIT("}}"));
}

static bool has_key(struct json object, const char *name)
{
    struct json value;
    return json_get(object, name, &value) != KITH_NONE;
}

/* NULL, or why `payload` cannot be a status. The size comes before what costs more than a pass. */
static const char *refusal(kith_slice payload, struct json *object)
{
    if (json_parse(payload, object) || object->type != JSON_OBJECT)
        return "status must be an object";
    if (object->raw.len > META_BYTES_MAX) return "status is too large";
    if (json_unique_keys(*object)) return "status has a key twice";
    if (has_key(*object, "online_at") || has_key(*object, "phx_ref") ||
        has_key(*object, "phx_ref_prev"))
        return "online_at, phx_ref and phx_ref_prev are the server's";
    if (has_key(*object, "resume")) return "resume is for joins, and no part of a status";
    return NULL;
}

kith_err presence_fields(kith_slice payload, struct buf *out, const char **why)
{
    struct json object;
    buf_clear(out);
    *why = refusal(payload.len ? payload : KITH_LIT("{}"), &object);
    if (*why) return KITH_BAD;
    kith_slice fields = inside(object.raw);
    if (has_key(object, "status")) {
        buf_put(out, object.raw);
    } else {
        buf_put(out, KITH_LIT("{\"status\":\"online\""));
        if (fields.len) buf_putc(out, ',');
        buf_put(out, fields);
        buf_putc(out, '}');
    }
    *why = out->failed ? "out of memory" : out->len > META_BYTES_MAX ? "status is too large" : NULL;
    if (!*why) return KITH_OK;
    kith_err e = out->failed ? KITH_NOMEM : KITH_BAD;
    buf_clear(out);
    return e;
}
