/* wire/http_fields.c -- what the fields of a request's head mean together. Sections are of RFC
 * 9112. */
#include "wire/http.h"

#include "wire/http_chars.h"

kith_err http_header(const struct http_request *r, const char *name, kith_slice *out)
{
    kith_slice want = slice_str(name);
    const struct http_header *found = NULL;
    for (size_t i = 0; i < r->header_count; i++) {
        if (!slice_eq_nocase(r->headers[i].name, want)) continue;
        if (found) return KITH_EXISTS;
        found = &r->headers[i];
    }
    if (!found) return KITH_NONE;
    *out = found->value;
    return KITH_OK;
}

bool http_type_is(const struct http_request *r, const char *type)
{
    kith_slice value, said;
    if (http_header(r, "content-type", &value) != KITH_OK) return false;
    slice_cut(value, ';', &said);
    while (said.len && (said.ptr[said.len - 1] == ' ' || said.ptr[said.len - 1] == '\t'))
        said.len--;
    return slice_eq_nocase(said, slice_str(type));
}

/* The value of a parameter `charset=..`; NULL bytes: it is another one. */
static kith_slice charset_in(kith_slice parameter)
{
    kith_slice name, value = http_trim(slice_cut(parameter, '=', &name));
    if (!slice_eq_nocase(http_trim(name), KITH_LIT("charset"))) return (kith_slice){0};
    bool quoted = value.len > 1 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"';
    return quoted ? slice_of(value.ptr + 1, value.len - 2) : value;
}

bool http_charset_is_utf8(const struct http_request *r)
{
    kith_slice rest, parameter;
    if (http_header(r, "content-type", &rest) != KITH_OK) return true;
    for (rest = slice_cut(rest, ';', &parameter); rest.len;) {
        rest = slice_cut(rest, ';', &parameter);
        kith_slice charset = charset_in(parameter);
        if (charset.ptr && !slice_eq_nocase(charset, KITH_LIT("utf-8")) &&
            !slice_eq_nocase(charset, KITH_LIT("us-ascii")))
            return false;
    }
    return true;
}

static bool list_has(kith_slice list, kith_slice want)
{
    while (list.len) {
        kith_slice item;
        list = slice_cut(list, ',', &item);
        if (slice_eq_nocase(http_trim(item), want)) return true;
    }
    return false;
}

bool http_has_token(const struct http_request *r, const char *name, const char *token)
{
    for (size_t i = 0; i < r->header_count; i++) {
        const struct http_header *h = &r->headers[i];
        if (!slice_eq_nocase(h->name, slice_str(name))) continue;
        if (list_has(h->value, slice_str(token))) return true;
    }
    return false;
}

/* How many of the first bytes are a name, or an address in brackets. Far less than RFC 3986
 * allows: no escapes and no punctuation that no host has. */
static size_t host_len(kith_slice s)
{
    size_t n = 0;
    if (s.len && s.ptr[0] == '[') {
        n++;
        while (n < s.len && (http_hex(s.ptr[n]) < 16 || s.ptr[n] == ':' || s.ptr[n] == '.'))
            n++;
        return n > 2 && n < s.len && s.ptr[n] == ']' ? n + 1 : 0;
    }
    while (n < s.len && (http_is_alpha(s.ptr[n]) || http_is_digit(s.ptr[n]) || s.ptr[n] == '-' ||
                         s.ptr[n] == '.' || s.ptr[n] == '_'))
        n++;
    return n;
}

bool http_host_valid(kith_slice s)
{
    size_t n = host_len(s);
    if (n == 0 || n == s.len) return n > 0;
    uint64_t port;
    return s.ptr[n] == ':' && slice_u64(slice_from(s, n + 1), &port) && port <= UINT16_MAX;
}

/* 3.2: one Host, and from HTTP/1.1 on it must be there. An absolute target that names another host
 * is refused: whoever stands before us may have gone by the other one. */
static int read_host(struct http_request *out)
{
    kith_slice host, authority = out->host;
    switch (http_header(out, "host", &host)) {
    case KITH_OK: break;
    case KITH_NONE: return out->minor == 0 ? 0 : 400;
    default: return 400;
    }
    if (!http_host_valid(host)) return 400;
    if (authority.len && !slice_eq_nocase(host, authority)) return 400;
    out->host = host;
    return 0;
}

/* 6.1: the last coding must be chunked, and we know no other. HTTP/1.0 has none. */
static int read_coding(kith_slice value, struct http_request *out)
{
    kith_slice last = {NULL, 0};
    for (kith_slice rest = value; rest.len;)
        rest = slice_cut(rest, ',', &last);
    if (out->minor == 0 || !slice_eq_nocase(http_trim(last), KITH_LIT("chunked"))) return 400;
    if (!slice_eq_nocase(value, KITH_LIT("chunked"))) return 501;
    out->chunked = true;
    return 0;
}

/* 6.3: one length, told in one way. */
static int read_framing(struct http_request *out)
{
    kith_slice coding, length;
    kith_err has_coding = http_header(out, "transfer-encoding", &coding);
    kith_err has_length = http_header(out, "content-length", &length);
    if (has_coding == KITH_EXISTS || has_length == KITH_EXISTS) return 400;
    if (has_coding == KITH_OK) return has_length == KITH_OK ? 400 : read_coding(coding, out);
    if (has_length == KITH_NONE) return 0;
    out->has_length = true;
    return slice_u64(length, &out->content_length) ? 0 : 400;
}

/* 9.3. HTTP/1.0 could ask to be kept; none of our clients speaks it, so it is not. */
int http_judge_fields(struct http_request *out)
{
    int status = read_host(out);
    if (!status) status = read_framing(out);
    out->keep_alive = out->minor == 1 && !http_has_token(out, "connection", "close");
    return status;
}

bool http_has_body(const struct http_request *r) { return r->chunked || r->content_length > 0; }

bool http_reads(const struct http_request *r)
{
    return slice_is(r->method, "GET") || slice_is(r->method, "HEAD");
}
