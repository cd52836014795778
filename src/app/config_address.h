/* app/config_address.h -- addresses and web origins, as people write them into a config. Pure. */
#pragma once

#include "base/slice.h"

/* "127.0.0.1:4000", "[::1]:0", "localhost:4000": numeric, or this machine's own name. */
bool address_valid(kith_slice text);

/* A valid address that only this machine can reach. */
bool address_loopback(kith_slice text);

/* Whether only one of two valid addresses can be listened on: the same port, not 0, and the same
 * host, or one of them stands for all of them. */
bool address_overlaps(kith_slice a, kith_slice b);

/* Of a valid address, as a Host names it: "127.0.0.1", "[::1]". */
kith_slice address_host(kith_slice text);

/* "kith.internal", "10.0.0.1", "[fd00::1]": a host alone. */
bool host_valid(kith_slice text);

/* "https://app.example", "http://[::1]:3000", a star for the whole first label, "null", "file://".
 */
bool origin_valid(kith_slice text);

/* "nats://nats.example:4222", "nats://[::1]", "tls://nats.example": a number cannot be what a
 * certificate names. */
bool nats_url_valid(kith_slice text);
