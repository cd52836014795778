/* core/audience.c -- who may see whom. */
#include "core/audience.h"

bool visibility_hides(enum visibility v, bool lists)
{
    return v == VISIBILITY_NOBODY || (v == VISIBILITY_ONLY && !lists);
}

enum { BYTE_WATCHES = 1, BYTE_BLOCKS = 2, BYTE_LISTS = 4, BYTE_BEYOND = 8, BYTE_VISIBILITY = 4 };

uint8_t stance_byte(const struct stance *s)
{
    return (uint8_t)((s->watches ? BYTE_WATCHES : 0) | (s->blocks ? BYTE_BLOCKS : 0) |
                     (s->lists ? BYTE_LISTS : 0) | (s->beyond ? BYTE_BEYOND : 0) |
                     (unsigned)s->visibility << BYTE_VISIBILITY);
}

struct stance stance_of_byte(uint8_t byte)
{
    return (struct stance){.watches = byte & BYTE_WATCHES,
                           .blocks = byte & BYTE_BLOCKS,
                           .lists = byte & BYTE_LISTS,
                           .beyond = byte & BYTE_BEYOND,
                           .visibility = (enum visibility)(byte >> BYTE_VISIBILITY)};
}

static bool admits(const struct stance *user)
{
    switch (user->visibility) {
    case VISIBILITY_FRIENDS:
    case VISIBILITY_PUBLIC: return true;
    case VISIBILITY_NOBODY: return false;
    case VISIBILITY_ONLY: return user->lists;
    case VISIBILITY_EXCEPT: return !user->lists;
    }
    return false; /* what is not known is not visible */
}

/* Whether it is one of those whom the visibility speaks of at all. */
static bool reaches(const struct stance *watcher, const struct stance *user)
{
    return watcher->watches || (watcher->asks && user->visibility == VISIBILITY_PUBLIC);
}

static bool reaches_back(const struct stance *watcher, const struct stance *user,
                         enum reciprocity reciprocal)
{
    return reciprocal == RECIPROCITY_GIVEN ? watcher->watches : reaches(user, watcher);
}

enum audience_rule audience_judge(const struct stance *watcher, const struct stance *user,
                                  enum reciprocity reciprocal)
{
    if (watcher->blocks || user->blocks) return AUDIENCE_BLOCKED;
    if (!reaches(watcher, user)) return AUDIENCE_NO_EDGE;
    if (!admits(user)) return AUDIENCE_NOT_ADMITTED;
    if (reciprocal && !(reaches_back(watcher, user, reciprocal) && admits(watcher)))
        return AUDIENCE_ONE_WAY;
    if (watcher->beyond && !watcher->asks) return AUDIENCE_BEYOND;
    return AUDIENCE_SEES;
}

/* To ask takes nothing away. */
enum audience_sight audience_sight(const struct stance *watcher, const struct stance *user,
                                   enum reciprocity reciprocal)
{
    struct stance w = *watcher;
    w.asks = false;
    if (audience_judge(&w, user, reciprocal) == AUDIENCE_SEES) return AUDIENCE_ALWAYS;
    w.asks = true;
    return audience_judge(&w, user, reciprocal) == AUDIENCE_SEES ? AUDIENCE_IF_ASKED
                                                                 : AUDIENCE_NEVER;
}

const char *audience_rule_text(enum audience_rule rule)
{
    switch (rule) {
    case AUDIENCE_SEES: return "sees";
    case AUDIENCE_BLOCKED: return "blocked";
    case AUDIENCE_NO_EDGE: return "no edge";
    case AUDIENCE_NOT_ADMITTED: return "not admitted";
    case AUDIENCE_ONE_WAY: return "one way";
    case AUDIENCE_BEYOND: return "beyond the limit";
    }
    return "unknown";
}
