/* io/rules.h -- one change of what a user has said, made in the store, and what it changes of who
 * sees whom. The verdict itself is core/audience.h's. */
#pragma once

#include "io/store.h"
#include "shard/rule.h"
#include "shard/sight_mail.h"

/* Who sees whom from now on, who does as long as it asks, and who does not any more: as ids, a
 * watcher and a user in turn. Only pairs of which that was otherwise before. */
struct sights {
    struct buf gained, asked, lost;
    enum publicity publicity; /* of the user who made the change: of those who ask without an edge
                                 the store knows nothing */
    enum invisibility invisibility; /* likewise */
    uint64_t changes;               /* of edges and blocks */
};
void sights_fini(struct sights *s); /* {0} is a valid empty one */

/* Makes the change and appends what it changes. In a transaction: what is told holds once that is
 * committed. With `reciprocal` as in core/audience.h. KITH_BAD: an id is none; KITH_LATER: of a
 * RULE_READ, something else has been read meanwhile, read again; after another error roll back.
 * O(users whom it concerns), about 5 us each. */
KITH_MUST_USE kith_err rules_apply(struct store *s, const struct rule *r,
                                   enum reciprocity reciprocal, struct sights *out);

/* Whom `user` watches, bytewise sorted, WATCHES_MAX of them at most: appended as ids, or the shade
 * (shard/shade.h) of one that it may not see. *count is how many edges it has, WATCHES_MAX + 1 if
 * more. */
KITH_MUST_USE kith_err rules_watched(struct store *s, kith_slice user, enum reciprocity reciprocal,
                                     struct buf *out, uint32_t *count);

/* How `watcher` sees `user`. The same is looked up whoever that is, known or not: the time it takes
 * tells nothing. */
KITH_MUST_USE kith_err rules_sight(struct store *s, kith_slice watcher, kith_slice user,
                                   enum reciprocity reciprocal, enum audience_sight *out);
