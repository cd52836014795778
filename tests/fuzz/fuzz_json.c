/* tests/fuzz/fuzz_json.c -- JSON against jansson: the same verdict, the same values. */
#include "json_oracle.h"

#include "base/assert.h"
#include "mutate.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* An array parsed in one pass has the elements that a walk over it finds. */
static void check_array(kith_slice text, struct json whole)
{
    struct json items[4], item;
    size_t count = 0, n = 0;
    kith_err e = json_parse_array(text, items, 4, &count);
    KITH_ASSERT((e == KITH_OK) == (whole.type == KITH_JSON_ARRAY));
    if (e) return;
    struct json_walk w = json_walk(whole);
    for (; json_next(&w, NULL, &item); n++)
        KITH_ASSERT(n >= 4 || (slice_eq(item.raw, items[n].raw) && item.type == items[n].type));
    KITH_ASSERT(n == count);
}

/* A string written anew says the same. */
static void check_string(struct json string)
{
    struct buf text = {0}, written = {0};
    struct json again;
    json_put_quoted(&written, json_text(string, &text));
    KITH_ASSERT(json_parse(buf_slice(&written), &again) == KITH_OK);
    KITH_ASSERT(json_text_cmp(string, again) == 0);
    buf_fini(&text);
    buf_fini(&written);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct json whole;
    kith_slice text = slice_of(bytes, len);
    if (len == 0) return 0;
    KITH_ASSERT(oracle_agrees(text));
    if (json_parse(text, &whole)) return 0;
    check_array(text, whole);
    if (whole.type == KITH_JSON_STRING) check_string(whole);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    uint64_t chance = seed;
    struct buf made = {0};
    mutate_json(&made, slice_of(data, size), &chance);
    return mutate_end(&made, data, size_max);
}
