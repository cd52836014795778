/* tests/wire/test_http_query.c -- parameters of a query, decoded. */
#include "chance.h"
#include "failures.h"
#include "wire/http.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void every_query_gives_its_parameter(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        kith_err want;
        const char *value;
    } cases[] = {
        {"token=abc", KITH_OK, "abc"},
        {"vsn=2.0.0&token=abc&x=y", KITH_OK, "abc"},
        {"token=", KITH_OK, ""},
        {"token", KITH_OK, ""},
        {"a&token&b", KITH_OK, ""},
        {"token=a=b==", KITH_OK, "a=b=="},
        {"token=a&token=b", KITH_OK, "a"},
        {"&&token=a&", KITH_OK, "a"},
        {"=x&token=a", KITH_OK, "a"},
        {"token=a?b#c", KITH_OK, "a?b#c"},
        {"token=%61%2B%26%3D%25", KITH_OK, "a+&=%"},
        {"token=a+b%20c", KITH_OK, "a b c"},
        {"token=%c3%A4%F0%9f%98%80", KITH_OK, "\xC3\xA4\xF0\x9F\x98\x80"},
        {"token=%0d%0A", KITH_OK, "\r\n"},
        {"%74oke%6E=a", KITH_OK, "a"},
        {"%zz=1&token=a", KITH_OK, "a"},
        {"x=%zz&token=a", KITH_OK, "a"},

        {"", KITH_NONE, NULL},
        {"&", KITH_NONE, NULL},
        {"tokens=a", KITH_NONE, NULL},
        {"toke=n", KITH_NONE, NULL},
        {"Token=a", KITH_NONE, NULL},
        {"x=token=a", KITH_NONE, NULL},
        {"x=%26token=a", KITH_NONE, NULL},
        {"token%00=a", KITH_NONE, NULL},
        {"token;x=a", KITH_NONE, NULL},
        {"x=1;token=a", KITH_NONE, NULL},

        {"token=%", KITH_BAD, NULL},
        {"token=%4", KITH_BAD, NULL},
        {"token=%4&x=1", KITH_BAD, NULL},
        {"token=%4g", KITH_BAD, NULL},
        {"token=%g4", KITH_BAD, NULL},
        {"token=%%41", KITH_BAD, NULL},
        {"token=%u0041", KITH_BAD, NULL},
        {"token=%+1", KITH_BAD, NULL},
        {"token=%ff", KITH_BAD, NULL},
        {"token=%c3", KITH_BAD, NULL},
        {"token=%c0%80", KITH_BAD, NULL},
        {"token=%ed%a0%80", KITH_BAD, NULL},
        {"token=%f4%90%80%80", KITH_BAD, NULL},
        {"token=%ff&token=a", KITH_BAD, NULL},
    };
    struct buf scratch = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kith_slice v;
        kith_err e = http_query(slice_str(cases[i].query), "token", &scratch, &v);
        if (e != cases[i].want) fail_msg("%s: %s", cases[i].query, kith_err_text(e));
        if (e == KITH_OK && !slice_is(v, cases[i].value)) fail_msg("%s: differs", cases[i].query);
    }
    buf_fini(&scratch);
}

static void an_encoded_nul_is_an_ordinary_byte(void **state)
{
    (void)state;
    struct buf scratch = {0};
    kith_slice v;
    assert_int_equal(http_query(KITH_LIT("a=x%00y"), "a", &scratch, &v), KITH_OK);
    assert_int_equal(v.len, 3);
    assert_memory_equal(v.ptr, "x\0y", 3);
    buf_fini(&scratch);
}

static void any_bytes_come_back_when_they_are_escaped(void **state)
{
    (void)state;
    uint64_t seed = 7;
    struct buf scratch = {0}, query = {0};
    for (uint32_t round = 0; round < rounds(200); round++) {
        uint8_t text[40];
        size_t n = chance_below(&seed, sizeof text);
        buf_clear(&query);
        buf_puts(&query, "x=1&k=");
        for (size_t i = 0; i < n; i++) {
            text[i] = (uint8_t)chance_below(&seed, 128);
            buf_printf(&query, chance_below(&seed, 2) ? "%%%02x" : "%%%02X", text[i]);
        }
        kith_slice v;
        assert_int_equal(http_query(buf_slice(&query), "k", &scratch, &v), KITH_OK);
        assert_true(slice_eq(v, slice_of(text, n)));
    }
    buf_fini(&scratch);
    buf_fini(&query);
}

static void names_come_one_after_the_other(void **state)
{
    (void)state;
    kith_slice query = KITH_LIT("&a=1&&b%20c&=x&d=%zz&e%=1&%ff&f="), name;
    static const char *const names[] = {"a", "b c", "", "d", NULL, NULL, "f"};
    struct buf scratch = {0};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        kith_err e = http_query_name(&query, &scratch, &name);
        assert_int_equal(e, names[i] ? KITH_OK : KITH_BAD);
        if (names[i]) assert_true(slice_is(name, names[i]));
    }
    assert_int_equal(http_query_name(&query, &scratch, &name), KITH_NONE);
    buf_fini(&scratch);
    query = KITH_LIT("a=1");
    alloc_fail(0, 1);
    assert_int_equal(http_query_name(&query, &scratch, &name), KITH_NOMEM);
    (void)alloc_heal();
    buf_fini(&scratch);
}

/* "k" grows the scratch first; a value above its size grows it again. */
static void without_memory_a_query_says_so(void **state)
{
    (void)state;
    static const char query[] =
        "k=0123456789012345678901234567890123456789012345678901234567890123456789";
    for (size_t skip = 0; skip < 2; skip++) {
        struct buf scratch = {0};
        kith_slice v;
        alloc_fail(skip, 1);
        assert_int_equal(http_query(slice_str(query), "k", &scratch, &v), KITH_NOMEM);
        assert_int_equal(alloc_heal(), skip + 1);
        assert_int_equal(http_query(slice_str(query), "k", &scratch, &v), KITH_OK);
        assert_true(slice_is(v, query + 2));
        buf_fini(&scratch);
    }
}

/* The segments of a path with bars between; ! where one is none. */
static void assert_segments(const char *path, const char *want)
{
    kith_slice rest = slice_str(path), segment;
    struct buf scratch = {0}, said = {0};
    for (kith_err e; (e = http_segment(&rest, &scratch, &segment)) != KITH_NONE;) {
        if (e)
            buf_putc(&said, '!');
        else
            buf_put(&said, segment);
        buf_putc(&said, '|');
    }
    buf_putc(&said, 0);
    assert_string_equal((const char *)said.ptr, want);
    buf_fini(&scratch);
    buf_fini(&said);
}

static void a_path_gives_its_segments(void **state)
{
    (void)state;
    assert_segments("", "");
    assert_segments("/", "|");
    assert_segments("/v1/users/a", "v1|users|a|");
    assert_segments("/a//b/", "a||b||");
    assert_segments("/a%2Fb/c+d/%C3%A9", "a/b|c+d|\xc3\xa9|");
    assert_segments("/%/%4/%zz/%ff/x", "!|!|!|!|x|");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_query_gives_its_parameter),
        cmocka_unit_test(an_encoded_nul_is_an_ordinary_byte),
        cmocka_unit_test(any_bytes_come_back_when_they_are_escaped),
        cmocka_unit_test(names_come_one_after_the_other),
        cmocka_unit_test(without_memory_a_query_says_so),
        cmocka_unit_test(a_path_gives_its_segments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
