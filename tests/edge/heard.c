/* tests/edge/heard.c -- what a client of the rig was sent, as lines. */
#include "edge/heard.h"

#include "shard/resume_token.h"

#include <stdlib.h>
#include <string.h>

/* What nobody can foresee, and how long it is. */
static const struct {
    const char *before;
    size_t len;
} blots[] = {
    {"\"phx_ref\":\"", REF_BYTES},
    {"\"phx_ref_prev\":\"", REF_BYTES},
    {"\\\"phx_ref\\\":\\\"", REF_BYTES},
    {"\"status\":200,\"token\":\"", POLL_TOKEN_LEN},
    {"\"status\":204,\"token\":\"", POLL_TOKEN_LEN},
    {"\"status\":410,\"token\":\"", POLL_TOKEN_LEN},
};
enum { BLOTS = sizeof blots / sizeof blots[0] };

/* The bytes at the start of `s` that are the member "resume", which every social join's reply has.
 */
static size_t resume_len(kith_slice s)
{
    if (slice_starts(s, KITH_LIT("\"resume\":\""))) return 10 + RESUME_TOKEN_LEN + 1;
    if (slice_starts(s, KITH_LIT("\\\"resume\\\":\\\""))) return 13 + RESUME_TOKEN_LEN + 2;
    return 0;
}

/* Text with ' for ", and ` for one in a string; what nobody can foresee is blotted out, and what
 * every join brings left out. */
static void put_text(struct buf *b, kith_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        i += resume_len(slice_from(s, i));
        bool escaped = s.ptr[i] == '\\' && i + 1 < s.len && s.ptr[i + 1] == '"';
        i += escaped;
        buf_putc(b, escaped ? '`' : s.ptr[i] == '"' ? '\'' : s.ptr[i]);
        for (size_t k = 0; k < BLOTS; k++) {
            size_t n = strlen(blots[k].before);
            if (i + 1 < n || memcmp(s.ptr + i + 1 - n, blots[k].before, n) != 0) continue;
            assert_true(i + blots[k].len + 1 < s.len);
            buf_putc(b, '*');
            i += blots[k].len;
        }
    }
}

static void put_response(struct rig_client *c, struct buf *b)
{
    kith_slice all = slice_of(c->out + c->out_at, c->out_len - c->out_at);
    const uint8_t *end = memmem(all.ptr, all.len, "\r\n\r\n", 4);
    const uint8_t *length = memmem(all.ptr, all.len, "content-length: ", 16);
    assert_non_null(end);
    assert_true(slice_starts(all, KITH_LIT("HTTP/1.1 ")));
    size_t head = (size_t)(end - all.ptr) + 4;
    size_t body = length && length < end ? (size_t)atoi((const char *)length + 16) : 0;
    assert_true(all.len >= head + body);
    c->out_at += head + body;
    c->upgraded = memcmp(all.ptr + 9, "101", 3) == 0;
    buf_put(b, slice_of(all.ptr + 9, 3));
    if (body) buf_putc(b, ' ');
    put_text(b, slice_of(all.ptr + head, body));
}

static void put_frame(uint8_t first, kith_slice payload, struct buf *b)
{
    assert_true(first & 0x80); /* the server has no use for fragments */
    switch (first & 0x7f) {
    case WS_OP_TEXT: put_text(b, payload); return;
    case WS_OP_BINARY:
        buf_puts(b, "binary");
        for (size_t i = 0; i < payload.len; i++)
            buf_printf(b, i ? "%02x" : " %02x", payload.ptr[i]);
        return;
    case WS_OP_CLOSE:
        buf_puts(b, "close");
        if (payload.len) buf_printf(b, " %u", payload.ptr[0] << 8 | payload.ptr[1]);
        return;
    case WS_OP_PING: buf_puts(b, "ping"); break;
    case WS_OP_PONG: buf_puts(b, "pong"); break;
    default: fail_msg("a frame that begins with 0x%02x", first);
    }
    if (payload.len) buf_putc(b, ' ');
    put_text(b, payload);
}

static void put_next_frame(struct rig_client *c, struct buf *b)
{
    const uint8_t *at = c->out + c->out_at;
    size_t left = c->out_len - c->out_at, len, wide;
    assert_true(left >= 2);
    assert_false(at[1] & 0x80);
    len = at[1];
    wide = len == 126 ? 2 : len == 127 ? 8 : 0;
    assert_true(left >= 2 + wide);
    if (wide) len = 0;
    for (size_t i = 0; i < wide; i++)
        len = len << 8 | at[2 + i];
    assert_true(left >= 2 + wide + len);
    c->out_at += 2 + wide + len;
    put_frame(at[0], slice_of(at + 2 + wide, len), b);
}

void heard(struct rig *r, unsigned client, struct buf *lines)
{
    struct rig_client *c = &r->clients[client];
    while (c->out_at < c->out_len) {
        if (c->upgraded)
            put_next_frame(c, lines);
        else
            put_response(c, lines);
        buf_putc(lines, '\n');
    }
    if (!c->open)
        buf_puts(lines, "cut\n");
    else if (c->edge.phase == EDGE_DONE)
        buf_puts(lines, "end\n");
}

kith_slice heard_raw(struct rig *r, unsigned client)
{
    struct rig_client *c = &r->clients[client];
    kith_slice all = slice_of(c->out + c->out_at, c->out_len - c->out_at);
    c->out_at = c->out_len;
    return all;
}

void assert_heard(struct rig *r, unsigned client, const char *const *lines, const char *file,
                  int line)
{
    struct buf want = {0}, got = {0};
    for (; *lines; lines++)
        buf_printf(&want, "%s\n", *lines);
    heard(r, client, &got);
    buf_putc(&want, 0);
    buf_putc(&got, 0);
    bool same = slice_eq(buf_slice(&want), buf_slice(&got));
    if (!same)
        print_error("client %u (cut %d) should hear:\n%.2000sbut hears:\n%.2000s\n", client, r->how,
                    (const char *)want.ptr, (const char *)got.ptr);
    buf_fini(&want);
    buf_fini(&got);
    if (!same) _fail(file, line);
}

void connect_as(struct rig *r, unsigned client, const char *user, const char *vsn)
{
    char head[512];
    int n = snprintf(head, sizeof head,
                     "GET /socket/websocket?vsn=%s&user_id=%s HTTP/1.1\r\nhost: kith.example\r\n"
                     "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
                     "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                     vsn, user);
    assert_true(rig_open(r, client, client % r->shards, false));
    rig_feed(r, client, slice_of(head, (size_t)n));
    HEARS(r, client, "101");
}

int fed_how = CUT_WHOLE;

int run_however_fed(const char *name, const struct CMUnitTest *tests, size_t count)
{
    static const char *const ways[] = {"fed whole", "fed byte by byte", "fed in pieces"};
    int failed = 0;
    for (fed_how = CUT_WHOLE; fed_how <= CUT_CHANCE; fed_how++) {
        char title[64];
        snprintf(title, sizeof title, "%s, %s", name, ways[fed_how]);
        failed += _cmocka_run_group_tests(title, tests, count, NULL, NULL);
    }
    return failed;
}
