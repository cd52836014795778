/* tests/fuzz/fuzz_http.c -- a request, head and body: what is read must not depend on how the bytes
 * are cut, and what is taken must keep the promises of the header. */
#include "base/assert.h"
#include "http_feed.h"

#define BODY_MAX 300

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct body {
    enum http_result result;
    int status;
    size_t used;
    struct buf bytes;
};

static struct body read_body(const struct http_request *r, kith_slice in, int how)
{
    struct body b = {.result = HTTP_MORE};
    struct http_body reader;
    struct cutter c = cutter(how);
    if (http_body_start(&reader, r, BODY_MAX) != KITH_OK) return b.result = HTTP_FAIL, b;
    while (b.result == HTTP_MORE && b.used < in.len) {
        size_t used, n = cut(&c, in.len - b.used);
        uint8_t *piece = exact_copy(slice_of(in.ptr + b.used, n));
        b.result = http_body(&reader, slice_of(piece, n), BODY_MAX, &b.bytes, &used, &b.status);
        free(piece);
        KITH_ASSERT(b.result == HTTP_MORE ? used == n : used <= n);
        b.used += used;
    }
    KITH_ASSERT(b.bytes.len <= BODY_MAX);
    return b;
}

static void check_body(const struct http_request *r, kith_slice in)
{
    struct body whole = read_body(r, in, CUT_WHOLE);
    if (whole.result == HTTP_DONE && r->has_length)
        KITH_ASSERT(whole.bytes.len == r->content_length);
    for (int how = CUT_BYTES; how < CUTS; how++) {
        struct body b = read_body(r, in, how);
        KITH_ASSERT(b.result == whole.result && b.status == whole.status);
        KITH_ASSERT(b.result == HTTP_FAIL || b.used == whole.used);
        KITH_ASSERT(slice_eq(buf_slice(&b.bytes), buf_slice(&whole.bytes)));
        buf_fini(&b.bytes);
    }
    buf_fini(&whole.bytes);
}

static bool is_clean(kith_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((s.ptr[i] < 0x20 && s.ptr[i] != '\t') || s.ptr[i] == 0x7F) return false;
    return true;
}

static void check_head(const struct http_request *r)
{
    KITH_ASSERT(r->method.len && r->path.len && is_clean(r->target));
    KITH_ASSERT(r->path.ptr[0] == '/' || slice_is(r->path, "*"));
    KITH_ASSERT(slice_find(r->path, '?') == r->path.len);
    KITH_ASSERT(http_host_valid(r->host) || (r->minor == 0 && r->host.len == 0));
    KITH_ASSERT(!(r->chunked && r->has_length));
    for (size_t i = 0; i < r->header_count; i++) {
        struct http_header h = r->headers[i];
        KITH_ASSERT(h.name.len && is_clean(h.name) && is_clean(h.value));
        KITH_ASSERT(slice_find(h.name, ' ') == h.name.len);
    }
}

static void check_query(const struct http_request *r)
{
    struct buf scratch = {0};
    kith_slice v;
    if (http_query(r->query, "token", &scratch, &v) == KITH_OK) KITH_ASSERT(v.len <= r->query.len);
    buf_fini(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    kith_slice in = slice_of(bytes, len);
    struct head whole = head_feed(in, CUT_WHOLE);
    for (int how = CUT_BYTES; how < CUTS; how++) {
        struct head h = head_feed(in, how);
        KITH_ASSERT(same_head(&h, &whole));
        head_fini(&h);
    }
    if (whole.result == HTTP_DONE) {
        check_head(&whole.request);
        check_query(&whole.request);
        check_body(&whole.request, slice_from(in, whole.used));
    }
    head_fini(&whole);
    return 0;
}
