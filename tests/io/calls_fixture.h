/* tests/io/calls_fixture.h -- a store in memory, and what it answers to operators. */
#pragma once

#include "io/calls.h"

#include "store_fixture.h"

static inline struct store *open_store(void)
{
    struct store *s = NULL;
    kith_problem why = {""};
    must(store_open(":memory:", &s, &why));
    must(store_begin(s));
    return s;
}

/* The whole answer, however many parts it has. */
static inline struct mail *answer_to(struct store *s, struct mail *m)
{
    struct long_call q = {.asked = m};
    if (!call_is_long(m)) return calls_answer(s, false, m);
    while (!(m = long_call_go_on(&q, s, false)))
        assert_non_null(q.asked);
    assert_null(q.asked);
    return m;
}
