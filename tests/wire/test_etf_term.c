/* tests/wire/test_etf_term.c -- where a term ends, and which terms are refused. */
#include "etf_support.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_shapes_are_refused),
        cmocka_unit_test(terms_that_no_token_needs_are_refused_even_beside_the_id),
        cmocka_unit_test(lengths_beyond_the_input_are_refused),
        cmocka_unit_test(containers_may_be_eight_deep),
        cmocka_unit_test(a_million_nested_lists_do_not_reach_the_stack),
        cmocka_unit_test(a_token_cut_at_any_byte_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, free_scratch);
}
