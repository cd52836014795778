/* io/seens.h -- when users were last seen, on the store's thread: kept in batches, and told to who
 * may see them. */
#pragma once

#include "io/source.h"
#include "io/store.h"
#include "shard/mail.h"

struct seens {
    struct store *store;
    const struct kith_source *source; /* says who sees whom, instead of the store; or NULL */
    enum reciprocity reciprocal;      /* as in core/audience.h */
    uint64_t keep_s;                  /* what is older is forgotten */
    bool open;                        /* in a transaction, which ends at commit_ms */
    uint64_t commit_ms, again_ms;     /* mono; not before the latter it tries to begin another */
    uint64_t sweep_ms;                /* likewise: when it next looks for what is too old */
};

/* MAIL_LAST_SEEN. What cannot be kept is not. */
void seens_note(struct seens *s, const struct mail *m);
/* Before anything else is written: what was noted is kept. */
void seens_commit(struct seens *s);
/* Does what is due; returns in how many ms it is to be called again. */
int seens_tick(struct seens *s);
/* MAIL_SEEN_WHEN before homes are asked: who may not be seen has its shade in its place, so that
 * they look for one who is not there. Some 10 us an id. */
KITH_MUST_USE kith_err seens_judge(struct seens *s, struct mail *question);
/* It becomes its answer, or NULL: no memory for one; it is freed then. The same is looked up for
 * each id, whoever that is: the time it takes tells nothing. */
struct mail *seens_answer(struct seens *s, struct mail *question);
