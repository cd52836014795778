/* tests/shard/test_sight_memory.c -- who may see whom changes while memory runs out: a sight that
 * is taken back is taken back, and the store hears of it. */
#include "shard/sim.h"
#include "support/failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { STORE = SIM_STORE, SHARDS = 2 };

static unsigned home_of_user_0(struct sim *s) { return world_home(s->world[0], KITH_LIT("0")); }

/* That all changes up to this one have come: what waits for memory is one of them. */
static void hear(struct world *w, uint64_t number)
{
    struct mail *m = mail_new(MAIL_RULES_HEARD, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
    bool waits = w->late_sights.first;
    assert_non_null(m);
    m->rules_at = number;
    shard_receive(w, m);
    assert_int_equal(w->rule_numbers.heard, waits ? 0 : number);
}

/* User 1 watches user 0 on either shard, and no more once the store says so; of what that takes,
 * at one end or the other, the n-th allocation fails. Returns how many there were. */
static size_t lose_sight(bool at_home, size_t n)
{
    static struct sim s;
    size_t asked = 0;
    sim_init(&s, SHARDS, 2, 1);
    s.watches[1][0] = true;
    unsigned home = home_of_user_0(&s), there = 1 - home;
    unsigned user = sim_connect(&s, 0, home), near = sim_connect(&s, 1, home),
             far = sim_connect(&s, 1, there);
    sim_join(&s, user, KITH_SOCIAL_FRIENDS, "{\"status\":\"x\"}", 0);
    sim_join(&s, near, KITH_SOCIAL_FRIENDS, "{\"status\":\"x\"}", 0);
    sim_join(&s, far, KITH_SOCIAL_FRIENDS, "{\"status\":\"x\"}", 0);
    sim_settle(&s);
    assert_int_equal(json_object_size(s.clients[near].view), 1);
    assert_int_equal(json_object_size(s.clients[far].view), 1);
    sim_sight(&s, 1, 0, false);
    if (at_home) alloc_fail(n, 1);
    assert_true(sim_deliver(&s, STORE, home));
    if (at_home) asked = alloc_heal();
    hear(s.world[home], 9);
    sim_tick(&s, 100); /* what found no memory is tried again */
    assert_int_equal(s.world[home]->rule_numbers.heard, 9);
    sim_post(&s, home);
    if (!at_home) alloc_fail(n, 1);
    assert_true(sim_deliver(&s, home, there));
    if (!at_home) asked = alloc_heal();
    sim_settle(&s);
    assert_true(s.sights[0].acknowledged);
    assert_int_equal(json_object_size(s.clients[near].view), 0);
    assert_int_equal(json_object_size(s.clients[far].view), 0);
    sim_fini(&s);
    return asked;
}

static void a_loss_is_acknowledged_though_memory_runs_out(void **state)
{
    (void)state;
    for (int at_home = 0; at_home < 2; at_home++)
        for (size_t n = 0; n <= lose_sight(at_home, n); n++)
            ;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loss_is_acknowledged_though_memory_runs_out),
    };
    return cmocka_run_group_tests_name("sight memory", tests, NULL, NULL);
}
