/* tests/core/test_metas.c -- interned bytes, counted: held against a naive model, and to their
 * price. */
#include "base/limits.h"
#include "chance.h"
#include "core/metas.h"
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct siphash_key key = {3, 4};

static int setup(void **state)
{
    *state = metas_new(&key);
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    metas_free(*state);
    return 0;
}

static meta_id take(struct metas *m, kith_slice bytes)
{
    meta_id id;
    assert_int_equal(metas_take(m, bytes, &id), KITH_OK);
    return id;
}

static void the_same_bytes_are_the_same_number(void **state)
{
    struct metas *m = *state;
    char copy[] = "{\"status\":\"online\"}";
    meta_id a = take(m, KITH_LIT("{\"status\":\"online\"}")), b = take(m, slice_str(copy));
    assert_int_equal(a, b);
    assert_int_not_equal(take(m, KITH_LIT("{\"status\":\"away\"}")), a);
    assert_true(slice_is(metas_get(m, a), copy));
    assert_int_equal(metas_find(m, slice_str(copy)), a);
}

static void bytes_live_as_long_as_their_last_reference(void **state)
{
    struct metas *m = *state;
    meta_id id = take(m, KITH_LIT("x"));
    assert_int_equal(take(m, KITH_LIT("x")), id);
    metas_drop(m, id);
    assert_true(slice_is(metas_get(m, id), "x"));
    metas_drop(m, id);
    assert_int_equal(metas_find(m, KITH_LIT("x")), META_NONE);
    metas_drop(m, META_NONE);
}

static void every_length_up_to_the_bound_is_kept(void **state)
{
    struct metas *m = *state;
    static uint8_t bytes[TOPIC_BYTES_MAX + 1];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 31 + 7);
    static meta_id ids[TOPIC_BYTES_MAX + 1];
    for (size_t n = 0; n <= TOPIC_BYTES_MAX; n += n < 1100 ? 1 : 97)
        ids[n] = take(m, slice_of(bytes, n));
    for (size_t n = 0; n <= TOPIC_BYTES_MAX; n += n < 1100 ? 1 : 97) {
        assert_true(slice_eq(metas_get(m, ids[n]), slice_of(bytes, n)));
        metas_drop(m, ids[n]);
        assert_int_equal(metas_find(m, slice_of(bytes, n)), META_NONE);
    }
    meta_id id;
    assert_int_equal(metas_take(m, slice_of(bytes, TOPIC_BYTES_MAX + 1), &id), KITH_FULL);
}

static void what_is_dropped_is_room_for_the_next(void **state)
{
    struct metas *m = *state;
    char text[64];
    for (uint32_t i = 0; i < 100000; i++) {
        int len = snprintf(text, sizeof text, "{\"n\":%06u}", i);
        metas_drop(m, take(m, slice_of(text, (size_t)len)));
    }
    static uint8_t large[5000];
    for (uint32_t i = 0; i < 1000; i++) {
        memcpy(large, &i, sizeof i);
        metas_drop(m, take(m, slice_of(large, sizeof large)));
    }
    assert_true(metas_bytes(m) < 16384);
}

enum { TEXTS = 200 };

static kith_slice text_of(uint32_t i, char out[4096])
{
    size_t len = i * 17 % 60 + (i % 10 == 0 ? i * 13 : 0);
    memset(out, 'a', len);
    int head = snprintf(out, 4096, "%u", i);
    if (len < (size_t)head) len = (size_t)head;
    out[head] = 'a';
    return slice_of(out, len);
}

static void they_are_what_a_naive_model_holds(void **state)
{
    struct metas *m = *state;
    static char text[4096];
    static uint32_t refs[TEXTS];
    static meta_id ids[TEXTS];
    uint64_t seed = 9;
    memset(refs, 0, sizeof refs);
    for (uint32_t step = 0; step < 20000 * rounds(1); step++) {
        uint32_t i = chance_below(&seed, TEXTS);
        if (chance_below(&seed, 2) || refs[i] == 0) {
            meta_id id = take(m, text_of(i, text));
            assert_true(refs[i] == 0 || ids[i] == id);
            ids[i] = id;
            refs[i]++;
        } else {
            metas_drop(m, ids[i]);
            refs[i]--;
        }
        i = chance_below(&seed, TEXTS);
        meta_id found = metas_find(m, text_of(i, text));
        assert_int_equal(found, refs[i] ? ids[i] : META_NONE);
        if (refs[i]) assert_true(slice_eq(metas_get(m, found), text_of(i, text)));
    }
}

static void without_memory_nothing_is_taken(void **state)
{
    struct metas *m = *state;
    static char large[3000];
    const kith_slice texts[] = {KITH_LIT("short"), {(const uint8_t *)large, sizeof large}};
    for (size_t i = 0; i < 2; i++)
        for (size_t nth = 0;; nth++) {
            meta_id id;
            alloc_fail(nth, 1);
            kith_err e = metas_take(m, texts[i], &id);
            (void)alloc_heal();
            if (e == KITH_OK) break;
            assert_int_equal(e, KITH_NOMEM);
            assert_int_equal(metas_find(m, texts[i]), META_NONE);
        }
    alloc_fail(0, SIZE_MAX);
    assert_null(metas_new(&key));
    (void)alloc_heal();
    metas_free(NULL);
}

/* The price of a custom meta: its bytes and 16 or so, whatever its length. */
static void custom_bytes_cost_little_more_than_themselves(void **state)
{
    (void)state;
    for (uint32_t len = 30; len <= 1024; len += 142) {
        struct metas *m = metas_new(&key);
        static char text[1024];
        memset(text, 'x', sizeof text);
        for (uint32_t i = 0; i < 20000; i++) {
            memcpy(text, &i, sizeof i);
            (void)take(m, slice_of(text, len));
        }
        double each = (double)metas_bytes(m) / 20000;
        assert_true(each < len + 24 + len * 0.05);
        metas_free(m);
    }
}

#define WITH_ONE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ONE(the_same_bytes_are_the_same_number),
        WITH_ONE(bytes_live_as_long_as_their_last_reference),
        WITH_ONE(every_length_up_to_the_bound_is_kept),
        WITH_ONE(what_is_dropped_is_room_for_the_next),
        WITH_ONE(they_are_what_a_naive_model_holds),
        WITH_ONE(without_memory_nothing_is_taken),
        cmocka_unit_test(custom_bytes_cost_little_more_than_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
