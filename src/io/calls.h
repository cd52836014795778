/* io/calls.h -- what operators ask of the store (shard/call.h), answered on its thread. */
#pragma once

#include "io/store.h"
#include "shard/call.h"

/* The answer to a MAIL_CALL, which is taken. `reciprocal` as in core/audience.h. Not one of those
 * that are long. */
struct mail *calls_answer(struct store *s, enum reciprocity reciprocal, struct mail *m);

/* It is about many ids or edges: to be answered a part at a time, while others are, too. */
bool call_is_long(const struct mail *m);

struct long_call {      /* one that is being answered; {0}: none is */
    struct mail *asked; /* NULL: none */
    size_t at;          /* so many bytes of its ids are judged */
    struct buf seen, other;
};
void long_call_fini(struct long_call *c);

/* A part of the answer to c->asked, of at most some ms: NULL, it is to go on; or the whole one,
 * which takes the question, and *c is none. What changes meanwhile is seen or not. */
struct mail *long_call_go_on(struct long_call *c, struct store *s, enum reciprocity reciprocal);
