/* tests/shard/test_hiding_memory.c -- memory runs out while a session is hidden, or seen again: it
 * is done and told, or refused and undone, and can be tried again. */
#include "shard/sim.h"
#include "support/failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { SHARDS = 4 };

static struct sim s;
static char words[2048];

static unsigned sees(unsigned client)
{
    return (unsigned)json_array_size(json_object_get(s.clients[client].view, "0"));
}

/* User 0 hides, or shows itself again, while the n-th allocation fails. Returns how many were asked
 * for. */
static size_t change_while(bool hidden, size_t n)
{
    sim_init(&s, SHARDS, 3, 1);
    s.boxes = true;
    s.watches[1][0] = s.watches[2][0] = true;
    unsigned home = world_home(s.world[0], KITH_LIT("0"));
    unsigned user = sim_connect(&s, 0, (home + 1) % SHARDS);
    unsigned ben = sim_connect(&s, 1, home), cleo = sim_connect(&s, 2, (home + 2) % SHARDS);
    for (unsigned c = user; c <= cleo; c++)
        sim_join(&s, c, KITH_SOCIAL_FRIENDS, "{\"status\":\"x\"}", 0);
    sim_settle(&s);
    if (!hidden) sim_hide(&s, user, true);
    sim_settle(&s);
    (void)sim_transcript(&s, user, words);
    assert_int_equal(sees(ben), hidden);
    struct world *w = s.world[s.clients[user].shard];
    alloc_fail(n, 1);
    kith_err e = social_hide(w, s.clients[user].slot, hidden, KITH_LIT("\"h\""), 0);
    sim_post(&s, s.clients[user].shard);
    while (sim_deliver_any(&s))
        ;
    size_t asked = alloc_heal();
    sim_settle(&s);
    sim_settle(&s); /* of what a client could not be told it is owed a state */
    bool done = e == KITH_OK && strstr(sim_transcript(&s, user, words), "hidden");
    assert_true(done || e == KITH_NOMEM || strstr(words, "refused"));
    if (done && hidden) assert_int_equal(sees(ben) + sees(cleo), 0);
    if (!done) {
        sim_hide(&s, user, hidden);
        sim_settle(&s);
        assert_string_equal(sim_transcript(&s, user, words), "hidden");
    }
    sim_settle(&s);
    assert_int_equal(sees(ben), !hidden);
    if (hidden) assert_int_equal(sees(cleo), 0);
    sim_fini(&s);
    return asked;
}

static void what_is_acknowledged_is_told_and_what_is_not_can_be_tried_again(void **state)
{
    (void)state;
    size_t n = 0;
    while (n <= change_while(true, n))
        n++;
    assert_true(n > 5);
    for (n = 0; n <= change_while(false, n);)
        n++;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_acknowledged_is_told_and_what_is_not_can_be_tried_again),
    };
    return cmocka_run_group_tests_name("hiding memory", tests, NULL, NULL);
}
