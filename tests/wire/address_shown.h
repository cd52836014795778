/* tests/wire/address_shown.h -- an address as text, IPv6 with all its groups. */
#pragma once

#include "wire/address.h"

#include <stdio.h>
#include <string.h>

#define ADDRESS_TEXT_MAX 46

static inline const char *address_text(const struct address *a, char out[ADDRESS_TEXT_MAX])
{
    static const uint8_t v4[12] = {[10] = 0xff, [11] = 0xff};
    const uint8_t *b = a->bytes;
    size_t at = 0;
    if (memcmp(b, v4, sizeof v4) == 0) {
        (void)snprintf(out, ADDRESS_TEXT_MAX, "%u.%u.%u.%u", b[12], b[13], b[14], b[15]);
        return out;
    }
    for (int i = 0; i < 8; i++)
        at += (size_t)snprintf(out + at, ADDRESS_TEXT_MAX - at, "%s%x", i ? ":" : "",
                               (unsigned)(b[2 * i] << 8 | b[2 * i + 1]));
    return out;
}
