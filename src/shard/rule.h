/* shard/rule.h -- a change of what a user has said about who may see it, as it is asked of the
 * store. */
#pragma once

#include "core/audience.h"
#include "core/last_seen.h"
#include "shard/mail.h"

enum rule_kind {
    RULE_WATCH,
    RULE_FRIENDS, /* a watch both ways */
    RULE_EDGES,   /* many of the two above: ids are pairs, in any order; no user, no other */
    RULE_BLOCK,
    RULE_VISIBILITY,
    RULE_LAST_SEEN,
    RULE_ERASE, /* of a user, of whom nothing is left; on: but a bar */
    RULE_READ,  /* what a user watches, as the application's own tables have it: ids, as read */
};

struct rule {
    enum rule_kind kind;
    kith_slice user, other;     /* VISIBILITY, LAST_SEEN, ERASE: no other */
    bool on;                    /* WATCH, FRIENDS, BLOCK: or taken back; EDGES: both ways; ERASE */
    enum visibility visibility; /* VISIBILITY */
    enum last_seen last_seen;   /* LAST_SEEN */
    kith_slice ids;             /* whom it lists (ids_put), sorted bytewise, each once */
    uint32_t read; /* READ: the version of what was read before (store_read_version), cut */
};

/* As MAIL_RULE. Who asks is the caller's to set: handle and serial of a channel, which is answered
 * with MAIL_ANSWER to the message `ref`; the same of an operator's connection, and operators, which
 * is answered with MAIL_CALL_ANSWER; or done and done_arg, a kith_ruled and its argument. NULL: out
 * of memory. */
struct mail *rule_mail(const struct rule *r, kith_slice ref);
struct rule rule_of_mail(const struct mail *m); /* borrows from it */
