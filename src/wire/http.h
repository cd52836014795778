/* wire/http.h -- HTTP/1.1 requests (RFC 9112), strictly and without a socket. One request at a
 * time; what a smuggler needs is refused: bare CR or LF, NUL, folded lines, space before the colon,
 * empty names, two Hosts or none, two or odd Content-Lengths, Content-Length beside
 * Transfer-Encoding, any coding but a single `chunked`, raw bytes outside ASCII in the target, an
 * absolute target whose authority is not the Host. Results are the same however bytes are cut. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"

struct http_header {
    kith_slice name, value; /* value without the white space around it */
};

struct http_request {
    kith_slice method;
    kith_slice target; /* as sent */
    kith_slice path,
        query; /* of the target in origin form or absolute form; not decoded; query without `?`.
                  Path `*` only with OPTIONS. The scheme of an absolute form tells nothing. */
    kith_slice host; /* host or host:port, of valid form; empty only in HTTP/1.0 */
    uint8_t minor;   /* HTTP/1.minor: 0 or 1 */
    bool keep_alive; /* HTTP/1.1 and no `close`; 1.0 is never kept */
    bool chunked;
    bool has_length;
    uint64_t content_length;
    uint16_t header_count;
    struct http_header headers[HTTP_HEADERS_MAX];
};

enum http_result {
    HTTP_MORE, /* not whole yet */
    HTTP_DONE, /* *used bytes were it */
    HTTP_FAIL, /* *status says what to answer: 400, 413, 414, 431, 501, 503 (no memory), 505; then
                  close */
};

/* Reads a request's head from the start of `bytes`. All slices in *out borrow from `bytes`. `seen`
 * is how many bytes an earlier HTTP_MORE looked at, so that a slow head costs O(n), not O(n^2); 0
 * at first. */
enum http_result http_head(kith_slice bytes, size_t seen, struct http_request *out, size_t *used,
                           int *status);

/* A body follows, be it of unknown length. */
bool http_has_body(const struct http_request *r);

/* It asks to be shown something: GET or HEAD. */
bool http_reads(const struct http_request *r);

/* Reads the body that follows a head: by length or chunked; appends to `body`, which is empty at
 * first, at most body_max bytes; that may become less meanwhile, for chunks that have not begun.
 * Room is made for what came, never for what was announced.
 * http_body_start takes what it needs from the head; a request without a body is DONE at once. With
 * HTTP_MORE all bytes were used. */
struct http_body {
    uint64_t left;  /* of the body, or of the current chunk */
    uint32_t lines; /* bytes of leading zeros, chunk extensions and trailers so far; bounded by
                       HTTP_HEAD_BYTES_MAX */
    uint8_t state;
    bool chunked;
};
/* KITH_FULL: larger than body_max (413). */
KITH_MUST_USE kith_err http_body_start(struct http_body *b, const struct http_request *r,
                                       size_t body_max);
enum http_result http_body(struct http_body *b, kith_slice bytes, size_t body_max, struct buf *body,
                           size_t *used, int *status);

/* The second half of http_head: reads host, length, coding and persistence from the fields, once
 * all are there. out->host may hold the authority of an absolute target. 0, or the status to answer
 * with. */
int http_judge_fields(struct http_request *out);

/* `s` is host or host:port with a name, an IPv4 address, or an IPv6 address in brackets. */
bool http_host_valid(kith_slice s);

/* The value of the only header called `name` (any case). KITH_NONE; KITH_EXISTS: more than one. */
KITH_MUST_USE kith_err http_header(const struct http_request *r, const char *name, kith_slice *out);

/* The body is said to be of this media type, whatever its parameters (any case). */
bool http_type_is(const struct http_request *r, const char *type);

/* The body's text is said to be in UTF-8 or ASCII, or nothing is said: the charset of its type. */
bool http_charset_is_utf8(const struct http_request *r);

/* `token` stands in the comma-separated list that all headers `name` make together (any case). */
bool http_has_token(const struct http_request *r, const char *name, const char *token);

/* The first parameter `name` of an application/x-www-form-urlencoded query, decoded (%XX, +) into
 * `scratch` (cleared first). KITH_NONE: not there. KITH_BAD: broken escape, or the decoded bytes
 * are not UTF-8. KITH_NOMEM. */
KITH_MUST_USE kith_err http_query(kith_slice query, const char *name, struct buf *scratch,
                                  kith_slice *out);

/* The name of the next parameter of *query, which moves behind it; decoded likewise. KITH_NONE: the
 * query is at its end. KITH_BAD: its name is none; KITH_NOMEM. */
KITH_MUST_USE kith_err http_query_name(kith_slice *query, struct buf *scratch, kith_slice *out);

/* The next segment of a path, behind its slash, decoded (%XX alone) into `scratch` (cleared first);
 * *path moves behind it. KITH_NONE: the path is at its end. KITH_BAD, KITH_NOMEM: as http_query. */
KITH_MUST_USE kith_err http_segment(kith_slice *path, struct buf *scratch, kith_slice *out);

/* Appends "name: value\r\n". The value must hold no control characters: a value of a request's
 * header never does, a decoded query parameter may. */
void http_put_header(struct buf *out, const char *name, kith_slice value);

/* Appends a whole response: status line, `date`, the given header lines (each "name: value\r\n",
 * may be empty), content-length, and the body unless `head_only`. Adds "connection: close" unless
 * keep_alive. A 1xx, a 204 or a 304 has neither content-length nor body, a 1xx no "connection:
 * close". */
struct http_response {
    int status;
    const char *content_type; /* NULL: none */
    const char *headers;      /* extra lines, each ended by \r\n, or NULL */
    kith_slice body;
    bool keep_alive, head_only;
    uint32_t kept_s; /* told where it is kept: how long without a request; 0: not told */
    uint64_t unix_s; /* for the date header; before the year 10000 */
};
void http_respond(struct buf *out, const struct http_response *r);
/* The same without the body, of which nobody knows yet how long it is: it follows as chunks, the
 * last of them empty; or, for HTTP/1.0 (not `chunked`), as it is, until the connection closes. */
void http_respond_head(struct buf *out, const struct http_response *r, bool chunked);
void http_put_chunk(struct buf *out, kith_slice bytes);
const char *http_status_text(int status); /* "Unknown" for a status that we never send */
