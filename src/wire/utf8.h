/* wire/utf8.h -- is it UTF-8, and does it hold what a terminal would obey? */
#pragma once

#include "base/slice.h"

/* RFC 3629: the whole of `s` is valid UTF-8 (no surrogates, nothing over U+10FFFF, none overlong).
 * O(n); ASCII costs about a tenth of a nanosecond a byte. */
bool utf8_valid(kith_slice s);

/* The bytes of the control character at the beginning of `s`: of C0 or DEL 1, of C1, which UTF-8
 * writes as C2 80 to C2 9F, 2. 0: there is none. */
size_t utf8_control(kith_slice s);
bool utf8_has_control(kith_slice s); /* anywhere */
