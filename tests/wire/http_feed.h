/* tests/wire/http_feed.h -- feeds a head in pieces, each time from memory that ends where the bytes
 * end, so that a sanitizer sees a parser look too far. */
#pragma once

#include "cut.h"
#include "wire/http.h"

#include <stdlib.h>

struct head {
    enum http_result result;
    int status;
    size_t used;
    struct http_request request; /* borrows from bytes */
    uint8_t *bytes;
};

static inline uint8_t *exact_copy(kith_slice s)
{
    uint8_t *p = (uint8_t *)malloc(s.len ? s.len : 1);
    if (!p) abort();
    if (s.len) memcpy(p, s.ptr, s.len);
    return p;
}

static inline struct head head_feed(kith_slice in, int how)
{
    struct head h = {.result = HTTP_MORE};
    struct cutter c = cutter(how);
    for (size_t have = 0, seen = 0; h.result == HTTP_MORE && have < in.len; seen = have) {
        have += cut(&c, in.len - have);
        free(h.bytes);
        h.bytes = exact_copy(slice_head(in, have));
        h.result = http_head(slice_of(h.bytes, have), seen, &h.request, &h.used, &h.status);
    }
    return h;
}

static inline void head_fini(struct head *h) { free(h->bytes); }

/* Of two readings of the same bytes. */
static inline bool same_head(const struct head *a, const struct head *b)
{
    if (a->result != b->result) return false;
    if (a->result == HTTP_FAIL) return a->status == b->status;
    if (a->result == HTTP_MORE) return true;
    const struct http_request *x = &a->request, *y = &b->request;
    bool same = a->used == b->used && slice_eq(x->method, y->method) &&
                slice_eq(x->target, y->target) && slice_eq(x->path, y->path) &&
                slice_eq(x->query, y->query) && slice_eq(x->host, y->host) &&
                x->minor == y->minor && x->keep_alive == y->keep_alive &&
                x->chunked == y->chunked && x->has_length == y->has_length &&
                x->content_length == y->content_length && x->header_count == y->header_count;
    for (size_t i = 0; same && i < x->header_count; i++)
        same = slice_eq(x->headers[i].name, y->headers[i].name) &&
               slice_eq(x->headers[i].value, y->headers[i].value);
    return same;
}
