/* core/audience.h -- who may see whom: the verdict on one watcher and one user, from what each of
 * them has said about the other. Pure, and the only place that knows the rules. Deny has the last
 * word; nobody sees anybody by default. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* To whom a user is visible. Names as they stand in the wire's {"mode":..}. */
enum visibility {
    VISIBILITY_FRIENDS, /* the default: who has an edge to it */
    VISIBILITY_PUBLIC,  /* they, and who asks for a while (watch) */
    VISIBILITY_NOBODY,
    VISIBILITY_ONLY,   /* those of them who stand in its list */
    VISIBILITY_EXCEPT, /* those who do not */
};

/* Whether that is nobody at all; `lists`: anybody stands in its list. */
bool visibility_hides(enum visibility v, bool lists);

/* What one user has said about another. */
struct stance {
    bool watches; /* there is an edge from it to the other */
    bool asks;    /* a temporary watch, without an edge */
    bool beyond;  /* its edge to the other is beyond those that a session reads */
    bool blocks;
    enum visibility visibility; /* its own */
    bool lists;                 /* the other stands in its list */
};

/* In one byte, but for `asks`; and back. */
uint8_t stance_byte(const struct stance *s);
struct stance stance_of_byte(uint8_t byte);

/* Whether sight is to be mutual. GIVEN: as well, where edges are so already, as they come from the
 * application's own tables: of an edge there is no looking for its way back. */
enum reciprocity {
    RECIPROCITY_OFF,
    RECIPROCITY_ON,
    RECIPROCITY_GIVEN,
};

/* What decided. */
enum audience_rule {
    AUDIENCE_SEES,
    AUDIENCE_BLOCKED,      /* one has blocked the other */
    AUDIENCE_NO_EDGE,      /* it does not watch, or asks for one who is not public */
    AUDIENCE_NOT_ADMITTED, /* the user's visibility leaves it out */
    AUDIENCE_ONE_WAY,      /* reciprocity: the user may not see the watcher */
    AUDIENCE_BEYOND,       /* it may, but has more edges than are read, and does not ask */
};

/* May `watcher` see `user`? With `reciprocal` only if all holds the other way round too, whether
 * online or not. Of several reasons against it the first as they stand above. O(1). */
enum audience_rule audience_judge(const struct stance *watcher, const struct stance *user,
                                  enum reciprocity reciprocal);

/* The same for all sessions of the watcher at once, of which some may ask and others not:
 * watcher->asks does not count. */
enum audience_sight {
    AUDIENCE_NEVER,
    AUDIENCE_IF_ASKED,
    AUDIENCE_ALWAYS,
};
enum audience_sight audience_sight(const struct stance *watcher, const struct stance *user,
                                   enum reciprocity reciprocal);

/* As the rule is called in answers to operators. Static storage. */
const char *audience_rule_text(enum audience_rule rule);
