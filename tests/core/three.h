/* tests/core/three.h -- three nodes that know each other, anew for each test. */
#pragma once

#include "nodes.h"

struct three {
    struct node a, b, c;
};

static inline int three_set_up(void **state)
{
    static struct three s;
    s = (struct three){node_new(101), node_new(102), node_new(103)};
    meet(&s.a, &s.b);
    meet(&s.a, &s.c);
    meet(&s.b, &s.c);
    *state = &s;
    return 0;
}

static inline int three_tear_down(void **state)
{
    struct three *s = *state;
    node_free(&s->a);
    node_free(&s->b);
    node_free(&s->c);
    return 0;
}

#define WITH_THREE(test) cmocka_unit_test_setup_teardown(test, three_set_up, three_tear_down)
