/* tests/fuzz/fuzz_says.h -- what clients and operators of the fuzzed edge say by name. A star in it
 * is the latest token of its kind that any of them was given. */
#pragma once

#include "base/buf.h"

extern const unsigned fuzz_sayings, fuzz_requests;

/* Secret of the key that requests to the operators' listener have with them. */
#define FUZZ_API_SECRET "an-operators-secret-of-forty-characters!"

/* Notes what tokens are in what was sent to a client. fuzz_says_begin forgets them all. */
void fuzz_hear(kith_slice sent);
void fuzz_says_begin(void);

/* Appends the message of that number, any number, or the request. */
void fuzz_say(struct buf *out, unsigned which);
void fuzz_request(struct buf *out, unsigned which);
