/* tests/wire/test_edges_memory.c -- a line of the friend graph that there is no memory for. */
#include "failures.h"

#include "wire/edges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* An id with an escape is written anew, into memory of its own. */
static void without_memory_a_line_is_no_edge(void **state)
{
    (void)state;
    struct edges p = {.ndjson = true};
    struct watch edge;
    kith_problem why;
    kith_slice line = KITH_LIT("{\"watcher\":\"\\u0061\",\"watched\":\"b\"}\n");
    alloc_fail(0, 1);
    kith_err e = edges_next(&p, &line, &edge, &why);
    alloc_heal();
    assert_int_equal(e, KITH_NOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_memory_a_line_is_no_edge),
    };
    return cmocka_run_group_tests_name("edges_memory", tests, NULL, NULL);
}
