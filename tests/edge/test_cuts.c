/* tests/edge/test_cuts.c -- the same conversation, however its bytes are cut on the way. */
#include "edge/heard.h"

static struct rig rig;
static uint8_t script[1 << 16];

static const struct kith_page pages[] = {
    {"/demo/", "text/html; charset=utf-8", {(const uint8_t *)"<p>demo</p>", 11}},
};

#define HEAD_OF_UPGRADE(path)                                                                      \
    "GET " path " HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n"            \
    "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
#define POST_OF_TOKEN                                                                              \
    "POST /demo/token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
#define REQUESTS                                                                                   \
    "GET /nowhere HTTP/1.1\r\nhost: a\r\n\r\nGET /demo/ HTTP/1.1\r\nhost: a\r\nx: y\r\n\r\n"       \
    "POST /demo/token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"           \
    "transfer-encoding: chunked\r\n\r\n4\r\n{\"us\r\n8\r\ner\":\"3\"}\r\n0\r\n\r\n"                \
    "POST /demo/token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"           \
    "content-length: 4\r\n\r\nnull"

/* All that is heard, in a fresh world. */
static void talk(int how, kith_slice bytes, struct buf *lines)
{
    assert_true(rig_init(&rig, 1, ""));
    rig_want_tokens(&rig);
    rig.options.auth_none = rig.options.demo = rig.options.echo = true;
    rig.options.pages = pages;
    rig.options.page_count = 1;
    rig.how = how;
    assert_true(rig_open(&rig, 0, 0, false));
    rig_feed(&rig, 0, bytes);
    heard(&rig, 0, lines);
    rig_fini(&rig);
}

static void assert_same_however_cut(kith_slice bytes, size_t at_least)
{
    struct buf whole = {0}, cut = {0};
    talk(CUT_WHOLE, bytes, &whole);
    size_t lines = 0;
    for (size_t i = 0; i < whole.len; i++)
        lines += whole.ptr[i] == '\n';
    assert_true(lines >= at_least);
    for (int how = CUT_BYTES; how < CUTS; how++) {
        buf_clear(&cut);
        talk(how, bytes, &cut);
        if (!slice_eq(buf_slice(&whole), buf_slice(&cut)))
            fail_msg("cut %d:\n%.*s\nwhole:\n%.*s", how, (int)cut.len, (char *)cut.ptr,
                     (int)whole.len, (char *)whole.ptr);
    }
    buf_fini(&whole);
    buf_fini(&cut);
}

static uint8_t *put_text(uint8_t *at, const char *text)
{
    memcpy(at, text, strlen(text));
    return at + strlen(text);
}

static uint8_t *put_conversation(uint8_t *at)
{
    static const char *const texts[] = {
        "[null,\"1\",\"phoenix\",\"heartbeat\",{}]",
        "[\"1\",\"2\",\"room:\\u00e9\",\"phx_join\",{\"a\":[1,2,{}]}]",
        "[\"1\",\"3\",\"room:\\u00e9\",\"echo\",{\"text\":\"\xe2\x82\xac\"}]",
        "[\"1\",\"4\",\"room:welcome\",\"phx_join\",{\"x\":1}]",
        "[\"5\",\"5\",\"room:welcome\",\"phx_join\",[]]",
        "[\"1\",\"6\",\"room:welcome\",\"phx_leave\",{}]",
        "[\"5\",\"7\",\"room:welcome\",\"crash\",{}]",
        "[\"5\",\"8\",\"nowhere\",\"x\",{}]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        kith_slice text = slice_str(texts[i]);
        at = rig_put_frame(at, 0x81, text);
        at = rig_put_frame(at, 0x89, slice_head(text, i));
        at = rig_put_frame(at, 0x01, slice_head(text, i)); /* in fragments, a ping between */
        at = rig_put_frame(at, 0x89, KITH_LIT("between"));
        at = rig_put_frame(at, 0x00, KITH_LIT(""));
        at = rig_put_frame(at, 0x80, slice_from(text, i));
    }
    static char large[3000];
    memset(large, ' ', sizeof large);
    memcpy(large, "[null,\"9\",\"phoenix\",\"heartbeat\",", 33);
    memcpy(large + sizeof large - 3, "{}]", 3);
    at = rig_put_frame(at, 0x81, slice_of(large, sizeof large));
    return rig_put_frame(at, 0x82, KITH_LIT("\0\1\1\12\4jrroom:\xc3\xa9.. echo"));
}

static void requests_then_a_socket_then_its_end(void **state)
{
    (void)state;
    uint8_t *at =
        put_text(script, REQUESTS HEAD_OF_UPGRADE("/socket/websocket?user_id=1&vsn=2.0.0"));
    at = put_conversation(at);
    at = rig_put_frame(at, 0x88, KITH_LIT("\3\350"));
    at = put_text(at, "what is this?"); /* after the end */
    assert_same_however_cut(slice_of(script, (size_t)(at - script)), 40);
}

static void a_socket_that_breaks_off_in_a_message(void **state)
{
    (void)state;
    static const struct {
        uint8_t first;
        const char *payload;
    } ends[] = {{0x81, "no json"}, {0x81, "\xc3"}, {0xb1, "x"},
                {0x80, "x"},       {0x82, "\1"},   {0x88, "x"}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        uint8_t *at = put_text(script, HEAD_OF_UPGRADE("/socket/websocket?user_id=1&vsn=2.0.0"));
        at = rig_put_frame(at, 0x81, KITH_LIT("[null,\"1\",\"phoenix\",\"heartbeat\",{}]"));
        at = rig_put_frame(at, ends[i].first, slice_str(ends[i].payload));
        at = put_conversation(at);
        assert_same_however_cut(slice_of(script, (size_t)(at - script)), 4);
    }
}

static void an_echo(void **state)
{
    (void)state;
    uint8_t *at = put_text(script, HEAD_OF_UPGRADE("/echo"));
    at = put_conversation(at);
    assert_same_however_cut(slice_of(script, (size_t)(at - script)), 34);
}

static void requests_that_end_in_a_bad_one(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "GET / HTTP/1.1\r\nhost: a\r\nbad header\r\n\r\n",
        "\r\n\r\n\r\nG ET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: a\n\n",
        (POST_OF_TOKEN "transfer-encoding: chunked\r\n\r\n4\r\n{\"us!!"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t *at = put_text(script, REQUESTS);
        at = put_text(at, bad[i]);
        at = put_text(at, REQUESTS);
        assert_same_however_cut(slice_of(script, (size_t)(at - script)), 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_then_a_socket_then_its_end),
        cmocka_unit_test(a_socket_that_breaks_off_in_a_message),
        cmocka_unit_test(an_echo),
        cmocka_unit_test(requests_that_end_in_a_bad_one),
    };
    return cmocka_run_group_tests_name("cuts", tests, NULL, NULL);
}
