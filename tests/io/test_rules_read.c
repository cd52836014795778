/* tests/io/test_rules_read.c -- rules as they are read: what is known of them, for how long, and at
 * what cost. */
#include "base/ids.h"
#include "io/rules.h"
#include "io/sqlite.h"
#include "shard/shade.h"
#include "store_fixture.h"

static void apply(struct store *s, const struct rule *r)
{
    struct sights out = {0};
    must(store_begin(s));
    must(rules_apply(s, r, false, &out));
    must(store_commit(s));
    sights_fini(&out);
}

static kith_err read_of(struct store *s, uint32_t version, kith_slice ids, struct sights *out)
{
    struct rule r = {.kind = RULE_READ, .user = KITH_LIT("ann"), .read = version, .ids = ids};
    must(store_begin(s));
    kith_err e = rules_apply(s, &r, RECIPROCITY_OFF, out);
    if (e)
        store_rollback(s);
    else
        must(store_commit(s));
    return e;
}

static void what_was_read_before_somebody_elses_reading_is_read_again(void **state)
{
    struct store *s = fixture_open(*state);
    struct sights out = {0};
    struct buf ids = {0}, kept = {0};
    uint64_t version;
    ids_put(&ids, KITH_LIT("bob"));
    must(read_of(s, 0, buf_slice(&ids), &out));
    assert_int_equal(read_of(s, 0, (kith_slice){0}, &out), KITH_LATER);
    must(store_watched(s, KITH_LIT("ann"), &kept));
    assert_true(slice_eq(buf_slice(&kept), buf_slice(&ids)));
    must(read_of(s, 1, (kith_slice){0}, &out));
    must(store_read_version(s, KITH_LIT("ann"), &version));
    assert_int_equal(version, 2);
    buf_clear(&kept);
    must(store_watched(s, KITH_LIT("ann"), &kept));
    assert_int_equal(kept.len, 0);
    buf_fini(&ids);
    buf_fini(&kept);
    sights_fini(&out);
    store_close(s);
}

static void who_is_erased_has_never_been_read(void **state)
{
    struct store *s = fixture_open(*state);
    struct sights out = {0};
    uint64_t version;
    must(read_of(s, 0, (kith_slice){0}, &out));
    apply(s, &(struct rule){.kind = RULE_ERASE, .user = KITH_LIT("ann")});
    must(store_read_version(s, KITH_LIT("ann"), &version));
    assert_int_equal(version, 0);
    sights_fini(&out);
    store_close(s);
}

static void rules_outlive_the_process(void **state)
{
    struct store *s = fixture_open(*state);
    struct buf ids = {0}, kept = {0};
    enum visibility mode;
    ids_put(&ids, KITH_LIT("bob"));
    ids_put(&ids, KITH_LIT("eve"));
    apply(s, &(struct rule){.kind = RULE_VISIBILITY,
                            .user = KITH_LIT("ann"),
                            .visibility = VISIBILITY_EXCEPT,
                            .ids = buf_slice(&ids)});
    store_close(s);
    s = fixture_open(*state);
    must(store_visibility(s, KITH_LIT("ann"), &mode, &kept));
    assert_int_equal(mode, VISIBILITY_EXCEPT);
    assert_true(slice_eq(buf_slice(&kept), buf_slice(&ids)));
    must(store_visibility(s, KITH_LIT("bob"), &mode, &kept));
    assert_int_equal(mode, VISIBILITY_FRIENDS);
    buf_fini(&ids);
    buf_fini(&kept);
    store_close(s);
}

static void what_is_rolled_back_was_never_said(void **state)
{
    struct store *s = fixture_open(*state);
    struct stance a, b;
    struct sights out = {0};
    must(store_begin(s));
    must(rules_apply(
        s,
        &(struct rule){
            .kind = RULE_BLOCK, .user = KITH_LIT("ann"), .other = KITH_LIT("bob"), .on = true},
        false, &out));
    store_rollback(s);
    must(store_stances(s, KITH_LIT("ann"), KITH_LIT("bob"), &a, &b));
    assert_false(a.blocks || b.blocks);
    sights_fini(&out);
    store_close(s);
}

static void nothing_is_known_of_strangers(void **state)
{
    struct store *s = fixture_open(*state);
    struct stance a, b;
    struct sights out = {0};
    apply(s, &(struct rule){.kind = RULE_VISIBILITY,
                            .user = KITH_LIT("ann"),
                            .visibility = VISIBILITY_PUBLIC});
    must(store_stances(s, KITH_LIT("nobody"), KITH_LIT("ann"), &a, &b));
    assert_false(a.watches || a.blocks || b.watches || b.blocks);
    assert_int_equal(a.visibility, VISIBILITY_FRIENDS);
    assert_int_equal(b.visibility, VISIBILITY_PUBLIC);
    must(store_begin(s));
    must(rules_apply(
        s, &(struct rule){.kind = RULE_WATCH, .user = KITH_LIT("ann"), .other = KITH_LIT("nobody")},
        false, &out));
    must(store_commit(s));
    assert_int_equal(out.lost.len + out.gained.len, 0);
    sights_fini(&out);
    store_close(s);
}

static void an_id_that_is_none_is_refused(void **state)
{
    struct store *s = fixture_open(*state);
    struct sights out = {0};
    must(store_begin(s));
    assert_int_equal(
        rules_apply(s, &(struct rule){.kind = RULE_BLOCK, .user = KITH_LIT("ann"), .on = true},
                    false, &out),
        KITH_BAD);
    assert_int_equal(rules_apply(s, &(struct rule){.kind = RULE_VISIBILITY}, false, &out),
                     KITH_BAD);
    store_rollback(s);
    sights_fini(&out);
    store_close(s);
}

/* The database's own count of its steps since the last time, which no other work of the machine
 * changes. */
static int steps_of(sqlite3_stmt *st)
{
    return sqlite3_stmt_status(st, SQLITE_STMTSTATUS_VM_STEP, true);
}

static int steps_to_list_friends(struct store *s)
{
    sqlite3_stmt *st;
    assert_int_equal(sqlite3_prepare_v2(sqlite_db(s),
                                        "SELECT name FROM watches WHERE watcher = 1 ORDER BY name",
                                        -1, &st, NULL),
                     SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW)
        ;
    int steps = steps_of(st);
    (void)sqlite3_finalize(st);
    return steps;
}

static int steps_to_see(struct store *s, enum reciprocity reciprocal)
{
    struct buf ids = {0};
    uint32_t n;
    must(rules_watched(s, KITH_LIT("ann"), reciprocal, &ids, &n));
    buf_fini(&ids);
    return steps_of(sqlite_statement(s, STORE_WATCHED_PLAIN)) +
           steps_of(sqlite_statement(s, STORE_WATCHED_ABOUT));
}

/* Everybody joins, and few have rules, or nobody: seven look-ups an edge are thirty times the
 * list. */
static void a_join_of_people_without_rules_asks_for_no_rules(void **state)
{
    enum { FRIENDS = 100 };
    only_in_a_file((struct folder *)*state);
    struct store *s = fixture_open(*state);
    bool added;
    must(store_begin(s));
    for (unsigned i = 0; i < FRIENDS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "friend%u", i);
        must(store_add_watch(s, KITH_LIT("ann"), slice_str(name), &added));
        must(store_add_watch(s, slice_str(name), KITH_LIT("ann"), &added));
    }
    must(store_commit(s));
    int list = steps_to_list_friends(s);
    assert_in_range(list, FRIENDS, UINT32_MAX);
    assert_in_range(steps_to_see(s, false), list, 2 * list);
    assert_in_range(steps_to_see(s, true), list, 20 * list);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(what_was_read_before_somebody_elses_reading_is_read_again),
        in_a_folder(who_is_erased_has_never_been_read),
        in_a_folder(rules_outlive_the_process),
        in_a_folder(what_is_rolled_back_was_never_said),
        in_a_folder(nothing_is_known_of_strangers),
        in_a_folder(an_id_that_is_none_is_refused),
        in_a_folder(a_join_of_people_without_rules_asks_for_no_rules),
    };
    return cmocka_run_group_tests_name("rules_read", tests, NULL, NULL);
}
