/* wire/http.c -- the head of a request: found, cut into lines, and refused wherever two readers
 * could understand it in two ways. Sections are of RFC 9112. */
#include "wire/http.h"

#include "wire/http_chars.h"

/* Verdicts are statuses to answer with; 0 is none. */

static bool is_token(kith_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!http_is_tchar(s.ptr[i])) return false;
    return s.len > 0;
}

/* One empty line before a request is forgiven (2.2): some clients end a body with it. */
static size_t empty_line(kith_slice b) { return slice_starts(b, KITH_LIT("\r\n")) ? 2 : 0; }

/* CR and LF only as a pair, and no other control character but the tab. */
static bool follows(uint8_t c, uint8_t before)
{
    if ((before == '\r') != (c == '\n')) return false;
    return http_is_field_char(c) || c == '\r' || c == '\n';
}

/* Whether none of eight bytes is below a space or DEL; a borrow shows in a byte's highest bit. */
static bool eight_plain(const uint8_t *p)
{
    const uint64_t ones = 0x0101010101010101;
    uint64_t v;
    memcpy(&v, p, 8);
    uint64_t del = v ^ (ones * 0x7F);
    uint64_t low = ((v - ones * 0x20) & ~v) | ((del - ones) & ~del);
    return !(low & (ones << 7));
}

static size_t plain_run(const uint8_t *p, size_t n)
{
    size_t i = 0;
    while (i + 8 <= n && eight_plain(p + i))
        i += 8;
    while (i < n && p[i] >= 0x20 && p[i] != 0x7F)
        i++;
    return i;
}

/* Looks at [from, to) for the end of the head, or a fault. */
static enum http_result scan(kith_slice b, size_t from, size_t to, size_t *end)
{
    for (size_t i = from; i < to; i++) {
        uint8_t before = i ? b.ptr[i - 1] : 0;
        size_t plain = before == '\r' ? 0 : plain_run(b.ptr + i, to - i);
        if (plain) before = ' ', i += plain;
        if (i == to) break;
        if (!follows(b.ptr[i], before)) return HTTP_FAIL;
        if (b.ptr[i] == '\n' && i >= 3 && b.ptr[i - 2] == '\n') return *end = i + 1, HTTP_DONE;
    }
    return HTTP_MORE;
}

/* Faults are found in the order of the bytes, so that they are the same however those are cut: in
 * what may be the request line, then that it has not ended, then in the rest. */
static enum http_result find_end(kith_slice b, size_t from, size_t *end, int *status)
{
    size_t line = empty_line(b) + HTTP_LINE_BYTES_MAX + 2;
    size_t most = b.len < HTTP_HEAD_BYTES_MAX ? b.len : HTTP_HEAD_BYTES_MAX;
    enum http_result r = HTTP_MORE;
    *status = 400;
    if (from < line) {
        r = scan(b, from, most < line ? most : line, end);
        if (r != HTTP_MORE || most < line) return r;
        kith_slice first = slice_from(slice_head(b, line), empty_line(b));
        if (slice_find(first, '\n') == first.len) return *status = 414, HTTP_FAIL;
        from = line;
    }
    r = scan(b, from, most, end);
    if (r == HTTP_MORE && b.len > most) return *status = 431, HTTP_FAIL;
    return r;
}

/* The first line without its CRLF; find_end saw that each line has one. */
static kith_slice cut_line(kith_slice *rest)
{
    kith_slice line;
    *rest = slice_from(slice_cut(*rest, '\r', &line), 1);
    return line;
}

/* Origin form, or what stands behind the authority of an absolute one. */
static void cut_path(kith_slice s, struct http_request *out)
{
    out->query = slice_cut(s, '?', &out->path);
    if (out->path.len == 0) out->path = KITH_LIT("/");
}

/* Neither scheme says anything about this connection (3.2.2). */
static kith_slice skip_scheme(kith_slice target)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(schemes[i]);
        if (target.len > n && slice_eq_nocase(slice_head(target, n), slice_str(schemes[i])))
            return slice_from(target, n);
    }
    return slice_of(NULL, 0);
}

/* 3.2. The authority of an absolute form becomes the host until the Host field is read. */
static int read_target(struct http_request *out)
{
    kith_slice t = out->target;
    for (size_t i = 0; i < t.len; i++)
        if (!http_is_visible(t.ptr[i]) || t.ptr[i] == '#') return 400;
    if (slice_is(out->method, "CONNECT")) return 501;
    if (slice_is(t, "*") && slice_is(out->method, "OPTIONS")) return out->path = t, 0;
    if (t.len && t.ptr[0] == '/') return cut_path(t, out), 0;
    kith_slice rest = skip_scheme(t);
    size_t n = 0;
    while (n < rest.len && rest.ptr[n] != '/' && rest.ptr[n] != '?')
        n++;
    out->host = slice_head(rest, n);
    cut_path(slice_from(rest, n), out);
    return http_host_valid(out->host) ? 0 : 400;
}

/* 2.3: a version of the form HTTP/D.D that is none of ours is 505. */
static int read_version(kith_slice v, struct http_request *out)
{
    if (v.len != 8 || !slice_starts(v, KITH_LIT("HTTP/")) || v.ptr[6] != '.') return 400;
    if (!http_is_digit(v.ptr[5]) || !http_is_digit(v.ptr[7])) return 400;
    if (v.ptr[5] != '1' || v.ptr[7] > '1') return 505;
    out->minor = v.ptr[7] - '0';
    return 0;
}

static int read_request_line(kith_slice line, struct http_request *out)
{
    kith_slice rest = slice_cut(line, ' ', &out->method);
    kith_slice version = slice_cut(rest, ' ', &out->target);
    if (!is_token(out->method)) return 400;
    int status = read_version(version, out);
    return status ? status : read_target(out);
}

/* 5.1: no white space before the colon; 5.2: no line that goes on. Neither has a token there. */
static int read_field(kith_slice line, struct http_request *out)
{
    if (out->header_count == HTTP_HEADERS_MAX) return 431;
    struct http_header *h = &out->headers[out->header_count];
    size_t colon = slice_find(line, ':');
    if (colon == line.len) return 400;
    h->name = slice_head(line, colon);
    h->value = http_trim(slice_from(line, colon + 1));
    if (!is_token(h->name)) return 400;
    out->header_count++;
    return 0;
}

static int read_head(kith_slice head, struct http_request *out)
{
    kith_slice rest = slice_from(head, empty_line(head));
    int status = read_request_line(cut_line(&rest), out);
    while (!status && rest.len > 2)
        status = read_field(cut_line(&rest), out);
    return status ? status : http_judge_fields(out);
}

enum http_result http_head(kith_slice bytes, size_t seen, struct http_request *out, size_t *used,
                           int *status)
{
    enum http_result r = find_end(bytes, seen, used, status);
    if (r != HTTP_DONE) return r;
    *out = (struct http_request){0};
    *status = read_head(slice_head(bytes, *used), out);
    return *status ? HTTP_FAIL : HTTP_DONE;
}
