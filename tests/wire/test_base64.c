/* tests/wire/test_base64.c -- one spelling for each string of bytes. */
#include "chance.h"
#include "wire/base64.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* RFC 4648, section 10. */
static const char *const rfc[][2] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

typedef kith_err (*decoder)(kith_slice in, uint8_t *out, size_t *len);

static void assert_refused(decoder decode, kith_slice text)
{
    uint8_t out[300];
    size_t len = 77;
    assert_true(base64_decoded_max(text.len) <= sizeof out);
    assert_int_equal(decode(text, out, &len), KITH_BAD);
    assert_int_equal(len, 77); /* on an error nothing has changed */
}

static void assert_decodes(decoder decode, kith_slice text, kith_slice bytes)
{
    uint8_t out[300];
    size_t len = 77;
    assert_true(base64_decoded_max(text.len) <= sizeof out);
    assert_int_equal(decode(text, out, &len), KITH_OK);
    assert_true(len <= base64_decoded_max(text.len));
    assert_true(slice_eq(slice_of(out, len), bytes));
}

static void the_examples_of_the_rfc_go_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rfc / sizeof rfc[0]; i++) {
        kith_slice bytes = slice_str(rfc[i][0]), text = slice_str(rfc[i][1]);
        char out[16];
        assert_int_equal(base64_len(bytes.len), text.len);
        base64_encode(bytes, out);
        assert_memory_equal(out, text.ptr, text.len);
        assert_decodes(base64_decode, text, bytes);

        kith_slice bare = slice_head(text, slice_find(text, '='));
        assert_int_equal(base64url_len(bytes.len), bare.len);
        base64url_encode(bytes, out);
        assert_memory_equal(out, bare.ptr, bare.len);
        assert_decodes(base64url_decode, bare, bytes);
    }
}

static void the_alphabets_differ_in_two_characters_and_do_not_mix(void **state)
{
    (void)state;
    assert_decodes(base64_decode, KITH_LIT("+/+/"), KITH_LIT("\xfb\xff\xbf"));
    assert_decodes(base64url_decode, KITH_LIT("-_-_"), KITH_LIT("\xfb\xff\xbf"));
    assert_refused(base64_decode, KITH_LIT("-_-_"));
    assert_refused(base64url_decode, KITH_LIT("+/+/"));
}

static void padding_must_be_there_exactly_where_it_belongs(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Zg", "Zg=",      "Zg===", "Zm8",  "Zm8==", "Zm9v=",    "Zm9v==", "====",
        "=",  "Zg==Zg==", "Z===",  "Z=g=", "=Zg=",  "Zm9v====", "Zg=a"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(base64_decode, slice_str(bad[i]));
}

static void base64url_takes_no_padding_at_all(void **state)
{
    (void)state;
    static const char *const bad[] = {"Zg==", "Zm8=", "Zm9v=", "=", "Zg="};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(base64url_decode, slice_str(bad[i]));
}

static void a_single_character_in_the_last_group_is_refused(void **state)
{
    (void)state;
    assert_refused(base64url_decode, KITH_LIT("A"));
    assert_refused(base64url_decode, KITH_LIT("Zm9vA"));
    assert_refused(base64_decode, KITH_LIT("Zm9vA"));
}

static void spare_bits_must_be_zero(void **state)
{
    (void)state;
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (unsigned v = 0; v < 64; v++) {
        char one[2] = {'A', letters[v]}, two[3] = {'A', 'A', letters[v]};
        uint8_t a = (uint8_t)(v >> 4), b[2] = {0, (uint8_t)(v >> 2)};
        if (v % 16 == 0)
            assert_decodes(base64url_decode, slice_of(one, 2), slice_of(&a, 1));
        else
            assert_refused(base64url_decode, slice_of(one, 2));
        if (v % 4 == 0)
            assert_decodes(base64url_decode, slice_of(two, 3), slice_of(b, 2));
        else
            assert_refused(base64url_decode, slice_of(two, 3));
    }
    assert_refused(base64_decode, KITH_LIT("Zh=="));
    assert_refused(base64_decode, KITH_LIT("Zm9="));
}

static void every_foreign_byte_is_refused_in_every_place(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        for (size_t at = 0; at < 4; at++) {
            uint8_t text[4] = {'A', 'A', 'A', 'A'};
            text[at] = (uint8_t)c;
            if (!letter && c != '+' && c != '/' && !(c == '=' && at == 3))
                assert_refused(base64_decode, slice_of(text, 4));
            if (!letter && c != '-' && c != '_')
                assert_refused(base64url_decode, slice_of(text, 4));
        }
    }
}

static void what_was_encoded_decodes_to_the_same(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (uint32_t i = 0; i < rounds(2000); i++) {
        uint8_t bytes[200];
        char text[272];
        size_t n = chance_below(&seed, sizeof bytes + 1);
        for (size_t j = 0; j < n; j++)
            bytes[j] = (uint8_t)chance_next(&seed);
        base64_encode(slice_of(bytes, n), text);
        assert_decodes(base64_decode, slice_of(text, base64_len(n)), slice_of(bytes, n));
        base64url_encode(slice_of(bytes, n), text);
        assert_decodes(base64url_decode, slice_of(text, base64url_len(n)), slice_of(bytes, n));
    }
}

/* The converse: a text that decodes is the only one that means its bytes. */
static void what_decodes_encodes_to_the_same(void **state)
{
    (void)state;
    static const char some[] = "AQgwZz09+/-_=";
    uint64_t seed = 2;
    for (uint32_t i = 0; i < rounds(20000); i++) {
        char text[8], again[16];
        uint8_t out[16];
        size_t n = chance_below(&seed, sizeof text + 1), len;
        for (size_t j = 0; j < n; j++)
            text[j] = some[chance_below(&seed, sizeof some - 1)];
        if (base64_decode(slice_of(text, n), out, &len) == KITH_OK) {
            base64_encode(slice_of(out, len), again);
            assert_true(slice_eq(slice_of(again, base64_len(len)), slice_of(text, n)));
        }
        if (base64url_decode(slice_of(text, n), out, &len) == KITH_OK) {
            base64url_encode(slice_of(out, len), again);
            assert_true(slice_eq(slice_of(again, base64url_len(len)), slice_of(text, n)));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_rfc_go_both_ways),
        cmocka_unit_test(the_alphabets_differ_in_two_characters_and_do_not_mix),
        cmocka_unit_test(padding_must_be_there_exactly_where_it_belongs),
        cmocka_unit_test(base64url_takes_no_padding_at_all),
        cmocka_unit_test(a_single_character_in_the_last_group_is_refused),
        cmocka_unit_test(spare_bits_must_be_zero),
        cmocka_unit_test(every_foreign_byte_is_refused_in_every_place),
        cmocka_unit_test(what_was_encoded_decodes_to_the_same),
        cmocka_unit_test(what_decodes_encodes_to_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
