/* tests/shard/net.h -- a few nodes, for a test program. */
#pragma once

#include "net_nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* On each node that runs. */
static inline void all_list(const struct net *n, const char *user, unsigned count)
{
    for (unsigned i = 0; i < n->count; i++)
        if (n->nodes[i].runs) assert_int_equal(listed(n, i, user, NULL), count);
}

/* Three that have met, anew for each test. */

static inline int net_set_up(void **state)
{
    static struct net n;
    net_begin(&n, 3);
    net_run(&n, 2 * HEARTBEAT_MS);
    *state = &n;
    return 0;
}

static inline int net_tear_down(void **state)
{
    net_end(*state);
    return 0;
}

#define WITH_THREE_NODES(test) cmocka_unit_test_setup_teardown(test, net_set_up, net_tear_down)
