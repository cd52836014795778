/* tests/fuzz/fuzz_friends.c -- what the application answers over HTTP when it is asked for a user's
 * friends: the ids that jansson finds in it, and a refusal where that finds no list. */
#include "io/http_source.h"

#include "base/assert.h"
#include "base/ids.h"
#include "base/limits.h"
#include "edge/token.h"
#include "json_oracle.h"

#include "mutate.h"

#include <inttypes.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void put_id(struct buf *ids, const json_t *one)
{
    char number[24];
    kith_slice id = {0};
    if (json_is_string(one)) id = slice_of(json_string_value(one), json_string_length(one));
    if (json_is_integer(one) && json_integer_value(one) >= 0) {
        (void)snprintf(number, sizeof number, "%" PRIdMAX, (intmax_t)json_integer_value(one));
        id = slice_str(number);
    }
    if (token_user_valid(id)) ids_put(ids, id);
}

static void check_ids(const json_t *list, kith_slice got, bool cut)
{
    struct buf ids = {0}, sorted = {0};
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)(uintptr_t)list, i, one) put_id(&ids, one);
    KITH_ASSERT(!ids.failed && ids_put_sorted(&sorted, buf_slice(&ids)) == KITH_OK);
    KITH_ASSERT(cut == (ids_count(buf_slice(&sorted)) > SOURCE_EDGES_MAX));
    KITH_ASSERT(cut ? slice_starts(buf_slice(&sorted), got) : slice_eq(buf_slice(&sorted), got));
    buf_fini(&ids);
    buf_fini(&sorted);
}

/* Whether jansson refuses, or reads otherwise, what is JSON all the same (json_oracle.h). */
static bool is_its_own(kith_slice text, const json_error_t *why)
{
    enum json_error_code code = json_error_code(why);
    return code == json_error_duplicate_key || code == json_error_numeric_overflow ||
           code == json_error_null_byte_in_key || slice_find(text, 0) < text.len ||
           memmem(text.ptr, text.len, "-0", 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    kith_slice text = slice_of(bytes, len);
    struct buf ids = {0};
    json_error_t why = {0};
    bool cut;
    if (len == 0) return 0;
    kith_err e = http_source_ids(text, &ids, &cut);
    KITH_ASSERT(e == KITH_OK || (e == KITH_BAD && ids.len == 0));
    json_t *theirs = json_loadb((const char *)bytes, len,
                                JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &why);
    const json_t *list = json_object_get(theirs, "friends");
    if (!theirs || is_its_own(text, &why))
        KITH_ASSERT(e == KITH_BAD || is_its_own(text, &why));
    else if (e == KITH_OK)
        check_ids(list, buf_slice(&ids), cut);
    else
        KITH_ASSERT(!json_is_array(list) || oracle_depth(text) > JSON_DEPTH_MAX);
    json_decref(theirs);
    buf_fini(&ids);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    uint64_t chance = seed;
    struct buf made = {0};
    mutate_json(&made, slice_of(data, size), &chance);
    return mutate_end(&made, data, size_max);
}
