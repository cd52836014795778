/* tests/io/test_store_copies.c -- files of older versions of Kith (tests/vectors/store), brought to
 * this schema: what they hold stays, and a copy of each as it was is left, for some time. */
#include "store_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static const int schemas[] = {1, 2, 3, 5, 7, 8};
enum { SCHEMAS = sizeof schemas / sizeof schemas[0], DAY_S = 86400 };

static const char *path_of(const struct folder *f, const char *name)
{
    static char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", f->data, name);
    return path;
}

static const char *copy_of(const struct folder *f, int schema)
{
    char name[64];
    (void)snprintf(name, sizeof name, "kith.db.schema-%d", schema);
    return path_of(f, name);
}

static void must_run(const char *path, const char *sql)
{
    sqlite3 *db;
    char *error = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK) fail_msg("%s", error);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int64_t number_in(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *st;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(st, 0);
    assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return n;
}

/* As that version left it. */
static void begin_with(const struct folder *f, int schema)
{
    static char sql[65536];
    char name[512];
    (void)snprintf(name, sizeof name, KITH_VECTORS "/store/schema-%d.sql", schema);
    FILE *in = fopen(name, "r");
    assert_non_null(in);
    size_t n = fread(sql, 1, sizeof sql - 1, in);
    assert_true(feof(in));
    sql[n] = 0;
    (void)fclose(in);
    (void)mkdir(f->data, 0700);
    (void)unlink(path_of(f, "kith.db"));
    must_run(path_of(f, "kith.db"), sql);
    must_run(path_of(f, "kith.db"), "PRAGMA journal_mode = WAL");
}

static bool is_there(const char *path) { return access(path, F_OK) == 0; }

static kith_err count_session(void *n, const struct saved_session *s)
{
    ++*(unsigned *)n;
    assert_true(slice_is(s->user, "ann") && slice_is(s->fields, "{\"status\":\"away\"}"));
    assert_int_equal(s->ref_seq, 4);
    assert_false(s->hidden);
    return KITH_OK;
}

static void assert_rules(struct store *s, int schema)
{
    enum visibility mode;
    struct buf ids = {0};
    struct stance of_eve, of_ann;
    must(store_visibility(s, KITH_LIT("bob"), &mode, &ids));
    assert_int_equal(mode, schema >= 2 ? VISIBILITY_ONLY : VISIBILITY_FRIENDS);
    assert_true(slice_is(buf_slice(&ids), schema >= 2 ? "\3ann" : ""));
    buf_fini(&ids);
    must(store_stances(s, KITH_LIT("eve"), KITH_LIT("ann"), &of_eve, &of_ann));
    assert_int_equal(of_eve.blocks, schema >= 2);
    assert_false(of_ann.blocks);
    assert_true(of_ann.watches);
}

static void assert_ids(struct store *s, const char *user, const char *want)
{
    struct buf ids = {0};
    must(store_watched(s, slice_str(user), &ids));
    assert_true(slice_is(buf_slice(&ids), want));
    buf_fini(&ids);
}

static void assert_holds(struct store *s, int schema)
{
    uint8_t secret[16];
    uint64_t epoch, at_s;
    unsigned sessions = 0;
    enum last_seen how;
    bool changed = false;
    assert_ids(s, "ann", "\3bob\3eve");
    assert_ids(s, "bob", "\3ann");
    assert_int_equal(count(s), 4);
    assert_rules(s, schema);
    must(store_secret(s, "phx_ref", secret, sizeof secret));
    for (int i = 0; i < 16; i++)
        assert_int_equal(secret[i], i);
    must(store_epoch(s, 1, &epoch));
    assert_int_equal(epoch, 42);
    must(store_each_session(s, count_session, &sessions));
    assert_int_equal(sessions, 1);
    must(store_last_seen(s, KITH_LIT("ann"), &how, &at_s));
    assert_int_equal(how, schema >= 7 ? LAST_SEEN_COARSE : LAST_SEEN_OFF);
    must(store_begin(s));
    must(store_set_block(s, KITH_LIT("bob"), KITH_LIT("eve"), true, &changed));
    must(store_commit(s));
    assert_true(changed);
}

static void what_each_older_version_kept_is_kept(void **state)
{
    struct folder *f = *state;
    for (int i = 0; i < SCHEMAS; i++) {
        begin_with(f, schemas[i]);
        struct store *s = fixture_open(f);
        assert_holds(s, schemas[i]);
        store_close(s);
    }
}

static void the_copy_is_the_file_as_it_was_and_private(void **state)
{
    struct folder *f = *state;
    mode_t old = umask(0);
    for (int i = 0; i < SCHEMAS; i++) {
        struct stat st;
        begin_with(f, schemas[i]);
        store_close(fixture_open(f));
        const char *copy = copy_of(f, schemas[i]);
        assert_int_equal(stat(copy, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        assert_int_equal(number_in(copy, "PRAGMA user_version"), schemas[i]);
        assert_int_equal(number_in(copy, "PRAGMA application_id"), 0x4b697468);
        assert_int_equal(number_in(copy, "SELECT quick_check = 'ok' FROM pragma_quick_check"), 1);
        assert_int_equal(number_in(copy, "SELECT count(*) FROM watches"), 4);
    }
    (void)umask(old);
}

/* What whoever goes back to the version before does: docs/upgrading.md. */
static void the_copy_in_the_file_s_place_is_a_way_back(void **state)
{
    struct folder *f = *state;
    char copy[512];
    begin_with(f, 5);
    struct store *s = fixture_open(f);
    must(store_begin(s));
    add(s, "ann", "late");
    must(store_commit(s));
    store_close(s);
    (void)snprintf(copy, sizeof copy, "%s", copy_of(f, 5));
    assert_int_equal(rename(copy, path_of(f, "kith.db")), 0);
    assert_int_equal(number_in(path_of(f, "kith.db"), "PRAGMA user_version"), 5);
    s = fixture_open(f);
    assert_holds(s, 5);
    store_close(s);
}

static void a_new_file_and_one_of_this_schema_leave_none(void **state)
{
    struct folder *f = *state;
    for (int i = 0; i < 2; i++)
        store_close(fixture_open(f));
    for (int schema = 0; schema < 20; schema++)
        assert_false(is_there(copy_of(f, schema)));
}

/* Files that may not grow beyond this stand in for a full disk: the copy would. */
static void where_a_copy_has_no_room_nothing_is_migrated(void **state)
{
    struct folder *f = *state;
    struct rlimit old, tight;
    struct store *s = (struct store *)1;
    kith_problem why = {""};
    begin_with(f, 8);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = (struct rlimit){40960, old.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    kith_err e = store_open(f->data, &s, &why);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_true(e == KITH_IO || e == KITH_FULL);
    assert_null(s);
    if (!strstr(why.text, "no copy of it can be made")) fail_msg("%s", why.text);
    assert_non_null(strstr(why.text, "Nothing has changed"));
    assert_false(is_there(copy_of(f, 8)));
    assert_false(is_there(path_of(f, "kith.db.schema-part")));
    assert_int_equal(number_in(path_of(f, "kith.db"), "PRAGMA user_version"), 8);
    s = fixture_open(f); /* and with room it goes on */
    assert_holds(s, 8);
    store_close(s);
}

static void a_folder_where_none_can_be_made_is_refused_likewise(void **state)
{
    struct folder *f = *state;
    struct store *s = NULL;
    kith_problem why = {""};
    begin_with(f, 7);
    assert_int_equal(mkdir(path_of(f, "kith.db.schema-part"), 0700), 0); /* in its way */
    assert_int_equal(store_open(f->data, &s, &why), KITH_IO);
    assert_non_null(strstr(why.text, "no copy of it can be made"));
    assert_int_equal(rmdir(path_of(f, "kith.db.schema-part")), 0);
    assert_int_equal(number_in(path_of(f, "kith.db"), "PRAGMA user_version"), 7);
}

/* Ended while it copied: what is there is no copy, and is made anew. */
static void a_half_of_one_is_none(void **state)
{
    struct folder *f = *state;
    begin_with(f, 7);
    int fd = open(path_of(f, "kith.db.schema-part"), O_CREAT | O_WRONLY, 0644);
    assert_int_equal(write(fd, "SQLite", 6), 6);
    (void)close(fd);
    store_close(fixture_open(f));
    assert_false(is_there(path_of(f, "kith.db.schema-part")));
    assert_int_equal(number_in(copy_of(f, 7), "SELECT count(*) FROM watches"), 4);
}

static void make_copy(const struct folder *f, int schema, int days_old)
{
    struct timespec at = {.tv_sec = time(NULL) - days_old * DAY_S};
    int fd = open(copy_of(f, schema), O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(futimens(fd, (struct timespec[2]){at, at}), 0);
    (void)close(fd);
}

static void so_many_are_kept_and_no_longer_than_their_days(void **state)
{
    struct folder *f = *state;
    store_close(fixture_open(f));
    for (int days = 1; days <= 5; days++)
        make_copy(f, 10 - days, days);
    make_copy(f, 3, STORE_COPY_DAYS + 1);
    int fd = open(path_of(f, "kith.db.schema-mine"), O_CREAT | O_WRONLY, 0600);
    (void)close(fd);
    struct store *s = fixture_open(f);
    for (int schema = 0; schema < 10; schema++)
        assert_int_equal(is_there(copy_of(f, schema)),
                         schema <= 9 && schema > 9 - STORE_COPIES_MAX);
    uint64_t now_s = (uint64_t)time(NULL);
    store_forget_copies(s, now_s + (STORE_COPY_DAYS - 2) * DAY_S + DAY_S / 2);
    assert_true(is_there(copy_of(f, 9)));
    assert_false(is_there(copy_of(f, 8)));
    store_forget_copies(s, now_s + STORE_COPY_DAYS * DAY_S);
    assert_false(is_there(copy_of(f, 9)));
    assert_int_equal(unlink(path_of(f, "kith.db.schema-mine")),
                     0); /* is nobody's but its maker's */
    store_close(s);
}

/* Two processes that begin at once: one migrates, one waits. */
static void of_many_that_begin_one_migrates(void **state)
{
    struct folder *f = *state;
    pid_t children[4];
    begin_with(f, 3);
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i]) continue;
        struct store *s = NULL;
        kith_problem why = {""};
        kith_err e = store_open(f->data, &s, &why);
        if (e) fprintf(stderr, "%s\n", why.text);
        store_close(s);
        _exit(e != KITH_OK);
    }
    for (int i = 0; i < 4; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_int_equal(number_in(copy_of(f, 3), "PRAGMA user_version"), 3);
    struct store *s = fixture_open(f);
    assert_holds(s, 3);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(what_each_older_version_kept_is_kept),
        in_a_folder(the_copy_is_the_file_as_it_was_and_private),
        in_a_folder(the_copy_in_the_file_s_place_is_a_way_back),
        in_a_folder(a_new_file_and_one_of_this_schema_leave_none),
        in_a_folder(where_a_copy_has_no_room_nothing_is_migrated),
        in_a_folder(a_folder_where_none_can_be_made_is_refused_likewise),
        in_a_folder(a_half_of_one_is_none),
        in_a_folder(so_many_are_kept_and_no_longer_than_their_days),
        in_a_folder(of_many_that_begin_one_migrates),
    };
    return cmocka_run_group_tests_name("store_copies", tests, NULL, NULL);
}
