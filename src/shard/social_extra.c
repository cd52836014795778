/* shard/social_extra.c -- what a session has while it joins, or if it asks to see users. */
#include "shard/social_extra.h"

#include <stdlib.h>

struct social_extra *social_extra(struct social *s)
{
    if (!s->extra) s->extra = calloc(1, sizeof *s->extra);
    return s->extra;
}

void social_extra_free(struct social *s)
{
    if (!s->extra) return;
    free(s->extra->asked);
    buf_fini(&s->extra->fields);
    free(s->extra);
    s->extra = NULL;
}

void social_extra_tidy(struct social *s)
{
    const struct social_extra *x = s->extra;
    if (x && !x->asked_count && !x->want_serial && !x->fields.len) social_extra_free(s);
}
