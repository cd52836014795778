/* tests/io/test_store_file.c -- the store's file under bad conditions: damaged, foreign, read-only,
 * shared, full, and killed in the middle. */
#include "store_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static mode_t mode_of(const struct folder *f, const char *name)
{
    char path[128];
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
    char path[128];
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
    char path[128];
    (void)snprintf(path, sizeof path, "%s/kith.db", f->data);
    assert_int_equal(truncate(path, 3L * 4096), 0);
    assert_refused(f->data, KITH_BAD, "kith.db");
}

static void run_sql(const struct folder *f, const char *sql)
{
    char path[128];
    sqlite3 *db;
    (void)mkdir(f->data, 0700);
    (void)snprintf(path, sizeof path, "%s/kith.db", f->data);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
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

static void stop_unless(bool ok, int code)
{
    if (!ok) _exit(code);
}

static void a_folder_that_may_only_be_read_is_refused(void **state)
{
    struct folder *f = *state;
    fill(f, 1);
    char path[128];
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

/* A child that opens the store, does `work`, tells so, and waits to be killed. */
static pid_t child_with(const struct folder *f, void (*work)(struct store *s))
{
    int pipe_fds[2];
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct store *s;
        stop_unless(store_open(f->data, &s, NULL) == KITH_OK, 2);
        work(s);
        stop_unless(write(pipe_fds[1], "!", 1) == 1, 3);
        for (;;)
            (void)pause();
    }
    char c;
    (void)close(pipe_fds[1]);
    assert_int_equal(read(pipe_fds[0], &c, 1), 1);
    (void)close(pipe_fds[0]);
    return child;
}

static void end_child(pid_t child)
{
    (void)kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void take_lock(struct store *s) { stop_unless(store_lock(s, NULL) == KITH_OK, 4); }

static void a_second_process_is_refused_by_name(void **state)
{
    pid_t child = child_with(*state, take_lock);
    struct store *s = fixture_open(*state); /* reading goes on */
    assert_int_equal(count(s), 0);
    kith_problem why;
    char want[64];
    (void)snprintf(want, sizeof want, "in use by process %ld,", (long)child);
    assert_int_equal(store_lock(s, &why), KITH_REFUSED);
    assert_non_null(strstr(why.text, want));
    end_child(child);
    must(store_lock(s, &why)); /* the kernel has let go */
    store_close(s);
}

static void a_second_store_of_one_process_is_refused_too(void **state)
{
    struct store *a = fixture_open(*state), *b = fixture_open(*state);
    must(store_lock(a, NULL));
    assert_int_equal(store_lock(b, NULL), KITH_REFUSED);
    store_close(a);
    must(store_lock(b, NULL));
    store_close(b);
}

static void junk_in_the_lock_file_is_not_repeated(void **state)
{
    struct folder *f = *state;
    struct store *a = fixture_open(f), *b = fixture_open(f);
    must(store_lock(a, NULL));
    char path[128];
    (void)snprintf(path, sizeof path, "%s/kith.lock", f->data);
    FILE *lock = fopen(path, "w");
    assert_non_null(lock);
    (void)fputs("\x1b[2J123456789012345678901234567890", lock);
    (void)fclose(lock);
    kith_problem why;
    assert_int_equal(store_lock(b, &why), KITH_REFUSED);
    assert_non_null(strstr(why.text, "by another process,"));
    store_close(a);
    store_close(b);
}

static void a_reader_sees_what_is_committed(void **state)
{
    struct store *w = fixture_open(*state), *r = fixture_open(*state);
    must(store_begin(w));
    add(w, "ann", "bob");
    assert_int_equal(count(r), 0);
    must(store_commit(w));
    assert_int_equal(count(r), 1);
    store_close(w);
    store_close(r);
}

static void a_second_writer_waits_in_vain(void **state)
{
    struct store *a = fixture_open(*state), *b = fixture_open(*state);
    must(store_begin(a));
    add(a, "ann", "bob");
    assert_int_equal(store_begin(b), KITH_IO);
    assert_string_equal(store_error(b), "database is locked");
    must(store_commit(a));
    must(store_begin(b));
    assert_true(add(b, "bob", "ann"));
    must(store_commit(b));
    store_close(a);
    store_close(b);
}

static void many_may_open_a_new_folder_at_once(void **state)
{
    struct folder *f = *state;
    pid_t children[4];
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct store *s;
            kith_problem why = {""};
            stop_unless(store_open(f->data, &s, &why) == KITH_OK, 2);
            uint8_t secret[16];
            stop_unless(store_secret(s, "one", secret, sizeof secret) == KITH_OK, 3);
            store_close(s);
            _exit(0);
        }
    }
    for (int i = 0; i < 4; i++) {
        int status = -1;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
}

/* Adds edges until a call says no, at most `max`; returns that answer. */
static kith_err add_until_refused(struct store *s, int max)
{
    kith_err e = store_begin(s);
    for (int i = 0; !e && i < max; i++) {
        char id[120];
        bool added;
        (void)snprintf(id, sizeof id, "%0100d", i);
        e = store_add_watch(s, slice_str(id), KITH_LIT("star"), &added);
    }
    if (!e) return store_commit(s);
    store_rollback(s);
    return e;
}

/* A file that may not grow stands in for a full disk. */
static void a_disk_that_refuses_is_survived(void **state)
{
    struct store *s = fixture_open(*state);
    struct rlimit old, tight = {256 << 10, RLIM_INFINITY};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight.rlim_max = old.rlim_max;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    kith_err e = add_until_refused(s, 100000);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_true(e == KITH_FULL || e == KITH_IO);
    assert_int_equal(count(s), 0); /* reading goes on, and nothing of it was kept */
    must(add_until_refused(s, 1000));
    assert_int_equal(count(s), 1000);
    store_close(s);
}

/* Writes chunk after chunk and says so after each commit, until it is killed. */
static void write_for_ever(const struct folder *f, int say, int round)
{
    struct store *s;
    stop_unless(store_open(f->data, &s, NULL) == KITH_OK && store_lock(s, NULL) == KITH_OK, 2);
    for (uint32_t chunk = 0;; chunk++) {
        stop_unless(store_begin(s) == KITH_OK, 3);
        for (int i = 0; i < 50; i++) {
            char id[48];
            bool added;
            (void)snprintf(id, sizeof id, "%d-%u-%d", round, chunk, i);
            stop_unless(store_add_watch(s, slice_str(id), KITH_LIT("star"), &added) == KITH_OK, 4);
        }
        stop_unless(store_commit(s) == KITH_OK, 5);
        stop_unless(write(say, &chunk, sizeof chunk) == sizeof chunk, 6);
    }
}

static int64_t acknowledged_before_kill(const struct folder *f, int round)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) write_for_ever(f, fds[1], round);
    (void)close(fds[1]);
    uint32_t chunk = 0; /* the first shall be there in each round */
    assert_int_equal(read(fds[0], &chunk, sizeof chunk), sizeof chunk);
    const struct timespec nap = {0, round * 7 % 40 * 1000000L};
    (void)nanosleep(&nap, NULL);
    end_child(child);
    int64_t last = chunk;
    while (read(fds[0], &chunk, sizeof chunk) == sizeof chunk)
        last = chunk;
    (void)close(fds[0]);
    return last;
}

static void a_kill_loses_nothing_acknowledged(void **state)
{
    struct folder *f = *state;
    int64_t chunks = 0;
    for (int round = 0; round < 20; round++) {
        int64_t last = acknowledged_before_kill(f, round);
        chunks += last + 1;
        struct store *s = fixture_open(f);
        must(store_lock(s, NULL));
        for (int64_t chunk = 0; chunk <= last; chunk++) {
            char id[48];
            (void)snprintf(id, sizeof id, "%d-%u-49", round, (uint32_t)chunk);
            assert_watched(s, id, "star ");
        }
        uint64_t kept = count(s); /* whole chunks only; one more may be there, unacknowledged */
        assert_int_equal(kept % 50, 0);
        assert_true(kept >= (uint64_t)chunks * 50 && kept <= (uint64_t)(chunks + 1) * 50);
        chunks = (int64_t)(kept / 50);
        store_close(s);
    }
    run_sql(f, "SELECT raise_if FROM (SELECT CASE WHEN integrity_check = 'ok' THEN 1 ELSE"
               " json('damaged') END AS raise_if FROM pragma_integrity_check)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(a_new_folder_is_private),
        in_a_folder(junk_is_not_a_database),
        in_a_folder(an_empty_file_is_a_new_database),
        in_a_folder(a_damaged_page_is_refused),
        in_a_folder(a_truncated_file_is_refused),
        in_a_folder(a_newer_schema_is_refused),
        in_a_folder(anothers_database_is_left_alone),
        in_a_folder(a_missing_table_is_refused),
        in_a_folder(a_folder_that_cannot_be_is_refused),
        in_a_folder(a_folder_that_may_only_be_read_is_refused),
        in_a_folder(a_second_process_is_refused_by_name),
        in_a_folder(a_second_store_of_one_process_is_refused_too),
        in_a_folder(junk_in_the_lock_file_is_not_repeated),
        in_a_folder(a_reader_sees_what_is_committed),
        in_a_folder(a_second_writer_waits_in_vain),
        in_a_folder(many_may_open_a_new_folder_at_once),
        in_a_folder(a_disk_that_refuses_is_survived),
        in_a_folder(a_kill_loses_nothing_acknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
