/* tests/wire/test_http_body.c -- bodies by length and in chunks, whole and cut. */
#include "cut.h"
#include "failures.h"
#include "wire/http.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define BODY_MAX 1000

struct reading {
    enum http_result result;
    int status;
    size_t used;
    struct buf body;
};

/* Each piece comes from memory of its own size, so that a sanitizer sees a look too far. */
static struct reading read_body(const struct http_request *head, kith_slice in, int how)
{
    struct reading r = {.result = HTTP_MORE};
    struct http_body b;
    struct cutter c = cutter(how);
    assert_int_equal(http_body_start(&b, head, BODY_MAX), KITH_OK);
    while (r.result == HTTP_MORE && r.used < in.len) {
        size_t used = 0, n = cut(&c, in.len - r.used);
        uint8_t *piece = malloc(n);
        memcpy(piece, in.ptr + r.used, n);
        r.result = http_body(&b, slice_of(piece, n), BODY_MAX, &r.body, &used, &r.status);
        free(piece);
        assert_true(r.result != HTTP_MORE || used == n);
        r.used += used;
    }
    return r;
}

#define OK   0
#define MORE 1
#define V(name, want, body, bytes)                                                                 \
    {                                                                                              \
        name, want, body, { (const uint8_t *)("" bytes), sizeof(bytes) - 1 }                       \
    }

static const struct vector {
    const char *name;
    int want; /* the status, OK or MORE */
    const char *body;
    kith_slice bytes;
} chunked[] = {
    V("nothing", OK, "", "0\r\n\r\n"),
    V("nothing, in many zeros", OK, "", "0000\r\n\r\n"),
    V("one chunk", OK, "hello", "5\r\nhello\r\n0\r\n\r\n"),
    V("two chunks", OK, "hello world", "6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n"),
    V("sixteen bytes", OK, "0123456789abcdef", "10\r\n0123456789abcdef\r\n0\r\n\r\n"),
    V("digits in capitals", OK, "0123456789", "A\r\n0123456789\r\n0\r\n\r\n"),
    V("leading zeros", OK, "hello", "0005\r\nhello\r\n00\r\n\r\n"),
    V("CRLF in the data", OK, "\r\n\r\n0", "5\r\n\r\n\r\n0\r\n0\r\n\r\n"),
    V("an extension", OK, "hello", "5;a\r\nhello\r\n0\r\n\r\n"),
    V("an extension with a value", OK, "hello", "5;a=b;c=\"d e\"\r\nhello\r\n0;x\r\n\r\n"),
    V("trailers", OK, "", "0\r\nA: b\r\nC:\r\nD: \t\xE4\r\n\r\n"),
    V("what follows is not ours", OK, "x", "1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n"),
    V("not begun", MORE, "", ""),
    V("no end of data", MORE, "hel", "5\r\nhel"),
    V("no last line", MORE, "hello", "5\r\nhello\r\n0\r\n"),
    V("no last LF", MORE, "hello", "5\r\nhello\r\n0\r\n\r"),
    V("a trailer without end", MORE, "", "0\r\nA: b\r\n"),

    V("no size", 400, "", "\r\nhello"),
    V("a space before the size", 400, "", " 5\r\nhello\r\n0\r\n\r\n"),
    V("a space behind the size", 400, "", "5 \r\nhello\r\n0\r\n\r\n"),
    V("a tab behind the size", 400, "", "5\t\r\nhello\r\n0\r\n\r\n"),
    V("size -5", 400, "", "-5\r\nhello\r\n0\r\n\r\n"),
    V("size +5", 400, "", "+5\r\nhello\r\n0\r\n\r\n"),
    V("size 0x5", 400, "", "0x5\r\nhello\r\n0\r\n\r\n"),
    V("size 5h", 400, "", "5h\r\nhello\r\n0\r\n\r\n"),
    V("size with an underscore", 400, "", "1_0\r\n0123456789abcdef\r\n0\r\n\r\n"),
    V("NUL behind the size", 400, "", "5\0\r\nhello\r\n0\r\n\r\n"),
    V("size in a high digit", 400, "", "\xD9\xA5\r\nhello\r\n0\r\n\r\n"),
    V("LF behind the size", 400, "", "5\nhello\r\n0\r\n\r\n"),
    V("CR behind the size", 400, "", "5\rhello\r\n0\r\n\r\n"),
    V("CR CR LF behind the size", 400, "", "5\r\r\nhello\r\n0\r\n\r\n"),
    V("an empty extension", 400, "", "5;\r\nhello\r\n0\r\n\r\n"),
    V("an extension that begins with a space", 400, "", "5; a\r\nhello\r\n0\r\n\r\n"),
    V("LF in an extension", 400, "", "5;a\nb\r\nhello\r\n0\r\n\r\n"),
    V("CR in an extension", 400, "", "5;a\rb\r\nhello\r\n0\r\n\r\n"),
    V("NUL in an extension", 400, "", "5;a\0b\r\nhello\r\n0\r\n\r\n"),
    V("a high byte in an extension", 400, "", "5;a\xE4\r\nhello\r\n0\r\n\r\n"),
    V("data too long", 400, "hello", "5\r\nhello!\r\n0\r\n\r\n"),
    V("data too short", 400, "hell\r", "5\r\nhell\r\n0\r\n\r\n"),
    V("LF behind the data", 400, "hello", "5\r\nhello\n0\r\n\r\n"),
    V("CR and no LF behind the data", 400, "hello", "5\r\nhello\r0\r\n\r\n"),
    V("CR and another byte behind the data", 400, "hello", "5\r\nhello\rX0\r\n\r\n"),
    V("nothing behind the data", 400, "hello", "5\r\nhello0\r\n\r\n"),
    V("LF at the end", 400, "", "0\r\n\n"),
    V("CR X at the end", 400, "", "0\r\n\rX"),
    V("a size behind the last chunk", 400, "", "0\r\n5\r\n\r\n"),
    V("a trailer with a space before the colon", 400, "", "0\r\nA : b\r\n\r\n"),
    V("a trailer without a name", 400, "", "0\r\n: b\r\n\r\n"),
    V("a trailer without a colon", 400, "", "0\r\nA\r\n\r\n"),
    V("a folded trailer", 400, "", "0\r\nA: b\r\n c\r\n\r\n"),
    V("LF in a trailer", 400, "", "0\r\nA: b\nC: d\r\n\r\n"),
    V("CR in a trailer", 400, "", "0\r\nA: b\rC: d\r\n\r\n"),
    V("NUL in a trailer", 400, "", "0\r\nA: \0\r\n\r\n"),

    V("more than there may be", 413, "", "3E9\r\n"),
    V("2^32", 413, "", "100000000\r\n"),
    V("2^64", 413, "", "10000000000000000\r\n"),
    V("2^64 + 5", 413, "", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
    V("2^63", 413, "", "8000000000000000\r\n"),
    V("-1 in hexadecimal", 413, "", "ffffffffffffffff\r\n"),
    V("-3 in hexadecimal, behind a chunk", 413, "hello", "5\r\nhello\r\nfffffffffffffffd\r\n"),
};

static void every_chunked_body_has_its_verdict_however_it_is_cut(void **state)
{
    (void)state;
    const struct http_request head = {.chunked = true};
    for (size_t i = 0; i < sizeof chunked / sizeof *chunked; i++)
        for (int how = 0; how < CUTS; how++) {
            const struct vector *v = &chunked[i];
            struct reading r = read_body(&head, v->bytes, how);
            int got = r.result == HTTP_DONE ? OK : r.result == HTTP_MORE ? MORE : r.status;
            if (got != v->want) fail_msg("%s: want %d, got %d", v->name, v->want, got);
            if (!slice_is(buf_slice(&r.body), v->body)) fail_msg("%s: body differs", v->name);
            buf_fini(&r.body);
        }
}

static void a_chunked_body_ends_where_it_ends(void **state)
{
    (void)state;
    const struct http_request head = {.chunked = true};
    for (int how = 0; how < CUTS; how++) {
        struct reading r = read_body(&head, KITH_LIT("1\r\nx\r\n0\r\nA: b\r\n\r\nGET"), how);
        assert_int_equal(r.used, 17);
        buf_fini(&r.body);
    }
}

static void a_body_by_length_ends_where_it_ends(void **state)
{
    (void)state;
    const struct http_request head = {.has_length = true, .content_length = 5};
    for (int how = 0; how < CUTS; how++) {
        struct reading r = read_body(&head, KITH_LIT("he\r\n!GET"), how);
        assert_int_equal(r.result, HTTP_DONE);
        assert_int_equal(r.used, 5);
        assert_true(slice_is(buf_slice(&r.body), "he\r\n!"));
        buf_fini(&r.body);
        r = read_body(&head, KITH_LIT("he"), how);
        assert_int_equal(r.result, HTTP_MORE);
        buf_fini(&r.body);
    }
}

static void a_request_without_a_body_is_done_at_once(void **state)
{
    (void)state;
    const struct http_request heads[] = {{.minor = 1}, {.has_length = true}};
    for (size_t i = 0; i < 2; i++) {
        struct http_body b;
        struct buf body = {0};
        size_t used;
        int status;
        assert_int_equal(http_body_start(&b, &heads[i], 0), KITH_OK);
        assert_int_equal(http_body(&b, slice_of(NULL, 0), 0, &body, &used, &status), HTTP_DONE);
        assert_int_equal(http_body(&b, KITH_LIT("GET"), 0, &body, &used, &status), HTTP_DONE);
        assert_int_equal(used, 0);
        assert_int_equal(body.len, 0);
    }
}

static void a_length_above_the_bound_is_refused_before_the_body(void **state)
{
    (void)state;
    struct http_body b;
    struct http_request head = {.has_length = true, .content_length = BODY_MAX};
    assert_int_equal(http_body_start(&b, &head, BODY_MAX), KITH_OK);
    head.content_length = BODY_MAX + 1;
    assert_int_equal(http_body_start(&b, &head, BODY_MAX), KITH_FULL);
    head.content_length = UINT64_MAX;
    assert_int_equal(http_body_start(&b, &head, BODY_MAX), KITH_FULL);
}

static void a_size_does_not_overflow_even_without_a_bound(void **state)
{
    (void)state;
    const struct http_request head = {.chunked = true};
    struct http_body b;
    struct buf body = {0};
    size_t used;
    int status;
    assert_int_equal(http_body_start(&b, &head, SIZE_MAX), KITH_OK);
    kith_slice most = KITH_LIT("ffffffffffffffff");
    assert_int_equal(http_body(&b, most, SIZE_MAX, &body, &used, &status), HTTP_MORE);
    assert_int_equal(http_body(&b, KITH_LIT("5"), SIZE_MAX, &body, &used, &status), HTTP_FAIL);
    assert_int_equal(status, 413);
}

/* Chunks of `n` bytes until the body holds `total`, then the end. */
static struct reading read_chunks(size_t n, size_t total, int how)
{
    static const uint8_t data[BODY_MAX + 1] = {0};
    const struct http_request head = {.chunked = true};
    struct buf b = {0};
    for (size_t at = 0; at < total; at += n) {
        buf_printf(&b, "%zx\r\n", n);
        buf_put(&b, slice_of(data, n));
        buf_puts(&b, "\r\n");
    }
    buf_puts(&b, "0\r\n\r\n");
    struct reading r = read_body(&head, buf_slice(&b), how);
    buf_fini(&b);
    return r;
}

static void the_bound_on_a_chunked_body_holds_for_its_sum(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 8, 125, 500, 1000};
    for (size_t i = 0; i < 5; i++)
        for (int how = 0; how < CUTS; how++) {
            struct reading r = read_chunks(sizes[i], BODY_MAX, how);
            assert_int_equal(r.result, HTTP_DONE);
            assert_int_equal(r.body.len, BODY_MAX);
            buf_fini(&r.body);
            r = read_chunks(sizes[i], BODY_MAX + 1, how);
            assert_int_equal(r.status, 413);
            assert_true(r.body.len <= BODY_MAX);
            buf_fini(&r.body);
        }
}

/* `before`, then `n` bytes of `fill`. */
static struct reading read_filled(const char *before, char fill, size_t n)
{
    const struct http_request head = {.chunked = true};
    struct buf b = {0};
    buf_puts(&b, before);
    memset(buf_reserve(&b, n), fill, n);
    b.len += n;
    struct reading r = read_body(&head, buf_slice(&b), CUT_WHOLE);
    buf_fini(&b);
    return r;
}

static void what_carries_no_data_is_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        char fill;
    } cases[] = {{"", '0'}, {"5;", 'a'}, {"0\r\n", 'a'}, {"0\r\nA:", ' '}};
    for (size_t i = 0; i < 4; i++) {
        struct reading r = read_filled(cases[i].before, cases[i].fill, HTTP_HEAD_BYTES_MAX + 1);
        assert_int_equal(r.status, 431);
        r = read_filled(cases[i].before, cases[i].fill, HTTP_HEAD_BYTES_MAX - 2);
        assert_int_equal(r.result, HTTP_MORE);
    }
}

static void the_bound_holds_over_all_extensions_and_trailers_together(void **state)
{
    (void)state;
    const struct http_request head = {.chunked = true};
    struct buf b = {0};
    for (size_t i = 0; i < 100; i++)
        buf_printf(&b, "1;%0200d\r\nx\r\n", 0);
    struct reading r = read_body(&head, buf_slice(&b), CUT_WHOLE);
    assert_int_equal(r.status, 431);
    assert_int_equal(r.body.len, HTTP_HEAD_BYTES_MAX / 200);
    buf_fini(&r.body);
    buf_fini(&b);
}

/* A reload may lower it below what has come. */
static void a_bound_that_is_lowered_holds_from_the_next_chunk_on(void **state)
{
    (void)state;
    const struct http_request head = {.chunked = true};
    struct http_body b;
    struct buf body = {0};
    size_t used;
    int status;
    assert_int_equal(http_body_start(&b, &head, BODY_MAX), KITH_OK);
    assert_int_equal(http_body(&b, KITH_LIT("5\r\nhello\r\n"), BODY_MAX, &body, &used, &status),
                     HTTP_MORE);
    assert_int_equal(http_body(&b, KITH_LIT("1\r\n"), 4, &body, &used, &status), HTTP_FAIL);
    assert_int_equal(status, 413);
    buf_fini(&body);
}

static void an_announced_length_reserves_nothing(void **state)
{
    (void)state;
    const struct http_request head = {.has_length = true, .content_length = 1u << 30};
    struct http_body b;
    struct buf body = {0};
    size_t used;
    int status;
    assert_int_equal(http_body_start(&b, &head, 1u << 30), KITH_OK);
    assert_int_equal(http_body(&b, KITH_LIT("x"), 1u << 30, &body, &used, &status), HTTP_MORE);
    assert_true(body.cap <= 64);
    buf_fini(&body);
}

static void without_memory_a_body_fails_with_503(void **state)
{
    (void)state;
    const struct http_request heads[] = {{.chunked = true}, {.content_length = 5}};
    const kith_slice bytes[] = {KITH_LIT("5\r\nhello\r\n0\r\n\r\n"), KITH_LIT("hello")};
    for (size_t i = 0; i < 2; i++) {
        struct http_body b;
        struct buf body = {0};
        size_t used;
        int status;
        assert_int_equal(http_body_start(&b, &heads[i], BODY_MAX), KITH_OK);
        alloc_fail(0, 1);
        assert_int_equal(http_body(&b, bytes[i], BODY_MAX, &body, &used, &status), HTTP_FAIL);
        assert_int_equal(alloc_heal(), 1);
        assert_int_equal(status, 503);
        buf_fini(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_chunked_body_has_its_verdict_however_it_is_cut),
        cmocka_unit_test(a_chunked_body_ends_where_it_ends),
        cmocka_unit_test(a_body_by_length_ends_where_it_ends),
        cmocka_unit_test(a_request_without_a_body_is_done_at_once),
        cmocka_unit_test(a_length_above_the_bound_is_refused_before_the_body),
        cmocka_unit_test(a_size_does_not_overflow_even_without_a_bound),
        cmocka_unit_test(the_bound_on_a_chunked_body_holds_for_its_sum),
        cmocka_unit_test(a_bound_that_is_lowered_holds_from_the_next_chunk_on),
        cmocka_unit_test(what_carries_no_data_is_bounded),
        cmocka_unit_test(the_bound_holds_over_all_extensions_and_trailers_together),
        cmocka_unit_test(an_announced_length_reserves_nothing),
        cmocka_unit_test(without_memory_a_body_fails_with_503),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
