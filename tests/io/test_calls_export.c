/* tests/io/test_calls_export.c -- a graph that is exported comes in pieces, each edge once, as text
 * or as lines of JSON. */
#include "calls_fixture.h"

/* Each piece is asked for behind the one before. */
static void export_all(struct store *s, bool ndjson, struct buf *out)
{
    struct buf a = {0}, b = {0};
    for (bool more = true; more;) {
        struct mail *m = mail_new(MAIL_CALL, buf_slice(&a), buf_slice(&b), (kith_slice){0});
        m->call = CALL_EXPORT;
        m->ndjson = ndjson;
        m = answer_to(s, m);
        assert_false(m->failed);
        buf_put(out, mail_c(m));
        assert_true(m->c_len < API_PIECE_BYTES + 2048);
        buf_clear(&a);
        buf_clear(&b);
        buf_put(&a, mail_a(m));
        buf_put(&b, mail_b(m));
        more = m->a_len > 0;
        mail_free(m);
    }
    buf_fini(&a);
    buf_fini(&b);
}

static void a_graph_comes_in_pieces_each_edge_once(void **state)
{
    (void)state;
    struct store *s = open_store();
    struct buf want = {0}, got = {0};
    for (uint32_t i = 0; i < 9000; i++) {
        char from[16], to[16];
        snprintf(from, sizeof from, "w%05u", i / 30);
        snprintf(to, sizeof to, "t%05u", i % 30);
        add(s, from, to);
        buf_printf(&want, "%s %s\n", from, to);
    }
    export_all(s, false, &got);
    assert_true(slice_eq(buf_slice(&want), buf_slice(&got)));
    assert_true(want.len > API_PIECE_BYTES);
    buf_fini(&want);
    buf_fini(&got);
    store_close(s);
}

static void what_text_cannot_carry_lines_of_json_can(void **state)
{
    (void)state;
    struct store *s = open_store();
    struct buf text = {0}, json = {0};
    add(s, "a b", "c\nd");
    add(s, "q\"", "#");
    add(s, "r", "\xc3\xa9");
    export_all(s, false, &text);
    assert_true(slice_is(buf_slice(&text),
                         "# an edge is left out: plain text cannot carry its ids, NDJSON can\n"
                         "q\" #\nr \xc3\xa9\n"));
    export_all(s, true, &json);
    assert_true(slice_is(buf_slice(&json), "{\"watcher\":\"a b\",\"watched\":\"c\\nd\"}\n"
                                           "{\"watcher\":\"q\\\"\",\"watched\":\"#\"}\n"
                                           "{\"watcher\":\"r\",\"watched\":\"\xc3\xa9\"}\n"));
    buf_fini(&text);
    buf_fini(&json);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_graph_comes_in_pieces_each_edge_once),
        cmocka_unit_test(what_text_cannot_carry_lines_of_json_can),
    };
    return cmocka_run_group_tests_name("calls_export", tests, NULL, NULL);
}
