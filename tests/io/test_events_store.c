/* tests/io/test_events_store.c -- the log of events, and what is kept of sessions beside it, so
 * that a user comes and goes once, whatever is told of its sessions twice, late or never. */
#include "store_fixture.h"

static struct buf told; /* "online ann, " */
static uint64_t run, number;

static kith_err tell(void *ctx, const struct event *e)
{
    uint64_t *last = ctx;
    static const char *const kinds[] = {"online", "offline", "status"};
    assert_true(e->id > *last);
    *last = e->id;
    buf_printf(&told, "%s%s %.*s%s", told.len ? ", " : "", kinds[e->kind], (int)e->user.len,
               (const char *)e->user.ptr, e->hidden ? " hidden" : "");
    return KITH_OK;
}

static uint64_t after;

/* The events since it was asked last. */
static void expect(struct store *s, const char *events)
{
    buf_clear(&told);
    must(store_events_after(s, after, 100, tell, &after));
    buf_putc(&told, 0);
    assert_string_equal((const char *)told.ptr, events);
}

static kith_slice ref(const char *r)
{
    static char refs[8][REF_BYTES];
    static unsigned at;
    if (!r) return (kith_slice){0};
    char *out = refs[at++ % 8];
    memset(out, '-', REF_BYTES);
    memcpy(out, r, strlen(r));
    return slice_of(out, REF_BYTES);
}

static struct session_change change(const char *user, const char *old, const char *now)
{
    return (struct session_change){.user = slice_str(user),
                                   .old_ref = ref(old),
                                   .now_ref = ref(now),
                                   .old = slice_str(old ? "{}" : ""),
                                   .now = slice_str(now ? "{}" : ""),
                                   .at_ms = 1000};
}

static uint64_t keep(struct store *s, const struct session_change *changes, uint32_t count)
{
    struct session_batch b = {changes, count, run, ++number};
    uint64_t logged = 0;
    must(store_begin_aside(s));
    must(store_log_sessions(s, &b, &logged));
    must(store_commit(s));
    return logged;
}

static uint64_t one(struct store *s, const char *user, const char *old, const char *now)
{
    struct session_change c = change(user, old, now);
    return keep(s, &c, 1);
}

static struct store *begin(const struct folder *f)
{
    uint64_t forgotten;
    struct store *s = fixture_open(f);
    run = 100, number = 0, after = 0;
    (void)forgotten;
    return s;
}

static void end(struct store *s)
{
    buf_fini(&told);
    store_close(s);
}

static void a_user_comes_with_its_first_session_and_goes_with_its_last(void **state)
{
    struct store *s = begin(*state);
    assert_int_equal(one(s, "ann", NULL, "a1"), 1);
    assert_int_equal(one(s, "ann", NULL, "b1"), 1);
    expect(s, "online ann, status ann");
    assert_int_equal(one(s, "ann", "a1", "a2"), 1);
    assert_int_equal(one(s, "ann", "a2", NULL), 1);
    expect(s, "status ann, status ann");
    assert_int_equal(one(s, "ann", "b1", NULL), 1);
    expect(s, "offline ann");
    end(s);
}

static void a_batch_is_told_in_its_order(void **state)
{
    struct store *s = begin(*state);
    struct session_change c[] = {change("ann", NULL, "a1"), change("bob", NULL, "b1"),
                                 change("ann", "a1", "a2"), change("ann", "a2", NULL),
                                 change("ann", NULL, "a3")};
    assert_int_equal(keep(s, c, 5), 5);
    expect(s, "online ann, online bob, status ann, offline ann, online ann");
    end(s);
}

static void what_is_told_twice_is_told_once(void **state)
{
    struct store *s = begin(*state);
    assert_int_equal(one(s, "ann", NULL, "a1"), 1);
    assert_int_equal(one(s, "ann", NULL, "a1"), 0);
    assert_int_equal(one(s, "ann", "a1", "a2"), 1);
    assert_int_equal(one(s, "ann", "a1", "a2"), 0);
    assert_int_equal(one(s, "ann", "a2", NULL), 1);
    assert_int_equal(one(s, "ann", "a2", NULL), 0);
    expect(s, "online ann, status ann, offline ann");
    end(s);
}

static void of_who_was_never_told_of_a_change_is_a_coming_and_a_going_nothing(void **state)
{
    struct store *s = begin(*state);
    assert_int_equal(one(s, "ann", "a1", "a2"), 1);
    assert_int_equal(one(s, "bob", "b1", NULL), 0);
    expect(s, "online ann");
    end(s);
}

static uint64_t end_runs(struct store *s, uint64_t before, uint32_t max)
{
    struct ended_runs r = {.before = before, .at_ms = 2000, .max = max};
    struct buf at = {0};
    uint64_t all = 0;
    do {
        uint64_t logged;
        must(store_begin_aside(s));
        must(store_end_runs(s, &r, &at, &logged));
        must(store_commit(s));
        all += logged;
    } while (at.len);
    buf_fini(&at);
    return all;
}

static void sessions_of_an_earlier_run_end_unless_they_are_told_of_again(void **state)
{
    struct store *s = begin(*state);
    (void)one(s, "ann", NULL, "a1");
    (void)one(s, "ann", NULL, "a2");
    (void)one(s, "bob", NULL, "b1");
    (void)one(s, "eve", NULL, "e1");
    expect(s, "online ann, status ann, online bob, online eve");
    run = 200, number = 0;
    assert_int_equal(one(s, "bob", NULL, "b1"), 0); /* it is there still */
    assert_int_equal(one(s, "eve", NULL, "e2"), 1);
    expect(s, "status eve");
    assert_int_equal(end_runs(s, 200, 2), 3);
    expect(s, "status ann, offline ann, status eve");
    assert_int_equal(end_runs(s, 200, 2), 0);
    assert_int_equal(one(s, "bob", "b1", NULL), 1);
    expect(s, "offline bob");
    end(s);
}

static void who_is_visible_to_nobody_is_marked(void **state)
{
    struct store *s = begin(*state);
    bool changed;
    must(store_begin(s));
    must(store_set_visibility(s, KITH_LIT("ann"), VISIBILITY_NOBODY, (kith_slice){0}, &changed));
    must(store_set_visibility(s, KITH_LIT("bob"), VISIBILITY_ONLY, (kith_slice){0}, &changed));
    must(store_set_visibility(s, KITH_LIT("eve"), VISIBILITY_ONLY, KITH_LIT("\003ann"), &changed));
    must(store_commit(s));
    (void)one(s, "ann", NULL, "a1");
    (void)one(s, "bob", NULL, "b1");
    (void)one(s, "eve", NULL, "e1");
    struct session_change c = change("dan", NULL, "d1");
    c.hidden = true;
    (void)keep(s, &c, 1);
    expect(s, "online ann hidden, online bob hidden, online eve, online dan hidden");
    end(s);
}

static void old_ones_are_forgotten_by_age_and_by_number(void **state)
{
    struct store *s = begin(*state);
    uint64_t forgotten, latest, up_to, begins;
    uint32_t count;
    (void)one(s, "ann", NULL, "a1");
    must(store_events_range(s, &begins, &latest));
    assert_int_equal(latest, begins + 1);
    for (int i = 0; i < 4; i++)
        (void)one(s, "ann", i % 2 ? "a1" : "a2", i % 2 ? "a2" : "a1");
    struct session_change late = change("bob", NULL, "b1");
    late.at_ms = 5000;
    (void)keep(s, &late, 1);
    must(store_events_range(s, &forgotten, &latest));
    assert_int_equal(forgotten, begins);
    uint64_t first = latest - begins;
    must(store_begin_aside(s));
    must(store_forget_events(s, &(struct old_events){0, begins + 1, 100}, &count, &up_to));
    must(store_commit(s));
    assert_int_equal(count, 1);
    assert_int_equal(up_to, begins + 1);
    must(store_begin_aside(s));
    must(store_forget_events(s, &(struct old_events){1001, 0, 100}, &count, &up_to));
    must(store_commit(s));
    assert_int_equal(count, first - 2);
    must(store_events_range(s, &forgotten, &latest));
    assert_int_equal(forgotten, latest - 1);
    expect(s, "online bob");
    must(store_begin_aside(s));
    must(store_forget_events(s, &(struct old_events){1001, 0, 100}, &count, &up_to));
    must(store_commit(s));
    assert_int_equal(count, 0);
    end(s);
}

static void what_was_delivered_is_known_over_a_restart(void **state)
{
    struct store *s = begin(*state);
    uint64_t n;
    bool mine = false;
    must(store_lead_delivery(s, 60000, &mine, &n));
    assert_true(mine);
    assert_int_equal(n, 0);
    must(store_set_delivered(s, 7));
    must(store_set_delivered(s, 5)); /* late */
    store_close(s);
    s = fixture_open(*state);
    must(store_lead_delivery(s, 60000, &mine, &n));
    assert_true(mine);
    assert_int_equal(n, 7);
    end(s);
}

static void who_is_erased_is_in_no_event(void **state)
{
    struct folder *f = *state;
    struct store *s = begin(f);
    (void)one(s, "ann-of-the-log", NULL, "a1");
    (void)one(s, "bob", NULL, "b1");
    must(store_begin(s));
    must(store_erase_user(s, KITH_LIT("ann-of-the-log"), false));
    must(store_commit(s));
    store_scrub(s);
    expect(s, "online bob");
    assert_int_equal(one(s, "ann-of-the-log", "a1", NULL), 0);
    assert_false(fixture_files_hold(f, "ann-of-the-log"));
    end(s);
}

static void a_server_keeps_a_batch_once_though_it_is_sent_again(void **state)
{
    only_in_postgres((struct folder *)*state);
    struct store *s = begin(*state);
    struct session_change c[] = {change("ann", NULL, "a1"), change("ann", "a1", "a2"),
                                 change("ann", "a2", NULL)};
    assert_int_equal(keep(s, c, 3), 3);
    number--;
    assert_int_equal(keep(s, c, 3), 0);
    expect(s, "online ann, status ann, offline ann");
    run++, number = 0; /* it has begun to count anew */
    assert_int_equal(keep(s, c, 3), 3);
    end(s);
}

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
    struct ended_runs r = {.of = of, .at_ms = 2000, .max = 1};
    struct buf at = {0};
    uint64_t all = 0;
    do {
        uint64_t logged;
        must(store_begin_aside(s));
        must(store_end_runs(s, &r, &at, &logged));
        must(store_commit(s));
        all += logged;
    } while (at.len);
    buf_fini(&at);
    return all;
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
        in_a_folder(a_user_comes_with_its_first_session_and_goes_with_its_last),
        in_a_folder(a_batch_is_told_in_its_order),
        in_a_folder(what_is_told_twice_is_told_once),
        in_a_folder(of_who_was_never_told_of_a_change_is_a_coming_and_a_going_nothing),
        in_a_folder(sessions_of_an_earlier_run_end_unless_they_are_told_of_again),
        in_a_folder(who_is_visible_to_nobody_is_marked),
        in_a_folder(old_ones_are_forgotten_by_age_and_by_number),
        in_a_folder(what_was_delivered_is_known_over_a_restart),
        in_a_folder(who_is_erased_is_in_no_event),
        in_a_folder(a_server_keeps_a_batch_once_though_it_is_sent_again),
        in_a_folder(of_a_node_that_died_another_ends_the_sessions_once),
        in_a_folder(of_one_that_has_begun_anew_nobody_else_ends_a_session),
        in_a_folder(a_node_that_has_not_been_there_for_long_is_found),
        in_a_folder(one_node_delivers_until_it_says_no_more_or_is_silent),
    };
    return cmocka_run_group_tests_name("events_store", tests, NULL, NULL);
}
