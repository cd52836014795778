/* app/kith_json.c -- kith/json.h, which leads to wire/json.h. */
#include <kith/json.h>

#include "wire/json.h"

kith_err kith_json_get(kith_slice object, const char *name, kith_slice *value)
{
    struct json j, found;
    if (!name || !value || json_parse(object, &j) != KITH_OK) return KITH_BAD;
    kith_err e = json_get(j, name, &found);
    if (!e) *value = found.raw;
    return e;
}

kith_err kith_json_walk(kith_slice container, struct kith_json_walk *out)
{
    struct json j;
    if (!out || json_parse(container, &j) != KITH_OK) return KITH_BAD;
    if (j.type != JSON_OBJECT && j.type != JSON_ARRAY) return KITH_BAD;
    struct json_walk w = json_walk(j);
    *out = (struct kith_json_walk){.rest = w.rest, .object = w.object};
    return KITH_OK;
}

bool kith_json_next(struct kith_json_walk *w, kith_slice *key, kith_slice *value)
{
    if (!w) return false;
    struct json_walk walk = {.rest = w->rest, .object = w->object};
    struct json k = {.raw = {0}}, v = {.raw = {0}};
    if (!json_next(&walk, &k, &v)) return false;
    w->rest = walk.rest;
    if (key) *key = k.raw;
    if (value) *value = v.raw;
    return true;
}

kith_err kith_json_text(kith_slice string, char *out, size_t room, size_t *len)
{
    struct json j;
    struct buf scratch = {0};
    if (!len || json_parse(string, &j) != KITH_OK || j.type != JSON_STRING) return KITH_BAD;
    kith_slice text = json_text(j, &scratch);
    kith_err e = scratch.failed ? KITH_NOMEM : text.len > room || !out ? KITH_FULL : KITH_OK;
    if (!e) {
        if (text.len) memcpy(out, text.ptr, text.len);
        *len = text.len;
    }
    buf_fini(&scratch);
    return e;
}

size_t kith_json_quote(kith_slice text, char *out, size_t room)
{
    if (!out || !utf8_valid(text) || json_quoted_len(text) > room) return 0;
    return (size_t)(json_quote((uint8_t *)out, text) - (uint8_t *)out);
}
