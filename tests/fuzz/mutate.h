/* tests/fuzz/mutate.h -- for targets whose input has a form that chance would only break: they take
 * it apart, change a part of it, and put it together again. */
#pragma once

#include "base/buf.h"
#include "chance.h"
#include "wire/json.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed);

enum { MUTATE_GROWTH = 64 };

/* Appends `part` as libFuzzer changes it. */
static inline void mutate_bytes(struct buf *out, kith_slice part)
{
    uint8_t *at = buf_reserve(out, part.len + MUTATE_GROWTH);
    if (!at) abort();
    if (part.len) memcpy(at, part.ptr, part.len);
    out->len += LLVMFuzzerMutate(at, part.len, part.len + MUTATE_GROWTH);
}

/* What has been made is the input: at most `size_max` bytes of it. */
static inline size_t mutate_end(struct buf *made, uint8_t *data, size_t size_max)
{
    size_t n = made->len < size_max ? made->len : size_max;
    if (n) memcpy(data, made->ptr, n);
    buf_fini(made);
    return n;
}

/* JSON: a value, or a key, changes; the rest stays. */

/* The number of values and keys in a parsed value, itself too; *out is the one of number `want`. */
static inline size_t json_nth(struct json j, size_t want, kith_slice *out)
{
    size_t n = 1;
    struct json key, value;
    if (want == 0) *out = j.raw;
    bool object = j.raw.ptr[0] ==
                  '{'; /* not by its type, whose names are jansson's in some files */
    if (!object && j.raw.ptr[0] != '[') return n;
    for (struct json_walk w = json_walk(j); json_next(&w, &key, &value);) {
        if (object && n++ == want) *out = key.raw;
        n += json_nth(value, want - n, out);
    }
    return n;
}

static inline kith_slice json_any(struct json whole, uint64_t *seed)
{
    kith_slice part = whole.raw;
    size_t n = json_nth(whole, SIZE_MAX, &part);
    (void)json_nth(whole, chance_below(seed, (uint32_t)n), &part);
    return part;
}

static inline void put_other_json(struct buf *out, struct json whole, kith_slice part,
                                  uint64_t *seed)
{
    static const char *const others[] = {
        "null",
        "true",
        "{}",
        "[]",
        "\"\"",
        "0",
        "-0",
        "1e999",
        "18446744073709551616",
        "\"\\u0000\"",
        "\"\\ud83d\\ude00\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "[[[[[[[[[]]]]]]]]]",
        "{\"a\":1,\"a\":2}",
    };
    switch (chance_below(seed, 4)) {
    case 0: buf_puts(out, others[chance_below(seed, sizeof others / sizeof others[0])]); break;
    case 1: buf_put(out, json_any(whole, seed)); break;
    default: mutate_bytes(out, part);
    }
}

/* Appends `text` with something in it changed; what is no JSON, as mutate_bytes. */
static inline void mutate_json(struct buf *out, kith_slice text, uint64_t *seed)
{
    struct json whole;
    if (json_parse(text, &whole) || chance_below(seed, 16) == 0) {
        mutate_bytes(out, text);
        return;
    }
    kith_slice part = json_any(whole, seed);
    size_t at = (size_t)(part.ptr - text.ptr);
    buf_put(out, slice_head(text, at));
    put_other_json(out, whole, part, seed);
    buf_put(out, slice_from(text, at + part.len));
}
