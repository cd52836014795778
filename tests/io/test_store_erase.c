/* tests/io/test_store_erase.c -- what is erased is nowhere any more; who is barred is kept. */
#include "io/sqlite.h"
#include "store_fixture.h"

#define GONE "user-to-be-erased"

static void say_all(struct store *s, const char *user)
{
    bool changed;
    struct buf ids = {0};
    ids_put(&ids, KITH_LIT("bob"));
    must(store_begin(s));
    add(s, user, "bob");
    add(s, "bob", user);
    add(s, user, user);
    must(store_set_block(s, slice_str(user), KITH_LIT("eve"), true, &changed));
    must(store_set_block(s, KITH_LIT("eve"), slice_str(user), true, &changed));
    must(store_set_visibility(s, slice_str(user), VISIBILITY_ONLY, buf_slice(&ids), &changed));
    buf_clear(&ids);
    ids_put(&ids, KITH_LIT("ann"));
    ids_put(&ids, slice_str(user));
    must(store_set_visibility(s, KITH_LIT("bob"), VISIBILITY_EXCEPT, buf_slice(&ids), &changed));
    must(store_save_session(
        s, &(struct saved_session){.user = slice_str(user), .fields = KITH_LIT("{}")}));
    must(store_commit(s));
    must(store_set_bar(s, slice_str(user), 5000000000, 1));
    buf_fini(&ids);
}

static void erase(struct store *s, const char *user)
{
    must(store_begin(s));
    must(store_erase_user(s, slice_str(user), false));
    must(store_commit(s));
    store_scrub(s);
}

static kith_err nobody_is_told(void *ctx, const struct saved_session *e)
{
    (void)ctx;
    (void)e;
    return KITH_BAD;
}

static void who_is_erased_stands_in_no_file(void **state)
{
    const struct folder *f = *state;
    struct store *s = fixture_open(f);
    struct buf ids = {0};
    enum visibility mode;
    say_all(s, "ann");
    say_all(s, GONE);
    assert_true(fixture_files_hold(f, GONE));
    erase(s, GONE);
    assert_false(fixture_files_hold(f, GONE));
    assert_watched(s, GONE, "");
    assert_int_equal(count(s), 3); /* those of ann and bob */
    must(store_visibility(s, slice_str(GONE), &mode, &ids));
    assert_int_equal(mode, VISIBILITY_FRIENDS);
    must(store_visibility(s, KITH_LIT("bob"), &mode, &ids));
    assert_int_equal(mode, VISIBILITY_EXCEPT);
    assert_true(slice_is(buf_slice(&ids), "\3ann"));
    store_close(s);
    assert_false(fixture_files_hold(f, GONE));
    buf_fini(&ids);
}

static int take_number(void *out, int columns, char **values, char **names)
{
    (void)columns;
    (void)names;
    *(int *)out = atoi(values[0]);
    return 0;
}

/* An edge stands in two places. */
static void of_who_is_erased_no_side_of_an_edge_is_left(void **state)
{
    only_in_a_file((struct folder *)*state);
    struct store *s = fixture_open(*state);
    int watches = -1, watchers = -1;
    say_all(s, "ann");
    say_all(s, GONE);
    erase(s, GONE);
    assert_int_equal(
        sqlite3_exec(sqlite_db(s), "SELECT count(*) FROM watches", take_number, &watches, NULL),
        SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(sqlite_db(s), "SELECT count(*) FROM watchers", take_number, &watchers, NULL),
        SQLITE_OK);
    assert_int_equal(watches, 3);
    assert_int_equal(watchers, 3);
    store_close(s);
}

static void of_who_is_erased_no_session_comes_back(void **state)
{
    struct store *s = fixture_open(*state);
    say_all(s, GONE);
    erase(s, GONE);
    must(store_each_session(s, nobody_is_told, NULL));
    store_close(s);
}

static void one_who_only_stands_in_lists_is_erased_too(void **state)
{
    const struct folder *f = *state;
    struct store *s = fixture_open(f);
    struct buf ids = {0};
    bool changed;
    ids_put(&ids, slice_str(GONE));
    must(store_begin(s));
    must(store_set_visibility(s, KITH_LIT("bob"), VISIBILITY_ONLY, buf_slice(&ids), &changed));
    must(store_commit(s));
    erase(s, GONE);
    erase(s, "nobody");
    assert_false(fixture_files_hold(f, GONE));
    store_close(s);
    buf_fini(&ids);
}

static void after_it_the_same_name_is_somebody_new(void **state)
{
    struct store *s = fixture_open(*state);
    say_all(s, GONE);
    erase(s, GONE);
    must(store_begin(s));
    assert_true(add(s, GONE, "bob"));
    must(store_commit(s));
    assert_watched(s, GONE, "bob ");
    store_close(s);
}

/* A reader holds the log; the next change after it has gone empties it. */
static void a_reader_only_puts_the_emptying_off(void **state)
{
    const struct folder *f = *state;
    only_in_a_file(f);
    struct store *s = fixture_open(f), *reader = fixture_open(f);
    say_all(s, GONE);
    must(store_begin(reader));
    store_rollback(reader);
    erase(s, GONE);
    store_close(reader);
    store_scrub(s);
    assert_false(fixture_files_hold(f, GONE));
    store_close(s);
}

/* Bars */

static kith_err put_bar(void *ctx, kith_slice user, uint64_t until_s)
{
    struct buf *b = ctx;
    buf_put(b, user);
    buf_printf(b, " %llu ", (unsigned long long)until_s);
    return KITH_OK;
}

static void bars_are_kept_until_they_are_over(void **state)
{
    const struct folder *f = *state;
    struct store *s = fixture_open(f);
    struct buf told = {0};
    must(store_set_bar(s, KITH_LIT("ann"), 100, 1));
    must(store_set_bar(s, KITH_LIT("bob"), 200, 1));
    must(store_set_bar(s, KITH_LIT("bob"), 300, 1));
    store_close(s);
    s = fixture_open(f);
    must(store_each_bar(s, 99, put_bar, &told));
    must(store_each_bar(s, 100, put_bar, &told));
    must(store_each_bar(s, 0, put_bar, &told));
    buf_putc(&told, 0);
    assert_string_equal((const char *)told.ptr, "ann 100 bob 300 bob 300 bob 300 ");
    store_close(s);
    buf_fini(&told);
}

static void of_who_is_erased_a_bar_may_stay(void **state)
{
    struct store *s = fixture_open(*state);
    struct buf told = {0};
    say_all(s, GONE);
    must(store_begin(s));
    must(store_erase_user(s, KITH_LIT(GONE), true));
    must(store_commit(s));
    assert_watched(s, GONE, "");
    must(store_each_bar(s, 0, put_bar, &told));
    assert_true(slice_is(buf_slice(&told), GONE " 5000000000 "));
    erase(s, GONE);
    assert_false(fixture_files_hold(*state, GONE));
    store_close(s);
    buf_fini(&told);
}

static void so_many_are_barred_and_not_one_more(void **state)
{
    const struct folder *f = *state;
    struct store *s = fixture_open(f);
    if (f->postgres)
        (void)fixture_sql(f, "INSERT INTO kith.bars SELECT ('u' || i)::bytea, 100 + (i = 0)::int"
                             " FROM generate_series(0, 99999) i");
    else
        assert_int_equal(
            sqlite3_exec(sqlite_db(s),
                         "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
                         " WHERE i < 99999) INSERT INTO bars"
                         " SELECT CAST('u' || i AS BLOB), 100 + (i = 0) FROM n",
                         NULL, NULL, NULL),
            SQLITE_OK);
    _Static_assert(BARS_MAX == 100000, "as many as there are now");
    assert_int_equal(store_set_bar(s, KITH_LIT("ann"), 200, 50), KITH_EXISTS);
    must(store_set_bar(s, KITH_LIT("u7"), 300, 50));
    must(store_set_bar(s, KITH_LIT("u8"), 0, 50));     /* lifted */
    must(store_set_bar(s, KITH_LIT("ann"), 200, 100)); /* most are over */
    struct buf told = {0};
    must(store_each_bar(s, 0, put_bar, &told));
    buf_putc(&told, 0);
    assert_string_equal((const char *)told.ptr, "ann 200 u0 101 u7 300 ");
    store_close(s);
    buf_fini(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(who_is_erased_stands_in_no_file),
        in_a_folder(of_who_is_erased_no_side_of_an_edge_is_left),
        in_a_folder(of_who_is_erased_no_session_comes_back),
        in_a_folder(one_who_only_stands_in_lists_is_erased_too),
        in_a_folder(after_it_the_same_name_is_somebody_new),
        in_a_folder(a_reader_only_puts_the_emptying_off),
        in_a_folder(bars_are_kept_until_they_are_over),
        in_a_folder(of_who_is_erased_a_bar_may_stay),
        in_a_folder(so_many_are_barred_and_not_one_more),
    };
    return cmocka_run_group_tests_name("store_erase", tests, NULL, NULL);
}
