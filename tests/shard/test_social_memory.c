/* tests/shard/test_social_memory.c -- sessions that end while memory runs out: their friends see
 * them go all the same. */
#include "shard/sim.h"
#include "support/failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { SHARDS = 2 };

enum end { CUT, LEFT, LEFT_AND_CAME_BACK };

/* User 0 is on another shard than its home, with user 1 as its friend, and ends so while the
 * n-th allocation fails, and those behind it. Returns how many were asked for. */
static size_t end_while(enum end how, size_t n)
{
    static struct sim s;
    sim_init(&s, SHARDS, 2, 1);
    s.watches[1][0] = true;
    unsigned home = world_home(s.world[0], KITH_LIT("0"));
    unsigned user = sim_connect(&s, 0, 1 - home), friend = sim_connect(&s, 1, home);
    sim_join(&s, friend, KITH_SOCIAL_FRIENDS, "{\"status\":\"x\"}", 0);
    sim_join(&s, user, KITH_SOCIAL_FRIENDS, "{\"status\":\"x\"}", 0);
    sim_settle(&s);
    assert_int_equal(json_object_size(s.clients[friend].view), 1);
    alloc_fail(n, 100);
    if (how == CUT)
        sim_lose(&s, user, 5000);
    else
        sim_part(&s, user);
    size_t asked = alloc_heal();
    if (how == LEFT_AND_CAME_BACK) sim_join(&s, user, KITH_SOCIAL_FRIENDS, "{\"status\":\"y\"}", 0);
    sim_settle(&s);
    sim_tick(&s, 6000);
    sim_settle(&s);
    assert_int_equal(json_object_size(s.clients[friend].view), how == LEFT_AND_CAME_BACK);
    sim_fini(&s);
    return asked;
}

static void no_session_stays_when_memory_runs_out_as_it_ends(void **state)
{
    (void)state;
    for (enum end how = CUT; how <= LEFT_AND_CAME_BACK; how++)
        for (size_t n = 0; n <= end_while(how, n); n++)
            ;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_session_stays_when_memory_runs_out_as_it_ends),
    };
    return cmocka_run_group_tests_name("social memory", tests, NULL, NULL);
}
