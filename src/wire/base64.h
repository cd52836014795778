/* wire/base64.h -- RFC 4648, strictly: base64 with padding, and base64url without. */
#pragma once

#include "base/err.h"
#include "base/slice.h"

/* Lengths of the encoded text; of the decoded bytes at most. */
static inline size_t base64_len(size_t n) { return (n + 2) / 3 * 4; }
static inline size_t base64url_len(size_t n) { return (n * 8 + 5) / 6; }
static inline size_t base64_decoded_max(size_t n) { return n / 4 * 3 + 3; }

void base64_encode(kith_slice in, char *out);    /* base64_len(in.len) characters, no terminator */
void base64url_encode(kith_slice in, char *out); /* base64url_len(in.len) characters */

/* `out` has base64_decoded_max(in.len) bytes. KITH_BAD: foreign characters, white space, wrong
 * padding (base64url: any padding), bits left over that are not zero. */
KITH_MUST_USE kith_err base64_decode(kith_slice in, uint8_t *out, size_t *len);
KITH_MUST_USE kith_err base64url_decode(kith_slice in, uint8_t *out, size_t *len);
