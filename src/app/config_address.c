/* app/config_address.c -- addresses and web origins, as people write them into a config. */
#include "app/config_address.h"

#include <arpa/inet.h>

struct endpoint {
    kith_slice host; /* without its brackets */
    kith_slice port; /* NULL: none */
    bool bracketed;
};

static bool parse_endpoint(kith_slice text, struct endpoint *out)
{
    out->bracketed = text.len > 0 && text.ptr[0] == '[';
    if (out->bracketed) text = slice_cut(slice_from(text, 1), ']', &out->host);
    if (out->bracketed && !text.ptr) return false; /* never closed */
    if (out->bracketed && text.len && text.ptr[0] != ':') return false;
    kith_slice before;
    out->port = slice_cut(text, ':', &before);
    if (!out->bracketed) out->host = before;
    uint64_t port;
    return !out->port.ptr || (slice_u64(out->port, &port) && port <= UINT16_MAX);
}

/* inet_pton wants a string. */
static bool parse_number(int family, kith_slice host, void *out)
{
    char text[INET6_ADDRSTRLEN];
    if (host.len == 0 || host.len >= sizeof text || slice_find(host, 0) < host.len) return false;
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    return inet_pton(family, text, out) == 1;
}

bool address_valid(kith_slice text)
{
    struct endpoint e;
    struct in6_addr number;
    if (!parse_endpoint(text, &e) || !e.port.ptr) return false;
    if (e.bracketed) return parse_number(AF_INET6, e.host, &number);
    return slice_is(e.host, "localhost") || parse_number(AF_INET, e.host, &number);
}

bool address_loopback(kith_slice text)
{
    struct endpoint e;
    struct in6_addr v6;
    struct in_addr v4;
    if (!parse_endpoint(text, &e) || !e.port.ptr) return false;
    if (e.bracketed)
        return parse_number(AF_INET6, e.host, &v6) &&
               (IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127));
    if (parse_number(AF_INET, e.host, &v4)) return ntohl(v4.s_addr) >> 24 == 127;
    return slice_is(e.host, "localhost");
}

/* The port of a valid address, as a number. */
static uint64_t port_of(kith_slice text)
{
    struct endpoint e;
    uint64_t port = 0;
    return parse_endpoint(text, &e) && slice_u64(e.port, &port) ? port : 0;
}

/* A host as IPv6 has it. */
static struct in6_addr number_of(kith_slice text)
{
    struct endpoint e;
    struct in_addr v4 = {htonl(INADDR_LOOPBACK)}; /* localhost */
    struct in6_addr v6 = {.s6_addr = {[10] = 0xff, 0xff}};
    if (parse_endpoint(text, &e) && e.bracketed && parse_number(AF_INET6, e.host, &v6)) return v6;
    (void)parse_number(AF_INET, e.host, &v4);
    memcpy(&v6.s6_addr[12], &v4, sizeof v4);
    return v6;
}

/* [::] takes what is IPv4, too. */
static bool stands_for(const struct in6_addr *all, const struct in6_addr *one)
{
    static const struct in6_addr every_v4 = {.s6_addr = {[10] = 0xff, 0xff}};
    if (IN6_IS_ADDR_UNSPECIFIED(all)) return true;
    return memcmp(all, &every_v4, sizeof *all) == 0 && IN6_IS_ADDR_V4MAPPED(one);
}

bool address_overlaps(kith_slice a, kith_slice b)
{
    struct in6_addr x = number_of(a), y = number_of(b);
    if (!port_of(a) || port_of(a) != port_of(b)) return false;
    return memcmp(&x, &y, sizeof x) == 0 || stands_for(&x, &y) || stands_for(&y, &x);
}

static bool is_host_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/* Labels of letters, digits, dashes, and underscores, as containers are named with; a star only as
 * the whole first of several. */
static bool is_host(kith_slice host)
{
    if (slice_starts(host, KITH_LIT("*."))) host = slice_from(host, 2);
    uint8_t before = '.';
    for (size_t i = 0; i < host.len; before = host.ptr[i++])
        if (!is_host_letter(host.ptr[i]) && (host.ptr[i] != '.' || before == '.')) return false;
    return before != '.';
}

bool host_valid(kith_slice text)
{
    struct endpoint e;
    struct in6_addr number;
    if (!parse_endpoint(text, &e) || e.port.ptr) return false;
    if (e.bracketed) return parse_number(AF_INET6, e.host, &number);
    return is_host(e.host) && e.host.ptr[0] != '*';
}

bool nats_url_valid(kith_slice text)
{
    struct endpoint e;
    struct in6_addr v6;
    struct in_addr v4;
    bool tls = slice_starts(text, KITH_LIT("tls://"));
    size_t scheme = tls ? 6 : slice_starts(text, KITH_LIT("nats://")) ? 7 : 0;
    if (!scheme || !parse_endpoint(slice_from(text, scheme), &e)) return false;
    bool number = e.bracketed ? parse_number(AF_INET6, e.host, &v6)
                              : parse_number(AF_INET, e.host, &v4);
    if (number || e.bracketed) return number && !tls;
    return is_host(e.host) && e.host.ptr[0] != '*';
}

kith_slice address_host(kith_slice text)
{
    struct endpoint e;
    if (!parse_endpoint(text, &e)) return (kith_slice){0};
    return e.bracketed ? slice_head(text, e.host.len + 2) : e.host;
}

bool origin_valid(kith_slice text)
{
    struct endpoint e;
    struct in6_addr number;
    size_t scheme = slice_starts(text, KITH_LIT("https://"))  ? 8
                    : slice_starts(text, KITH_LIT("http://")) ? 7
                                                              : 0;
    if (!scheme) return slice_is(text, "null") || slice_is(text, "file://");
    if (!parse_endpoint(slice_from(text, scheme), &e)) return false;
    return e.bracketed ? parse_number(AF_INET6, e.host, &number) : is_host(e.host);
}
