/* tests/load/test_heard.c -- diffs that were read a moment ago: the same bytes, and no others. */
#include "load/heard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct heard *heard;
static uint8_t frame[2048];

static int fresh(void **state)
{
    (void)state;
    heard = calloc(1, sizeof *heard);
    return heard ? 0 : 1;
}

static int over(void **state)
{
    (void)state;
    free(heard);
    return 0;
}

/* A frame with a text of so many bytes, all alike. */
static kith_slice a_frame(size_t len, char of)
{
    memset(frame, of, sizeof frame);
    frame[0] = 0x81;
    frame[1] = 126;
    frame[2] = (uint8_t)(len >> 8);
    frame[3] = (uint8_t)len;
    return slice_of(frame, len + 4);
}

static struct heard_diff *keep(kith_slice bytes)
{
    struct heard_diff *d = heard_take(heard, bytes);
    if (d) d->whole = true;
    return d;
}

static void the_same_bytes_are_found_whatever_is_behind_them(void **state)
{
    (void)state;
    kith_slice f = a_frame(300, 'a');
    assert_null(heard_find(heard, f));
    const struct heard_diff *d = keep(f);
    assert_int_equal(d->bytes, 304);
    assert_ptr_equal(heard_find(heard, f), d);
    frame[304] = 'z';
    assert_ptr_equal(heard_find(heard, slice_of(frame, 900)), d);
}

static void others_are_not(void **state)
{
    (void)state;
    (void)keep(a_frame(300, 'a'));
    for (size_t at = 0; at < 304; at++) {
        kith_slice f = a_frame(300, 'a');
        frame[at] ^= 1;
        if (heard_find(heard, f)) fail_msg("with another byte %zu", at);
    }
    assert_null(heard_find(heard, a_frame(299, 'a')));
    assert_null(heard_find(heard, a_frame(301, 'a')));
}

static void what_has_not_come_whole_is_not(void **state)
{
    (void)state;
    kith_slice f = a_frame(300, 'a');
    (void)keep(f);
    for (size_t len = 0; len < f.len; len++) {
        assert_null(heard_find(heard, slice_head(f, len)));
        assert_null(heard_take(heard, slice_head(f, len)));
    }
}

static void what_could_not_be_read_is_not(void **state)
{
    (void)state;
    assert_non_null(heard_take(heard, a_frame(300, 'a')));
    assert_null(heard_find(heard, a_frame(300, 'a')));
}

static void the_newer_one_takes_the_place(void **state)
{
    (void)state;
    kith_slice f = a_frame(300, 'a');
    const struct heard_diff *d = keep(f);
    frame[200] = 'b'; /* far behind the name */
    assert_ptr_equal(keep(f), d);
    assert_non_null(heard_find(heard, f));
    assert_null(heard_find(heard, a_frame(300, 'a')));
}

static void long_and_short_ones_and_no_texts_are_read_each_time(void **state)
{
    (void)state;
    assert_non_null(heard_take(heard, a_frame(HEARD_BYTES_MAX - 4, 'a')));
    assert_null(heard_take(heard, a_frame(HEARD_BYTES_MAX - 3, 'a')));
    assert_null(heard_take(heard, a_frame(50, 'a')));
    kith_slice f = a_frame(300, 'a');
    frame[0] = 0x82; /* binary */
    assert_null(heard_take(heard, f));
    frame[0] = 0x01; /* the first of several */
    assert_null(heard_take(heard, f));
    f = a_frame(300, 'a');
    frame[1] = 127;
    assert_null(heard_take(heard, f));
}

#define T(name) cmocka_unit_test_setup_teardown(name, fresh, over)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_same_bytes_are_found_whatever_is_behind_them),
        T(others_are_not),
        T(what_has_not_come_whole_is_not),
        T(what_could_not_be_read_is_not),
        T(the_newer_one_takes_the_place),
        T(long_and_short_ones_and_no_texts_are_read_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
