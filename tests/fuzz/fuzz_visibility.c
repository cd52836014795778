/* tests/fuzz/fuzz_visibility.c -- who may see a user, as a client or an operator says it: what is
 * read keeps to its bounds, says the same again, and a key that stands twice is read in neither of
 * its ways. */
#include "edge/visibility.h"

#include "base/assert.h"
#include "base/ids.h"
#include "base/limits.h"
#include "edge/token.h"
#include "mutate.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_ids(kith_slice ids)
{
    kith_slice before = {0};
    for (kith_slice id; ids.len; before = id) {
        KITH_ASSERT(ids_next(&ids, &id) && token_user_valid(id));
        KITH_ASSERT(!before.len || slice_cmp(before, id) < 0);
    }
}

static void check_again(const struct rule *r)
{
    struct buf text = {0}, sorted = {0};
    struct rule again = {0};
    struct visibility_said said;
    struct json whole;
    const char *why = NULL;
    visibility_put_json(&text, r->visibility, r->ids);
    KITH_ASSERT(json_parse(buf_slice(&text), &whole) == KITH_OK);
    visibility_take(whole, &said);
    KITH_ASSERT(visibility_read(&said, &again, &sorted, &why) == KITH_OK);
    KITH_ASSERT(again.visibility == r->visibility && slice_eq(again.ids, r->ids));
    buf_fini(&text);
    buf_fini(&sorted);
}

static void check(struct json whole)
{
    struct rule r = {0};
    struct buf sorted = {0};
    struct visibility_said said;
    const char *why = NULL;
    visibility_take(whole, &said);
    if (visibility_read(&said, &r, &sorted, &why) == KITH_OK) {
        KITH_ASSERT(json_unique_keys(whole) == KITH_OK);
        KITH_ASSERT(ids_count(r.ids) <= CHOSEN_MAX);
        check_ids(r.ids);
        if (r.kind == RULE_VISIBILITY) check_again(&r);
    } else {
        KITH_ASSERT(why && *why);
    }
    buf_fini(&sorted);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct json whole;
    if (json_parse(slice_of(bytes, len), &whole) == KITH_OK && whole.type == JSON_OBJECT)
        check(whole);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    uint64_t chance = seed;
    struct buf made = {0};
    mutate_json(&made, slice_of(data, size), &chance);
    return mutate_end(&made, data, size_max);
}
