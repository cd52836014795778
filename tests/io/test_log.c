/* tests/io/test_log.c -- lines for whoever runs the server: none that an id could forge, and nobody
 * waits for them to be read. */
#include "io/log.h"

#include <fcntl.h>
#include <pthread.h>
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
    assert_shown(KITH_LIT("a\nb\r\x1b\x7f"), "\"a\\x0ab\\x0d\\x1b\\x7f\"");
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
    assert_shown(KITH_LIT("\xe0\x9f\xbf"), "\"\\xe0\\x9f\\xbf\""); /* overlong */
    assert_shown(KITH_LIT("\xed\xa0\x80"), "\"\\xed\\xa0\\x80\""); /* a surrogate */
    assert_shown(KITH_LIT("\xf4\x90\x80\x80"), "\"\\xf4\\x90\\x80\\x80\"");
}

static void the_longest_escape_ends_where_its_room_does(void **state)
{
    (void)state;
    struct {
        char one[LOG_ONE_MAX], behind;
    } room = {.behind = '!'};
    kith_slice tag = KITH_LIT("\U000e0041"); /* shows nothing, of four bytes */
    assert_int_equal(log_put_one(room.one, &tag, false), LOG_ONE_MAX);
    assert_memory_equal(room.one, "\\xf3\\xa0\\x81\\x81", LOG_ONE_MAX);
    assert_int_equal(room.behind, '!');
}

static void assert_cut(const uint8_t id[], size_t id_len)
{
    char out[LOG_ID_MAX];
    size_t len = strlen(log_id(out, slice_of(id, id_len)));
    assert_true(len < LOG_ID_MAX);
    assert_string_equal(out + len - 4, "...\"");
}

static void what_is_long_is_cut_within_its_room(void **state)
{
    (void)state;
    uint8_t id[512];
    for (unsigned fill = 0; fill < 256; fill++) {
        memset(id, (int)fill, sizeof id);
        assert_cut(id, sizeof id);
    }
    for (unsigned before = 0; before < LOG_ONE_MAX; before++) { /* of the longest escapes */
        memset(id, 'a', before);
        for (size_t at = before; at < 400; at += 4)
            memcpy(id + at, "\U000e0041", 4);
        assert_cut(id, 400);
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

/* As long as lines get. */
static void *say_much(void *arg)
{
    char text[1024];
    (void)arg;
    memset(text, '\n', sizeof text - 1); /* each is shown by four letters */
    text[sizeof text - 1] = 0;
    for (unsigned i = 0; i < 40; i++)
        log_warn("%s", text);
    return NULL;
}

/* A pipe has room for a line, and several threads see it. */
static void nobody_waits_where_several_have_lines_for_the_last_room(void **state)
{
    enum { THREADS = 4, ROUNDS = 20 };
    int before = dup(STDERR_FILENO);
    (void)state;
    (void)alarm(60);
    for (unsigned round = 0; round < ROUNDS; round++) {
        int ends[2];
        pthread_t threads[THREADS];
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
        for (unsigned i = 0; i < THREADS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, say_much, NULL), 0);
        for (unsigned i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        (void)dup2(before, STDERR_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
    }
    (void)alarm(0);
    (void)close(before);
}

/* What `say` writes to stderr. */
static const char *said_by(void (*say)(void))
{
    static char text[1 << 16];
    int ends[2], before = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    (void)close(ends[1]);
    say();
    (void)dup2(before, STDERR_FILENO);
    (void)close(before);
    ssize_t n = read(ends[0], text, sizeof text - 1);
    (void)close(ends[0]);
    text[n > 0 ? n : 0] = 0;
    log_set(&(struct log_options){.from = LOG_AT_INFO});
    return text;
}

static void say_each_level(void)
{
    for (enum log_level level = LOG_AT_DEBUG; level <= LOG_AT_ERROR; level++)
        log_say(level, "one %d", (int)level);
}

static void say_from_warning_on(void)
{
    log_set(&(struct log_options){.from = LOG_AT_WARNING});
    say_each_level();
}

static void lower_levels_than_asked_for_are_not_written(void **state)
{
    (void)state;
    assert_string_equal(said_by(say_each_level),
                        "kith: info: one 1\nkith: warning: one 2\nkith: error: one 3\n");
    assert_string_equal(said_by(say_from_warning_on), "kith: warning: one 2\nkith: error: one 3\n");
}

static void say_hostile(void) { log_warn("a\nkith: error: \x1b[31m\xff \"b\" \\"); }

static void say_hostile_as_json(void)
{
    log_set(&(struct log_options){.from = LOG_AT_INFO, .json = true});
    say_hostile();
}

static void whatever_is_said_is_one_line(void **state)
{
    (void)state;
    assert_string_equal(said_by(say_hostile),
                        "kith: warning: a\\x0akith: error: \\x1b[31m\\xff \"b\" \\\n");
    const char *said = said_by(say_hostile_as_json);
    assert_string_equal(strchr(said, ','),
                        ",\"level\":\"warning\",\"message\":\"a\\\\x0akith: error: "
                        "\\\\x1b[31m\\\\xff \\\"b\\\" \\\\\"}\n");
    assert_memory_equal(said, "{\"time\":\"20", 11);
}

static void note_all(void)
{
    static struct notes notes = {.from = LOG_AT_DEBUG};
    struct note *n = notes_add(&notes, LOG_AT_INFO, "API request");
    n->status = 204;
    n->took_ms = 7;
    n->method = "PUT";
    n->path = "/v1/users/*";
    strcpy(n->request_id, "one:2");
    notes_user(&notes, "a session ends", KITH_LIT("a\"b\n"), 0);
    notes.lost = 3;
    log_notes(&notes);
    log_notes(&notes); /* there are none any more */
}

static void note_all_as_json(void)
{
    log_set(&(struct log_options){.from = LOG_AT_DEBUG, .json = true});
    note_all();
}

static void say_all_notes(void)
{
    log_set(&(struct log_options){.from = LOG_AT_DEBUG});
    note_all();
}

static void a_note_is_told_with_what_it_holds(void **state)
{
    (void)state;
    assert_string_equal(said_by(say_all_notes),
                        "kith: info: API request method=PUT path=/v1/users/* status=204 took_ms=7 "
                        "request_id=one:2\n"
                        "kith: debug: a session ends user=\"a\\x22b\\x0a\"\n"
                        "kith: warning: 3 more lines at once than fit are left out\n");
    const char *said = said_by(note_all_as_json);
    assert_non_null(strstr(said,
                           ",\"level\":\"info\",\"message\":\"API request\",\"method\":\"PUT\","
                           "\"path\":\"/v1/users/*\",\"status\":204,\"took_ms\":7,"
                           "\"request_id\":\"one:2\"}\n"));
    assert_non_null(
        strstr(said, "\"message\":\"a session ends\",\"user\":\"a\\\\x22b\\\\x0a\"}\n"));
}

static void say_too_much(void)
{
    static char much[5000];
    memset(much, '"', sizeof much - 1);
    log_set(&(struct log_options){.from = LOG_AT_INFO, .json = true});
    log_warn("%s", much);
}

static void a_long_line_is_cut_and_is_whole(void **state)
{
    (void)state;
    const char *said = said_by(say_too_much);
    size_t len = strlen(said);
    assert_true(len < 4096);
    assert_string_equal(said + len - 4, "\"\"}\n");
    assert_ptr_equal(strchr(said, '\n'), said + len - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_of_any_script_are_shown_as_they_are),
        cmocka_unit_test(what_ends_a_line_or_turns_it_around_is_escaped),
        cmocka_unit_test(bytes_that_are_no_text_are_escaped),
        cmocka_unit_test(the_longest_escape_ends_where_its_room_does),
        cmocka_unit_test(what_is_long_is_cut_within_its_room),
        cmocka_unit_test(lower_levels_than_asked_for_are_not_written),
        cmocka_unit_test(whatever_is_said_is_one_line),
        cmocka_unit_test(a_note_is_told_with_what_it_holds),
        cmocka_unit_test(a_long_line_is_cut_and_is_whole),
        cmocka_unit_test(nobody_waits_for_a_full_pipe_and_what_is_lost_is_counted),
        cmocka_unit_test(nobody_waits_where_several_have_lines_for_the_last_room),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
