/* io/hook.h -- events go to the back end: a thread that POSTs what it is given, signed as Standard
 * Webhooks says, and tells what came of it. By libcurl. */
#pragma once

#include "io/hook_options.h"
#include "io/mailbox.h"

struct hook;

/* What came of it goes `to`: a MAIL_HOOK. */
KITH_MUST_USE kith_err hook_start(const struct hook_options *o, struct mailbox *to,
                                  struct hook **out);
void hook_stop(struct hook *h); /* what is under way is given up; NULL is welcome */

/* A MAIL_HOOK, taken: a its webhook-id, c its body. It comes back without that: with status,
 * HTTP's, or failed, and then b is why. */
void hook_post(struct hook *h, struct mail *m);

/* "v1," and the base64 of the HMAC-SHA256 of "<id>.<timestamp>.<body>". KITH_NOMEM. */
#define HOOK_SIGNATURE_BYTES 48
KITH_MUST_USE kith_err hook_sign(kith_slice secret, kith_slice id, uint64_t unix_s, kith_slice body,
                                 char out[HOOK_SIGNATURE_BYTES]);
