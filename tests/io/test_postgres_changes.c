/* tests/io/test_postgres_changes.c -- numbered changes on a server, which many nodes write and
 * watch (tests/suites/postgres.sh). */
#include "postgres_fixture.h"

#include <poll.h>

static kith_err put_change(void *ctx, uint64_t number, kith_slice body)
{
    buf_printf(ctx, "%llu:", (unsigned long long)number);
    buf_put(ctx, body);
    buf_putc(ctx, ' ');
    return slice_is(body, "stop") ? KITH_FULL : KITH_OK;
}

static void assert_changes(struct store *s, uint64_t after, uint32_t max, const char *want)
{
    struct buf told = {0};
    must(store_changes_after(s, after, max, put_change, &told));
    buf_putc(&told, 0);
    assert_string_equal((const char *)told.ptr, want);
    buf_fini(&told);
}

static void changes_are_numbered_without_gaps(void **state)
{
    const struct folder *f = *state;
    struct store *a = open_node(f, "a"), *b = open_node(f, "b");
    uint64_t number;
    assert_changes(b, 0, 10, "");
    assert_int_equal(note(a, "one"), 1);
    must(store_begin(a));
    must(store_note_change(a, KITH_LIT("never"), &number));
    store_rollback(a);
    assert_int_equal(note(b, "two"), 2);
    assert_int_equal(note(a, "three"), 3);
    assert_changes(b, 0, 10, "1:one 2:two 3:three ");
    assert_changes(b, 1, 1, "2:two ");
    assert_changes(a, 3, 10, "");
    must(store_latest_change(a, &number));
    assert_int_equal(number, 3);
    (void)note(a, "stop");
    struct buf told = {0};
    assert_int_equal(store_changes_after(a, 3, 9, put_change, &told), KITH_FULL);
    buf_fini(&told);
    store_close(a);
    store_close(b);
}

static void who_is_too_far_behind_or_ahead_is_told_so(void **state)
{
    const struct folder *f = *state;
    struct store *s = open_node(f, "a");
    struct buf told = {0};
    uint32_t forgotten;
    for (int i = 0; i < 5; i++)
        (void)note(s, "x");
    must(store_forget_changes(s, 100, &forgotten));
    assert_int_equal(forgotten, 0);
    (void)fixture_sql(f, "UPDATE kith.changes SET at = at - interval '2 hours' WHERE number < 4");
    must(store_forget_changes(s, 2, &forgotten)); /* in steps */
    assert_int_equal(forgotten, 2);
    must(store_forget_changes(s, 2, &forgotten));
    assert_int_equal(forgotten, 1);
    must(store_forget_changes(s, 2, &forgotten));
    assert_int_equal(forgotten, 0);
    assert_int_equal(store_changes_after(s, 2, 10, put_change, &told), KITH_NONE);
    assert_int_equal(store_changes_after(s, 6, 10, put_change, &told), KITH_NONE);
    assert_int_equal(told.len, 0);
    assert_changes(s, 3, 10, "4:x 5:x ");
    (void)fixture_sql(f, "DELETE FROM kith.changes");
    assert_int_equal(store_changes_after(s, 4, 10, put_change, &told), KITH_NONE);
    assert_changes(s, 5, 10, "");
    buf_fini(&told);
    store_close(s);
}

static void write_changes(const struct folder *f, int writer, int count)
{
    struct store *s;
    char node[16];
    (void)snprintf(node, sizeof node, "w%d", writer);
    stop_unless(
        store_open_node(&(struct store_options){.where = f->data, .node = node, .call_ms = 20000},
                        &s, NULL) == KITH_OK,
        2);
    for (int i = 0; i < count; i++) {
        uint64_t number;
        bool added;
        char id[24];
        (void)snprintf(id, sizeof id, "%d-%d", writer, i);
        stop_unless(store_begin(s) == KITH_OK, 3);
        stop_unless(store_add_watch(s, slice_str(id), KITH_LIT("star"), &added) == KITH_OK, 4);
        stop_unless(store_note_change(s, slice_str(id), &number) == KITH_OK, 5);
        if (i % 3)
            stop_unless(store_commit(s) == KITH_OK, 6);
        else
            store_rollback(s);
    }
    store_close(s);
    _exit(0);
}

struct follower {
    uint64_t last;
    int next[8];
};

/* Each writer's own come in its order, and the numbers one by one. */
static kith_err follow(void *ctx, uint64_t number, kith_slice body)
{
    struct follower *w = ctx;
    char text[24];
    int writer, i;
    assert_int_equal(number, ++w->last);
    (void)snprintf(text, sizeof text, "%.*s", (int)body.len, (const char *)body.ptr);
    assert_int_equal(sscanf(text, "%d-%d", &writer, &i), 2);
    assert_true(i >= w->next[writer]);
    w->next[writer] = i + 1;
    return KITH_OK;
}

/* Whoever reads while they write never finds one missing that comes later. */
static void eight_writers_make_one_order(void **state)
{
    enum { WRITERS = 8, EACH = 60 };
    const struct folder *f = *state;
    struct follower w = {0};
    pid_t children[WRITERS];
    struct store *s = open_node(f, "reader");
    for (int i = 0; i < WRITERS; i++)
        if ((children[i] = fork()) == 0) write_changes(f, i, EACH);
    while (w.last < WRITERS * EACH / 3 * 2)
        must(store_changes_after(s, w.last, 50, follow, &w));
    for (int i = 0; i < WRITERS; i++)
        end_well(children[i]);
    assert_int_equal(w.last, WRITERS * EACH / 3 * 2);
    assert_int_equal(count(s), w.last);
    store_close(s);
}

static void a_change_elsewhere_wakes_who_watches(void **state)
{
    const struct folder *f = *state;
    struct store *a = open_node(f, "a"), *b = open_node(f, "b");
    assert_int_equal(store_changes_fd(b), -1);
    assert_false(store_changes_heard(b));
    must(store_watch_changes(b));
    assert_true(store_changes_heard(b)); /* of what came before nobody told */
    assert_false(store_changes_heard(b));
    (void)note(a, "one");
    struct pollfd fd = {.fd = store_changes_fd(b), .events = POLLIN};
    assert_int_equal(poll(&fd, 1, 5000), 1);
    assert_true(store_changes_heard(b));
    assert_false(store_changes_heard(b));
    (void)note(a, "two");
    nap_ms(50);
    assert_int_equal(count(b), 0); /* an answer brings the notice with it */
    assert_true(store_changes_heard(b));
    store_close(a);
    store_close(b);
}

int main(void)
{
    if (!postgres_is_there()) return 0;
    const struct CMUnitTest tests[] = {
        in_a_folder(changes_are_numbered_without_gaps),
        in_a_folder(who_is_too_far_behind_or_ahead_is_told_so),
        in_a_folder(eight_writers_make_one_order),
        in_a_folder(a_change_elsewhere_wakes_who_watches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
