/* tests/io/test_log.c -- lines for whoever runs the server: none that an id could forge, and nobody
 * waits for them to be read. */
#include "io/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_shown(kith_slice id, const char *want)
{
    char out[LOG_ID_MAX];
    assert_string_equal(log_id(out, id), want);
}

static void letters_of_any_script_are_shown_as_they_are(void **state)
{
    (void)state;
    assert_shown(KITH_LIT("ann"), "\"ann\"");
    assert_shown(KITH_LIT(""), "\"\"");
    assert_shown(KITH_LIT("\u00e9\u3042\U0001f600 x"), "\"\u00e9\u3042\U0001f600 x\"");
    assert_shown(KITH_LIT("\u00a0"), "\"\u00a0\"");
}

static void what_ends_a_line_or_turns_it_around_is_escaped(void **state)
{
    (void)state;
    assert_shown(KITH_LIT("a\nb\x1b\x7f"), "\"a\\x0ab\\x1b\\x7f\"");
    assert_shown(KITH_LIT("\"\\"), "\"\\x22\\x5c\"");
    assert_shown(KITH_LIT("\xc2\x85"), "\"\\xc2\\x85\"");
    assert_shown(KITH_LIT("\u2028\u2029"), "\"\\xe2\\x80\\xa8\\xe2\\x80\\xa9\"");
    assert_shown(KITH_LIT("\u202e"), "\"\\xe2\\x80\\xae\"");
    assert_shown(KITH_LIT("\u2066\u200b"), "\"\\xe2\\x81\\xa6\\xe2\\x80\\x8b\"");
    assert_shown(KITH_LIT("\ufeff\u00ad"), "\"\\xef\\xbb\\xbf\\xc2\\xad\"");
    assert_shown(KITH_LIT("\U000e0041"), "\"\\xf3\\xa0\\x81\\x81\"");
}

static void bytes_that_are_no_text_are_escaped(void **state)
{
    (void)state;
    assert_shown(KITH_LIT("\xff\x80z"), "\"\\xff\\x80z\"");
    assert_shown(KITH_LIT("\xe2\x80"), "\"\\xe2\\x80\"");
    assert_shown(KITH_LIT("\xc0\xaf"), "\"\\xc0\\xaf\"");
}

static void what_is_long_is_cut_within_its_room(void **state)
{
    (void)state;
    uint8_t id[512];
    char out[LOG_ID_MAX];
    for (unsigned fill = 0; fill < 256; fill++) {
        memset(id, (int)fill, sizeof id);
        size_t len = strlen(log_id(out, slice_of(id, sizeof id)));
        assert_true(len < LOG_ID_MAX);
        assert_string_equal(out + len - 4, "...\"");
    }
}

/* A pipe as stderr, which nobody reads for a while. */
static void nobody_waits_for_a_full_pipe_and_what_is_lost_is_counted(void **state)
{
    enum { LINES = 100000 };
    int ends[2], before = dup(STDERR_FILENO);
    static char text[1 << 20];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    (void)alarm(60);
    for (unsigned i = 0; i < LINES; i++)
        log_warn("line %u", i);
    ssize_t n = read(ends[0], text, sizeof text - 1);
    assert_true(n > 0);
    text[n] = 0;
    unsigned written = 0, lost = 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        written++;
    log_warn("at last");
    n = read(ends[0], text, sizeof text - 1);
    (void)dup2(before, STDERR_FILENO);
    (void)alarm(0);
    assert_true(n > 0);
    text[n] = 0;
    const char *told = strstr(text, "took nothing: ");
    assert_non_null(told);
    assert_int_equal(sscanf(told, "took nothing: %u lines before this are lost\n", &lost), 1);
    assert_int_equal(written + lost, LINES);
    assert_non_null(strstr(text, "kith: warning: at last\n"));
    (void)close(ends[0]);
    (void)close(ends[1]);
    (void)close(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_of_any_script_are_shown_as_they_are),
        cmocka_unit_test(what_ends_a_line_or_turns_it_around_is_escaped),
        cmocka_unit_test(bytes_that_are_no_text_are_escaped),
        cmocka_unit_test(what_is_long_is_cut_within_its_room),
        cmocka_unit_test(nobody_waits_for_a_full_pipe_and_what_is_lost_is_counted),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
