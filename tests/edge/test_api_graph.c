/* tests/edge/test_api_graph.c -- graphs that go in and out by the API: chunk by chunk, as fast as
 * the store, and whoever reads, can take them. */
#include "edge/operator.h"

static struct rig rig;

static int set_up(void **state)
{
    (void)state;
    operator_set_up(&rig);
    paper.changes = 7;
    return 0;
}

#define HEAR(...) HEARS(&rig, OPERATOR, __VA_ARGS__)
#define TEXT      "content-type: text/plain\r\n"
#define NDJSON    "content-type: application/x-ndjson\r\n"

static void import(const char *path, const char *type, const char *lines)
{
    char headers[128];
    struct buf bytes = {0};
    snprintf(headers, sizeof headers, "%scontent-length: %zu\r\n", type, strlen(lines));
    operator_put(&bytes, "POST", path, headers, NULL);
    buf_puts(&bytes, lines);
    rig_feed(&rig, OPERATOR, buf_slice(&bytes));
    buf_fini(&bytes);
}

/* What came behind the head of the answer, chunks and all. */
static void assert_body(const char *want, const char *file, int line)
{
    kith_slice raw = heard_raw(&rig, OPERATOR);
    const uint8_t *head = raw.ptr && raw.len ? memmem(raw.ptr, raw.len, "\r\n\r\n", 4) : NULL;
    kith_slice body = head ? slice_from(raw, (size_t)(head - raw.ptr) + 4) : raw;
    if (slice_is(body, want)) return;
    print_error("should be:\n%s\nbut is:\n%.*s\n", want, (int)raw.len, (const char *)raw.ptr);
    _fail(file, line);
}
#define BODY(want) assert_body(want, __FILE__, __LINE__)

static void a_graph_is_one_change_of_the_store(void **state)
{
    (void)state;
    import("/v1/graph/import", TEXT, "a b\n# none\n\nb c\n");
    BODY("22\r\n{\"done\":true,\"lines\":4,\"added\":7}\n\r\n0\r\n\r\n");
    import("/v1/graph/import?mutual=1", NDJSON, "{\"watcher\":\"a b\",\"watched\":\"c\"}");
    BODY("22\r\n{\"done\":true,\"lines\":1,\"added\":7}\n\r\n0\r\n\r\n");
    TOLD("edges a b b c off\nedges a b c on\n");
    import("/v1/graph/import", TEXT, "");
    BODY("22\r\n{\"done\":true,\"lines\":0,\"added\":0}\n\r\n0\r\n\r\n");
    TOLD("");
}

static void a_line_that_is_none_is_told_by_its_number(void **state)
{
    (void)state;
    import("/v1/graph/import", TEXT, "a b\nc\nd e\n");
    kith_slice raw = heard_raw(&rig, OPERATOR);
    assert_non_null(memmem(raw.ptr, raw.len, "\"code\":\"bad_line\",\"detail\":\"line 2: ", 36));
    assert_non_null(memmem(raw.ptr, raw.len, "The first 0 lines are kept; mend it", 35));
    assert_int_equal(rig.clients[OPERATOR].edge.phase, EDGE_DONE);
    TOLD("");
}

static void again(void)
{
    rig_drop(&rig, OPERATOR);
    assert_true(rig_open(&rig, OPERATOR, 0, true));
}

static void other_types_are_refused(void **state)
{
    (void)state;
    import("/v1/graph/import", "content-type: application/json\r\n", "{}");
    HEAR(PROBLEM("415", "Unsupported Media Type", "bad_body",
                 "send content-type: text/plain, or application/x-ndjson"),
         "end");
    again();
    import("/v1/graph/import", "content-type: text/plain; charset=latin-1\r\n", "a \xe9\n");
    HEAR(PROBLEM("415", "Unsupported Media Type", "bad_body", "send the body in UTF-8"), "end");
    again();
    import("/v1/graph/import", TEXT "content-encoding: gzip\r\n", "\x1f\x8b");
    HEAR(PROBLEM("415", "Unsupported Media Type", "bad_body",
                 "send the body as it is, without a content-encoding"),
         "end");
    TOLD("");
}

/* `count` edges, of 12 bytes each. */
static void put_edges(struct buf *out, uint32_t from, uint32_t count)
{
    for (uint32_t i = from; i < from + count; i++)
        buf_printf(out, "w%04u t%04u\n", i / 100, i % 10000);
}

static void much_is_told_chunk_by_chunk_and_read_no_faster(void **state)
{
    (void)state;
    struct buf bytes = {0};
    char headers[64];
    snprintf(headers, sizeof headers, TEXT "content-length: %u\r\n", 1250 * 12);
    operator_put(&bytes, "POST", "/v1/graph/import", headers, NULL);
    put_edges(&bytes, 0, 1250);
    rig.store_waits = true;
    rig.how = CUT_WHOLE;
    rig_feed(&rig, OPERATOR, buf_slice(&bytes));
    buf_fini(&bytes);
    for (int chunk = 0; chunk < 3; chunk++) {
        assert_non_null(rig.wants.first);
        assert_ptr_equal(rig.wants.first, rig.wants.last); /* one at a time */
        assert_true(edge_waits(&rig.clients[OPERATOR].edge));
        rig_wait(&rig, 1000);
        assert_true(rig_answer(&rig));
        rig_turn(&rig);
    }
    kith_slice raw = heard_raw(&rig, OPERATOR);
    assert_non_null(memmem(raw.ptr, raw.len, "{\"lines\":1000,\"added\":14}\n", 26));
    assert_non_null(memmem(raw.ptr, raw.len, "{\"done\":true,\"lines\":1250,\"added\":21}\n", 38));
    assert_int_equal(rig.clients[OPERATOR].edge.phase, EDGE_HTTP);
}

static void what_goes_wrong_later_is_a_line_of_the_answer(void **state)
{
    (void)state;
    struct buf bytes = {0};
    operator_put(&bytes, "POST", "/v1/graph/import", TEXT "transfer-encoding: chunked\r\n", NULL);
    buf_printf(&bytes, "%x\r\n", 500 * 12 * 2);
    put_edges(&bytes, 0, 1000);
    buf_puts(&bytes, "\r\n4\r\nbad\n\r\n0\r\n\r\n");
    rig.store_waits = true;
    rig.how = CUT_WHOLE;
    rig_feed(&rig, OPERATOR, buf_slice(&bytes));
    buf_fini(&bytes);
    while (rig_answer(&rig)) {
        rig_wait(&rig, 1000);
        rig_turn(&rig);
    }
    kith_slice raw = heard_raw(&rig, OPERATOR);
    assert_true(slice_starts(raw, KITH_LIT("HTTP/1.1 200 ")));
    assert_non_null(memmem(raw.ptr, raw.len, "{\"problem\":{\"type\":\"about:blank\"", 32));
    assert_non_null(memmem(raw.ptr, raw.len, "The first 1000 lines are kept", 29));
    assert_true(memcmp(raw.ptr + raw.len - 5, "0\r\n\r\n", 5) == 0);
    assert_int_equal(rig.clients[OPERATOR].edge.phase, EDGE_DONE);
}

static void who_waits_is_told_to_go_on(void **state)
{
    (void)state;
    operator_asks(&rig, "POST", "/v1/graph/import",
                  TEXT "expect: 100-continue\r\ncontent-length: 4\r\n", NULL);
    kith_slice raw = heard_raw(&rig, OPERATOR);
    assert_true(slice_is(raw, "HTTP/1.1 100 Continue\r\n\r\n"));
    rig_feed(&rig, OPERATOR, KITH_LIT("a b\n"));
    BODY("22\r\n{\"done\":true,\"lines\":1,\"added\":7}\n\r\n0\r\n\r\n");
}

#define LATE                                                                                       \
    PROBLEM("408", "Request Timeout", "late", "the body stopped coming, or came by next to nothing")

static void a_body_that_stops_coming_is_cut_off(void **state)
{
    (void)state;
    operator_asks(&rig, "POST", "/v1/graph/import", TEXT "content-length: 400\r\n", NULL);
    rig_feed(&rig, OPERATOR, KITH_LIT("a b\nc "));
    rig_wait(&rig, HANDSHAKE_MS);
    HEAR(LATE, "end");
    rig_drop(&rig, OPERATOR);
    TOLD("");
}

/* `bytes` every nine seconds, up to a time; whether it is still taken then. */
static bool taken(size_t bytes, unsigned ms)
{
    char line[256] = "";
    memset(line, '#', bytes);
    line[bytes - 1] = '\n';
    rig_drop(&rig, OPERATOR);
    assert_true(rig_open(&rig, OPERATOR, 0, true));
    operator_asks(&rig, "POST", "/v1/graph/import", TEXT "content-length: 100000\r\n", NULL);
    for (unsigned at = 0; at < ms && rig.clients[OPERATOR].edge.phase != EDGE_DONE; at += 9000) {
        rig_feed(&rig, OPERATOR, slice_of(line, bytes));
        rig_wait(&rig, 9000);
    }
    return rig.clients[OPERATOR].edge.phase == EDGE_API_BODY;
}

static void a_slow_upload_is_taken_and_one_that_trickles_is_not(void **state)
{
    (void)state;
    assert_true(taken(200, 5 * IMPORT_SLOW_MS));
    assert_true(taken(1, IMPORT_SLOW_MS - 9000));
    assert_false(taken(1, IMPORT_SLOW_MS));
    HEAR(LATE, "end");
}

static void what_is_on_or_off_is_said_in_known_words(void **state)
{
    (void)state;
    static const struct {
        const char *query, *told;
    } good[] = {{"", "off"},
                {"?mutual=0", "off"},
                {"?mutual=false", "off"},
                {"?mutual=1", "on"},
                {"?mutual=true", "on"}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char path[64], told[32];
        (void)snprintf(path, sizeof path, "/v1/graph/import%s", good[i].query);
        (void)snprintf(told, sizeof told, "edges a b %s\n", good[i].told);
        import(path, TEXT, "a b\n");
        TOLD(told);
        (void)heard_raw(&rig, OPERATOR);
    }
    static const char *const bad[] = {"yes", "on", "", "TRUE", "2", "%zz", "%ff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "/v1/graph/import?mutual=%s", bad[i]);
        import(path, TEXT, "a b\n"); /* of which nothing is read as the next request */
        HEAR(PROBLEM("400", "Bad Request", "bad_parameter",
                     "what is on or off is 1 or true, 0 or false"),
             "end");
        TOLD("");
        rig_drop(&rig, OPERATOR);
        assert_true(rig_open(&rig, OPERATOR, 0, true));
    }
}

static void a_client_that_cannot_see_a_break_gets_no_graph(void **state)
{
    (void)state;
    rig_feed(&rig, OPERATOR, KITH_LIT("GET /v1/graph/export HTTP/1.0\r\nhost: localhost\r\n\r\n"));
    HEAR(PROBLEM("505", "HTTP Version Not Supported", "http_version",
                 "send HTTP/1.1: before it the end of a graph cannot be told from a break"),
         "end");
    TOLD("");
}

static void a_graph_comes_piece_by_piece(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a b\n", "c d\n", "", NULL};
    paper.pieces = pieces;
    operator_asks(&rig, "GET", "/v1/graph/export", "", NULL);
    BODY("4\r\na b\n\r\n4\r\nc d\n\r\n0\r\n\r\n");
    TOLD("export? \nexport? 1 1\nexport? 2 2\n");
}

static void no_faster_than_its_reader_takes_it(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a b\n", "c d\n", NULL};
    paper.pieces = pieces;
    rig.clients[OPERATOR].stuck = true;
    operator_asks(&rig, "GET", "/v1/graph/export", "accept: application/x-ndjson\r\n", NULL);
    rig_wait(&rig, API_WAIT_MS * 2); /* and is not cut off here */
    TOLD("export?  ndjson\n");
    rig.clients[OPERATOR].stuck = false;
    clients_mark_dirty(rig.worlds[0]->clients, rig.clients[OPERATOR].edge.slot);
    rig_turn(&rig);
    BODY("4\r\na b\n\r\n4\r\nc d\n\r\n0\r\n\r\n");
    TOLD("export? 1 1 ndjson\n");
}

static void one_that_fails_in_the_middle_breaks_off(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a b\n", "c d\n", NULL};
    paper.pieces = pieces;
    rig.store_waits = true;
    operator_asks(&rig, "GET", "/v1/graph/export", "", NULL);
    assert_true(rig_answer(&rig));
    rig_turn(&rig);
    paper.err = KITH_IO;
    assert_true(rig_answer(&rig));
    rig_turn(&rig);
    BODY("4\r\na b\n\r\n");
    assert_int_equal(rig.clients[OPERATOR].edge.phase, EDGE_DONE);
}

#define TEST(name) cmocka_unit_test_prestate_setup_teardown(name, set_up, operator_end, &rig)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_graph_is_one_change_of_the_store),
        TEST(a_line_that_is_none_is_told_by_its_number),
        TEST(other_types_are_refused),
        TEST(much_is_told_chunk_by_chunk_and_read_no_faster),
        TEST(what_goes_wrong_later_is_a_line_of_the_answer),
        TEST(who_waits_is_told_to_go_on),
        TEST(a_body_that_stops_coming_is_cut_off),
        TEST(a_slow_upload_is_taken_and_one_that_trickles_is_not),
        TEST(what_is_on_or_off_is_said_in_known_words),
        TEST(a_client_that_cannot_see_a_break_gets_no_graph),
        TEST(a_graph_comes_piece_by_piece),
        TEST(no_faster_than_its_reader_takes_it),
        TEST(one_that_fails_in_the_middle_breaks_off),
    };
    return RUN_HOWEVER_FED("api_graph", tests);
}
