/* tests/io/test_store_file.c -- the store's file: private, and refused where it is damaged,
 * foreign, newer or may only be read. */
#include "store_fixture.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>

static mode_t mode_of(const struct folder *f, const char *name)
{
    char path[512];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/%s", f->data, name);
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 0777;
}

static void a_new_folder_is_private(void **state)
{
    mode_t old = umask(0);
    assert_false(store_exists(((struct folder *)*state)->data));
    struct store *s = fixture_open(*state);
    assert_true(store_exists(((struct folder *)*state)->data));
    must(store_lock(s, NULL));
    must(store_begin(s));
    add(s, "ann", "bob");
    must(store_commit(s));
    assert_int_equal(mode_of(*state, "."), 0700);
    assert_int_equal(mode_of(*state, "kith.db"), 0600);
    assert_int_equal(mode_of(*state, "kith.db-wal"), 0600);
    assert_int_equal(mode_of(*state, "kith.db-shm"), 0600);
    assert_int_equal(mode_of(*state, "kith.lock"), 0600);
    store_close(s);
    (void)umask(old);
}

/* Opening fails with `want`, and the text says `part`. */
static void assert_refused(const char *dir, kith_err want, const char *part)
{
    struct store *s = (struct store *)1;
    kith_problem why = {""};
    assert_int_equal(store_open(dir, &s, &why), want);
    assert_null(s);
    if (!strstr(why.text, part)) fail_msg("\"%s\" does not say \"%s\"", why.text, part);
}

static void write_at(const struct folder *f, long at, const void *bytes, size_t len)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/kith.db", f->data);
    (void)mkdir(f->data, 0700);
    int fd = open(path, O_CREAT | O_RDWR, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, len, at), len);
    (void)close(fd);
}

static void fill(const struct folder *f, int edges)
{
    struct store *s = fixture_open(f);
    must(store_begin(s));
    for (int i = 0; i < edges; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "%d", i);
        add(s, id, "star");
    }
    must(store_commit(s));
    store_close(s);
}

static void junk_is_not_a_database(void **state)
{
    struct folder *f = *state;
    char junk[8192];
    memset(junk, 'j', sizeof junk);
    write_at(f, 0, junk, sizeof junk);
    assert_refused(f->data, KITH_BAD, "move the file away");
}

static void an_empty_file_is_a_new_database(void **state)
{
    struct folder *f = *state;
    write_at(f, 0, "", 0);
    fill(f, 1);
}

static void a_damaged_page_is_refused(void **state)
{
    struct folder *f = *state;
    fill(f, 2000);
    char junk[4096];
    memset(junk, 'j', sizeof junk);
    write_at(f, 5L * 4096, junk, sizeof junk);
    assert_refused(f->data, KITH_BAD, "damaged");
}

static void a_truncated_file_is_refused(void **state)
{
    struct folder *f = *state;
    fill(f, 2000);
    char path[512];
    (void)snprintf(path, sizeof path, "%s/kith.db", f->data);
    assert_int_equal(truncate(path, 3L * 4096), 0);
    assert_refused(f->data, KITH_BAD, "kith.db");
}

static void run_sql(const struct folder *f, const char *sql)
{
    char path[512];
    sqlite3 *db;
    (void)mkdir(f->data, 0700);
    (void)snprintf(path, sizeof path, "%s/kith.db", f->data);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Takes back what schemas since the eighth, and since the third, have brought. */
#define SINCE_8                                                                                    \
    "DROP TABLE events; DROP TABLE present; DROP TABLE jumps;"                                     \
    "DELETE FROM numbers WHERE name IN ('events', 'forgotten', 'delivered');"                      \
    "CREATE TABLE numbers_only (watcher INTEGER NOT NULL, watched INTEGER NOT NULL,"               \
    " PRIMARY KEY (watcher, watched)) STRICT, WITHOUT ROWID;"                                      \
    "INSERT INTO numbers_only SELECT watcher, watched FROM watches;"                               \
    "DROP TABLE watches; DROP TABLE watchers; ALTER TABLE numbers_only RENAME TO watches;"         \
    "CREATE INDEX watches_watched ON watches (watched);"
#define SINCE_3                                                                                    \
    SINCE_8 "DROP TABLE bars; DROP INDEX blocks_blocked; DROP INDEX chosen_name;"                  \
            "ALTER TABLE sessions DROP COLUMN hidden; DROP TABLE last_seen;"                       \
            "DROP TABLE reads;"

static void an_older_schema_is_brought_up_and_keeps_what_it_holds(void **state)
{
    const struct folder *f = *state;
    struct store *s = fixture_open(f);
    must(store_begin(s));
    add(s, "ann", "bob");
    must(store_commit(s));
    store_close(s);
    run_sql(f, SINCE_3 "DROP TABLE blocks; DROP TABLE visibility; DROP TABLE chosen;"
                       "PRAGMA user_version = 1");
    s = fixture_open(f);
    assert_watched(s, "ann", "bob ");
    bool changed = false;
    must(store_begin(s));
    must(store_set_block(s, KITH_LIT("ann"), KITH_LIT("bob"), true, &changed));
    must(store_commit(s));
    assert_true(changed);
    store_close(s);
}

static kith_err put_other(void *ctx, kith_slice other, const struct stance *of_user,
                          const struct stance *of_other)
{
    (void)of_user;
    (void)of_other;
    buf_put(ctx, other);
    buf_putc(ctx, ' ');
    return KITH_OK;
}

static void assert_watchers(struct store *s, const char *user, const char *want)
{
    struct buf text = {0};
    struct inquiry q = {.user = slice_str(user), .side = ABOUT_WATCHERS, .max = UINT32_MAX};
    must(store_each_about(s, &q, put_other, &text));
    assert_true(slice_is(buf_slice(&text), want));
    buf_fini(&text);
}

static void edges_of_numbers_become_edges_with_names(void **state)
{
    const struct folder *f = *state;
    struct store *s = fixture_open(f);
    bool dropped = false;
    must(store_begin(s));
    add(s, "ann", "zoe");
    add(s, "ann", "bob");
    add(s, "eve", "bob");
    add(s, "bob", "bob");
    must(store_commit(s));
    store_close(s);
    run_sql(f, SINCE_8 "PRAGMA user_version = 8");
    s = fixture_open(f);
    assert_watched(s, "ann", "bob zoe ");
    assert_watchers(s, "bob", "ann bob eve ");
    must(store_begin(s));
    assert_false(add(s, "ann", "zoe"));
    must(store_drop_watch(s, KITH_LIT("ann"), KITH_LIT("bob"), &dropped));
    must(store_commit(s));
    assert_true(dropped);
    assert_watched(s, "ann", "zoe ");
    assert_watchers(s, "bob", "bob eve ");
    store_close(s);
}

static void choose(struct store *s, const char *user, kith_slice ids)
{
    bool changed = false;
    must(store_begin(s));
    must(store_set_visibility(s, slice_str(user), VISIBILITY_ONLY, ids, &changed));
    must(store_commit(s));
    assert_true(changed);
}

static void assert_chosen(struct store *s, const char *user, const char *ids)
{
    enum visibility mode;
    struct buf found = {0};
    must(store_visibility(s, slice_str(user), &mode, &found));
    assert_int_equal(mode, VISIBILITY_ONLY);
    assert_true(slice_is(buf_slice(&found), ids));
    buf_fini(&found);
}

static void lists_of_numbers_become_lists_of_names(void **state)
{
    const struct folder *f = *state;
    struct store *s = fixture_open(f);
    must(store_begin(s));
    add(s, "bob", "ann");
    add(s, "eve", "ann");
    must(store_commit(s));
    choose(s, "ann", KITH_LIT("\3bob\3eve"));
    store_close(s);
    run_sql(f, "CREATE TABLE numbered (person INTEGER NOT NULL, other INTEGER NOT NULL,"
               " PRIMARY KEY (person, other)) STRICT, WITHOUT ROWID;"
               "INSERT INTO numbered SELECT c.person, p.id FROM chosen c"
               " JOIN people p ON p.name = c.name;" SINCE_3
               "DROP TABLE chosen; ALTER TABLE numbered RENAME TO chosen;"
               "PRAGMA user_version = 2");
    s = fixture_open(f);
    assert_chosen(s, "ann", "\3bob\3eve");
    store_close(s);
}

static int take_number(void *out, int columns, char **values, char **names)
{
    (void)columns;
    (void)names;
    *(int *)out = atoi(values[0]);
    return 0;
}

/* Else any user could fill the disk, list by list. */
static void of_a_list_that_is_replaced_nothing_is_left(void **state)
{
    const struct folder *f = *state;
    char path[512];
    sqlite3 *db;
    int people = 0;
    struct store *s = fixture_open(f);
    choose(s, "ann", KITH_LIT("\3bob\3eve"));
    choose(s, "ann", KITH_LIT("\3zoe"));
    assert_chosen(s, "ann", "\3zoe");
    store_close(s);
    (void)snprintf(path, sizeof path, "%s/kith.db", f->data);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "SELECT count(*) FROM people", take_number, &people, NULL),
                     SQLITE_OK);
    assert_int_equal(people, 1);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_newer_schema_is_refused(void **state)
{
    struct folder *f = *state;
    fill(f, 1);
    run_sql(f, "PRAGMA user_version = 999");
    assert_refused(f->data, KITH_BAD, "newer kith (schema 999");
}

static void anothers_database_is_left_alone(void **state)
{
    struct folder *f = *state;
    run_sql(f, "CREATE TABLE t (x)");
    assert_refused(f->data, KITH_BAD, "another program's");
    run_sql(f, "DROP TABLE t; PRAGMA application_id = 42");
    assert_refused(f->data, KITH_BAD, "another program's");
}

static void a_missing_table_is_refused(void **state)
{
    struct folder *f = *state;
    fill(f, 1);
    run_sql(f, "DROP TABLE sessions");
    assert_refused(f->data, KITH_BAD, "lacks");
}

static void a_folder_that_cannot_be_is_refused(void **state)
{
    struct folder *f = *state;
    char path[600];
    (void)snprintf(path, sizeof path, "%s/no/data", f->base);
    assert_refused(path, KITH_IO, "No such file or directory");
    assert_refused("/dev/null", KITH_IO, "Not a directory");
    assert_refused("", KITH_IO, "1 to ");
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_refused(path, KITH_IO, "1 to ");
    assert_false(store_exists(path));
}

static void whether_a_folder_can_be_is_known_before(void **state)
{
    struct folder *f = *state;
    kith_problem why;
    char path[600];
    assert_int_equal(store_possible(":memory:", &why), KITH_OK);
    assert_int_equal(store_possible(f->data, &why), KITH_OK);
    assert_false(store_exists(f->data));
    (void)snprintf(path, sizeof path, "%s/no/data", f->base);
    assert_int_equal(store_possible(path, &why), KITH_IO);
    assert_non_null(strstr(why.text, "No such file or directory; name a folder"));
    assert_int_equal(store_possible("/dev/null", &why), KITH_IO);
    assert_non_null(strstr(why.text, "/dev/null: Not a directory"));
    assert_int_equal(store_possible("/dev/null/data", &why), KITH_IO);
}

static void an_empty_file_is_no_database(void **state)
{
    struct folder *f = *state;
    char path[600];
    assert_int_equal(mkdir(f->data, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/kith.db", f->data);
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_false(store_exists(f->data));
    assert_int_equal(write(fd, "x", 1), 1);
    assert_true(store_exists(f->data));
    (void)close(fd);
}

static void stop_unless(bool ok, int code)
{
    if (!ok) _exit(code);
}

static void a_folder_that_may_only_be_read_is_refused(void **state)
{
    struct folder *f = *state;
    fill(f, 1);
    char path[512];
    (void)snprintf(path, sizeof path, "%s/kith.db", f->data);
    (void)chmod(f->base, 0755);
    (void)chmod(f->data, 0555);
    (void)chmod(path, 0444);
    pid_t child = fork();
    if (child == 0) { /* root may write anywhere, so become nobody */
        if (geteuid() == 0) stop_unless(setgid(65534) == 0 && setuid(65534) == 0, 2);
        struct store *s;
        kith_problem why = {""};
        stop_unless(store_open(f->data, &s, &why) == KITH_IO, 3);
        stop_unless(strstr(why.text, "may only read") != NULL, 4);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    (void)chmod(f->data, 0700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(a_new_folder_is_private),
        in_a_folder(junk_is_not_a_database),
        in_a_folder(an_empty_file_is_a_new_database),
        in_a_folder(a_damaged_page_is_refused),
        in_a_folder(a_truncated_file_is_refused),
        in_a_folder(an_older_schema_is_brought_up_and_keeps_what_it_holds),
        in_a_folder(edges_of_numbers_become_edges_with_names),
        in_a_folder(lists_of_numbers_become_lists_of_names),
        in_a_folder(of_a_list_that_is_replaced_nothing_is_left),
        in_a_folder(a_newer_schema_is_refused),
        in_a_folder(anothers_database_is_left_alone),
        in_a_folder(a_missing_table_is_refused),
        in_a_folder(whether_a_folder_can_be_is_known_before),
        in_a_folder(an_empty_file_is_no_database),
        in_a_folder(a_folder_that_cannot_be_is_refused),
        in_a_folder(a_folder_that_may_only_be_read_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
