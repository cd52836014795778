/* tests/wire/test_etf.c -- who stands in a Phoenix.Token, from when, for how long. */
#include "etf_support.h"
#include "failures.h"

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
        cmocka_unit_test(out_of_memory_is_said_and_leaves_nothing),
        cmocka_unit_test(what_is_written_is_what_erlang_writes),
        cmocka_unit_test(what_is_written_is_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, free_scratch);
}
