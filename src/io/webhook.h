/* io/webhook.h -- events go to the back end: a thread that POSTs what it is given, signed as
 * Standard Webhooks says, and tells what came of it. By libcurl. */
#pragma once

#include "io/hook_options.h"
#include "io/mailbox.h"

struct webhook;

/* What came of it goes `to`: a MAIL_HOOK. */
KITH_MUST_USE kith_err webhook_start(const struct hook_options *o, struct mailbox *to,
                                     struct webhook **out);
void webhook_stop(struct webhook *h); /* what is under way is given up; NULL is welcome */

/* A MAIL_HOOK, taken: a its webhook-id, c its body. It comes back without that: with status,
 * HTTP's, or failed, and then b is why. */
void webhook_post(struct webhook *h, struct mail *m);

/* "v1," and the base64 of the HMAC-SHA256 of "<id>.<timestamp>.<body>". KITH_NOMEM. */
#define WEBHOOK_SIGNATURE_BYTES 48
KITH_MUST_USE kith_err webhook_sign(kith_slice secret, kith_slice id, uint64_t unix_s,
                                    kith_slice body, char out[WEBHOOK_SIGNATURE_BYTES]);
