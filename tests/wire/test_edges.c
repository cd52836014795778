/* tests/wire/test_edges.c -- the friend graph as text: edges, comments, and what is refused. */
#include "cut.h"

#include "wire/edges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void put_result(struct buf *b, const struct edges *p, kith_err e, const struct watch *edge)
{
    buf_printf(b, "%u:", (unsigned)p->line);
    if (e == KITH_OK) {
        buf_put(b, edge->watcher);
        buf_putc(b, '>');
        buf_put(b, edge->watched);
    } else {
        buf_puts(b, "bad");
    }
    buf_putc(b, ' ');
}

/* What the parser says of `text`, cut as `how` tells: "1:a>b 2:bad ". The latest problem in *why.
 */
static bool ndjson; /* the form that is read */

static void read_text(kith_slice text, int how, struct buf *said, kith_problem *why)
{
    struct edges p = {.ndjson = ndjson};
    struct watch edge;
    struct cutter c = cutter(how);
    buf_clear(said);
    while (text.len) {
        size_t n = cut(&c, text.len);
        uint8_t
            copy[3 * IMPORT_LINE_BYTES_MAX]; /* so that a read beyond the piece shows under ASan */
        uint8_t *exact = copy + sizeof copy - n;
        assert_true(n <= sizeof copy);
        memcpy(exact, text.ptr, n);
        kith_slice piece = slice_of(exact, n);
        text = slice_from(text, n);
        for (kith_err e; (e = edges_next(&p, &piece, &edge, why)) != KITH_NONE;)
            put_result(said, &p, e, &edge);
        assert_int_equal(piece.len, 0);
    }
    kith_err e = edges_end(&p, &edge, why);
    if (e != KITH_NONE) put_result(said, &p, e, &edge);
    assert_int_equal(edges_end(&p, &edge, why), KITH_NONE); /* said once */
    buf_putc(said, '\0');
}

static void assert_reads(kith_slice text, const char *want)
{
    struct buf said = {0};
    kith_problem why;
    for (int how = 0; how < CUTS; how++) {
        read_text(text, how, &said, &why);
        assert_string_equal((const char *)said.ptr, want);
    }
    buf_fini(&said);
}

/* The whole text is one bad line, number `line`, and the problem is `want`. */
static void assert_refused(kith_slice text, const char *want)
{
    struct buf said = {0};
    for (int how = 0; how < CUTS; how++) {
        kith_problem why = {""};
        read_text(text, how, &said, &why);
        assert_non_null(strstr((const char *)said.ptr, "bad"));
        assert_string_equal(why.text, want);
    }
    buf_fini(&said);
}

static void each_line_is_an_edge(void **state)
{
    (void)state;
    assert_reads(KITH_LIT("1 2\n2 1\n"), "1:1>2 2:2>1 ");
    assert_reads(KITH_LIT("ann@example.org bob\nann ann\n"), "1:ann@example.org>bob 2:ann>ann ");
    assert_reads(KITH_LIT("J\xc3\xbcrgen \xe6\x9d\x8e\n"), "1:J\xc3\xbcrgen>\xe6\x9d\x8e ");
}

static void the_last_line_needs_no_newline(void **state)
{
    (void)state;
    assert_reads(KITH_LIT("1 2\n3 4"), "1:1>2 2:3>4 ");
    assert_reads(KITH_LIT("1 2\r\n3 4\r"), "1:1>2 2:3>4 ");
    assert_reads(KITH_LIT("1 2\n3"), "1:1>2 2:bad ");
    assert_reads(KITH_LIT("# end"), "");
}

static void nothing_is_a_graph_too(void **state)
{
    (void)state;
    assert_reads(KITH_LIT(""), "");
    assert_reads(KITH_LIT("\n\n \n\t\r\n"), "");
}

static void blanks_separate_and_surround(void **state)
{
    (void)state;
    assert_reads(KITH_LIT("  1 \t 2  \n\t3\t4\t\r\n"), "1:1>2 2:3>4 ");
}

static void comments_have_lines_of_their_own(void **state)
{
    (void)state;
    assert_reads(KITH_LIT("# who > whom\n1 2\n  #3 4\n\n#\n5 6\n"), "2:1>2 6:5>6 ");
    assert_reads(KITH_LIT("1 #2\n"), "1:1>#2 "); /* an id may hold a # */
    assert_reads(KITH_LIT("1 2 # friends\n"), "1:bad ");
}

static void a_byte_order_mark_is_no_part_of_the_first_id(void **state)
{
    (void)state;
    assert_reads(KITH_LIT("\xef\xbb\xbf"
                          "1 2\n"),
                 "1:1>2 ");
    assert_reads(KITH_LIT("\xef\xbb\xbf# comment\n1 2\n"), "2:1>2 ");
    assert_reads(KITH_LIT("1 2\n\xef\xbb\xbf"
                          "3 4\n"),
                 "1:1>2 2:\xef\xbb\xbf"
                 "3>4 ");
}

static void a_bad_line_is_passed_over(void **state)
{
    (void)state;
    assert_reads(KITH_LIT("1 2\n3\n4 5\n6 7 8\n9 10\n"), "1:1>2 2:bad 3:4>5 4:bad 5:9>10 ");
}

static void every_refusal_says_where_and_what_to_do(void **state)
{
    (void)state;
    assert_refused(KITH_LIT("1 2\n3\n"), "line 2: only one id; write \"<watcher> <watched>\", "
                                         "with a blank between them");
    assert_refused(KITH_LIT("\177ELF\002\001\n"),
                   "line 1: a control character in an id; write ids as plain text");
    assert_refused(KITH_LIT("\xff\xfe\n"), "line 1: an id is not UTF-8; save the file as UTF-8");
    assert_refused(KITH_LIT("1 2 3\n"), "line 1: more than two words; write \"<watcher> "
                                        "<watched>\", comments on lines of their own");
    assert_refused(KITH_LIT("1 \xff\n"), "line 1: an id is not UTF-8; save the file as UTF-8");
    assert_refused(KITH_LIT("1 \xc2\n"), "line 1: an id is not UTF-8; save the file as UTF-8");
    assert_refused(KITH_LIT("\xc3( 1\n"), "line 1: an id is not UTF-8; save the file as UTF-8");
}

static void assert_guess(const char *head, kith_err e, bool is_ndjson)
{
    bool guess = !is_ndjson;
    assert_int_equal(edges_guess(slice_str(head), &guess), e);
    assert_int_equal(guess, is_ndjson);
}

static void ndjson_is_known_by_its_beginning(void **state)
{
    (void)state;
    assert_guess("{\"watcher\":", KITH_OK, true);
    assert_guess("\n { \"", KITH_OK, true);
    assert_guess("1 2\n", KITH_OK, false);
    assert_guess("{\"watcher\": \"a\", \"watched\": \"b\"}\n", KITH_OK, true);
    assert_guess("# {\"\n1 2\n", KITH_OK, false);
    assert_guess("# who > whom\n\n #\r\n{\"", KITH_OK, true);
    assert_guess("1#\n{\"", KITH_OK, false);
    assert_guess("{7f2c} {91ab}\n", KITH_OK, false);
    assert_guess("\xef\xbb\xbf"
                 "1 2",
                 KITH_OK, false);
    assert_guess("\xef\xbb\xbf{\"", KITH_OK, true);
    assert_guess("\xef\xbb\xbf# x\n{\"", KITH_OK, true);
    assert_guess("", KITH_NONE, false);
    assert_guess("\xef\xbb", KITH_NONE, false);
    assert_guess("\xef\xbb\xbf", KITH_NONE, false);
    assert_guess("# {\"", KITH_NONE, false);
    assert_guess("# x\n", KITH_NONE, false);
    assert_guess(" \r\n", KITH_NONE, false);
    assert_guess(" {", KITH_NONE, false);
}

static void control_characters_are_refused(void **state)
{
    (void)state;
    static const char *const ids[] = {"a\x01", "a\x1b[2J", "a\x7f",    "a\rb",
                                      "a\vb",  "\xc2\x80", "x\xc2\x9f"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char text[64];
        int n = snprintf(text, sizeof text, "1 %s\n", ids[i]);
        assert_refused(slice_of(text, (size_t)n),
                       "line 1: a control character in an id; write ids as plain text");
    }
    assert_reads(KITH_LIT("1 a\0b\n"), "1:bad ");
    assert_reads(KITH_LIT("\xc2\xa0 \xc3\x80\n"), "1:\xc2\xa0>\xc3\x80 "); /* their neighbours */
}

static void ids_are_bounded(void **state)
{
    (void)state;
    char text[512];
    for (int len = USER_ID_BYTES_MAX; len <= USER_ID_BYTES_MAX + 1; len++) {
        for (int side = 0; side < 2; side++) {
            int n = side ? snprintf(text, sizeof text, "x %0*d\n", len, 1)
                         : snprintf(text, sizeof text, "%0*d x\n", len, 1);
            if (len > USER_ID_BYTES_MAX) {
                assert_refused(slice_of(text, (size_t)n),
                               "line 1: an id of 129 bytes; ids have at most 128");
                continue;
            }
            struct edges p = {0};
            struct watch edge;
            kith_slice piece = slice_of(text, (size_t)n);
            assert_int_equal(edges_next(&p, &piece, &edge, NULL), KITH_OK);
            assert_int_equal((side ? edge.watched : edge.watcher).len, len);
        }
    }
}

/* A line of `len` bytes: an edge, then blanks; then a good line. */
static void assert_line_of(size_t len, const char *want)
{
    static char text[3 * IMPORT_LINE_BYTES_MAX];
    assert_true(len + 5 < sizeof text);
    memset(text, ' ', len);
    memcpy(text, "1 2", 3);
    memcpy(text + len, "\n3 4\n", 5);
    assert_reads(slice_of(text, len + 5), want);
}

static void lines_are_bounded(void **state)
{
    (void)state;
    assert_line_of(IMPORT_LINE_BYTES_MAX - 1, "1:1>2 2:3>4 ");
    assert_line_of(IMPORT_LINE_BYTES_MAX, "1:1>2 2:3>4 ");
    assert_line_of(IMPORT_LINE_BYTES_MAX + 1, "1:bad 2:3>4 ");
    assert_line_of(2 * IMPORT_LINE_BYTES_MAX, "1:bad 2:3>4 ");
    static char open_line[IMPORT_LINE_BYTES_MAX + 1];
    memset(open_line, 'x', sizeof open_line);
    assert_reads(slice_of(open_line, sizeof open_line), "1:bad ");
}

static void a_text_of_one_endless_line_costs_no_memory(void **state)
{
    (void)state;
    struct edges p = {0};
    struct watch edge;
    kith_problem why;
    uint8_t junk[777];
    memset(junk, 'x', sizeof junk);
    for (int i = 0; i < 1000; i++) {
        kith_slice piece = slice_of(junk, sizeof junk);
        assert_int_equal(edges_next(&p, &piece, &edge, &why), KITH_NONE);
    }
    assert_int_equal(edges_end(&p, &edge, &why), KITH_BAD);
    assert_string_equal(why.text, "line 1: too long to be an edge; write one edge a line");
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    struct buf out = {0};
    const struct watch edges[] = {{KITH_LIT("1"), KITH_LIT("2")},
                                  {KITH_LIT("a"), KITH_LIT("#b")},
                                  {KITH_LIT("\xe6\x9d\x8e"), KITH_LIT("*")}};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(edges_write(&out, &edges[i]), KITH_OK);
    assert_true(slice_is(buf_slice(&out), "1 2\na #b\n\xe6\x9d\x8e *\n"));
    assert_reads(buf_slice(&out), "1:1>2 2:a>#b 3:\xe6\x9d\x8e>* ");
    buf_fini(&out);
}

static void what_would_not_read_back_is_not_written(void **state)
{
    (void)state;
    struct buf out = {0};
    uint8_t longer[USER_ID_BYTES_MAX + 1];
    memset(longer, 'x', sizeof longer);
    const kith_slice ids[] = {
        KITH_LIT(""),     KITH_LIT("a b"),  KITH_LIT("a\tb"),     KITH_LIT("a\nb"),
        KITH_LIT("a\0b"), KITH_LIT("\xff"), KITH_LIT("\xc2\x85"), slice_of(longer, sizeof longer)};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        assert_int_equal(edges_write(&out, &(struct watch){ids[i], KITH_LIT("x")}), KITH_BAD);
        assert_int_equal(edges_write(&out, &(struct watch){KITH_LIT("x"), ids[i]}), KITH_BAD);
    }
    assert_int_equal(edges_write(&out, &(struct watch){KITH_LIT("#1"), KITH_LIT("x")}), KITH_BAD);
    assert_int_equal(edges_write(&out, &(struct watch){KITH_LIT("\xef\xbb\xbf"), KITH_LIT("x")}),
                     KITH_BAD);
    assert_int_equal(out.len, 0);
    buf_fini(&out);
}

static int as_ndjson(void **state)
{
    (void)state;
    ndjson = true;
    return 0;
}

static int as_text(void **state)
{
    (void)state;
    ndjson = false;
    return 0;
}

#define LINE(a, b) "{\"watcher\":\"" a "\",\"watched\":\"" b "\"}\n"

static void each_object_is_an_edge(void **state)
{
    (void)state;
    assert_reads(
        KITH_LIT(LINE("1", "2") "\n \t\r\n" LINE("a b", "#") "{\"watched\":\"4\", "
                                                             "\"x\":[1],\"watcher\":\"\\u0033\"}"),
        "1:1>2 4:a b># 5:3>4 ");
    assert_reads((kith_slice){0}, "");
}

static void comments_and_a_mark_stand_before_objects_too(void **state)
{
    (void)state;
    assert_reads(KITH_LIT("\xef\xbb\xbf" LINE("1", "2") "# who > whom\r\n\t#\n" LINE("3", "4")),
                 "1:1>2 4:3>4 ");
}

static void an_object_that_is_no_edge_is_passed_over(void **state)
{
    (void)state;
    assert_reads(KITH_LIT("1 2\n{}\n{\"watcher\":\"1\"}\n{\"watcher\":1,\"watched\":\"2\"}\n"
                          "{\"watcher\":\"1\",\"watcher\":\"1\",\"watched\":\"2\"}\n" LINE("", "2")
                              LINE("1", "a\\u0000b") LINE("1", "2")),
                 "1:bad 2:bad 3:bad 4:bad 5:bad 6:bad 7:bad 8:1>2 ");
}

static void an_id_of_escapes_fits_and_no_longer_one(void **state)
{
    (void)state;
    struct buf line = {0};
    for (unsigned n = USER_ID_BYTES_MAX; n <= USER_ID_BYTES_MAX + 1; n++) {
        buf_clear(&line);
        buf_puts(&line, "{\"watcher\":\"");
        for (unsigned i = 0; i < n; i++)
            buf_puts(&line, "\\u0061");
        buf_puts(&line, "\",\"watched\":\"1\"}");
        struct edges p = {.ndjson = true};
        struct watch edge;
        kith_problem why;
        kith_slice piece = buf_slice(&line);
        assert_int_equal(edges_next(&p, &piece, &edge, &why), KITH_NONE);
        kith_err e = edges_end(&p, &edge, &why);
        assert_int_equal(e, n == USER_ID_BYTES_MAX ? KITH_OK : KITH_BAD);
        if (!e) assert_int_equal(edge.watcher.len, USER_ID_BYTES_MAX);
    }
    buf_fini(&line);
}

static void any_edge_can_be_an_object(void **state)
{
    (void)state;
    struct buf out = {0};
    edges_write_json(&out, &(struct watch){KITH_LIT("a\n\""), KITH_LIT("# \xc3\xa9")});
    assert_reads(buf_slice(&out), "1:a\n\"># \xc3\xa9 ");
    buf_fini(&out);
}

int main(void)
{
#define ND(name) cmocka_unit_test_setup_teardown(name, as_ndjson, as_text)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_is_an_edge),
        cmocka_unit_test(the_last_line_needs_no_newline),
        cmocka_unit_test(nothing_is_a_graph_too),
        cmocka_unit_test(blanks_separate_and_surround),
        cmocka_unit_test(comments_have_lines_of_their_own),
        cmocka_unit_test(a_byte_order_mark_is_no_part_of_the_first_id),
        cmocka_unit_test(a_bad_line_is_passed_over),
        cmocka_unit_test(every_refusal_says_where_and_what_to_do),
        cmocka_unit_test(ndjson_is_known_by_its_beginning),
        cmocka_unit_test(control_characters_are_refused),
        cmocka_unit_test(ids_are_bounded),
        cmocka_unit_test(lines_are_bounded),
        cmocka_unit_test(a_text_of_one_endless_line_costs_no_memory),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(what_would_not_read_back_is_not_written),
        ND(each_object_is_an_edge),
        ND(comments_and_a_mark_stand_before_objects_too),
        ND(an_object_that_is_no_edge_is_passed_over),
        ND(an_id_of_escapes_fits_and_no_longer_one),
        ND(any_edge_can_be_an_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
