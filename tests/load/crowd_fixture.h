/* tests/load/crowd_fixture.h -- clients of one process, and what a server of the test's own says to
 * them. */
#pragma once

#include "load/crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { USERS = 3, GRACE_US = 1000000, BEGIN_US = 50000000 };
#define UPGRADE "HTTP/1.1 101 Switching Protocols\r\n\r\n"
#define OK      "[\"1\",\"1\",\"friends\",\"phx_reply\",{\"status\":\"ok\",\"response\":{}}]"

static struct graph graph;
static struct user_order order;
static struct names names;
static struct fact facts[USERS];
static struct phase phase;
static struct tally tally;
static struct crowd *crowd;
static struct buf out;

static inline struct crowd_options options(void)
{
    return (struct crowd_options){.graph = &graph,
                                  .order = &order,
                                  .names = &names,
                                  .facts = facts,
                                  .processes = 1,
                                  .hot = 1000,
                                  .beside = UINT32_MAX,
                                  .vsn = PHX_V2};
}

static inline void begin(enum phase_kind kind, uint64_t begin_us)
{
    phase = (struct phase){.kind = kind,
                           .count = USERS,
                           .period_ns = 1000000,
                           .grace_us = GRACE_US,
                           .begin_us = begin_us};
    crowd_begin(crowd, &phase, &tally);
}

static inline int fresh(void **state)
{
    (void)state;
    struct crowd_options o = options();
    memset(facts, 0, sizeof facts);
    names = (struct names){.first_id = 7, .count = USERS};
    if (graph_ring(&graph, USERS, 2) || user_order_init(&order, USERS, 1)) return 1;
    for (uint32_t i = 0; i < USERS; i++)
        order.user[i] = order.place[i] = i;
    crowd = crowd_new(&o);
    if (!crowd) return 1;
    begin(PHASE_STORM, BEGIN_US);
    return 0;
}

static inline int over(void **state)
{
    (void)state;
    crowd_free(crowd);
    graph_fini(&graph);
    user_order_fini(&order);
    buf_fini(&out);
    return 0;
}

static inline void put_frame(struct buf *b, const char *text)
{
    size_t len = strlen(text);
    buf_putc(b, 0x81);
    buf_putc(b, 126);
    buf_putc(b, (uint8_t)(len >> 8));
    buf_putc(b, (uint8_t)len);
    buf_puts(b, text);
}

static inline bool take(uint32_t user, const struct buf *b, uint64_t now_us)
{
    buf_clear(&out);
    return crowd_take(crowd, user, buf_slice(b), now_us, &out);
}

/* Whatever the length, in the frame's long form, which a strict client refuses for short ones: so
 * texts of the test are long. */
static inline bool hear(uint32_t user, const char *text, uint64_t now_us)
{
    struct buf b = {0};
    char padded[600];
    (void)snprintf(padded, sizeof padded, "%s%200s", text, "");
    put_frame(&b, padded);
    bool goes_on = take(user, &b, now_us);
    buf_fini(&b);
    return goes_on;
}

static inline bool said(const char *text)
{
    return out.len && memmem(out.ptr, out.len, text, strlen(text));
}

static inline void open_one(uint32_t user, uint64_t now_us)
{
    struct buf b = {0};
    buf_puts(&b, UPGRADE);
    crowd_dial(crowd, user, now_us, now_us);
    assert_true(crowd_opening(crowd, user));
    buf_clear(&out);
    crowd_open(crowd, user, &(struct crowd_target){KITH_LIT("h"), KITH_LIT("/s"), {0}}, &out);
    assert_false(crowd_opening(crowd, user));
    assert_true(take(user, &b, now_us));
    buf_fini(&b);
}

static inline void join_one(uint32_t user, const char *state, uint64_t now_us)
{
    char text[400];
    open_one(user, now_us);
    assert_true(said("phx_join"));
    assert_true(hear(user, OK, now_us));
    (void)snprintf(text, sizeof text, "[\"1\",null,\"friends\",\"presence_state\",%s]", state);
    assert_true(hear(user, text, now_us + 300));
}

#define HERE(id)    "\"" id "\":{\"metas\":[{\"status\":\"online\",\"phx_ref\":\"r\"}]}"
#define FLIP(id, n) "\"" id "\":{\"metas\":[{\"status\":\"away-" #n "\",\"phx_ref\":\"r\"}]}"
#define DIFF(joins, leaves)                                                                        \
    "[null,null,\"friends\",\"presence_diff\",{\"joins\":{" joins "},\"leaves\":{" leaves "}}]"

static inline void all_join(void)
{
    join_one(0, "{}", BEGIN_US + 100);
    join_one(1, "{" HERE("7") "}", BEGIN_US + 100);
    assert_true(hear(0, DIFF(HERE("8"), ""), BEGIN_US + 900));
    join_one(2, "{" HERE("7") "," HERE("8") "}", BEGIN_US + 100);
    assert_true(hear(0, DIFF(HERE("9"), ""), BEGIN_US + 900));
    assert_true(hear(1, DIFF(HERE("9"), ""), BEGIN_US + 900));
}
