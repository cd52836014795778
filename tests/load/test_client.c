/* tests/load/test_client.c -- what a server sends, whole and in pieces, and what a client sends. */
#include "cut.h"
#include "failures.h"

#include "base/limits.h"
#include "load/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define UPGRADE "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"

static const char *const names[] = {"more",  "upgraded", "refused", "reply",  "state", "diff",
                                    "ended", "other",    "ping",    "closed", "broken"};

static void put_event(struct buf *log, enum client_event what, const struct client_message *m)
{
    buf_printf(log, "%s", names[what]);
    if (what == CLIENT_REPLY) buf_printf(log, "(%c %d)", m->ref ? m->ref : '-', m->ok);
    if (what == CLIENT_REFUSED || what == CLIENT_CLOSED) buf_printf(log, "(%u)", m->code);
    if (what == CLIENT_STATE || what == CLIENT_DIFF) {
        buf_puts(log, "(");
        buf_put(log, m->topic);
        buf_puts(log, " ");
        buf_put(log, m->payload);
        buf_puts(log, ")");
    }
    if (what == CLIENT_PING) buf_put(log, m->payload);
    buf_puts(log, " ");
}

static bool is_end(enum client_event what)
{
    return what == CLIENT_REFUSED || what == CLIENT_CLOSED || what == CLIENT_BROKEN;
}

/* Each piece in memory of its own, so that a read beyond it shows under ASan. */
static bool give(struct client *c, const uint8_t *bytes, size_t len, struct buf *log)
{
    uint8_t *copy = malloc(len);
    struct client_message m;
    enum client_event what;
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    struct client_input in = client_take(c, copy, len);
    while ((what = client_next(c, &in, &m)) != CLIENT_MORE) {
        put_event(log, what, &m);
        if (is_end(what)) break;
    }
    free(copy);
    return !is_end(what);
}

static void reads(enum phx_vsn vsn, const struct buf *bytes, const char *want)
{
    for (int how = 0; how < CUTS; how++) {
        struct client c = {0};
        struct buf log = {0};
        struct cutter cuts = cutter(how);
        client_init(&c, vsn);
        for (size_t at = 0, n; at < bytes->len; at += n) {
            n = cut(&cuts, bytes->len - at);
            if (!give(&c, bytes->ptr + at, n, &log)) break;
        }
        buf_putc(&log, 0);
        assert_string_equal((const char *)log.ptr, want);
        client_fini(&c);
        buf_fini(&log);
    }
}

static void put_frame(struct buf *b, uint8_t first, const char *text)
{
    size_t len = strlen(text);
    buf_putc(b, first);
    if (len < 126) {
        buf_putc(b, (uint8_t)len);
    } else {
        buf_putc(b, 126);
        buf_putc(b, (uint8_t)(len >> 8));
        buf_putc(b, (uint8_t)len);
    }
    buf_puts(b, text);
}

static void frames_are_the_same_however_they_are_cut(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_puts(&b, UPGRADE);
    put_frame(&b, 0x81,
              "[\"1\",\"1\",\"friends\",\"phx_reply\",{\"response\":{},\"status\":\"ok\"}]");
    put_frame(&b, 0x81, "[null,null,\"friends\",\"presence_state\",{\"2\":{\"metas\":[{}]}}]");
    put_frame(&b, 0x89, "hm");
    put_frame(
        &b, 0x81,
        "[null,null,\"user_presence:2\",\"presence_diff\",{\"joins\":{},\"leaves\":{\"2\":{"
        "\"metas\":"
        "[{\"status\":\"a status that makes it longer than one hundred and twenty-six\"}]}}}]");
    put_frame(&b, 0x81,
              "[\"1\",\"2\",\"friends\",\"phx_reply\",{\"response\":{\"reason\":\"no\"},\"status\":"
              "\"error\"}]");
    put_frame(&b, 0x81,
              "[null,\"0\",\"phoenix\",\"phx_reply\",{\"response\":{},\"status\":\"ok\"}]");
    put_frame(&b, 0x81, "[null,77,\"phoenix\",\"phx_reply\",7]");
    put_frame(&b, 0x81, "[null,null,\"friends\",\"notice\",{}]");
    put_frame(&b, 0x81, "[\"1\",\"1\",\"friends\",\"phx_error\",{}]");
    put_frame(&b, 0x81, "[\"1\",\"1\",\"friends\",\"phx_close\",{}]");
    put_frame(&b, 0x8a, "");
    put_frame(&b, 0x88, "\x03\xf4");
    reads(PHX_V2, &b,
          "upgraded reply(1 1) state(friends {\"2\":{\"metas\":[{}]}}) pinghm "
          "diff(user_presence:2 {\"joins\":{},\"leaves\":{\"2\":{\"metas\":[{\"status\":\"a status "
          "that makes it "
          "longer than one hundred and twenty-six\"}]}}}) "
          "reply(2 0) reply(0 1) reply(- 0) other ended ended other closed(1012) ");
    buf_fini(&b);
}

static void version_1_is_read_too(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_puts(&b, UPGRADE);
    put_frame(&b, 0x81,
              "{\"event\":\"presence_state\",\"payload\":{},\"ref\":null,\"topic\":\"user:1\"}");
    put_frame(&b, 0x81,
              "{\"topic\":\"user:1\",\"ref\":\"1\",\"payload\":{\"status\":\"ok\"},\"event\":\"phx_"
              "reply\"}");
    reads(PHX_V1, &b, "upgraded state(user:1 {}) reply(1 1) ");
    buf_fini(&b);
}

static void a_message_may_come_in_fragments(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_puts(&b, UPGRADE);
    put_frame(&b, 0x01, "[null,null,\"friends\",");
    put_frame(&b, 0x89, "");
    put_frame(&b, 0x80, "\"presence_state\",{}]");
    put_frame(&b, 0x81, "[null,null,\"a\",\"b\",{}]");
    reads(PHX_V2, &b, "upgraded ping state(friends {}) other ");
    buf_fini(&b);
}

static void without_an_upgrade_the_status_is_told(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_puts(&b, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    reads(PHX_V2, &b, "refused(403) ");
    buf_clear(&b);
    buf_puts(&b, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
    reads(PHX_V2, &b, "refused(0) ");
    buf_clear(&b);
    buf_puts(&b, "\r\n\r\n");
    reads(PHX_V2, &b, "refused(0) ");
    buf_fini(&b);
}

static void a_head_without_an_end_is_no_answer(void **state)
{
    (void)state;
    struct buf b = {0}, log = {0};
    struct client c = {0};
    for (int i = 0; i < HTTP_HEAD_BYTES_MAX; i++)
        buf_putc(&b, 'x');
    client_init(&c, PHX_V2);
    assert_true(give(&c, b.ptr, b.len, &log));
    assert_false(give(&c, b.ptr, 1, &log));
    assert_true(slice_is(buf_slice(&log), "refused(0) "));
    client_fini(&c);
    buf_fini(&b);
    buf_fini(&log);
}

static void breaks(uint8_t first, const char *text)
{
    struct buf b = {0};
    buf_puts(&b, UPGRADE);
    put_frame(&b, first, text);
    put_frame(&b, 0x81, "[null,null,\"a\",\"b\",{}]"); /* is not looked at any more */
    reads(PHX_V2, &b, "upgraded broken ");
    buf_fini(&b);
}

static void what_is_not_of_the_wire_ends_it(void **state)
{
    (void)state;
    breaks(0x81, "hello");
    breaks(0x81, "[null,null,\"friends\",\"presence_state\"]");
    breaks(0x81, "[null,null,7,\"presence_state\",{}]");
    breaks(0x81, "[null,null,\"friends\",{},{}]");
    breaks(0x81, "[null,null,\"friends\",\"x\",\"\xff\"]");
    breaks(0x83, "reserved");
    breaks(0xc1, "[null,null,\"a\",\"compressed\",{}]");
    breaks(0x80, "a continuation of nothing");
}

static void a_masked_frame_is_not_of_a_server(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_puts(&b, UPGRADE);
    buf_put(&b, KITH_LIT("\x89\x80\0\0\0\0"));
    reads(PHX_V2, &b, "upgraded broken ");
    buf_fini(&b);
}

static void a_frame_that_is_too_large_is_refused_from_its_header(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_puts(&b, UPGRADE);
    buf_put(&b, KITH_LIT("\x81\x7f\0\0\0\0\x7f\xff\xff\xff"));
    reads(PHX_V2, &b, "upgraded broken ");
    buf_fini(&b);
}

static void without_memory_for_what_is_cut_off_it_ends(void **state)
{
    (void)state;
    struct client c = {0};
    struct buf log = {0};
    client_init(&c, PHX_V2);
    (void)buf_reserve(&log, 100);
    uint8_t half[] = "HTTP/1.1 101 ";
    struct client_message m;
    struct client_input in = client_take(&c, half, sizeof half - 1);
    alloc_fail(0, 1);
    enum client_event what = client_next(&c, &in, &m);
    (void)alloc_heal();
    assert_int_equal(what, CLIENT_BROKEN);
    client_fini(&c);
    buf_fini(&log);
}

/* A server that is held to section 5.3 reads it. */
static void what_a_client_sends_a_server_reads(void **state)
{
    (void)state;
    struct buf out = {0};
    char longer[400];
    memset(longer, 'x', sizeof longer);
    client_put(&out, PHX_V2, CLIENT_REF_JOIN, KITH_LIT("user:\"1"), "phx_join", KITH_LIT("{}"));
    client_put(&out, PHX_V2, CLIENT_REF_BEAT, KITH_LIT("phoenix"), "heartbeat", KITH_LIT("{}"));
    client_put(&out, PHX_V1, CLIENT_REF_STATUS, KITH_LIT("friends"), "status",
               KITH_LIT("{\"a\":1}"));
    client_put_frame(&out, WS_OP_PONG, KITH_LIT("hm"));
    client_put_frame(&out, WS_OP_TEXT, slice_of(longer, sizeof longer));
    const char *const want[] = {
        "[\"1\",\"1\",\"user:\\\"1\",\"phx_join\",{}]", "[null,\"0\",\"phoenix\",\"heartbeat\",{}]",
        "{\"topic\":\"friends\",\"event\":\"status\",\"ref\":\"2\",\"payload\":{\"a\":1}}"};
    struct ws_in server = {.message_bytes_max = 1000};
    struct ws_message m;
    size_t at = 0, used, need;
    for (int i = 0; i < 5; i++) {
        enum ws_event what = ws_feed(&server, out.ptr + at, out.len - at, &used, &need, &m);
        at += used;
        assert_int_equal(what, i == 3 ? WS_PONG : WS_TEXT);
        if (i < 3) assert_true(slice_is(m.payload, want[i]));
        if (i == 3) assert_true(slice_is(m.payload, "hm"));
        if (i == 4) assert_int_equal(m.payload.len, sizeof longer);
    }
    assert_int_equal(at, out.len);
    ws_in_fini(&server);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_the_same_however_they_are_cut),
        cmocka_unit_test(version_1_is_read_too),
        cmocka_unit_test(a_message_may_come_in_fragments),
        cmocka_unit_test(without_an_upgrade_the_status_is_told),
        cmocka_unit_test(a_head_without_an_end_is_no_answer),
        cmocka_unit_test(what_is_not_of_the_wire_ends_it),
        cmocka_unit_test(a_masked_frame_is_not_of_a_server),
        cmocka_unit_test(a_frame_that_is_too_large_is_refused_from_its_header),
        cmocka_unit_test(without_memory_for_what_is_cut_off_it_ends),
        cmocka_unit_test(what_a_client_sends_a_server_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
