/* tests/io/test_numbered.c -- changes that all nodes hear of, as bytes in the database. */
#include "io/numbered.h"

#include "base/limits.h"
#include "shard/sight_mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct mail *next(kith_slice *body)
{
    struct mail *m;
    assert_int_equal(numbered_next(body, &m), KITH_OK);
    return m;
}

static void changes_and_bars_come_back_as_they_were(void **state)
{
    (void)state;
    struct buf out = {0};
    struct mail_queue sights = {0};
    const struct sight_lists l = {.gained = KITH_LIT("\5alice"), .lost = KITH_LIT("\3bob")};
    mail_append(&sights, sight_mail(KITH_LIT("carol"), &l));
    numbered_put_bar(&out, KITH_LIT("dan"), UINT64_MAX);
    numbered_put(&out, &sights);
    mail_queue_fini(&sights);
    kith_slice rest = buf_slice(&out);
    struct mail *bar = next(&rest), *sight = next(&rest);
    assert_int_equal(rest.len, 0);
    assert_int_equal(bar->type, MAIL_BAR);
    assert_true(slice_is(mail_a(bar), "dan") && bar->until_s == UINT64_MAX);
    struct sight_lists got = sight_of_mail(sight);
    assert_true(slice_is(mail_a(sight), "carol") && slice_eq(got.gained, l.gained));
    assert_true(got.asked.len == 0 && slice_eq(got.lost, l.lost));
    mail_free(bar);
    mail_free(sight);
    buf_fini(&out);
}

static void what_is_cut_or_of_another_kind_is_refused(void **state)
{
    (void)state;
    struct buf out = {0};
    struct mail *m;
    numbered_put_bar(&out, KITH_LIT("dan"), 7);
    for (size_t n = 0; n < out.len; n++) {
        kith_slice cut = slice_head(buf_slice(&out), n);
        assert_int_equal(numbered_next(&cut, &m), KITH_BAD);
    }
    kith_slice whole = buf_slice(&out);
    out.ptr[0] = 3;
    assert_int_equal(numbered_next(&whole, &m), KITH_BAD);
    buf_clear(&out);
    static char x[USER_ID_BYTES_MAX + 1];
    for (size_t len = 0; len <= sizeof x; len += sizeof x) {
        buf_clear(&out);
        numbered_put_bar(&out, slice_of(x, len), 7);
        whole = buf_slice(&out);
        assert_int_equal(numbered_next(&whole, &m), KITH_BAD);
    }
    buf_fini(&out);
}

static void a_list_of_what_is_no_id_is_refused(void **state)
{
    (void)state;
    static const kith_slice lists[] = {KITH_LIT("\3bo"), KITH_LIT("\0"), KITH_LIT("\x81")};
    static uint8_t long_one[1 + USER_ID_BYTES_MAX + 1] = {USER_ID_BYTES_MAX + 1};
    for (int i = 0; i < 4; i++) {
        kith_slice list = i < 3 ? lists[i] : slice_of(long_one, sizeof long_one);
        const struct sight_lists all[] = {{.gained = list}, {.asked = list}, {.lost = list}};
        for (int which = 0; which < 3; which++) {
            struct buf out = {0};
            struct mail_queue sights = {0};
            struct mail *m;
            mail_append(&sights, sight_mail(KITH_LIT("carol"), &all[which]));
            numbered_put(&out, &sights);
            kith_slice body = buf_slice(&out);
            assert_int_equal(numbered_next(&body, &m), KITH_BAD);
            mail_queue_fini(&sights);
            buf_fini(&out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_and_bars_come_back_as_they_were),
        cmocka_unit_test(what_is_cut_or_of_another_kind_is_refused),
        cmocka_unit_test(a_list_of_what_is_no_id_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
