/* io/asks.h -- whom sessions ask to see, judged on the store's thread, and what their homes are
 * told. */
#pragma once

#include "io/rules.h"

struct asks_options {
    struct store *store;
    enum reciprocity reciprocal;
    unsigned shards;
};

/* By home a MAIL_GRANT, or NULL, about all whom `m` (MAIL_ASK) names, or their shades: nobody
 * learns from an answer which it was. After an error all are NULL. */
KITH_MUST_USE kith_err asks_judge(const struct asks_options *o, const struct mail *m,
                                  struct mail *grants[]);

/* Of `m` (MAIL_ASKERS) those who may see the user because they ask, some at a time from byte
 * m->judged of their list on, which moves on. *out: a MAIL_SIGHT, or NULL: there are none. */
KITH_MUST_USE kith_err asks_judge_some(const struct asks_options *o, struct mail *m,
                                       struct mail **out);
