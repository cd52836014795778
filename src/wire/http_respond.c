/* wire/http_respond.c -- responses. */
#include "wire/http.h"

#include "base/assert.h"
#include "wire/http_chars.h"

const char *http_status_text(int status)
{
    switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 302: return "Found";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "Unknown";
    }
}

static bool is_field_value(kith_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!http_is_field_char(s.ptr[i])) return false;
    return true;
}

void http_put_header(struct buf *out, const char *name, kith_slice value)
{
    KITH_ASSERT(is_field_value(value));
    buf_puts(out, name);
    buf_puts(out, ": ");
    buf_put(out, value);
    buf_puts(out, "\r\n");
}

/* Whole lines, each with a colon and ended by CRLF, none empty: they can't end the head. */
static bool are_lines(kith_slice s)
{
    while (s.len) {
        kith_slice line;
        kith_slice rest = slice_cut(s, '\r', &line);
        if (rest.len == 0 || rest.ptr[0] != '\n' || !is_field_value(line)) return false;
        if (slice_find(line, ':') == line.len) return false;
        s = slice_from(rest, 1);
    }
    return true;
}

/* Civil date of a day since 1970-01-01, in years that begin with March, so that the leap day is
 * the last; 400 years are 146097 days. The wall's clock and its zone stay out of this. */
struct date {
    unsigned year, month, day; /* month 0 is January */
};
static struct date date_of(uint64_t days)
{
    uint64_t z = days + 719468; /* from 0000-03-01 */
    unsigned in_era = (unsigned)(z % 146097);
    unsigned year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    unsigned in_year = in_era - (365 * year + year / 4 - year / 100);
    unsigned march = (5 * in_year + 2) / 153;
    unsigned month = (march + 2) % 12;
    year += (unsigned)(z / 146097) * 400 + (month < 2);
    return (struct date){year, month, in_year - (153 * march + 2) / 5 + 1};
}

/* IMF-fixdate (RFC 9110, section 5.6.7). */
static void put_date(struct buf *out, uint64_t unix_s)
{
    static const char weekdays[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    uint64_t days = unix_s / 86400;
    unsigned s = (unsigned)(unix_s % 86400);
    struct date d = date_of(days);
    buf_printf(out, "date: %.3s, %02u %.3s %04u %02u:%02u:%02u GMT\r\n", weekdays + days % 7 * 3,
               d.day, months + d.month * 3, d.year, s / 3600, s / 60 % 60, s % 60);
}

static bool has_content(int status) { return status >= 200 && status != 204 && status != 304; }

static void put_status(struct buf *out, const struct http_response *r)
{
    KITH_ASSERT(r->status >= 100 && r->status <= 599);
    KITH_ASSERT(are_lines(slice_str(r->headers)));
    buf_printf(out, "HTTP/1.1 %d %s\r\n", r->status, http_status_text(r->status));
    put_date(out, r->unix_s);
    if (r->content_type) http_put_header(out, "content-type", slice_str(r->content_type));
    buf_puts(out, r->headers);
}

static void put_end(struct buf *out, const struct http_response *r)
{
    if (!r->keep_alive && r->status >= 200) buf_puts(out, "connection: close\r\n");
    if (r->keep_alive && r->kept_s) buf_printf(out, "keep-alive: timeout=%u\r\n", r->kept_s);
    buf_puts(out, "\r\n");
}

void http_respond(struct buf *out, const struct http_response *r)
{
    bool content = has_content(r->status);
    KITH_ASSERT(content || r->body.len == 0);
    put_status(out, r);
    if (content) buf_printf(out, "content-length: %zu\r\n", r->body.len);
    put_end(out, r);
    if (!r->head_only) buf_put(out, r->body);
}

void http_respond_head(struct buf *out, const struct http_response *r, bool chunked)
{
    KITH_ASSERT(has_content(r->status) && (chunked || !r->keep_alive));
    put_status(out, r);
    if (chunked) buf_puts(out, "transfer-encoding: chunked\r\n");
    put_end(out, r);
}

void http_put_chunk(struct buf *out, kith_slice bytes)
{
    buf_printf(out, "%zx\r\n", bytes.len);
    buf_put(out, bytes);
    buf_puts(out, "\r\n");
}
