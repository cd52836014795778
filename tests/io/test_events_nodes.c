/* tests/io/test_events_nodes.c -- one log of events for several nodes: of one that dies another
 * ends the sessions, once, and one of them delivers. */
#include "events_fixture.h"

static struct store *open_as(const struct folder *f, const char *node)
{
    struct store *s = NULL;
    kith_problem why = {""};
    struct store_options o = {.where = f->data, .node = node, .call_ms = 1000};
    if (store_open_node(&o, &s, &why) != KITH_OK) fail_msg("%s", why.text);
    return s;
}

static const uint64_t RUN_OF_A = (uint64_t)1000 << STORE_RUN_BITS;
static const uint64_t RUN_OF_B = (uint64_t)2000 << STORE_RUN_BITS;

static void keep_as(struct store *s, uint64_t of, const char *user, const char *old,
                    const char *now)
{
    run = of;
    (void)one(s, user, old, now);
}

static uint64_t end_node(struct store *s, uint64_t of)
{
    return end_runs(s, (struct ended_runs){.of = of, .max = 1});
}

static bool is_taken_for_dead(struct store *s, uint64_t of)
{
    bool ended;
    uint64_t stale;
    must(store_keep_run(s, of, &ended, &stale));
    assert_int_equal(stale, 0);
    return ended;
}

static void of_a_node_that_died_another_ends_the_sessions_once(void **state)
{
    only_in_postgres((struct folder *)*state);
    struct store *a = open_as(*state, "a"), *b = open_as(*state, "b");
    after = number = 0;
    keep_as(a, RUN_OF_A, "ann", NULL, "a1");
    keep_as(a, RUN_OF_A + 1, "bob", NULL, "b1");
    keep_as(a, RUN_OF_A + 1, "eve", NULL, "e1");
    keep_as(b, RUN_OF_B, "eve", "e1", "e2"); /* it has moved there */
    keep_as(b, RUN_OF_B, "dan", NULL, "d1");
    expect(b, "online ann, online bob, online eve, status eve, online dan");
    assert_false(is_taken_for_dead(a, RUN_OF_A + 1));
    assert_int_equal(end_node(b, RUN_OF_A | 77), 2); /* by its incarnation */
    assert_int_equal(end_node(b, RUN_OF_A | 77), 0);
    buf_clear(&told);
    must(store_events_after(b, after, 100, tell, &after));
    buf_putc(&told, 0);
    assert_non_null(strstr((char *)told.ptr, "offline ann"));
    assert_non_null(strstr((char *)told.ptr, "offline bob"));
    assert_true(is_taken_for_dead(a, RUN_OF_A + 1)); /* it was only cut off */
    assert_false(is_taken_for_dead(b, RUN_OF_B));
    keep_as(a, RUN_OF_A + 2, "ann", NULL, "a1");
    expect(b, "online ann");
    assert_false(is_taken_for_dead(a, RUN_OF_A + 2));
    store_close(a);
    end(b);
}

static void of_one_that_has_begun_anew_nobody_else_ends_a_session(void **state)
{
    only_in_postgres((struct folder *)*state);
    struct store *a = open_as(*state, "a"), *b = open_as(*state, "b");
    after = number = 0;
    keep_as(a, RUN_OF_A, "ann", NULL, "a1");
    assert_false(is_taken_for_dead(a, RUN_OF_B));
    assert_int_equal(end_node(b, RUN_OF_A), 0);
    expect(b, "online ann");
    store_close(a);
    end(b);
}

static void a_node_that_has_not_been_there_for_long_is_found(void **state)
{
    const struct folder *f = *state;
    only_in_postgres(f);
    struct store *a = open_as(f, "a"), *b = open_as(f, "b");
    bool ended;
    uint64_t stale;
    after = number = 0;
    keep_as(a, RUN_OF_A, "ann", NULL, "a1");
    must(store_keep_run(b, RUN_OF_B, &ended, &stale));
    assert_int_equal(stale, 0);
    (void)fixture_sql(f, "UPDATE kith.batches SET seen = now() - interval '61 s' WHERE node = 'a'");
    must(store_keep_run(b, RUN_OF_B, &ended, &stale));
    assert_int_equal(stale, RUN_OF_A);
    assert_int_equal(end_node(b, stale), 1);
    must(store_keep_run(b, RUN_OF_B, &ended, &stale));
    assert_int_equal(stale, 0);
    store_close(a);
    end(b);
}

static void one_node_delivers_until_it_says_no_more_or_is_silent(void **state)
{
    const struct folder *f = *state;
    only_in_postgres(f);
    struct store *a = open_as(f, "a"), *b = open_as(f, "b");
    bool mine;
    uint64_t n;
    must(store_lead_delivery(a, 60000, &mine, &n));
    assert_true(mine);
    must(store_lead_delivery(b, 60000, &mine, &n));
    assert_false(mine);
    must(store_lead_delivery(a, 60000, &mine, &n));
    assert_true(mine);
    must(store_lead_delivery(a, 0, &mine, &n));
    assert_false(mine);
    must(store_lead_delivery(b, 1, &mine, &n));
    assert_true(mine);
    (void)usleep(20000);
    must(store_lead_delivery(a, 60000, &mine, &n));
    assert_true(mine);
    store_close(a);
    end(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(of_a_node_that_died_another_ends_the_sessions_once),
        in_a_folder(of_one_that_has_begun_anew_nobody_else_ends_a_session),
        in_a_folder(a_node_that_has_not_been_there_for_long_is_found),
        in_a_folder(one_node_delivers_until_it_says_no_more_or_is_silent),
    };
    return cmocka_run_group_tests_name("events_nodes", tests, NULL, NULL);
}
