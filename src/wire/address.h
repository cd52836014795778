/* wire/address.h -- addresses of the Internet and networks of them, as text and as bytes. Pure. */
#pragma once

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct address {
    uint8_t bytes[16]; /* IPv6; IPv4 as ::ffff:a.b.c.d */
};

/* "192.0.2.1", "2001:db8::1", and as some write it behind a proxy "192.0.2.1:4711", "[2001:db8::1]"
 * or "[2001:db8::1]:4711". */
bool address_parse(kith_slice text, struct address *out);

/* Its part that says whose it is: of IPv6 the network of 64 bits, which is what one customer has.
 * Borrowed. */
kith_slice address_owner(const struct address *a);

struct network {
    struct address address; /* its first */
    uint8_t bits;           /* of 128, which all in it share */
};

/* "10.0.0.0/8", "2001:db8::/32", or one address. False: no such thing, or an address within the
 * network instead of its first. */
bool network_parse(kith_slice text, struct network *out);
bool network_has(const struct network *n, const struct address *a);
