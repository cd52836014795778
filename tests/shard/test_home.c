/* tests/shard/test_home.c -- what a home tells about its users when memory runs out. */
#include "shard/home.h"

#include "base/ids.h"
#include "failures.h"
#include "shard/shard.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct world *home_of_ann(void)
{
    struct world *w = shard_new(&(struct world_options){.count = 1,
                                                        .node = "here",
                                                        .inc = 77,
                                                        .ref_key = {1, 2},
                                                        .hash_key = {3, 4},
                                                        .outbox_bytes_max = OUTBOX_BYTES_MAX});
    assert_non_null(w);
    home_track(w, KITH_LIT("ann"), home_owner(0, 1), 0, KITH_LIT("{\"status\":\"online\"}"));
    return w;
}

/* The pieces, with the nth allocation failing; how many allocations there were. */
static size_t watch_ann(size_t nth, struct buf *pieces)
{
    struct world *w = home_of_ann();
    struct buf ids = {0};
    ids_put(&ids, KITH_LIT("ann"));
    alloc_fail(nth, 1);
    home_watch(w, 0, buf_slice(&ids), pieces);
    size_t asked = alloc_heal();
    buf_fini(&ids);
    shard_free(w);
    return asked;
}

static void a_user_whose_piece_found_no_memory_is_not_told_to_be_away(void **state)
{
    (void)state;
    struct buf whole = {0};
    size_t asked = watch_ann(SIZE_MAX, &whole);
    assert_true(asked >= 2 && whole.len > 0);
    for (size_t nth = 0; nth < asked; nth++) {
        struct buf pieces = {0};
        (void)watch_ann(nth, &pieces);
        if (!pieces.failed) assert_true(slice_eq(buf_slice(&pieces), buf_slice(&whole)));
        buf_fini(&pieces);
    }
    buf_fini(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_whose_piece_found_no_memory_is_not_told_to_be_away),
    };
    return cmocka_run_group_tests_name("home", tests, NULL, NULL);
}
