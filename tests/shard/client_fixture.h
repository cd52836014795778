/* tests/shard/client_fixture.h -- a client, whose outbox has room for BOUND bytes. */
#pragma once

#include "shard/client.h"

#include "base/limits.h"
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { BOUND = 1000 };

static struct stats stats;
static struct now now;
static struct clients *c;
static uint32_t slot;

static inline int set_up(void **state)
{
    (void)state;
    stats = (struct stats){0};
    now = (struct now){.mono_ms = 1000000};
    c = clients_new(BOUND, &now, &stats);
    assert_non_null(c);
    assert_int_equal(clients_open(c, &slot), KITH_OK);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    clients_free(c);
    return 0;
}

static inline void put(void (*how)(struct clients *, uint32_t, struct frame *), size_t len)
{
    struct frame *f = frame_new(len);
    assert_non_null(f);
    how(c, slot, f);
    frame_unref(f);
}

#define PUSH(len)       put(clients_push, len)
#define PUSH_STATE(len) put(clients_push_state, len)
#define DELIVER(len)    put(clients_deliver, len)

static inline const struct client *client(void) { return clients_at(c, slot); }

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
