/* tests/shard/test_hot_memory.c -- memory runs out while a user whom many watch changes: what they
 * see in the end is what the user's home has. */
#include "shard/sim.h"
#include "support/failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { FANS = 4, FIRST = 1, TURNS = 12 };

static struct sim s;

static const char *status_of(json_t *view, const char *user)
{
    json_t *meta = json_array_get(json_object_get(view, user), 0);
    return meta ? json_string_value(json_object_get(meta, "status")) : "offline";
}

static const char *status_at_home(const struct world *w)
{
    static char status[16];
    struct presence_topic name;
    struct tracker_walk walk = {0};
    struct entry e;
    kith_slice topic = presence_topic(&name, KITH_LIT("0"));
    if (!presence_next(w->presence, topic, &walk, &e)) return "offline";
    snprintf(status, sizeof status, "%c", e.meta.fields.ptr[strlen("{\"status\":\"")]);
    return status;
}

static struct frame *reply(void)
{
    struct frame *f = phx_encode_reply(PHX_V2,
                                       &(struct phx_out){.ref = KITH_LIT("\"s\""),
                                                         .topic = KITH_LIT("friends"),
                                                         .payload = KITH_LIT("{}")},
                                       true);
    assert_non_null(f);
    return f;
}

/* A refusal is an answer, too. */
static void say(unsigned star, const char *fields, struct frame *answer)
{
    kith_err e = social_status(s.world[0], s.clients[star].slot, slice_str(fields), answer);
    assert_true(e == KITH_OK || e == KITH_NOMEM);
}

static void check(void)
{
    sim_settle_hot(&s);
    for (unsigned i = 0; i < FANS; i++)
        assert_string_equal(status_of(s.clients[i].view, "0"), status_at_home(s.world[0]));
}

/* The nth allocation fails, and `times` of them. Returns how many were asked for. */
static size_t change_while(size_t n, size_t times)
{
    sim_init_hot(&s, 1, FANS + 1, 1);
    for (unsigned i = 0; i < FANS; i++) {
        s.watches[FIRST + i][0] = true;
        sim_join(&s, sim_connect(&s, FIRST + i, 0), KITH_SOCIAL_FRIENDS, "", 0);
    }
    unsigned star = sim_connect(&s, 0, 0);
    sim_join(&s, star, KITH_SOCIAL_FRIENDS, "{\"status\":\"a\"}", 0);
    sim_settle_hot(&s);
    struct frame *answers[] = {reply(), reply(), reply()};
    alloc_fail(n, times);
    say(star, "{\"status\":\"b\"}", answers[0]);
    say(star, "{\"status\":\"c\"}", answers[1]);
    s.now.mono_ms += FANS;
    s.world[0]->now = s.now;
    for (unsigned i = 0; i < TURNS; i++)
        (void)shard_tick(s.world[0]);
    say(star, "{\"status\":\"d\"}", answers[2]);
    size_t asked = alloc_heal();
    check();
    sim_part(&s, star);
    check();
    assert_string_equal(status_at_home(s.world[0]), "offline");
    sim_fini(&s);
    return asked;
}

static void all_see_what_is_though_a_change_found_no_memory(void **state)
{
    (void)state;
    for (size_t times = 1; times <= 100; times += 99)
        for (size_t n = 0; n <= change_while(n, times); n++)
            ;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_see_what_is_though_a_change_found_no_memory),
    };
    return cmocka_run_group_tests_name("hot memory", tests, NULL, NULL);
}
