/* tests/wire/test_etf.c -- who stands in a Phoenix.Token, and which terms are refused. */
#include "failures.h"
#include "wire/etf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define SIGNED_MS 1700000000000

/* Terms as :erlang.term_to_binary/1 writes them. */
#define NAME_42  "m\0\0\0\00242"
#define SIGNED   "n\6\0\0h\345\317\213\1" /* 1700000000000 */
#define AGE_DAY  "b\0\1Q\200"             /* 86400 */
#define TOKEN(d) KITH_LIT("\203h\3" d SIGNED AGE_DAY)

static struct buf scratch;

static int free_scratch(void **state)
{
    (void)state;
    buf_fini(&scratch);
    return 0;
}

static void assert_user(kith_slice term, const char *path, const char *user)
{
    struct etf_token t;
    assert_int_equal(etf_token(term, path, &scratch, &t), KITH_OK);
    assert_true(slice_is(t.user, user));
    assert_int_equal(t.signed_at_ms, SIGNED_MS);
}

static void assert_bad(kith_slice term, const char *path)
{
    struct etf_token t = {.signed_at_ms = 77};
    assert_int_equal(etf_token(term, path, &scratch, &t), KITH_BAD);
    assert_int_equal(t.signed_at_ms, 77); /* on an error nothing has changed */
}

static void a_token_says_who_when_and_for_how_long(void **state)
{
    (void)state;
    struct etf_token t;
    assert_int_equal(etf_token(TOKEN(NAME_42), NULL, &scratch, &t), KITH_OK);
    assert_true(slice_is(t.user, "42"));
    assert_int_equal(t.signed_at_ms, SIGNED_MS);
    assert_false(t.never_expires);
    assert_true(t.max_age_s == 86400);
}

static void every_scalar_that_can_be_an_id_is_read_as_text(void **state)
{
    (void)state;
    assert_user(TOKEN("a\0"), NULL, "0");
    assert_user(TOKEN("a\377"), NULL, "255");
    assert_user(TOKEN("b\177\377\377\377"), NULL, "2147483647");
    assert_user(TOKEN("b\200\0\0\0"), NULL, "-2147483648");
    assert_user(TOKEN("n\4\0\0\0\0\200"), NULL, "2147483648");
    assert_user(TOKEN("n\10\0\377\377\377\377\377\377\377\177"), NULL, "9223372036854775807");
    assert_user(TOKEN("n\10\1\377\377\377\377\377\377\377\177"), NULL, "-9223372036854775807");
    assert_user(TOKEN("n\10\0\0\0\0\0\0\0\0\200"), NULL, "9223372036854775808");
    assert_user(TOKEN("n\11\1\0\0\0\0\0\0\0\0\1"), NULL, "-18446744073709551616");
    assert_user(TOKEN("n\0\0"), NULL, "0");
    assert_user(TOKEN("n\3\1\0\0\0"), NULL, "0");
    assert_user(TOKEN("o\0\0\0\1\0\7"), NULL, "7");
    assert_user(TOKEN("k\0\5alice"), NULL, "alice");
    assert_user(TOKEN("k\0\4Jos\351"), NULL, "Jos\303\251");
    assert_user(TOKEN("d\0\5alice"), NULL, "alice");
    assert_user(TOKEN("d\0\4Jos\351"), NULL, "Jos\303\251");
    assert_user(TOKEN("s\4Jos\351"), NULL, "Jos\303\251");
    assert_user(TOKEN("w\5Jos\303\251"), NULL, "Jos\303\251");
    assert_user(TOKEN("v\0\5Jos\303\251"), NULL, "Jos\303\251");
    assert_user(TOKEN("m\0\0\0\0"), NULL, "");
}

static void a_big_integer_is_read_up_to_128_digits(void **state)
{
    (void)state;
    struct buf term = {0};
    buf_put(&term, KITH_LIT("\203h\3n\65\0"));
    for (int i = 0; i < 53; i++)
        buf_putc(&term, 0xff);
    buf_put(&term, KITH_LIT(SIGNED AGE_DAY));
    struct etf_token t;
    assert_int_equal(etf_token(buf_slice(&term), NULL, &scratch, &t), KITH_OK);
    assert_true(slice_is(
        t.user,
        "4332296397063773218091272162723568286619432930274713398703874344"
        "7103457934462900359999600095377180907771737671271930809827721215")); /* 2^424 - 1 */

    buf_clear(&term);
    buf_put(&term, KITH_LIT("\203h\3n\66\0"));
    for (int i = 0; i < 54; i++)
        buf_putc(&term, 1);
    buf_put(&term, KITH_LIT(SIGNED AGE_DAY));
    assert_bad(buf_slice(&term), NULL);
    buf_fini(&term);
}

static void atoms_that_mean_nobody_are_nobody(void **state)
{
    (void)state;
    assert_bad(TOKEN("d\0\3nil"), NULL);
    assert_bad(TOKEN("w\3nil"), NULL);
    assert_bad(TOKEN("d\0\4true"), NULL);
    assert_bad(TOKEN("d\0\5false"), NULL);
    assert_bad(TOKEN("d\0\11undefined"), NULL);
    assert_user(TOKEN("m\0\0\0\3nil"), NULL, "nil");
}

static void a_path_leads_into_maps_keyword_lists_and_tuples(void **state)
{
    (void)state;
    assert_user(TOKEN("t\0\0\0\1m\0\0\0\2id" NAME_42), "id", "42");
    assert_user(TOKEN("t\0\0\0\1d\0\2id" NAME_42), "id", "42");
    assert_user(TOKEN("t\0\0\0\2w\1ra\1w\2ida\7"), "id", "7");
    assert_user(TOKEN("l\0\0\0\2h\2d\0\1ra\1h\2d\0\2ida\7j"), "id", "7");
    assert_user(TOKEN("h\2d\0\4usera\7"), "1", "7");
    assert_user(TOKEN("i\0\0\0\2d\0\4usera\7"), "0", "user");
    assert_user(TOKEN("t\0\0\0\1m\0\0\0\1uh\1t\0\0\0\1d\0\2id" NAME_42), "u.0.id", "42");
}

static void a_path_that_leads_nowhere_is_refused(void **state)
{
    (void)state;
    assert_bad(TOKEN(NAME_42), "id");
    assert_bad(TOKEN(NAME_42), "0");
    assert_bad(TOKEN("t\0\0\0\0"), "id");
    assert_bad(TOKEN("t\0\0\0\1a\1a\2"), "1");
    assert_bad(TOKEN("t\0\0\0\1m\0\0\0\2id" NAME_42), "id.id");
    assert_bad(TOKEN("h\2d\0\4usera\7"), "2");
    assert_bad(TOKEN("h\2d\0\4usera\7"), "01");
    assert_bad(TOKEN("h\2d\0\4usera\7"), "-1");
    assert_bad(TOKEN("h\2d\0\4usera\7"), "18446744073709551616");
    assert_bad(TOKEN("j"), "id");
    assert_bad(TOKEN("l\0\0\0\1h\3d\0\2ida\1a\2j"), "id");
    assert_bad(TOKEN("l\0\0\0\1a\1j"), "id");
}

static void without_a_path_a_container_is_nobody(void **state)
{
    (void)state;
    assert_bad(TOKEN("t\0\0\0\1m\0\0\0\2id" NAME_42), NULL);
    assert_bad(TOKEN("h\1" NAME_42), NULL);
    assert_bad(TOKEN("l\0\0\0\1a\1j"), NULL);
    assert_bad(TOKEN("j"), NULL);
    assert_bad(TOKEN("F?\370\0\0\0\0\0\0"), NULL);
}

static void a_key_that_stands_twice_is_nobody(void **state)
{
    (void)state;
    assert_bad(TOKEN("t\0\0\0\2d\0\2ida\1m\0\0\0\2ida\2"), "id");
    assert_bad(TOKEN("l\0\0\0\2h\2d\0\2ida\1h\2d\0\2ida\2j"), "id");
}

static void the_legacy_forms_last_a_day(void **state)
{
    (void)state;
    static const kith_slice legacy[] = {
        KITH_LIT("\203h\2" NAME_42 SIGNED),
        KITH_LIT("\203t\0\0\0\2d\0\4data" NAME_42 "d\0\6signed" SIGNED),
        KITH_LIT("\203t\0\0\0\2w\6signed" SIGNED "w\4data" NAME_42),
    };
    for (size_t i = 0; i < 3; i++) {
        struct etf_token t;
        assert_int_equal(etf_token(legacy[i], NULL, &scratch, &t), KITH_OK);
        assert_true(slice_is(t.user, "42"));
        assert_int_equal(t.signed_at_ms, SIGNED_MS);
        assert_false(t.never_expires);
        assert_true(t.max_age_s == 86400);
    }
    assert_bad(KITH_LIT("\203t\0\0\0\1d\0\4data" NAME_42), NULL);
    assert_bad(KITH_LIT("\203t\0\0\0\1d\0\6signed" SIGNED), NULL);
    assert_bad(KITH_LIT("\203t\0\0\0\2d\0\4data" NAME_42 "d\0\6signed" NAME_42), NULL);
}

static void max_age_is_an_integer_a_float_or_infinity(void **state)
{
    (void)state;
    static const struct {
        kith_slice term;
        double max_age_s;
        bool never;
    } ages[] = {
        {KITH_LIT("\203h\3a\1" SIGNED "a\0"), 0, false},
        {KITH_LIT("\203h\3a\1" SIGNED "b\377\377\377\377"), -1, false},
        {KITH_LIT("\203h\3a\1" SIGNED "F?\370\0\0\0\0\0\0"), 1.5, false},
        {KITH_LIT("\203h\3a\1" SIGNED "n\5\0\0\0\0\0\1"), 4294967296.0, false},
        {KITH_LIT("\203h\3a\1" SIGNED "d\0\10infinity"), 0, true},
        {KITH_LIT("\203h\3a\1" SIGNED "w\10infinity"), 0, true},
    };
    for (size_t i = 0; i < sizeof ages / sizeof ages[0]; i++) {
        struct etf_token t;
        assert_int_equal(etf_token(ages[i].term, NULL, &scratch, &t), KITH_OK);
        assert_int_equal(t.never_expires, ages[i].never);
        if (!t.never_expires) assert_true(t.max_age_s == ages[i].max_age_s);
    }
}

static void other_times_are_refused(void **state)
{
    (void)state;
    assert_bad(KITH_LIT("\203h\3a\1" SIGNED "d\0\3nil"), NULL);
    assert_bad(KITH_LIT("\203h\3a\1" SIGNED "m\0\0\0\00260"), NULL);
    assert_bad(KITH_LIT("\203h\3a\1" SIGNED "n\10\0\377\377\377\377\377\377\377\377"), NULL);
    assert_bad(KITH_LIT("\203h\3a\1" SIGNED "F\177\360\0\0\0\0\0\0"), NULL); /* infinity */
    assert_bad(KITH_LIT("\203h\3a\1" SIGNED "F\177\370\0\0\0\0\0\0"), NULL); /* NaN */
    assert_bad(KITH_LIT("\203h\3a\1F?\370\0\0\0\0\0\0" AGE_DAY), NULL);
    assert_bad(KITH_LIT("\203h\3a\1n\10\0\377\377\377\377\377\377\377\377" AGE_DAY), NULL);
    assert_bad(KITH_LIT("\203h\3a\1m\0\0\0\1"
                        "1" AGE_DAY),
               NULL);
}

static void other_shapes_are_refused(void **state)
{
    (void)state;
    assert_bad(KITH_LIT(""), NULL);
    assert_bad(KITH_LIT("\203"), NULL);
    assert_bad(KITH_LIT("h\3" NAME_42 SIGNED AGE_DAY), NULL);
    assert_bad(KITH_LIT("\202h\3" NAME_42 SIGNED AGE_DAY), NULL);
    assert_bad(KITH_LIT("\203h\0"), NULL);
    assert_bad(KITH_LIT("\203h\1" NAME_42), NULL);
    assert_bad(KITH_LIT("\203h\4" NAME_42 SIGNED AGE_DAY "a\1"), NULL);
    assert_bad(KITH_LIT("\203" NAME_42), NULL);
    assert_bad(KITH_LIT("\203l\0\0\0\3" NAME_42 SIGNED AGE_DAY "j"), NULL);
    assert_bad(KITH_LIT("\203h\3" NAME_42 SIGNED AGE_DAY "\0"), NULL);
    assert_bad(KITH_LIT("\203\203h\3" NAME_42 SIGNED AGE_DAY), NULL);
}

static void terms_that_no_token_needs_are_refused_even_beside_the_id(void **state)
{
    (void)state;
    static const unsigned char tags[] = {
        77,            /* bit string */
        80,            /* compressed */
        82,            /* atom cache */
        88,  103,      /* pids */
        89,  102, 120, /* ports */
        90,  101, 114, /* references */
        99,            /* a float as text */
        112, 113, 117, /* functions */
        121,           /* local */
    };
    for (size_t i = 0; i < sizeof tags; i++) {
        struct buf term = {0};
        buf_put(&term, KITH_LIT("\203h\3h\2" NAME_42));
        buf_putc(&term, tags[i]);
        for (int n = 0; n < 32; n++)
            buf_putc(&term, 0);
        assert_bad(buf_slice(&term), "0");
        buf_fini(&term);
    }
    assert_bad(KITH_LIT("\203P\0\0\0\27x\234\313\141\226\3\0"), NULL);
}

static void lengths_beyond_the_input_are_refused(void **state)
{
    (void)state;
    static const char *const heads[] = {"m\377\377\377\377",
                                        "l\377\377\377\377",
                                        "i\377\377\377\377",
                                        "t\377\377\377\377",
                                        "o\377\377\377\377",
                                        "t\200\0\0\0",
                                        "k\377\377",
                                        "d\377\377",
                                        "v\377\377",
                                        "w\377",
                                        "s\377",
                                        "n\377",
                                        "h\377"};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        static const size_t lens[] = {5, 5, 5, 5, 5, 5, 3, 3, 3, 2, 2, 2, 2};
        struct buf term = {0};
        buf_put(&term, KITH_LIT("\203h\3"));
        buf_put(&term, slice_of(heads[i], lens[i]));
        buf_put(&term, KITH_LIT("\0" SIGNED AGE_DAY));
        assert_bad(buf_slice(&term), NULL);
        buf_fini(&term);
    }
    assert_bad(TOKEN("n\1\2\1"), NULL); /* a sign that is none */
}

static void containers_may_be_eight_deep(void **state)
{
    (void)state;
    for (unsigned depth = 3; depth <= 300; depth += depth < 12 ? 1 : 48) {
        struct buf term = {0};
        buf_put(&term, KITH_LIT("\203h\3h\2" NAME_42)); /* two */
        for (unsigned i = 3; i < depth; i++)
            buf_put(&term, KITH_LIT("h\1"));
        buf_put(&term, KITH_LIT("j" SIGNED AGE_DAY)); /* the empty list is the last */
        if (depth <= 8)
            assert_user(buf_slice(&term), "0", "42");
        else
            assert_bad(buf_slice(&term), "0");
        buf_fini(&term);
    }
}

static void a_million_nested_lists_do_not_reach_the_stack(void **state)
{
    (void)state;
    struct buf term = {0};
    buf_put(&term, KITH_LIT("\203h\3"));
    for (int i = 0; i < 1000000; i++)
        buf_put(&term, KITH_LIT("l\0\0\0\1"));
    assert_bad(buf_slice(&term), NULL);
    buf_fini(&term);
}

/* Each copy has its own allocation, so that a sanitizer sees a read beyond its end. */
static void a_token_cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    static const kith_slice whole[] = {
        TOKEN("t\0\0\0\2d\0\2id" NAME_42 "m\0\0\0\1xl\0\0\0\2F?\370\0\0\0\0\0\0a\1j"),
        KITH_LIT("\203t\0\0\0\2d\0\4datat\0\0\0\1d\0\2id" NAME_42 "d\0\6signed" SIGNED),
        TOKEN("l\0\0\0\1h\2w\2idn\11\1\0\0\0\0\0\0\0\0\1j"),
    };
    for (size_t k = 0; k < 3; k++) {
        struct etf_token t;
        assert_int_equal(etf_token(whole[k], "id", &scratch, &t), KITH_OK);
        for (size_t n = 0; n < whole[k].len; n++) {
            uint8_t *copy = malloc(n ? n : 1);
            if (n) memcpy(copy, whole[k].ptr, n);
            assert_bad(slice_of(copy, n), "id");
            free(copy);
        }
    }
}

static void out_of_memory_is_said_and_leaves_nothing(void **state)
{
    (void)state;
    struct buf fresh = {0};
    struct etf_token t = {.signed_at_ms = 77};
    alloc_fail(0, SIZE_MAX);
    kith_err e = etf_token(TOKEN(NAME_42), NULL, &fresh, &t);
    alloc_heal();
    assert_int_equal(e, KITH_NOMEM);
    assert_int_equal(t.signed_at_ms, 77);
    buf_fini(&fresh);
}

static void what_is_written_is_what_erlang_writes(void **state)
{
    (void)state;
    struct buf b = {0};
    etf_put_token(&b, KITH_LIT("42"), NULL, SIGNED_MS, 86400);
    assert_true(slice_eq(buf_slice(&b), TOKEN(NAME_42)));
    buf_clear(&b);
    etf_put_token(&b, KITH_LIT("42"), "id", SIGNED_MS, 86400);
    assert_true(slice_eq(buf_slice(&b), TOKEN("t\0\0\0\1m\0\0\0\2id" NAME_42)));
    buf_clear(&b);
    etf_put_token(&b, KITH_LIT("42"), NULL, 255, 256);
    assert_true(slice_eq(buf_slice(&b), KITH_LIT("\203h\3" NAME_42 "a\377b\0\0\1\0")));
    buf_clear(&b);
    etf_put_token(&b, KITH_LIT("42"), NULL, INT32_MAX, UINT32_MAX);
    assert_true(slice_eq(buf_slice(&b), KITH_LIT("\203h\3" NAME_42 "b\177\377\377\377"
                                                 "n\4\0\377\377\377\377")));
    buf_fini(&b);
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    static const char *const paths[] = {NULL, "id", "user.id", "1"};
    for (size_t i = 0; i < 4; i++) {
        struct buf b = {0};
        struct etf_token t;
        etf_put_token(&b, KITH_LIT("J\303\274rgen"), paths[i], SIGNED_MS, 60);
        assert_int_equal(etf_token(buf_slice(&b), paths[i], &scratch, &t), KITH_OK);
        assert_true(slice_is(t.user, "J\303\274rgen"));
        assert_int_equal(t.signed_at_ms, SIGNED_MS);
        assert_true(t.max_age_s == 60);
        buf_fini(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_says_who_when_and_for_how_long),
        cmocka_unit_test(every_scalar_that_can_be_an_id_is_read_as_text),
        cmocka_unit_test(a_big_integer_is_read_up_to_128_digits),
        cmocka_unit_test(atoms_that_mean_nobody_are_nobody),
        cmocka_unit_test(a_path_leads_into_maps_keyword_lists_and_tuples),
        cmocka_unit_test(a_path_that_leads_nowhere_is_refused),
        cmocka_unit_test(without_a_path_a_container_is_nobody),
        cmocka_unit_test(a_key_that_stands_twice_is_nobody),
        cmocka_unit_test(the_legacy_forms_last_a_day),
        cmocka_unit_test(max_age_is_an_integer_a_float_or_infinity),
        cmocka_unit_test(other_times_are_refused),
        cmocka_unit_test(other_shapes_are_refused),
        cmocka_unit_test(terms_that_no_token_needs_are_refused_even_beside_the_id),
        cmocka_unit_test(lengths_beyond_the_input_are_refused),
        cmocka_unit_test(containers_may_be_eight_deep),
        cmocka_unit_test(a_million_nested_lists_do_not_reach_the_stack),
        cmocka_unit_test(a_token_cut_at_any_byte_is_refused),
        cmocka_unit_test(out_of_memory_is_said_and_leaves_nothing),
        cmocka_unit_test(what_is_written_is_what_erlang_writes),
        cmocka_unit_test(what_is_written_is_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, free_scratch);
}
