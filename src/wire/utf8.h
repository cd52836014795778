/* wire/utf8.h -- is it UTF-8? */
#pragma once

#include "base/slice.h"

/* RFC 3629: the whole of `s` is valid UTF-8 (no surrogates, nothing over U+10FFFF, none overlong).
 * O(n); ASCII costs about a tenth of a nanosecond a byte. */
bool utf8_valid(kith_slice s);
