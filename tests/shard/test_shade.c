/* tests/shard/test_shade.c -- shades are nobody's names, and lead back to their users. */
#include "base/ids.h"
#include "shard/shade.h"
#include "wire/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void no_shade_is_an_id_and_each_leads_back(void **state)
{
    (void)state;
    const char *const ids[] = {
        "a",   "\x7f",         "ann",          "A\xc3\xa9",        "\xc3\xa9",
        "z~~", "\xc2\x80\x01", "\xe2\x82\xac", "\xf0\x9f\x98\x80!"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct shade shade, back;
        kith_slice id = slice_str(ids[i]), name = shade_of(&shade, id);
        assert_true(utf8_valid(id));
        assert_false(shade_is(id));
        assert_true(shade_is(name));
        assert_int_equal(name.len, id.len);
        assert_true(slice_eq(shade_of(&back, name), id));
    }
}

/* Every character that an id may begin with, before every character that may follow. */
static void of_any_two_characters_the_shade_is_no_text(void **state)
{
    (void)state;
    static const char *const next[] = {"",
                                       "a",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    for (unsigned first = 1; first < 256; first++)
        for (unsigned second = 0; second < 256; second++)
            for (size_t i = 0; i < sizeof next / sizeof next[0]; i++) {
                char id[16] = {(char)first, (char)second};
                struct shade shade;
                strcat(id, next[i]);
                if (!utf8_valid(slice_str(id))) continue;
                assert_false(utf8_valid(shade_of(&shade, slice_str(id))));
            }
}

static void it_is_put_into_lists_as_ids_are(void **state)
{
    (void)state;
    struct buf list = {0};
    kith_slice rest, id;
    ids_put(&list, KITH_LIT("ann"));
    shade_put(&list, KITH_LIT("ben"));
    rest = buf_slice(&list);
    assert_true(ids_next(&rest, &id));
    assert_true(slice_is(id, "ann"));
    assert_true(ids_next(&rest, &id));
    assert_true(slice_is(id, "\xe2"
                             "en"));
    assert_false(ids_next(&rest, &id));
    buf_fini(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_shade_is_an_id_and_each_leads_back),
        cmocka_unit_test(of_any_two_characters_the_shade_is_no_text),
        cmocka_unit_test(it_is_put_into_lists_as_ids_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
