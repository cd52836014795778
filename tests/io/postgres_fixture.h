/* tests/io/postgres_fixture.h -- nodes on the server that the variable KITH_TEST_POSTGRES names. */
#pragma once

#include "io/postgres.h"
#include "store_fixture.h"

#include <sys/wait.h>
#include <time.h>

enum { CALL_MS = 1500 }; /* a machine that has much to do opens a store in less */

static inline uint64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static inline void nap_ms(long ms)
{
    const struct timespec nap = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&nap, NULL);
}

static inline void end_well(pid_t child)
{
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static inline kith_err try_node(const char *url, const char *node, struct store **out,
                                kith_problem *why)
{
    return store_open_node(&(struct store_options){.where = url, .node = node, .call_ms = CALL_MS},
                           out, why);
}

static inline struct store *open_node(const struct folder *f, const char *node)
{
    struct store *s = NULL;
    kith_problem why = {""};
    kith_err e = try_node(f->data, node, &s, &why);
    if (e) print_error("%s\n", why.text);
    assert_int_equal(e, KITH_OK);
    return s;
}

static inline void stop_unless(bool ok, int code)
{
    if (!ok) _exit(code);
}

static inline uint64_t note(struct store *s, const char *body)
{
    uint64_t number = 0;
    must(store_begin(s));
    must(store_note_change(s, slice_str(body), &number));
    must(store_commit(s));
    return number;
}

/* Of a program of tests: where there is no server there is nothing to test. */
static inline bool postgres_is_there(void)
{
    if (getenv("KITH_TEST_POSTGRES")) return true;
    (void)printf("1..0 # SKIP KITH_TEST_POSTGRES names no database\n");
    return false;
}
