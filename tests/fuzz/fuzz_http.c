/* tests/fuzz/fuzz_http.c -- a request, head and body: what is read must not depend on how the bytes
 * are cut, and what is taken must keep the promises of the header. */
#include "base/assert.h"
#include "http_feed.h"
#include "mutate.h"

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

/* Takes a line with its end off *in. False: there is none. */
static bool take_line(kith_slice *in, kith_slice *line)
{
    const uint8_t *end = in->len ? memmem(in->ptr, in->len, "\r\n", 2) : NULL;
    if (!end) return false;
    *line = slice_head(*in, (size_t)(end - in->ptr));
    *in = slice_from(*in, line->len + 2);
    return true;
}

/* The chunks of a body that was taken, by a reader of lines: what it is given is good, or that was
 * not to be taken. */
static size_t check_chunks(kith_slice in, kith_slice body)
{
    size_t before = in.len, n = 1;
    for (kith_slice line, size; n > 0; body = slice_from(body, n)) {
        KITH_ASSERT(take_line(&in, &line));
        slice_cut(line, ';', &size);
        KITH_ASSERT(size.len &&
                    strspn((const char *)size.ptr, "0123456789abcdefABCDEF") >= size.len);
        n = strtoul((const char *)size.ptr, NULL, 16);
        if (n == 0) break;
        KITH_ASSERT(n <= body.len && in.len >= n + 2);
        KITH_ASSERT(memcmp(in.ptr, body.ptr, n) == 0 && memcmp(in.ptr + n, "\r\n", 2) == 0);
        in = slice_from(in, n + 2);
    }
    KITH_ASSERT(body.len == 0);
    for (kith_slice line = KITH_LIT("trailers"); line.len;)
        KITH_ASSERT(take_line(&in, &line));
    return before - in.len;
}

static void check_body(const struct http_request *r, kith_slice in)
{
    struct body whole = read_body(r, in, CUT_WHOLE);
    if (whole.result == HTTP_DONE && r->has_length)
        KITH_ASSERT(whole.bytes.len == r->content_length);
    if (whole.result == HTTP_DONE && r->chunked)
        KITH_ASSERT(check_chunks(in, buf_slice(&whole.bytes)) == whole.used);
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

/* The mutator: lines of the head change one at a time, and what is said of the body stays true. */

enum { LINES_MAX = 64 };

struct lines {
    kith_slice line[LINES_MAX]; /* without their ends */
    size_t count;
    kith_slice body; /* NULL: the head has no end */
};

static void take_lines(kith_slice in, struct lines *l)
{
    l->count = 0;
    while (in.len && l->count < LINES_MAX) {
        kith_slice line;
        in = slice_cut(in, '\n', &line);
        if (line.len && line.ptr[line.len - 1] == '\r') line.len--;
        if (l->count && !line.len) break;
        l->line[l->count++] = line;
    }
    l->body = in;
}

static void put_line(struct buf *out, kith_slice line)
{
    buf_put(out, line);
    buf_puts(out, "\r\n");
}

static void put_changed_line(struct buf *out, const struct lines *l, size_t at, uint64_t *seed)
{
    static const char *const others[] = {"host: a",
                                         "content-length: 5",
                                         "transfer-encoding: chunked",
                                         "transfer-encoding: gzip, chunked",
                                         "connection: close, upgrade",
                                         "expect: 100-continue",
                                         "x: \xc3\xa4",
                                         "x:",
                                         " folded"};
    switch (chance_below(seed, 5)) {
    case 0: return;
    case 1: put_line(out, l->line[chance_below(seed, (uint32_t)l->count)]); break;
    case 2: put_line(out, slice_str(others[chance_below(seed, sizeof others / sizeof others[0])]));
    }
    if (chance_below(seed, 2))
        mutate_bytes(out, l->line[at]);
    else
        buf_put(out, l->line[at]);
    buf_puts(out, "\r\n");
}

static void put_chunks(struct buf *out, kith_slice body, uint64_t *seed)
{
    while (body.len) {
        size_t n = 1 + chance_below(seed, (uint32_t)body.len);
        buf_printf(out, chance_below(seed, 4) ? "%zx\r\n" : "0%zX;a=b\r\n", n);
        buf_put(out, slice_head(body, n));
        buf_puts(out, "\r\n");
        body = slice_from(body, n);
    }
    buf_puts(out, chance_below(seed, 2) ? "0\r\n\r\n" : "0\r\na: b\r\n\r\n");
}

static bool is_about_body(kith_slice line)
{
    kith_slice name;
    slice_cut(line, ':', &name);
    return slice_eq_nocase(name, KITH_LIT("content-length")) ||
           slice_eq_nocase(name, KITH_LIT("transfer-encoding"));
}

static void put_body(struct buf *out, kith_slice in, uint64_t *seed)
{
    struct buf body = {0};
    mutate_bytes(&body, in);
    bool chunked = chance_below(seed, 2);
    if (chunked)
        buf_puts(out, "transfer-encoding: chunked\r\n\r\n");
    else
        buf_printf(out, "content-length: %zu\r\n\r\n", body.len);
    if (chunked)
        put_chunks(out, buf_slice(&body), seed);
    else
        buf_put(out, buf_slice(&body));
    buf_fini(&body);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    uint64_t chance = seed;
    struct buf made = {0};
    struct lines l;
    take_lines(slice_of(data, size), &l);
    bool remade = chance_below(&chance, 3) == 0;
    size_t at = l.count ? chance_below(&chance, (uint32_t)l.count) : 0;
    if (!l.count || chance_below(&chance, 6) == 0) {
        mutate_bytes(&made, slice_of(data, size));
        return mutate_end(&made, data, size_max);
    }
    for (size_t i = 0; i < l.count; i++)
        if (i == at)
            put_changed_line(&made, &l, i, &chance);
        else if (!remade || !is_about_body(l.line[i]))
            put_line(&made, l.line[i]);
    if (remade)
        put_body(&made, l.body, &chance);
    else
        put_line(&made, (kith_slice){0}), buf_put(&made, l.body);
    return mutate_end(&made, data, size_max);
}
