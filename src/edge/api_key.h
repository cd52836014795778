/* edge/api_key.h -- what may who asks the REST API do? Keys with roles, shown as bearer tokens
 * (RFC 6750). */
#pragma once

#include "base/err.h"
#include "base/slice.h"

/* Each may what those before it may. */
enum api_role { API_NONE, API_READ, API_WRITE, API_ADMIN };

struct api_keys; /* the keys of a server; immutable once built, so threads may share it */

struct api_keys *api_keys_new(void); /* NULL: out of memory */
void api_keys_free(struct api_keys *k);

/* Keeps no more of the secret than its hash. KITH_BAD: it has under 32 bytes, or some that a header
 * cannot carry as they are. KITH_EXISTS: another key has it. KITH_FULL: API_KEYS_MAX are there.
 * KITH_IO: the hash failed. `why` says what to do, and nothing of the secret. */
KITH_MUST_USE kith_err api_keys_add(struct api_keys *k, enum api_role role, kith_slice secret,
                                    kith_problem *why);

/* Whether a header can carry this as it is: visible ASCII, at most API_SECRET_BYTES_MAX bytes. */
bool api_secret_sendable(kith_slice secret);

/* The role of the key in an Authorization header, "Bearer <secret>", the scheme in any case. NULL
 * bytes: no such header. The time it takes tells nothing but the header's length and how many keys
 * there are: one hash, and a comparison with each. */
enum api_role api_keys_role(const struct api_keys *k, kith_slice authorization);
