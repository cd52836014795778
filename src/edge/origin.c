/* edge/origin.c -- from which web pages a browser may connect. */
#include "edge/origin.h"

#include "wire/http.h"

struct origin {
    kith_slice scheme, authority;
    kith_slice host, port; /* of the authority; port empty: the scheme's own */
};

/* host[:port], [v6]:port */
static void split_port(kith_slice authority, kith_slice *host, kith_slice *port)
{
    size_t colon = authority.len;
    size_t bracket = authority.len && authority.ptr[0] == '[' ? slice_find(authority, ']') : 0;
    for (size_t i = bracket; i < authority.len; i++)
        if (authority.ptr[i] == ':') colon = i;
    *host = slice_head(authority, colon);
    *port = colon < authority.len ? slice_from(authority, colon + 1) : (kith_slice){0};
}

static bool parse(kith_slice text, struct origin *out)
{
    size_t at = 0;
    while (at + 2 <= text.len && memcmp(text.ptr + at, "//", 2) != 0)
        at++;
    if (at + 2 > text.len) return false;
    out->scheme = slice_head(text, at);
    if (at && out->scheme.ptr[at - 1] == ':') out->scheme.len--;
    out->authority = slice_from(text, at + 2);
    split_port(out->authority, &out->host, &out->port);
    return out->host.len > 0 && slice_find(out->host, '/') == out->host.len;
}

/* What a client sends has no path and no star, and its port is one. */
static bool parse_sent(kith_slice text, struct origin *out)
{
    return parse(text, out) && http_host_valid(out->authority);
}

static kith_slice port_of(const struct origin *o)
{
    if (o->port.len) return o->port;
    return slice_is(o->scheme, "https") ? KITH_LIT("443") : KITH_LIT("80");
}

/* "*.app.example" admits "a.app.example", but neither "app.example" nor "a.b.app.example". */
static bool host_matches(kith_slice pattern, kith_slice host)
{
    if (!slice_starts(pattern, KITH_LIT("*."))) return slice_eq_nocase(pattern, host);
    size_t dot = slice_find(host, '.');
    return dot > 0 && dot < host.len &&
           slice_eq_nocase(slice_from(pattern, 1), slice_from(host, dot));
}

static bool listed(kith_slice entry_text, kith_slice origin_text)
{
    struct origin entry, o;
    if (!parse(entry_text, &entry)) return slice_eq(entry_text, origin_text); /* as null */
    if (!parse_sent(origin_text, &o)) return false;
    if (!host_matches(entry.host, o.host)) return false;
    if (entry.scheme.len == 0) return entry.port.len == 0 || slice_eq(entry.port, port_of(&o));
    return slice_eq_nocase(entry.scheme, o.scheme) && slice_eq(port_of(&entry), port_of(&o));
}

bool origin_allowed(const struct origins *o, kith_slice origin, kith_slice host)
{
    struct origin parsed;
    kith_slice own, port;
    if (!origin.ptr || o->any) return true;
    split_port(host, &own, &port);
    bool web = parse_sent(origin, &parsed) &&
               (slice_is(parsed.scheme, "http") || slice_is(parsed.scheme, "https"));
    if (web && !o->listed_only && own.len && slice_eq_nocase(parsed.host, own)) return true;
    for (unsigned i = 0; i < o->count; i++)
        if (listed(slice_str(o->allowed[i]), origin)) return true;
    return false;
}

bool origin_is_of(kith_slice origin, kith_slice host)
{
    struct origin o;
    return parse_sent(origin, &o) && (slice_is(o.scheme, "http") || slice_is(o.scheme, "https")) &&
           host.len && slice_eq_nocase(o.authority, host);
}

kith_slice origin_host_name(kith_slice host)
{
    kith_slice name, port;
    split_port(host, &name, &port);
    return name;
}

/* Nobody can have a name below it: RFC 6761, section 6.3. */
static bool is_localhost(kith_slice name)
{
    static const kith_slice below = KITH_LIT(".localhost");
    if (name.len > below.len && slice_eq_nocase(slice_from(name, name.len - below.len), below))
        return true;
    return slice_eq_nocase(name, KITH_LIT("localhost"));
}

bool origin_host_is_loopback(kith_slice host)
{
    kith_slice name = origin_host_name(host);
    if (is_localhost(name) || slice_is(name, "[::1]")) return true;
    if (!slice_starts(name, KITH_LIT("127."))) return false;
    for (size_t i = 0; i < name.len; i++)
        if ((name.ptr[i] < '0' || name.ptr[i] > '9') && name.ptr[i] != '.') return false;
    return true;
}
