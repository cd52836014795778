/* tests/load/view_fixture.h -- four users, and what they are told. */
#pragma once

#include "load/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Users 0 to 3: 0 watches 1 and 2, 1 watches 0, 2 watches 0; nobody watches 3. */
enum { USERS = 4, GRACE_US = 1000000, BEGIN_US = 50000000 };

static struct graph graph;
static struct user_order order;
static struct fact facts[USERS];
static struct phase phase;
static struct tally tally;
static struct view view;

static inline void all_online(void)
{
    for (int u = 0; u < USERS; u++)
        facts[u] = (struct fact){.dial_us = 1, .back_us = 2, .online = true};
}

static inline void begin(enum phase_kind kind)
{
    phase = (struct phase){
        .kind = kind, .count = 8, .period_ns = 1000000, .grace_us = GRACE_US, .begin_us = BEGIN_US};
    memset(&tally, 0, sizeof tally);
    view_begin(&view, &phase);
}

static inline int fresh(void **state)
{
    (void)state;
    struct graph_pairs p = {0};
    graph_pairs_add(&p, 0, 1);
    graph_pairs_add(&p, 0, 2);
    graph_pairs_add(&p, 1, 0);
    graph_pairs_add(&p, 2, 0);
    if (graph_build(&graph, USERS, &p) || user_order_init(&order, USERS, 1)) return 1;
    for (uint32_t i = 0; i < USERS; i++)
        order.user[i] = order.place[i] = i;
    memset(facts, 0, sizeof facts);
    view = (struct view){.graph = &graph,
                         .order = &order,
                         .facts = facts,
                         .tally = &tally,
                         .processes = 1,
                         .hot = 1000,
                         .beside = UINT32_MAX};
    if (view_init(&view)) return 1;
    all_online();
    begin(PHASE_STORM);
    return 0;
}

static inline int over(void **state)
{
    (void)state;
    view_fini(&view);
    graph_fini(&graph);
    user_order_fini(&order);
    return 0;
}

static inline struct view_status ours(uint64_t flip) { return (struct view_status){true, flip}; }
static const struct view_status plain;

static inline void told(uint32_t viewer, uint32_t about, uint32_t left, uint32_t joined,
                        struct view_status status, uint64_t now_us)
{
    view_told(&view, viewer,
              &(struct view_news){about, {.count = left}, {.count = joined}, status, now_us});
}

/* All are shown to all who watch them. */
static inline void show_all(void)
{
    for (uint32_t u = 0; u < USERS; u++) {
        view_state(&view, u);
        for (uint64_t e = graph.first[u]; e < graph.first[u + 1]; e++)
            view_shown(&view, u, graph.watched[e], (struct view_sessions){.count = 1}, plain);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, fresh, over)
