/* tests/io/test_postgres.c -- the store on a server: opened, and shared by many nodes
 * (tests/suites/postgres.sh). */
#include "base/ids.h"
#include "postgres_fixture.h"

static void assert_says(const kith_problem *why, const char *part)
{
    if (!strstr(why->text, part)) fail_msg("\"%s\" does not say \"%s\"", why->text, part);
}

/* Opening */

static void assert_refused(const char *url, kith_err want, const char *part)
{
    struct store *s = (struct store *)1;
    kith_problem why = {""};
    assert_int_equal(try_node(url, "a", &s, &why), want);
    assert_null(s);
    assert_says(&why, part);
    assert_null(strstr(why.text, "s key")); /* the password's end */
    assert_null(strchr(why.text, '\n'));
}

static void an_unreadable_url_is_not_repeated(void **state)
{
    (void)state;
    assert_refused("postgresql://kith:it's key@[::1/db", KITH_BAD, "cannot be read");
    assert_refused("postgresql://kith:p@it's key@host/db", KITH_BAD, "%40 for an @");
    assert_refused("postgresql://kith:x@host:port/db?no=such", KITH_BAD, "cannot be read");
}

static void who_cannot_be_reached_is_told_from_who_lets_nobody_in(void **state)
{
    const struct folder *f = *state;
    char url[600];
    assert_refused("postgresql://kith:it%27s%20key@/kith?host=/nowhere", KITH_IO,
                   "cannot be reached");
    assert_refused("postgresql://kith:it%27s%20key@127.0.0.1:1/kith", KITH_IO, "refused");
    const char *host = strstr(f->data, "?host=");
    (void)snprintf(url, sizeof url, "postgresql://kith:wrong%%27s%%20key@/kith%s", host);
    assert_refused(url, KITH_BAD, "password");
    (void)snprintf(url, sizeof url, "postgresql://kith:kith%%27s%%20key@/no_such%s", host);
    assert_refused(url, KITH_BAD, "\"no_such\" does not exist");
    (void)snprintf(url, sizeof url, "postgresql://kith@/kith%s", host);
    assert_refused(url, KITH_BAD, "no password supplied");
}

static void a_newer_schema_is_refused(void **state)
{
    const struct folder *f = *state;
    store_close(open_node(f, "a"));
    (void)fixture_sql(f, "UPDATE kith.numbers SET value = 999 WHERE name = 'schema'");
    assert_refused(f->data, KITH_BAD, "newer kith (version 999");
}

static void anothers_schema_is_left_alone(void **state)
{
    const struct folder *f = *state;
    (void)fixture_sql(f, "CREATE SCHEMA kith; CREATE TABLE kith.t (x int)");
    assert_refused(f->data, KITH_BAD, "another program's");
}

static void a_schema_that_an_owner_has_made_is_used(void **state)
{
    const struct folder *f = *state;
    (void)fixture_sql(f, "CREATE SCHEMA kith");
    store_close(open_node(f, "a"));
}

static void who_may_not_make_the_schema_is_told_how(void **state)
{
    const struct folder *f = *state;
    char url[600];
    (void)snprintf(url, sizeof url, "postgresql://kith:kith%%27s%%20key@/postgres%s",
                   strstr(f->data, "?host="));
    assert_refused(url, KITH_BAD, "CREATE SCHEMA kith AUTHORIZATION kith");
}

static int64_t version_in(const struct folder *f)
{
    return fixture_sql(f, "SELECT value FROM kith.numbers WHERE name = 'schema'");
}

/* What this version of Kith makes of nothing. */
static int64_t newest(const struct folder *f)
{
    (void)fixture_sql(f, "SET client_min_messages = error; DROP SCHEMA IF EXISTS kith CASCADE");
    store_close(open_node(f, "first"));
    return version_in(f);
}

static void many_make_the_schema_at_once(void **state)
{
    const struct folder *f = *state;
    pid_t children[3];
    for (int i = 0; i < 3; i++) {
        children[i] = fork();
        if (children[i]) continue;
        struct store *s;
        uint64_t n;
        stop_unless(try_node(f->data, "a", &s, NULL) == KITH_OK, 2);
        stop_unless(store_latest_change(s, &n) == KITH_OK && n == 0, 3);
        store_close(s);
        _exit(0);
    }
    for (int i = 0; i < 3; i++)
        end_well(children[i]);
    int64_t version = version_in(f);
    assert_int_equal(version, newest(f));
}

/* As that version of Kith left it. */
static void begin_with(const struct folder *f, int version)
{
    static char sql[65536];
    char name[512];
    (void)snprintf(name, sizeof name, KITH_VECTORS "/store/postgres-%d.sql", version);
    FILE *in = fopen(name, "r");
    assert_non_null(in);
    size_t n = fread(sql, 1, sizeof sql - 1, in);
    assert_true(feof(in));
    sql[n] = 0;
    (void)fclose(in);
    (void)fixture_sql(f, "DROP SCHEMA IF EXISTS kith CASCADE");
    (void)fixture_sql(f, sql);
    assert_int_equal(version_in(f), version);
}

static void an_older_schema_is_brought_up_and_keeps_what_it_holds(void **state)
{
    const struct folder *f = *state;
    int64_t latest = newest(f);
    for (int version = 1; version <= 2; version++) {
        uint8_t secret[16];
        uint64_t at_s, read = 1;
        enum last_seen how;
        struct stance of_eve, of_ann;
        begin_with(f, version);
        struct store *s = open_node(f, "a");
        assert_int_equal(version_in(f), latest);
        assert_int_equal(count(s), 3);
        must(store_stances(s, KITH_LIT("eve"), KITH_LIT("ann"), &of_eve, &of_ann));
        assert_true(of_eve.blocks && of_ann.watches);
        must(store_secret(s, "phx_ref", secret, sizeof secret));
        assert_int_equal(secret[15], 15);
        must(store_last_seen(s, KITH_LIT("ann"), &how, &at_s));
        assert_int_equal(how, LAST_SEEN_COARSE);
        must(store_read_version(s, KITH_LIT("ann"), &read));
        assert_int_equal(read, 0);
        store_close(s);
    }
}

/* The statements before the one that fails are taken back with it. */
static void a_migration_that_fails_changes_nothing(void **state)
{
    const struct folder *f = *state;
    struct store *s;
    kith_problem why;
    (void)fixture_sql(f, "CREATE SCHEMA IF NOT EXISTS kith;"
                         "CREATE TABLE kith.numbers (name text PRIMARY KEY, value bigint NOT NULL);"
                         "INSERT INTO kith.numbers VALUES ('changes', 0), ('schema', 1);"
                         "CREATE TABLE kith.leads (in_its_way int)");
    assert_int_not_equal(store_open(f->data, &s, &why), KITH_OK);
    assert_says(&why, "already exists");
    assert_int_equal(fixture_sql(f, "SELECT value FROM kith.numbers WHERE name = 'schema'"), 1);
    assert_int_equal(fixture_sql(f, "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND"
                                    " relnamespace = 'kith'::regnamespace"),
                     2);
}

/* Locks */

static void each_node_has_a_name_of_its_own(void **state)
{
    const struct folder *f = *state;
    struct store *a = open_node(f, "a"), *b = open_node(f, "b"), *again = open_node(f, "a");
    kith_problem why;
    must(store_lock(a, &why));
    must(store_lock(b, &why));
    assert_int_equal(store_lock(again, &why), KITH_REFUSED);
    assert_says(&why, "a node named a holds the database");
    store_close(a);
    for (int i = 0; i < 500 && store_lock(again, &why) == KITH_REFUSED; i++)
        nap_ms(10);
    store_close(b);
    store_close(again);
}

static void a_command_writes_beside_no_node_and_no_node_beside_it(void **state)
{
    const struct folder *f = *state;
    struct store *a = open_node(f, "a\xc3\xa9"), *command;
    kith_problem why;
    must(store_open(f->data, &command, &why));
    must(store_lock(a, &why));
    assert_int_equal(store_lock(command, &why), KITH_REFUSED);
    assert_says(&why, "in use by the node a");
    must(postgres_say(a,
                      "DO $$ BEGIN FOR i IN 1..300 LOOP" /* which its process has to drop */
                      " EXECUTE format('CREATE TEMP TABLE t%s (a text)', i);"
                      " END LOOP; END $$",
                      NULL));
    store_close(a);
    must(store_lock(command, &why));
    struct store *b = open_node(f, "b");
    assert_int_equal(store_lock(b, &why), KITH_REFUSED);
    assert_says(&why, "a command");
    store_close(b);
    store_close(command);
}

static kith_err put_session(void *ctx, const struct saved_session *e)
{
    buf_put(ctx, e->user);
    buf_putc(ctx, ' ');
    return KITH_OK;
}

static void save(struct store *s, const char *user)
{
    must(store_begin_aside(s));
    must(store_clear_sessions(s));
    must(store_save_session(
        s, &(struct saved_session){.user = slice_str(user), .fields = KITH_LIT("{}")}));
    must(store_commit(s));
}

static void sessions_are_each_nodes_own(void **state)
{
    const struct folder *f = *state;
    struct store *a = open_node(f, "a"), *b = open_node(f, "b");
    struct buf told = {0};
    save(a, "ann");
    save(b, "bob");
    save(b, "zoe");
    must(store_each_session(a, put_session, &told));
    must(store_each_session(b, put_session, &told));
    assert_true(slice_is(buf_slice(&told), "ann zoe "));
    buf_fini(&told);
    store_close(a);
    store_close(b);
}

static void secrets_and_epochs_are_of_all(void **state)
{
    const struct folder *f = *state;
    struct store *a = open_node(f, "a"), *b = open_node(f, "b");
    uint8_t one[32], other[32];
    uint64_t first, second;
    must(store_secret(a, "refs", one, sizeof one));
    must(store_secret(b, "refs", other, sizeof other));
    assert_memory_equal(one, other, sizeof one);
    must(store_epoch(a, 1000, &first));
    must(store_epoch(b, 1000, &second));
    assert_true(second > first);
    store_close(a);
    store_close(b);
}

static void hostile_ids_are_bytes(void **state)
{
    const struct folder *f = *state;
    struct store *s = open_node(f, "'; DROP SCHEMA kith; --");
    static const char *const ids[] = {"\\x00", "$1",   "' OR 1=1 --", "\xff\xfe",
                                      "{a,b}", "NULL", "\"",          "\x01"};
    enum { COUNT = sizeof ids / sizeof ids[0] };
    struct buf pairs = {0};
    uint64_t added;
    must(store_lock(s, NULL));
    for (size_t i = 0; i < COUNT; i++) {
        ids_put(&pairs, slice_str(ids[i]));
        ids_put(&pairs, slice_str(ids[(i + 1) % COUNT]));
    }
    must(store_begin(s));
    must(store_add_watches(s, buf_slice(&pairs), &added));
    assert_int_equal(added, COUNT);
    must(store_add_watches(s, buf_slice(&pairs), &added));
    assert_int_equal(added, 0);
    must(store_commit(s));
    assert_watched(s, ids[0], "$1 ");
    assert_watched(s, ids[COUNT - 1], "\\x00 ");
    assert_watched(s, ids[2], "\xff\xfe ");
    buf_fini(&pairs);
    store_close(s);
}

int main(void)
{
    if (!postgres_is_there()) return 0;
    const struct CMUnitTest tests[] = {
        in_a_folder(an_unreadable_url_is_not_repeated),
        in_a_folder(who_cannot_be_reached_is_told_from_who_lets_nobody_in),
        in_a_folder(a_newer_schema_is_refused),
        in_a_folder(an_older_schema_is_brought_up_and_keeps_what_it_holds),
        in_a_folder(a_migration_that_fails_changes_nothing),
        in_a_folder(anothers_schema_is_left_alone),
        in_a_folder(a_schema_that_an_owner_has_made_is_used),
        in_a_folder(who_may_not_make_the_schema_is_told_how),
        in_a_folder(many_make_the_schema_at_once),
        in_a_folder(each_node_has_a_name_of_its_own),
        in_a_folder(a_command_writes_beside_no_node_and_no_node_beside_it),
        in_a_folder(sessions_are_each_nodes_own),
        in_a_folder(secrets_and_epochs_are_of_all),
        in_a_folder(hostile_ids_are_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
