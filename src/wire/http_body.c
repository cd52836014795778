/* wire/http_body.c -- the body of a request, by length or in chunks (RFC 9112, sections 6 and 7).
 * Extensions and trailers are checked and dropped. */
#include "wire/http.h"

#include "wire/http_chars.h"

/* Where the next byte belongs:
 *
 *   SIZE_FIRST SIZE [; EXT_FIRST EXT] CR SIZE_LF  DATA  DATA_CR DATA_LF   a chunk, if not empty
 *   0 CR SIZE_LF  { LINE NAME : VALUE CR LINE_LF }  LINE = CR END_LF      the end of all         */
enum state {
    PLAIN, /* by length: `left` says all */
    SIZE_FIRST,
    SIZE,
    EXT_FIRST,
    EXT,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    LINE,
    NAME,
    VALUE,
    LINE_LF,
    END_LF,
    DONE,
};

kith_err http_body_start(struct http_body *b, const struct http_request *r, size_t body_max)
{
    if (r->content_length > body_max) return KITH_FULL;
    *b = (struct http_body){.left = r->content_length, .chunked = r->chunked};
    b->state = r->chunked ? SIZE_FIRST : PLAIN;
    return KITH_OK;
}

/* What carries no data is bounded: leading zeros, extensions, trailers. */
static int spend(struct http_body *b) { return ++b->lines > HTTP_HEAD_BYTES_MAX ? 431 : 0; }

static int go(struct http_body *b, bool fits, enum state next)
{
    b->state = (uint8_t)next;
    return fits ? 0 : 400;
}

static int size_digit(struct http_body *b, uint8_t c, size_t room)
{
    b->state = SIZE;
    if (b->left >> 60) return 413;
    b->left = b->left << 4 | http_hex(c);
    if (b->left > room) return 413;
    return b->left ? 0 : spend(b);
}

/* The line that begins a chunk. */
static int size_byte(struct http_body *b, uint8_t c, size_t room)
{
    bool digit = http_hex(c) < 16;
    switch (b->state) {
    case SIZE_FIRST: return digit ? size_digit(b, c, room) : 400;
    case SIZE:
        if (digit) return size_digit(b, c, room);
        if (c == ';') return go(b, true, EXT_FIRST);
        return go(b, c == '\r', SIZE_LF);
    case EXT_FIRST: return go(b, http_is_tchar(c), EXT) ? 400 : spend(b);
    case EXT:
        if (c == '\r') return go(b, true, SIZE_LF);
        return http_is_visible(c) || http_is_blank(c) ? spend(b) : 400;
    default: return go(b, c == '\n', b->left ? DATA : LINE);
    }
}

static int trailer_byte(struct http_body *b, uint8_t c)
{
    switch (b->state) {
    case LINE:
        if (c == '\r') return go(b, true, END_LF);
        return go(b, http_is_tchar(c), NAME) ? 400 : spend(b);
    case NAME:
        if (c == ':') return go(b, true, VALUE);
        return http_is_tchar(c) ? spend(b) : 400;
    case VALUE:
        if (c == '\r') return go(b, true, LINE_LF);
        return http_is_field_char(c) ? spend(b) : 400;
    case LINE_LF: return go(b, c == '\n', LINE);
    default: return go(b, c == '\n', DONE);
    }
}

static int take_byte(struct http_body *b, uint8_t c, size_t room)
{
    if (b->state == DATA_CR) return go(b, c == '\r', DATA_LF);
    if (b->state == DATA_LF) return go(b, c == '\n', SIZE_FIRST);
    return b->state <= SIZE_LF ? size_byte(b, c, room) : trailer_byte(b, c);
}

/* Takes what it can of `in`; the number of bytes. */
static size_t take_data(struct http_body *b, kith_slice in, struct buf *body)
{
    size_t n = in.len < b->left ? in.len : (size_t)b->left;
    buf_put(body, slice_head(in, n));
    b->left -= n;
    if (b->left == 0) b->state = b->chunked ? DATA_CR : DONE;
    return n;
}

enum http_result http_body(struct http_body *b, kith_slice bytes, size_t body_max, struct buf *body,
                           size_t *used, int *status)
{
    *used = 0;
    *status = 0;
    if (b->state == PLAIN && b->left == 0) b->state = DONE;
    while (b->state != DONE && *used < bytes.len && !*status) {
        bool data = b->state == PLAIN || b->state == DATA;
        if (data)
            *used += take_data(b, slice_from(bytes, *used), body);
        else
            *status =
                take_byte(b, bytes.ptr[(*used)++], body->len < body_max ? body_max - body->len : 0);
        if (body->failed) *status = 503;
    }
    if (*status) return HTTP_FAIL;
    return b->state == DONE ? HTTP_DONE : HTTP_MORE;
}
