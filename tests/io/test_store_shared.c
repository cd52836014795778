/* tests/io/test_store_shared.c -- the store with others about: a second process, a reader, a full
 * disk, and a kill in the middle of writing. */
#include "store_fixture.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static void stop_unless(bool ok, int code)
{
    if (!ok) _exit(code);
}

/* A server lets go of what a killed process had only when it sees that. */
static kith_err lock_soon(struct store *s)
{
    kith_err e = store_lock(s, NULL);
    const struct timespec nap = {0, 5000000};
    for (int i = 0; i < 1000 && e == KITH_REFUSED; i++, e = store_lock(s, NULL))
        (void)nanosleep(&nap, NULL);
    return e;
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
    only_in_a_file((struct folder *)*state);
    pid_t child = child_with(*state, take_lock);
    struct store *s = fixture_open(*state); /* reading goes on */
    assert_int_equal(count(s), 0);
    kith_problem why;
    char want[64];
    (void)snprintf(want, sizeof want, "in use by process %ld,", (long)child);
    assert_int_equal(store_lock(s, &why), KITH_REFUSED);
    assert_non_null(strstr(why.text, want));
    assert_true(store_held(((struct folder *)*state)->data));
    end_child(child);
    assert_false(store_held(((struct folder *)*state)->data));
    assert_false(store_held("/nowhere"));
    must(store_lock(s, &why)); /* the kernel has let go */
    store_close(s);
}

static void a_second_store_of_one_process_is_refused_too(void **state)
{
    struct store *a = fixture_open(*state), *b = fixture_open(*state);
    must(store_lock(a, NULL));
    assert_int_equal(store_lock(b, NULL), KITH_REFUSED);
    store_close(a);
    must(lock_soon(b));
    store_close(b);
}

static void junk_in_the_lock_file_is_not_repeated(void **state)
{
    only_in_a_file((struct folder *)*state);
    struct folder *f = *state;
    struct store *a = fixture_open(f), *b = fixture_open(f);
    must(store_lock(a, NULL));
    char path[512];
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
    only_in_a_file((struct folder *)*state);
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

/* Files that may not grow beyond `bytes` stand in for a full disk, while `edges` are added. */
static kith_err add_on_full_disk(struct store *s, rlim_t bytes, int edges)
{
    struct rlimit old, tight;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = (struct rlimit){bytes, old.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    kith_err e = add_until_refused(s, edges);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    return e;
}

static void a_disk_that_refuses_is_survived(void **state)
{
    only_in_a_file((struct folder *)*state);
    struct store *s = fixture_open(*state);
    kith_err e = add_on_full_disk(s, 256 << 10, 100000);
    assert_true(e == KITH_FULL || e == KITH_IO);
    assert_int_equal(count(s), 0); /* reading goes on, and nothing of it was kept */
    must(add_until_refused(s, 1000));
    assert_int_equal(count(s), 1000);
    store_close(s);
}

static void a_commit_that_fails_keeps_its_words(void **state)
{
    only_in_a_file((struct folder *)*state);
    struct store *s = fixture_open(*state);
    assert_int_equal(add_on_full_disk(s, 4096, 1), KITH_IO); /* it fits in memory until then */
    assert_string_equal(store_error(s), "disk I/O error");
    assert_int_equal(count(s), 0);
    must(add_until_refused(s, 1));
    assert_int_equal(count(s), 1);
    store_close(s);
}

/* Writes chunk after chunk and says so after each commit, until it is killed. */
static void write_for_ever(const struct folder *f, int say, int round)
{
    struct store *s;
    stop_unless(store_open(f->data, &s, NULL) == KITH_OK && lock_soon(s) == KITH_OK, 2);
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

/* Every page and index, which the store's own check at open does not compare. */
static void assert_intact(const struct folder *f)
{
    char path[512];
    sqlite3 *db;
    sqlite3_stmt *st;
    (void)snprintf(path, sizeof path, "%s/kith.db", f->data);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(st, 0), "ok");
    (void)sqlite3_finalize(st);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
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
        must(lock_soon(s));
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
    if (!f->postgres) assert_intact(f);
}

static void who_holds_it_tells_where_its_api_is(void **state)
{
    only_in_a_file((struct folder *)*state);
    struct folder *f = *state;
    uint16_t port = 1;
    struct store *s = fixture_open(f);
    store_tell_port(s, 4001); /* who does not hold it tells nothing */
    assert_false(store_told_port(f->data, &port));
    must(store_lock(s, NULL));
    assert_false(store_told_port(f->data, &port));
    store_tell_port(s, 4001);
    assert_true(store_told_port(f->data, &port));
    assert_int_equal(port, 4001);
    store_tell_port(s, 0);
    assert_true(store_told_port(f->data, &port));
    assert_int_equal(port, 0);
    store_close(s);
    assert_false(store_told_port(f->data, &port));
    s = fixture_open(f);
    must(store_lock(s, NULL)); /* and what was told is forgotten */
    assert_false(store_told_port(f->data, &port));
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(who_holds_it_tells_where_its_api_is),
        in_a_folder(a_second_process_is_refused_by_name),
        in_a_folder(a_second_store_of_one_process_is_refused_too),
        in_a_folder(junk_in_the_lock_file_is_not_repeated),
        in_a_folder(a_reader_sees_what_is_committed),
        in_a_folder(a_second_writer_waits_in_vain),
        in_a_folder(many_may_open_a_new_folder_at_once),
        in_a_folder(a_disk_that_refuses_is_survived),
        in_a_folder(a_commit_that_fails_keeps_its_words),
        in_a_folder(a_kill_loses_nothing_acknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
