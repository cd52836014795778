/* tests/wire/json_oracle.h -- jansson as a second opinion on what is JSON and what it says.
 *
 * Where the two differ on purpose:
 * - \u0000: jansson refuses it in strings unless told otherwise (JSON_ALLOW_NUL), in keys always.
 * - integers over 64 bits: jansson refuses them unless it may read them as doubles
 *   (JSON_DECODE_INT_AS_REAL), and then still those beyond a double's range, as 1e999. Kith takes
 *   integers of any length, and refuses 1e999 too.
 * - depth: jansson stops at 2048, Kith at JSON_DEPTH_MAX.
 * - keys that stand twice: jansson keeps the last value; Kith passes both on, and refuses the
 *   object where it reads it itself.
 * - a NUL byte behind a word or a number: jansson 2.14 overlooks it. No JSON text holds one.
 * - numbers within 1e-19 of where doubles end: Kith looks at twenty digits only. */
#pragma once

#include "base/limits.h"

/* Both libraries have enumerators of these names; here jansson keeps them. */
#define JSON_NULL   KITH_JSON_NULL
#define JSON_FALSE  KITH_JSON_FALSE
#define JSON_TRUE   KITH_JSON_TRUE
#define JSON_NUMBER KITH_JSON_NUMBER
#define JSON_STRING KITH_JSON_STRING
#define JSON_ARRAY  KITH_JSON_ARRAY
#define JSON_OBJECT KITH_JSON_OBJECT
#include "wire/json.h"
#undef JSON_NULL
#undef JSON_FALSE
#undef JSON_TRUE
#undef JSON_NUMBER
#undef JSON_STRING
#undef JSON_ARRAY
#undef JSON_OBJECT

#include <jansson.h>
#include <stdlib.h>

#define ORACLE_FLAGS (JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL)

static inline bool oracle_same(struct json ours, const json_t *theirs);

static inline bool oracle_same_number(struct json ours, const json_t *theirs)
{
    char *copy = malloc(ours.raw.len + 1);
    if (!copy) abort();
    memcpy(copy, ours.raw.ptr, ours.raw.len);
    copy[ours.raw.len] = '\0';
    char *end;
    double value = strtod(copy, &end);
    bool same = json_is_real(theirs) && end == copy + ours.raw.len &&
                !(value < json_real_value(theirs)) && !(value > json_real_value(theirs));
    free(copy);
    return same;
}

static inline bool oracle_same_string(struct json ours, const json_t *theirs)
{
    struct buf scratch = {0};
    kith_slice text = json_text(ours, &scratch);
    kith_slice want = slice_of(json_string_value(theirs), json_string_length(theirs));
    bool same = json_is_string(theirs) && slice_eq(text, want) && json_text_is(ours, want);
    buf_fini(&scratch);
    return same;
}

static inline bool oracle_same_array(struct json ours, const json_t *theirs)
{
    struct json_walk w = json_walk(ours);
    struct json item;
    size_t n = 0;
    while (json_next(&w, NULL, &item))
        if (!oracle_same(item, json_array_get(theirs, n++))) return false;
    return json_is_array(theirs) && n == json_array_size(theirs);
}

/* A key of ours, once there, has their value under it. */
static inline bool oracle_same_member(struct json object, struct json key, struct json value,
                                      const json_t *theirs, bool *twice)
{
    struct buf name = {0};
    kith_slice text = json_text(key, &name);
    if (text.ptr != name.ptr) buf_put(&name, text);
    buf_putc(&name, '\0');
    struct json found;
    kith_err e = json_get(object, (const char *)name.ptr, &found);
    const json_t *other = json_object_get(theirs, (const char *)name.ptr);
    buf_fini(&name);
    if (e == KITH_BAD) *twice = true;
    if (e == KITH_BAD) return other != NULL;
    return e == KITH_OK && found.raw.ptr == value.raw.ptr && other && oracle_same(value, other);
}

static inline bool oracle_same_object(struct json ours, const json_t *theirs)
{
    struct json_walk w = json_walk(ours);
    struct json key, value;
    size_t n = 0;
    bool twice = false;
    for (; json_next(&w, &key, &value); n++)
        if (!oracle_same_member(ours, key, value, theirs, &twice)) return false;
    bool unique = json_unique_keys(ours) == KITH_OK;
    if (unique != (!twice && n <= JSON_KEYS_MAX)) return false;
    return json_is_object(theirs) &&
           (twice ? n > json_object_size(theirs) : n == json_object_size(theirs));
}

static inline bool oracle_same(struct json ours, const json_t *theirs)
{
    switch (ours.type) {
    case KITH_JSON_NULL: return json_is_null(theirs);
    case KITH_JSON_FALSE: return json_is_false(theirs);
    case KITH_JSON_TRUE: return json_is_true(theirs);
    case KITH_JSON_NUMBER: return oracle_same_number(ours, theirs);
    case KITH_JSON_STRING: return oracle_same_string(ours, theirs);
    case KITH_JSON_ARRAY: return oracle_same_array(ours, theirs);
    case KITH_JSON_OBJECT: return oracle_same_object(ours, theirs);
    }
    return false;
}

/* Containers in containers of what is JSON; a scalar is 0. By its letters, since jansson has
 * forgotten what stood under a key that came again. */
static inline size_t oracle_depth(kith_slice text)
{
    size_t depth = 0, deepest = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (quoted && c == '\\') i++;
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if ((c == '[' || c == '{') && ++depth > deepest) deepest = depth;
        if (c == ']' || c == '}') depth--;
    }
    return deepest;
}

/* A run of digits that no double holds. */
static inline bool oracle_long_integer(kith_slice text)
{
    size_t run = 0;
    for (size_t i = 0; i < text.len && run < 309; i++)
        run = text.ptr[i] >= '0' && text.ptr[i] <= '9' ? run + 1 : 0;
    return run >= 309;
}

/* Both accept `text` and read the same in it, or both refuse it, or they differ on purpose. */
static inline bool oracle_agrees(kith_slice text)
{
    struct json ours;
    json_error_t why;
    kith_err e = json_parse(text, &ours);
    if (slice_find(text, '\0') < text.len) return e == KITH_BAD;
    json_t *theirs = json_loadb((const char *)text.ptr, text.len, ORACLE_FLAGS, &why);
    bool agrees;
    if (theirs && e == KITH_OK)
        agrees = oracle_same(ours, theirs);
    else if (theirs)
        agrees = oracle_depth(text) > JSON_DEPTH_MAX;
    else if (e == KITH_BAD)
        agrees = true;
    else if (json_error_code(&why) == json_error_null_byte_in_key)
        agrees = true;
    else
        agrees = json_error_code(&why) == json_error_numeric_overflow && oracle_long_integer(text);
    json_decref(theirs);
    return agrees;
}
