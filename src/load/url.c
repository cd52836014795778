/* load/url.c -- where a server is. */
#include "load/url.h"

#include "base/slice.h"

#include <stdio.h>

static kith_err bad(kith_problem *why, const char *text, const char *advice)
{
    return problem(KITH_BAD, why, "'%.200s' will not do: %s", text, advice);
}

/* host, host:port, [address]:port */
static kith_err read_authority(kith_slice s, struct url *out)
{
    bool six = s.len && s.ptr[0] == '[';
    kith_slice host, port;
    if (six) {
        port = slice_cut(slice_from(s, 1), ']', &host);
        if (!port.ptr) return KITH_BAD;
        if (port.len && port.ptr[0] != ':') return KITH_BAD;
        if (port.len) port = slice_from(port, 1);
    } else {
        port = slice_cut(s, ':', &host);
    }
    uint64_t number = out->tls ? 443 : 80;
    if (port.len && (!slice_u64(port, &number) || number == 0 || number > UINT16_MAX))
        return KITH_BAD;
    if (host.len == 0 || host.len > URL_HOST_BYTES_MAX) return KITH_BAD;
    (void)snprintf(out->host, sizeof out->host, "%.*s", (int)host.len, (const char *)host.ptr);
    (void)snprintf(out->port, sizeof out->port, "%u", (unsigned)number);
    (void)snprintf(out->authority, sizeof out->authority, "%.*s", (int)s.len, (const char *)s.ptr);
    return KITH_OK;
}

static bool is_visible(kith_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] <= ' ' || s.ptr[i] >= 0x7f || s.ptr[i] == '?' || s.ptr[i] == '#') return false;
    return true;
}

/* phoenix.js is told /socket, and asks for /socket/websocket. */
static void put_path(kith_slice path, struct url *out)
{
    static const char end[] = "/websocket";
    kith_slice tail = slice_of(NULL, 0);
    while (path.len && path.ptr[path.len - 1] == '/')
        path.len--;
    if (path.len == 0) path = KITH_LIT("/socket");
    if (path.len >= sizeof end - 1) tail = slice_from(path, path.len - (sizeof end - 1));
    (void)snprintf(out->path, sizeof out->path, "%.*s%s", (int)path.len, (const char *)path.ptr,
                   slice_is(tail, end) ? "" : end);
}

const char *url_scheme(const struct url *u) { return u->tls ? "wss" : "ws"; }

/* Its length; 0: it is none of these. */
static size_t scheme_of(kith_slice s, bool *tls)
{
    static const char *const all[] = {"ws://", "http://", "wss://", "https://"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        *tls = i >= 2;
        if (slice_starts(s, slice_str(all[i]))) return slice_str(all[i]).len;
    }
    return 0;
}

kith_err url_read(const char *text, struct url *out, kith_problem *why)
{
    kith_slice s = slice_str(text), authority;
    size_t scheme = scheme_of(s, &out->tls);
    if (!scheme) return bad(why, text, "write ws://HOST:PORT/socket, as for phoenix.js");
    s = slice_from(s, scheme);
    if (!is_visible(s))
        return bad(why, text, "parameters are said with --param NAME=VALUE, not in the URL");
    size_t slash = slice_find(s, '/');
    authority = slice_head(s, slash);
    if (s.len - slash > URL_PATH_BYTES_MAX || read_authority(authority, out))
        return bad(why, text, "write ws://HOST:PORT/socket");
    put_path(slice_from(s, slash), out);
    return KITH_OK;
}
