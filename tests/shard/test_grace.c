/* tests/shard/test_grace.c -- sessions that are lost: who comes back in time was never away. */
#include "shard/friends.h"

static void a_reload_within_grace_tells_nobody(void **state)
{
    (void)state;
    sim_init(&s, 2, 8, 1);
    befriend(1, 2);
    unsigned a = online(2, 0), c = online(1, 1);
    expect(a, "diff+1");
    json_t *before = json_deep_copy(json_object_get(s.clients[a].view, "1"));
    sim_lose(&s, c, 5000);
    sim_settle(&s);
    sim_tick(&s, 3000);
    online(1, 0);
    sim_tick(&s, 60000);
    sim_settle(&s);
    expect(a, "");
    unsigned b = online(2, 1); /* a fresh look shows the same meta, phx_ref and all */
    assert_true(json_equal(before, json_object_get(s.clients[b].view, "1")));
    json_decref(before);
    sim_fini(&s);
}

static void a_session_that_does_not_come_back_leaves_after_its_grace(void **state)
{
    (void)state;
    sim_init(&s, 2, 8, 1);
    befriend(1, 2);
    unsigned a = online(2, 0), c = online(1, 1);
    expect(a, "diff+1");
    sim_lose(&s, c, 5000);
    sim_settle(&s);
    sim_tick(&s, 4999);
    sim_settle(&s);
    expect(a, "");
    sim_tick(&s, 2);
    sim_settle(&s);
    expect(a, "diff-1");
    sim_fini(&s);
}

static void another_device_does_not_adopt(void **state)
{
    (void)state;
    sim_init(&s, 1, 8, 1);
    befriend(1, 2);
    unsigned a = online(2, 0), c = online(1, 0);
    expect(a, "diff+1");
    sim_lose(&s, c, 5000);
    unsigned d = sim_connect(&s, 1, 0);
    sim_join(&s, d, KITH_SOCIAL_USER, "", 42);
    sim_settle(&s);
    expect(a, "diff+1");
    sim_tick(&s, 5001);
    sim_settle(&s);
    expect(a, "diff-1");
    assert_int_equal(json_array_size(json_object_get(s.clients[a].view, "1")), 1);
    sim_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reload_within_grace_tells_nobody),
        cmocka_unit_test(a_session_that_does_not_come_back_leaves_after_its_grace),
        cmocka_unit_test(another_device_does_not_adopt),
    };
    return cmocka_run_group_tests_name("grace", tests, NULL, NULL);
}
