/* shard/sight_mail.h -- a change of who sees a user, as it travels: from the store to the user's
 * home (MAIL_SIGHT), and from there to every shard (MAIL_SIGHT_HERE). */
#pragma once

#include "shard/mail.h"

/* Whether the user is visible to whoever asks: who does without an edge is known to the shards
 * alone. */
enum publicity {
    PUBLICITY_AS_IT_WAS,
    PUBLICITY_BEGINS, /* the shards ask the store about those who ask for the user */
    PUBLICITY_ENDS,   /* these see it no more */
};

/* Whether the user is visible to nobody at all. */
enum invisibility {
    INVISIBILITY_AS_IT_WAS,
    INVISIBILITY_BEGINS,
    INVISIBILITY_ENDS, /* whoever sees it from now on sees one that has just come */
};

/* Ids (ids_put) of those who see the user from now on, who do as long as they ask, and who do not:
 * whatever held before. */
struct sight_lists {
    kith_slice gained, asked, lost;
    enum publicity publicity;
    enum invisibility invisibility;
};

/* As a MAIL_SIGHT. NULL: out of memory. */
struct mail *sight_mail(kith_slice user, const struct sight_lists *l);
struct sight_lists sight_of_mail(const struct mail *m); /* of either kind; borrows from it */
