/* tests/wire/test_http_vectors.c -- heads that two readers could understand in two ways, and heads
 * that look like them and are good. Each is fed whole, byte by byte and in pieces. */
#include "http_feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define OK   0
#define MORE 1
#define GET  "GET / HTTP/1.1\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"
#define HOST "Host: a\r\n"
#define END  "\r\n"
#define V(n, w, b)                                                                                 \
    {                                                                                              \
        n, w, { (const uint8_t *)("" b), sizeof(b) - 1 }                                           \
    }

static const struct vector {
    const char *name;
    int want; /* the status, OK or MORE */
    kith_slice bytes;
} vectors[] = {
    /* The request line. */
    V("plain", OK, GET HOST END),
    V("without its end", MORE, GET HOST),
    V("one byte of the end missing", MORE, GET HOST "\r"),
    V("an empty line before", OK, "\r\n" GET HOST END),
    V("two empty lines before", 400, "\r\n\r\n" GET HOST END),
    V("a bare LF before", 400, "\n" GET HOST END),
    V("a space before", 400, " " GET HOST END),
    V("method in small letters is another method", OK, "get / HTTP/1.1\r\n" HOST END),
    V("method with punctuation", OK, "M-SEARCH / HTTP/1.1\r\n" HOST END),
    V("method with a slash", 400, "GE/T / HTTP/1.1\r\n" HOST END),
    V("method with a high byte", 400, "G\xC3\x89T / HTTP/1.1\r\n" HOST END),
    V("no method", 400, " / HTTP/1.1\r\n" HOST END),
    V("no target", 400, "GET HTTP/1.1\r\n" HOST END),
    V("an empty target", 400, "GET  HTTP/1.1\r\n" HOST END),
    V("two spaces before the target", 400, "GET  / HTTP/1.1\r\n" HOST END),
    V("two spaces before the version", 400, "GET /  HTTP/1.1\r\n" HOST END),
    V("a space after the version", 400, "GET / HTTP/1.1 \r\n" HOST END),
    V("tabs for spaces", 400, "GET\t/\tHTTP/1.1\r\n" HOST END),
    V("a space in the target", 400, "GET /a b HTTP/1.1\r\n" HOST END),
    V("a tab in the target", 400, "GET /a\tb HTTP/1.1\r\n" HOST END),
    V("NUL in the target", 400, "GET /a\0b HTTP/1.1\r\n" HOST END),
    V("DEL in the target", 400,
      "GET /a\x7F"
      "b HTTP/1.1\r\n" HOST END),
    V("ESC in the target", 400, "GET /a\x1B HTTP/1.1\r\n" HOST END),
    V("a high byte in the target", 400, "GET /\xFF HTTP/1.1\r\n" HOST END),
    V("UTF-8 in the target", 400, "GET /\xC3\xA4 HTTP/1.1\r\n" HOST END),
    V("a fragment in the target", 400, "GET /a#b HTTP/1.1\r\n" HOST END),
    V("an escape in the target", OK, "GET /%61%00?x=%zz HTTP/1.1\r\n" HOST END),
    V("brackets and bars in the query", OK, "GET /?a[]={|} HTTP/1.1\r\n" HOST END),
    V("a target without a slash", 400, "GET a HTTP/1.1\r\n" HOST END),
    V("a query alone", 400, "GET ?a HTTP/1.1\r\n" HOST END),
    V("a star", 400, "GET * HTTP/1.1\r\n" HOST END),
    V("a star for OPTIONS", OK, "OPTIONS * HTTP/1.1\r\n" HOST END),
    V("a star and more", 400, "OPTIONS *x HTTP/1.1\r\n" HOST END),
    V("CONNECT", 501, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n" END),
    V("CONNECT to a path", 501, "CONNECT / HTTP/1.1\r\n" HOST END),
    V("no version", 400, "GET /\r\n" HOST END),
    V("HTTP/0.9", 505, "GET / HTTP/0.9\r\n" HOST END),
    V("HTTP/1.2", 505, "GET / HTTP/1.2\r\n" HOST END),
    V("HTTP/2.0", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    V("HTTP/1.10", 400, "GET / HTTP/1.10\r\n" HOST END),
    V("HTTP/1", 400, "GET / HTTP/1\r\n" HOST END),
    V("HTTP/1.", 400, "GET / HTTP/1.\r\n" HOST END),
    V("HTTP/1.x", 400, "GET / HTTP/1.x\r\n" HOST END),
    V("HTTP/x.1", 400, "GET / HTTP/x.1\r\n" HOST END),
    V("HTTP/11", 400, "GET / HTTP/1x1\r\n" HOST END),
    V("HTTP/+1.1", 400, "GET / HTTP/+1.1\r\n" HOST END),
    V("http in small letters", 400, "GET / http/1.1\r\n" HOST END),
    V("another protocol", 400, "GET / ICAP/1.1\r\n" HOST END),
    V("HTTP /1.1", 400, "GET / HTTP /1.1\r\n" HOST END),
    V("a TLS hello", 400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    V("nothing but a line", 400, "\r\n\r\n"),
    V("a lone word", 400, "hello\r\n\r\n"),

    /* Absolute targets. */
    V("absolute", OK, "GET http://a/x?y HTTP/1.1\r\n" HOST END),
    V("absolute, https", OK, "GET https://a/x HTTP/1.1\r\n" HOST END),
    V("absolute, capital scheme", OK, "GET HTTP://A/x HTTP/1.1\r\n" HOST END),
    V("absolute, no path", OK, "GET http://a HTTP/1.1\r\n" HOST END),
    V("absolute, a query and no path", OK, "GET http://a?q HTTP/1.1\r\n" HOST END),
    V("absolute, with a port", OK, "GET http://a:80/ HTTP/1.1\r\nHost: a:80\r\n" END),
    V("absolute, another host", 400, "GET http://b/ HTTP/1.1\r\n" HOST END),
    V("absolute, another port", 400, "GET http://a:81/ HTTP/1.1\r\nHost: a:80\r\n" END),
    V("absolute, without Host", 400, "GET http://a/ HTTP/1.1\r\n" END),
    V("absolute, HTTP/1.0 without Host", OK, "GET http://a/ HTTP/1.0\r\n" END),
    V("absolute, no authority", 400, "GET http:///x HTTP/1.1\r\n" HOST END),
    V("absolute, nothing at all", 400, "GET http:// HTTP/1.1\r\n" HOST END),
    V("absolute, a user in it", 400, "GET http://u@a/ HTTP/1.1\r\n" HOST END),
    V("absolute, a user and a password", 400, "GET http://u:p@a/ HTTP/1.1\r\n" HOST END),
    V("absolute, one slash", 400, "GET http:/a/ HTTP/1.1\r\n" HOST END),
    V("absolute, ws", 400, "GET ws://a/ HTTP/1.1\r\n" HOST END),
    V("absolute, file", 400, "GET file:///etc/passwd HTTP/1.1\r\n" HOST END),
    V("absolute, a backslash in the host", 400, "GET http://a\\b/ HTTP/1.1\r\n" HOST END),
    V("a path that begins with two slashes", OK, "GET //b/x HTTP/1.1\r\n" HOST END),

    /* Ends of lines. */
    V("LF for CRLF", 400, "GET / HTTP/1.1\nHost: a\n\n"),
    V("a bare LF after a field", 400, GET "Host: a\n\r\n"),
    V("a bare LF at the end", 400, GET HOST "\n"),
    V("CRLF, then LF CRLF", 400, GET HOST "\n\r\n"),
    V("a bare CR after the request line", 400, "GET / HTTP/1.1\rHost: a\r\n\r\n"),
    V("a bare CR in a value", 400, GET HOST "A: b\rc\r\n" END),
    V("a bare CR before CRLF", 400, GET HOST "A: b\r\r\n" END),
    V("a bare CR at the end", 400, GET HOST "\r\rX"),
    V("LF in a value", 400, GET HOST "A: b\nc: d\r\n" END),
    V("NUL in a value", 400, GET HOST "A: b\0c\r\n" END),
    V("NUL in a name", 400, GET HOST "A\0: b\r\n" END),
    V("vertical tab before a value", 400, POST "Transfer-Encoding: \vchunked\r\n" END),
    V("form feed in a value", 400, GET HOST "A: \f\r\n" END),
    V("DEL in a value", 400, GET HOST "A: \x7F\r\n" END),
    V("a tab in a value", OK, GET HOST "A: b\tc\r\n" END),
    V("a high byte in a value", OK, GET HOST "A: \xE4\r\n" END),

    /* Fields. */
    V("space before the colon", 400, GET "Host : a\r\n" END),
    V("tab before the colon", 400, GET "Host\t: a\r\n" END),
    V("space before the colon of a length", 400, POST "Content-Length : 5\r\n" END),
    V("a folded line", 400, GET HOST "A: b\r\n c\r\n" END),
    V("a line folded with a tab", 400, GET HOST "A: b\r\n\tc: d\r\n" END),
    V("a folded first field", 400, GET " Host: a\r\n" HOST END),
    V("a line of one space", 400, GET HOST " \r\n" END),
    V("no colon", 400, GET HOST "A\r\n" END),
    V("a colon alone", 400, GET HOST ":\r\n" END),
    V("an empty name", 400, GET HOST ": b\r\n" END),
    V("a name of spaces", 400, GET HOST "  : b\r\n" END),
    V("a space in a name", 400, GET HOST "A B: c\r\n" END),
    V("a high byte in a name", 400, GET HOST "\xC3\xA4: c\r\n" END),
    V("a bracket in a name", 400, GET HOST "A[0]: c\r\n" END),
    V("a quote in a name", 400, GET HOST "\"A\": c\r\n" END),
    V("an empty value", OK, GET HOST "A:\r\n" END),
    V("a value of blanks", OK, GET HOST "A: \t \r\n" END),
    V("no space behind the colon", OK, GET "Host:a\r\n" END),
    V("a colon in the value", OK, GET HOST "A::b\r\n" END),

    /* Host. */
    V("no Host", 400, GET END),
    V("no Host in HTTP/1.0", OK, "GET / HTTP/1.0\r\n" END),
    V("two Hosts", 400, GET HOST "Host: b\r\n" END),
    V("two Hosts, alike", 400, GET HOST HOST END),
    V("two Hosts, one in capitals", 400, GET HOST "HOST: a\r\n" END),
    V("two Hosts in HTTP/1.0", 400, "GET / HTTP/1.0\r\n" HOST "Host: b\r\n" END),
    V("an empty Host", 400, GET "Host:\r\n" END),
    V("an empty Host in HTTP/1.0", 400, "GET / HTTP/1.0\r\nHost: \r\n" END),
    V("a Host with a port", OK, GET "Host: example.com:4000\r\n" END),
    V("a Host of digits", OK, GET "Host: 127.0.0.1:4000\r\n" END),
    V("a Host with a hyphen", OK, GET "Host: my-host.example.\r\n" END),
    V("a Host with an underscore", OK, GET "Host: my_service\r\n" END),
    V("a Host with a bad port", 400, GET "Host: a:b\r\n" END),
    V("a Host with an empty port", 400, GET "Host: a:\r\n" END),
    V("a Host with port 65536", 400, GET "Host: a:65536\r\n" END),
    V("a Host with two ports", 400, GET "Host: a:1:2\r\n" END),
    V("a Host of a port alone", 400, GET "Host: :80\r\n" END),
    V("a Host with a user", 400, GET "Host: u@a\r\n" END),
    V("a Host with a path", 400, GET "Host: a/b\r\n" END),
    V("a Host with a scheme", 400, GET "Host: http://a\r\n" END),
    V("a list of Hosts", 400, GET "Host: a, b\r\n" END),
    V("two Hosts and a space", 400, GET "Host: a b\r\n" END),
    V("a Host with a quote", 400, GET "Host: \"a\"\r\n" END),
    V("a Host with a high byte", 400, GET "Host: \xE4\r\n" END),
    V("a Host with a wildcard", 400, GET "Host: *\r\n" END),
    V("an IPv6 Host", OK, GET "Host: [::1]:4000\r\n" END),
    V("an IPv6 Host without a port", OK, GET "Host: [::ffff:1.2.3.4]\r\n" END),
    V("an IPv6 Host that is not closed", 400, GET "Host: [::1\r\n" END),
    V("an IPv6 Host with letters behind", 400, GET "Host: [::1]x\r\n" END),
    V("an IPv6 Host with nothing in it", 400, GET "Host: []\r\n" END),
    V("an IPv6 Host with a zone", 400, GET "Host: [fe80::1%eth0]\r\n" END),
    V("an IPv6 Host without brackets", 400, GET "Host: ::1\r\n" END),

    /* Content-Length. */
    V("a length", OK, POST "Content-Length: 5\r\n" END),
    V("length 0", OK, POST "Content-Length: 0\r\n" END),
    V("two lengths", 400, POST "Content-Length: 5\r\nContent-Length: 6\r\n" END),
    V("two lengths, alike", 400, POST "Content-Length: 5\r\ncontent-length: 5\r\n" END),
    V("a list of lengths", 400, POST "Content-Length: 5, 5\r\n" END),
    V("a list of one length", 400, POST "Content-Length: 5,\r\n" END),
    V("an empty length", 400, POST "Content-Length:\r\n" END),
    V("length -1", 400, POST "Content-Length: -1\r\n" END),
    V("length +1", 400, POST "Content-Length: +1\r\n" END),
    V("length 0x10", 400, POST "Content-Length: 0x10\r\n" END),
    V("length 1e3", 400, POST "Content-Length: 1e3\r\n" END),
    V("length 5.0", 400, POST "Content-Length: 5.0\r\n" END),
    V("length 05", 400, POST "Content-Length: 05\r\n" END),
    V("length 5 5", 400, POST "Content-Length: 5 5\r\n" END),
    V("length 1_0", 400, POST "Content-Length: 1_0\r\n" END),
    V("length with a quote", 400, POST "Content-Length: \"5\"\r\n" END),
    V("length of 2^64 - 1", OK, POST "Content-Length: 18446744073709551615\r\n" END),
    V("length of 2^64", 400, POST "Content-Length: 18446744073709551616\r\n" END),
    V("length of 2^64 + 5", 400, POST "Content-Length: 18446744073709551621\r\n" END),
    V("length of forty digits", 400,
      POST "Content-Length: 1111111111111111111111111111111111111111\r\n" END),
    V("length in other digits", 400, POST "Content-Length: \xD9\xA5\r\n" END),
    V("a length with blanks around", OK, POST "Content-Length: \t5 \r\n" END),
    V("a length with an underscore is no length", OK, POST "Content_Length: 5\r\n" END),

    /* Transfer-Encoding. */
    V("chunked", OK, POST "Transfer-Encoding: chunked\r\n" END),
    V("Chunked", OK, POST "tRANSFER-eNCODING: cHUNKED\r\n" END),
    V("chunked and a length", 400, POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" END),
    V("a length and chunked", 400, POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END),
    V("chunked and an empty length", 400,
      POST "Content-Length: \r\nTransfer-Encoding: chunked\r\n" END),
    V("chunked twice", 400,
      POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" END),
    V("chunked, then identity", 400,
      POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n" END),
    V("chunked, chunked", 501, POST "Transfer-Encoding: chunked, chunked\r\n" END),
    V("gzip, chunked", 501, POST "Transfer-Encoding: gzip, chunked\r\n" END),
    V("chunked, gzip", 400, POST "Transfer-Encoding: chunked, gzip\r\n" END),
    V("gzip", 400, POST "Transfer-Encoding: gzip\r\n" END),
    V("identity", 400, POST "Transfer-Encoding: identity\r\n" END),
    V("an empty coding", 400, POST "Transfer-Encoding:\r\n" END),
    V("xchunked", 400, POST "Transfer-Encoding: xchunked\r\n" END),
    V("chunkedx", 400, POST "Transfer-Encoding: chunkedx\r\n" END),
    V("chunked with a comma", 501, POST "Transfer-Encoding: chunked,\r\n" END),
    V("a comma and chunked", 501, POST "Transfer-Encoding: , chunked\r\n" END),
    V("chunked with a parameter", 400, POST "Transfer-Encoding: chunked;q=1\r\n" END),
    V("chunked in quotes", 400, POST "Transfer-Encoding: \"chunked\"\r\n" END),
    V("chunk ed", 400, POST "Transfer-Encoding: chunk ed\r\n" END),
    V("chunked behind a high byte", 400,
      POST "Transfer-Encoding: \xA0"
           "chunked\r\n" END),
    V("chunked in HTTP/1.0", 400,
      "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" END),
    V("chunked on a folded line", 400, POST "Transfer-Encoding:\r\n chunked\r\n" END),
    V("chunked on a GET", OK, GET HOST "Transfer-Encoding: chunked\r\n" END),
    V("a name with an underscore is no coding", OK,
      POST "Transfer_Encoding: chunked\r\nContent-Length: 5\r\n" END),
    V("a coding behind a bare LF", 400, POST "A: b\nTransfer-Encoding: chunked\r\n" END),
    V("a coding behind an encoded CRLF", OK, POST "A: b%0d%0aTransfer-Encoding: chunked\r\n" END),

    /* Opening handshakes, as the head of a request. */
    V("a browser's handshake", OK,
      "GET /socket/websocket?vsn=2.0.0&token=e30.e30.x HTTP/1.1\r\nHost: localhost:4000\r\n"
      "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nOrigin: http://localhost:4000\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" END),
    V("a folded key", 400, GET HOST "Sec-WebSocket-Key:\r\n dGhlIHNhbXBsZSBub25jZQ==\r\n" END),
    V("a key behind a spaced colon", 400, GET HOST "Sec-WebSocket-Key : x\r\n" END),
    V("a NUL in an Origin", 400, GET HOST "Origin: http://a\0.evil\r\n" END),
    V("a CR in an Origin", 400, GET HOST "Origin: http://a\r.evil\r\n" END),
    V("a frame right behind the head", OK, GET HOST END "\x81\x80\x00\x00\x00\x00"),
    V("another request right behind", OK, GET HOST END "GET /2 HTTP/1.1\r\n"),
};

static int verdict(const struct head *h)
{
    return h->result == HTTP_MORE ? MORE : h->result == HTTP_DONE ? OK : h->status;
}

static void every_vector_has_its_verdict_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct vector *v = &vectors[i];
        struct head whole = head_feed(v->bytes, CUT_WHOLE);
        if (verdict(&whole) != v->want)
            fail_msg("%s: want %d, got %d", v->name, v->want, verdict(&whole));
        for (int how = CUT_BYTES; how < CUTS; how++) {
            struct head cut = head_feed(v->bytes, how);
            if (!same_head(&whole, &cut)) fail_msg("%s: differs when cut (%d)", v->name, how);
            head_fini(&cut);
        }
        head_fini(&whole);
    }
}

static void a_good_head_is_used_up_to_its_end_and_no_further(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct head h = head_feed(vectors[i].bytes, CUT_WHOLE);
        if (h.result == HTTP_DONE) {
            assert_true(h.used >= 4 && h.used <= vectors[i].bytes.len);
            assert_memory_equal(h.bytes + h.used - 4, "\r\n\r\n", 4);
        }
        head_fini(&h);
    }
}

static void any_beginning_of_a_good_head_wants_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct head whole = head_feed(vectors[i].bytes, CUT_WHOLE);
        for (size_t n = 1; whole.result == HTTP_DONE && n < whole.used; n++) {
            struct head h = head_feed(slice_head(vectors[i].bytes, n), CUT_WHOLE);
            if (h.result != HTTP_MORE) fail_msg("%s: not at %zu", vectors[i].name, n);
            head_fini(&h);
        }
        head_fini(&whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_has_its_verdict_however_it_is_cut),
        cmocka_unit_test(a_good_head_is_used_up_to_its_end_and_no_further),
        cmocka_unit_test(any_beginning_of_a_good_head_wants_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
