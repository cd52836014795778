/* tests/io/test_postgres_lost.c -- the store on a server that ends its connections, stands still,
 * is slow, or is away (tests/suites/postgres.sh). */
#include "keeper_fixture.h"
#include "postgres_fixture.h"

#include <signal.h>

/* Until a call is answered again; at most ten seconds. */
static void wait_for_return(struct store *s)
{
    uint64_t n, end_ms = now_ms() + 10000;
    while (store_count_cut(s, &n) != KITH_OK && now_ms() < end_ms)
        nap_ms(20);
    must(store_count_cut(s, &n));
}

static void end_connections(const struct folder *f)
{
    (void)fixture_sql(f, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                         " WHERE application_name LIKE 'kith %'");
    nap_ms(50);
}

static void a_lost_connection_is_an_error_once_and_made_anew(void **state)
{
    const struct folder *f = *state;
    struct store *s = open_node(f, "a");
    uint64_t n;
    must(store_lock(s, NULL));
    must(store_watch_changes(s));
    (void)store_changes_heard(s);
    must(store_begin(s));
    add(s, "ann", "bob");
    must(store_commit(s));
    end_connections(f);
    assert_int_equal(store_count_cut(s, &n), KITH_IO);
    assert_non_null(strstr(store_error(s), "terminating connection"));
    assert_int_equal(store_changes_fd(s), -1);
    wait_for_return(s);
    assert_true(store_changes_heard(s)); /* there may have been some */
    assert_true(store_changes_fd(s) >= 0);
    assert_watched(s, "ann", "bob ");
    struct store *other = open_node(f, "a");
    assert_int_equal(store_lock(other, NULL), KITH_REFUSED); /* it has its name again */
    store_close(other);
    store_close(s);
}

static void what_was_open_is_over_until_it_is_rolled_back(void **state)
{
    const struct folder *f = *state;
    struct store *s = open_node(f, "a");
    bool added;
    must(store_begin(s));
    add(s, "ann", "bob");
    end_connections(f);
    assert_int_equal(store_add_watch(s, KITH_LIT("a"), KITH_LIT("b"), &added), KITH_IO);
    nap_ms(500);
    assert_int_equal(store_add_watch(s, KITH_LIT("a"), KITH_LIT("b"), &added), KITH_IO);
    assert_int_equal(store_undo(s), KITH_IO);
    assert_int_equal(store_commit(s), KITH_IO);
    wait_for_return(s);
    assert_int_equal(count(s), 0);
    must(store_begin(s));
    end_connections(f);
    assert_int_equal(store_commit(s), KITH_IO);
    store_rollback(s);
    wait_for_return(s);
    store_close(s);
}

static void a_commit_of_what_failed_is_an_error(void **state)
{
    const struct folder *f = *state;
    struct store *s = open_node(f, "a");
    bool added;
    must(store_begin(s));
    add(s, "ann", "bob");
    assert_int_not_equal(postgres_say(s, "SELECT 1 / 0", NULL), KITH_OK);
    assert_int_equal(store_add_watch(s, KITH_LIT("a"), KITH_LIT("b"), &added), KITH_IO);
    assert_string_equal(store_error(s), "division by zero");
    assert_int_equal(store_commit(s), KITH_IO);
    assert_int_equal(count(s), 0);
    store_close(s);
}

static void a_part_that_fails_takes_nothing_else_with_it(void **state)
{
    const struct folder *f = *state;
    struct store *s = open_node(f, "a");
    must(store_begin(s));
    add(s, "ann", "bob");
    must(store_mark(s));
    add(s, "ann", "eve");
    assert_int_not_equal(postgres_say(s, "SELECT 1 / 0", NULL), KITH_OK);
    must(store_undo(s));
    must(store_mark(s));
    add(s, "ann", "zoe");
    must(store_keep(s));
    must(store_commit(s));
    assert_watched(s, "ann", "bob zoe ");
    store_close(s);
}

static void a_slow_statement_is_ended_and_the_connection_stays(void **state)
{
    const struct folder *f = *state;
    struct store *s = open_node(f, "a");
    uint64_t begun_ms = now_ms();
    assert_int_equal(postgres_say(s, "SELECT pg_sleep(5)", NULL), KITH_IO);
    assert_true(now_ms() - begun_ms < 2 * CALL_MS);
    assert_non_null(strstr(store_error(s), "statement timeout"));
    assert_int_equal(count(s), 0); /* at once */
    store_close(s);
}

static void a_server_that_stands_still_is_lost_within_the_bound(void **state)
{
    const struct folder *f = *state;
    struct store *s = open_node(f, "stopped");
    uint64_t n;
    must(store_lock(s, NULL));
    int64_t pid =
        fixture_sql(f, "SELECT pid FROM pg_stat_activity WHERE application_name = 'kith stopped'");
    assert_int_equal(kill((pid_t)pid, SIGSTOP), 0);
    uint64_t begun_ms = now_ms();
    assert_int_equal(store_count_cut(s, &n), KITH_IO);
    uint64_t took_ms = now_ms() - begun_ms;
    assert_in_range(took_ms, CALL_MS, CALL_MS + 800);
    assert_string_equal(store_error(s), "the database does not answer");
    begun_ms = now_ms(); /* and is not tried again at once */
    assert_int_equal(store_count_cut(s, &n), KITH_IO);
    assert_true(now_ms() - begun_ms < 50);
    assert_int_equal(kill((pid_t)pid, SIGCONT), 0);
    wait_for_return(s); /* with the lock, which the old connection had */
    store_close(s);
}

static void a_node_that_stands_still_lets_others_write(void **state)
{
    const struct folder *f = *state;
    pid_t child = fork();
    if (child == 0) {
        struct store *s;
        stop_unless(try_node(f->data, "stopped", &s, NULL) == KITH_OK, 2);
        stop_unless(store_begin(s) == KITH_OK, 3);
        (void)raise(SIGSTOP);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, WUNTRACED), child);
    struct store *s = open_node(f, "a");
    assert_int_equal(store_begin(s), KITH_IO); /* it has the turn */
    uint64_t begun_ms = now_ms();
    while (store_begin(s) != KITH_OK)
        assert_true(now_ms() - begun_ms < STORE_IDLE_MS + 2000);
    add(s, "ann", "bob");
    must(store_commit(s));
    store_close(s);
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
}

/* Of the server whose folder the suite names. */
static void server(const char *what)
{
    char command[256];
    (void)snprintf(command, sizeof command, "%s %s", getenv("KITH_TEST_POSTGRES_CTL"), what);
    assert_int_equal(system(command), 0);
}

static void a_crash_of_the_server_loses_nothing_acknowledged(void **state)
{
    const struct folder *f = *state;
    struct store *s = open_node(f, "a");
    uint64_t n;
    must(store_lock(s, NULL));
    for (int round = 0; round < 2; round++) {
        (void)note(s, "x");
        must(store_begin(s));
        server("crash");
        assert_int_equal(store_commit(s), KITH_IO);
        uint64_t begun_ms = now_ms();
        for (int i = 0; i < 50; i++)
            assert_int_equal(store_latest_change(s, &n), KITH_IO);
        assert_true(now_ms() - begun_ms < 500); /* refused at once, and mostly not even asked */
        server("up");
        wait_for_return(s);
        must(store_latest_change(s, &n));
        assert_int_equal(n, round + 1);
    }
    store_close(s);
}

/* What the system's limits stand for: a disk that is full. */
static void a_full_disk_is_told_as_one(void **state)
{
    const struct folder *f = *state;
    struct store *s = open_node(f, "a");
    must(store_begin(s));
    assert_int_equal(postgres_say(s,
                                  "DO $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE ="
                                  " 'disk_full'; END $$",
                                  NULL),
                     KITH_FULL);
    assert_string_equal(store_error(s), "no room");
    store_rollback(s);
    assert_int_equal(postgres_say(s,
                                  "DO $$ BEGIN RAISE EXCEPTION 'bad page' USING ERRCODE ="
                                  " 'data_corrupted'; END $$",
                                  NULL),
                     KITH_BAD);
    store_close(s);
}

/* A list; what else a shard hears is not looked at. */
static struct mail *list_of(const char *user, uint32_t serial)
{
    struct mail *m;
    ask(user, 1, serial);
    while ((m = answer(1))->type != MAIL_WATCHED)
        mail_free(m);
    return m;
}

static void assert_told(const char *user, uint32_t serial, const char *ids, bool known)
{
    struct mail *m = list_of(user, serial);
    assert_int_equal(m->serial, serial);
    assert_int_equal(m->failed, !ids);
    assert_int_equal(m->known, known);
    if (ids) assert_true(slice_is(mail_a(m), ids));
    mail_free(m);
}

static void unwatch(const char *watcher, const char *watched)
{
    struct rule rule = {
        .kind = RULE_WATCH, .user = slice_str(watcher), .other = slice_str(watched)};
    struct mail *m = rule_mail(&rule, KITH_LIT("\"1\""));
    m->handle = 5;
    post(m, 0);
}

/* The one that finds it lost, and one that finds it so still. */
static void nobody_is_forgotten_for_a_change_that_was_never_sent(void **state)
{
    const struct folder *f = *state;
    befriend(f, "ann", "ben");
    start(f);
    assert_told("ann", 1, "\3ben", false);
    server("crash");
    for (int i = 0; i < 2; i++) {
        struct mail *m;
        unwatch("ann", "ben");
        while ((m = answer(0))->type != MAIL_ANSWER)
            mail_free(m);
        assert_true(m->failed);
        mail_free(m);
        assert_told("ann", 2, "\3ben", true);
    }
    server("up");
    assert_int_equal(stop(), KITH_OK);
}

static void who_joins_while_it_is_lost_is_told_what_was_known_last(void **state)
{
    const struct folder *f = *state;
    befriend(f, "ann", "ben");
    befriend(f, "eve", "ben");
    befriend(f, "eve", "zoe");
    start(f);
    assert_told("ann", 1, "\3ben", false);
    assert_told("eve", 2, "\3ben\3zoe", false);
    unwatch("eve", "ben");
    uint64_t edges = 3, end_ms = now_ms() + 5000;
    while (edges == 3 && now_ms() < end_ms)
        edges = (uint64_t)fixture_sql(f, "SELECT count(*) FROM kith.watches");
    nap_ms(100); /* its sight is told */
    server("crash");
    assert_told("ann", 3, "\3ben", true);
    assert_told("eve", 4, NULL, false); /* what was known holds no more */
    assert_told("zoe", 5, NULL, false); /* nobody has asked for her */
    server("up");
    for (uint64_t until_ms = now_ms() + 10000; now_ms() < until_ms; nap_ms(50)) {
        struct mail *m = list_of("zoe", 6);
        bool back = !m->failed;
        mail_free(m);
        if (back) break;
    }
    assert_told("eve", 7, "\3zoe", false);
    assert_int_equal(stop(), KITH_OK);
}

int main(void)
{
    if (!postgres_is_there()) return 0;
    const struct CMUnitTest tests[] = {
        in_a_folder(a_lost_connection_is_an_error_once_and_made_anew),
        in_a_folder(what_was_open_is_over_until_it_is_rolled_back),
        in_a_folder(a_commit_of_what_failed_is_an_error),
        in_a_folder(a_part_that_fails_takes_nothing_else_with_it),
        in_a_folder(a_slow_statement_is_ended_and_the_connection_stays),
        in_a_folder(a_server_that_stands_still_is_lost_within_the_bound),
        in_a_folder(a_node_that_stands_still_lets_others_write),
        in_a_folder(a_crash_of_the_server_loses_nothing_acknowledged),
        in_a_folder(a_full_disk_is_told_as_one),
        in_a_folder(nobody_is_forgotten_for_a_change_that_was_never_sent),
        in_a_folder(who_joins_while_it_is_lost_is_told_what_was_known_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
