/* tests/app/test_screen.c -- lines that are no wider than a window, and short figures. */
#include "app/screen.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_finished(struct screen *p, unsigned lines, bool live, const char *want)
{
    struct buf out = {0};
    screen_finish(p, lines, live, &out);
    assert_false(out.failed);
    if (!slice_is(buf_slice(&out), want)) fail_msg("%.*s", (int)out.len, out.ptr);
    buf_fini(&out);
}

static void cells_stand_to_the_right_or_to_the_left(void **state)
{
    (void)state;
    struct screen p = {.columns = 80};
    screen_cell(&p, PAINT_PLAIN, -4, "n1");
    screen_cell(&p, PAINT_PLAIN, 4, "12");
    screen_cell(&p, PAINT_PLAIN, 3, "12345");
    screen_end(&p);
    assert_finished(&p, 9, false, "n1     12 123\n");
}

static void a_cell_without_room_is_left_out_with_those_behind_it(void **state)
{
    (void)state;
    struct screen p = {.columns = 9};
    screen_cell(&p, PAINT_PLAIN, 4, "a");
    screen_cell(&p, PAINT_PLAIN, 4, "b");
    screen_cell(&p, PAINT_PLAIN, 4, "c");
    screen_cell(&p, PAINT_PLAIN, 1, "d");
    screen_end(&p);
    screen_put(&p, PAINT_PLAIN, "a longer line");
    screen_put(&p, PAINT_PLAIN, "x");
    screen_end(&p);
    assert_finished(&p, 9, false, "   a    b\na longer\n");
}

static void what_cannot_be_printed_is_not(void **state)
{
    (void)state;
    struct screen p = {.columns = 80, .colour = true};
    screen_put(&p, PAINT_BAD, "a\x1b[2J\n\x9b");
    screen_end(&p);
    assert_finished(&p, 9, false, "\x1b[1;31ma?[2J??\x1b[0m\n");
}

static void a_page_that_is_too_long_says_so(void **state)
{
    (void)state;
    struct screen p = {.columns = 20};
    for (int i = 0; i < 4; i++)
        screen_say(&p, PAINT_PLAIN, "%d", i);
    assert_finished(&p, 3, false, "0\n1\nmore: make the windo\n");
}

static void a_live_page_clears_what_was_there_and_does_not_roll(void **state)
{
    (void)state;
    struct screen p = {.columns = 20};
    screen_say(&p, PAINT_PLAIN, "a");
    screen_say(&p, PAINT_PLAIN, "b ");
    struct screen same = {.columns = 20};
    screen_say(&same, PAINT_PLAIN, "a");
    assert_finished(&p, 2, true, "a\x1b[K\nb\x1b[K");
    assert_finished(&same, 2, true, "a\x1b[K\n");
}

static void assert_text(void (*text_of)(char *, size_t, double), double v, const char *want)
{
    char text[32];
    text_of(text, sizeof text, v);
    assert_string_equal(text, want);
}

static void figures_are_short(void **state)
{
    (void)state;
    assert_text(text_of_count, NAN, "-");
    assert_text(text_of_count, 0, "0");
    assert_text(text_of_count, 9999, "9999");
    assert_text(text_of_count, 10000, "10.0k");
    assert_text(text_of_count, 99940, "99.9k");
    assert_text(text_of_count, 123456, "123k");
    assert_text(text_of_count, 999999, "1.0M");
    assert_text(text_of_count, 4.5e9, "4.5G");
    char huge[8]; /* cut, whatever it is */
    text_of_count(huge, sizeof huge, 1e300);
    assert_int_equal(strlen(huge), sizeof huge - 1);
    assert_text(text_of_rate, 0, "0");
    assert_text(text_of_rate, 0.26, "0.3");
    assert_text(text_of_rate, 9.96, "10");
    assert_text(text_of_rate, NAN, "-");
    assert_text(text_of_bytes, 999, "999");
    assert_text(text_of_bytes, 1024, "1.0k");
    assert_text(text_of_bytes, 13443072, "12.8M");
    assert_text(text_of_bytes, NAN, "-");
    assert_text(text_of_seconds, 0, "0");
    assert_text(text_of_seconds, 0.34, "0.3s");
    assert_text(text_of_seconds, 12.4, "12s");
    assert_text(text_of_seconds, 600, "10m");
    assert_text(text_of_seconds, 86400, "24h");
    assert_text(text_of_seconds, NAN, "-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_stand_to_the_right_or_to_the_left),
        cmocka_unit_test(a_cell_without_room_is_left_out_with_those_behind_it),
        cmocka_unit_test(what_cannot_be_printed_is_not),
        cmocka_unit_test(a_page_that_is_too_long_says_so),
        cmocka_unit_test(a_live_page_clears_what_was_there_and_does_not_roll),
        cmocka_unit_test(figures_are_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
