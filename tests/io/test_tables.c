/* tests/io/test_tables.c -- an application's own tables: queries that are looked at, and what they
 * say (tests/suites/tables.sh). */
#include "base/ids.h"
#include "io/tables.h"
#include "io/tables_conn.h"
#include "postgres_fixture.h"

#include <poll.h>

static const char schema[] =
    "DROP TABLE IF EXISTS friends, names, odd; CREATE TABLE friends (a bigint, b bigint);"
    "INSERT INTO friends VALUES (1, 10), (1, 9), (1, 9), (1, NULL), (2, 1), (9, 1);"
    "CREATE TABLE names (a text, b text); INSERT INTO names VALUES ('ann', 'b''ob'), ('7', '8');"
    "CREATE TABLE odd (a uuid, b timestamptz, c char(4), d numeric);"
    "INSERT INTO odd VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', now(), 'ann', 1.50)";

/* Where a bound is in question, which is less than what is waited for; and where none is. */
enum { SHORT_MS = 1500, PATIENT_MS = 20000 };

#define FRIENDS "SELECT b FROM friends WHERE a = $1"

static struct tables_options options(const struct folder *f, const char *friends)
{
    return (struct tables_options){
        .url = f->data, .friends = friends, .call_ms = PATIENT_MS, .connections = 1};
}

static void is_refused(const struct folder *f, const char *friends, const char *part)
{
    struct tables_options o = options(f, friends);
    kith_problem why = {""};
    assert_int_equal(tables_check(&o, &why), KITH_BAD);
    if (!strstr(why.text, part)) fail_msg("\"%s\" does not say \"%s\"", why.text, part);
    assert_null(strchr(why.text, '\n'));
}

static void a_query_that_cannot_be_asked_is_refused_and_says_why(void **state)
{
    const struct folder *f = *state;
    (void)fixture_sql(f, schema);
    is_refused(
        f, "SELEC b FROM friends WHERE a = $1",
        "source.friends: syntax error at or near \"SELEC\", at character 1; write one SELECT");
    is_refused(f, "SELECT b FROM freinds WHERE a = $1", "relation \"freinds\" does not exist");
    is_refused(f, "SELECT bb FROM friends WHERE a = $1", "column \"bb\" does not exist");
    is_refused(f, "SELECT b FROM friends", "takes 0 parameters; write $1");
    is_refused(f, "SELECT b FROM friends WHERE a = $1 AND b > $2", "takes 2 parameters");
    is_refused(f, "SELECT a, b FROM friends WHERE a = $1", "gives 2 columns");
    is_refused(f, "SELECT b FROM odd WHERE c = $1", "timestamp with time zone, which is no id");
    is_refused(f, "SELECT a = 1 FROM friends WHERE a = $1", "boolean, which is no id");
    is_refused(f, "SELECT b FROM friends WHERE a = $1; DROP TABLE friends", "multiple commands");
    is_refused(f, "DELETE FROM friends WHERE a = $1 RETURNING b", "syntax error");
    is_refused(f, FRIENDS ") q (id); --", "syntax error");
    is_refused(f, "DELETE FROM friends WHERE a = $1 RETURNING b", "\"FROM\"; write one SELECT");
    is_refused(f, "", "takes 0 parameters");
}

static void a_role_that_may_not_read_the_tables_is_refused(void **state)
{
    const struct folder *f = *state;
    struct tables_options both = {.url = f->data,
                                  .watches = "SELECT a FROM names WHERE b = $1",
                                  .watchers = "SELECT b FROM names WHERE a = $1 LIMIT 9",
                                  .mutual = true,
                                  .call_ms = PATIENT_MS,
                                  .connections = 1};
    kith_problem why = {""};
    (void)fixture_sql(f, schema);
    must(tables_check(&both, &why));
    (void)fixture_sql(f, "REVOKE SELECT ON friends, names FROM CURRENT_USER");
    is_refused(f, FRIENDS, "source.url: permission denied for table friends; GRANT SELECT");
    is_refused(f, FRIENDS " ORDER BY b LIMIT 3", "permission denied for table friends");
    is_refused(f, "WITH q AS (SELECT count(*) FROM friends) " FRIENDS, "permission denied");
    assert_int_equal(tables_check(&both, &why), KITH_BAD);
    assert_non_null(strstr(why.text, "permission denied for table names"));
}

static void who_cannot_be_reached_is_told_from_who_lets_nobody_in(void **state)
{
    const struct folder *f = *state;
    char url[600];
    struct tables_options o = options(f, FRIENDS);
    kith_problem why = {""};
    o.url = "postgresql://kith:it%27s%20key@127.0.0.1:1/kith";
    assert_int_equal(tables_check(&o, &why), KITH_IO);
    assert_non_null(strstr(why.text, "source.url: the database cannot be reached"));
    (void)snprintf(url, sizeof url, "postgresql://kith:it%%27s%%20key@/kith%s",
                   strstr(f->data, "?host="));
    o.url = url;
    assert_int_equal(tables_check(&o, &why), KITH_BAD);
    assert_non_null(strstr(why.text, "lets nobody in"));
    assert_null(strstr(why.text, "s key"));
}

static void begin(struct tables_conn *c, const struct tables_options *o)
{
    kith_problem why = {""};
    tables_conn_init(c, o);
    must(tables_connect(c));
    if (tables_prepare(c, &why) != KITH_OK) fail_msg("%s", why.text);
}

/* `want` is the ids, each with a blank behind it. */
static void says(struct tables_conn *c, const char *user, const char *want)
{
    struct buf ids = {0}, text = {0};
    bool cut;
    kith_err e = tables_ask(c, slice_str(user), &ids, &cut);
    if (e) fail_msg("%s", c->words);
    kith_slice rest = buf_slice(&ids), id;
    while (ids_next(&rest, &id)) {
        buf_put(&text, id);
        buf_putc(&text, ' ');
    }
    assert_true(slice_is(buf_slice(&text), want));
    assert_false(cut);
    buf_fini(&ids);
    buf_fini(&text);
}

static void with(const struct folder *f, const char *friends, const char *user, const char *want)
{
    struct tables_options o = options(f, friends);
    struct tables_conn c;
    begin(&c, &o);
    says(&c, user, want);
    says(&c, user, want);
    tables_conn_fini(&c);
}

static void friends_come_sorted_each_once_and_nobody_is_none(void **state)
{
    const struct folder *f = *state;
    (void)fixture_sql(f, schema);
    with(f, FRIENDS, "1", "10 9 ");
    with(f, FRIENDS " ; ", "2", "1 ");
    with(f, FRIENDS, "3", "");
    with(f, "SELECT b FROM names WHERE a = $1", "ann", "b'ob ");
    with(f, "WITH x AS (" FRIENDS ") SELECT * FROM x", "1", "10 9 ");
    with(f, FRIENDS " ORDER BY b DESC LIMIT 1", "9", "1 ");
    with(f, "SELECT a FROM odd WHERE c = $1", "ann", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11 ");
    with(f, "SELECT d FROM odd WHERE a = $1", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "1.50 ");
}

static void an_id_that_the_type_does_not_have_is_nobodys(void **state)
{
    const struct folder *f = *state;
    static const char *const strange[] = {
        "1 OR 1=1", "'",  "$1", "é",   "99999999999999999999",      "01",
        " 1",       "1 ", "+1", "1.0", "1); DROP TABLE friends; --"};
    struct tables_options o = options(f, FRIENDS);
    struct tables_conn c;
    (void)fixture_sql(f, schema);
    begin(&c, &o);
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++)
        says(&c, strange[i], "");
    says(&c, "1", "10 9 ");
    tables_conn_fini(&c);
    with(f, "SELECT d FROM odd WHERE a = $1", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "");
    with(f, "SELECT d FROM odd WHERE a = $1", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", "");
    with(f, "SELECT a FROM odd WHERE c = $1", "ann ", "");
}

static void a_value_in_the_tables_that_is_none_is_no_answer(void **state)
{
    const struct folder *f = *state;
    struct tables_options o = options(f, "SELECT b::bigint FROM names WHERE a = $1");
    struct tables_conn c;
    struct buf ids = {0};
    bool cut;
    (void)fixture_sql(f, schema);
    begin(&c, &o);
    says(&c, "7", "8 ");
    assert_int_equal(tables_ask(&c, KITH_LIT("ann"), &ids, &cut), KITH_BAD);
    assert_non_null(strstr(c.words, "invalid input syntax for type bigint"));
    says(&c, "7", "8 ");
    tables_conn_fini(&c);
    buf_fini(&ids);
}

static void the_first_of_too_many_are_taken(void **state)
{
    const struct folder *f = *state;
    struct tables_options o = options(f, "SELECT generate_series(1, 30000) + 0 * $1::int");
    struct tables_conn c;
    struct buf ids = {0};
    bool cut = false;
    begin(&c, &o);
    must(tables_ask(&c, KITH_LIT("1"), &ids, &cut));
    assert_true(cut);
    assert_int_equal(ids_count(buf_slice(&ids)), SOURCE_EDGES_MAX);
    tables_conn_fini(&c);
    buf_fini(&ids);
}

static void it_only_reads(void **state)
{
    const struct folder *f = *state;
    struct tables_conn c;
    struct buf ids = {0};
    bool cut;
    (void)fixture_sql(f, schema);
    (void)fixture_sql(f, "CREATE OR REPLACE FUNCTION spoil(x bigint) RETURNS bigint LANGUAGE sql AS"
                         " $$ DELETE FROM friends RETURNING b $$");
    struct tables_options o = options(f, "SELECT spoil($1)");
    begin(&c, &o);
    assert_int_equal(tables_ask(&c, KITH_LIT("1"), &ids, &cut), KITH_BAD);
    assert_non_null(strstr(c.words, "read-only transaction"));
    assert_int_equal(fixture_sql(f, "SELECT count(*) FROM friends"), 6);
    tables_conn_fini(&c);
    buf_fini(&ids);
}

static void what_takes_too_long_is_ended_and_the_connection_stays(void **state)
{
    const struct folder *f = *state;
    struct tables_options o =
        options(f, "SELECT b FROM friends, (SELECT pg_sleep($1 / 10)) s WHERE a = $1");
    struct tables_conn c;
    struct buf ids = {0};
    bool cut;
    (void)fixture_sql(f, schema);
    o.call_ms = SHORT_MS;
    begin(&c, &o);
    uint64_t begun_ms = now_ms();
    assert_int_equal(tables_ask(&c, KITH_LIT("90"), &ids, &cut), KITH_BAD);
    assert_true(now_ms() - begun_ms < 3 * SHORT_MS);
    assert_non_null(strstr(c.words, "statement timeout"));
    says(&c, "1", "10 9 ");
    tables_conn_fini(&c);
    buf_fini(&ids);
}

static void both_directions_take_the_same_and_only_who_stands_in_both_is_named(void **state)
{
    const struct folder *f = *state;
    struct tables_options o = options(f, NULL);
    struct tables_conn c;
    kith_problem why = {""};
    (void)fixture_sql(f, schema);
    o.watches = FRIENDS;
    o.watchers = "SELECT a FROM friends WHERE b = $1";
    begin(&c, &o);
    says(&c, "1", "10 9 ");
    tables_conn_fini(&c);
    o.mutual = true;
    begin(&c, &o);
    says(&c, "1", "9 ");
    tables_conn_fini(&c);
    o.watchers = "SELECT a FROM friends WHERE b::text = $1";
    assert_int_equal(tables_check(&o, &why), KITH_BAD);
    assert_non_null(strstr(why.text, "write the type in both"));
}

/* Threads */

/* The next mail within the bound. */
static struct mail *next(struct mailbox *box, struct mail_queue *q)
{
    struct pollfd fd = {.fd = box->event_fd, .events = POLLIN};
    for (int i = 0; !q->first && i < 20; i++) {
        (void)poll(&fd, 1, 500);
        *q = mailbox_take(box);
    }
    struct mail *m = mail_take(q);
    assert_non_null(m);
    return m;
}

static void assert_hint(struct mailbox *box, struct mail_queue *q, kith_slice ids)
{
    struct mail *m = next(box, q);
    assert_int_equal(m->type, MAIL_HINT);
    assert_true(slice_eq(mail_a(m), ids));
    assert_false(m->failed);
    mail_free(m);
}

static void notices_name_users_or_anybody(void **state)
{
    const struct folder *f = *state;
    struct tables_options o = options(f, FRIENDS);
    struct mailbox box;
    struct mail_queue q = {0};
    struct tables *t;
    (void)fixture_sql(f, schema);
    o.channel = "My \"edges\"";
    must(mailbox_init(&box));
    must(tables_start(&o, &box, &t));
    assert_hint(&box, &q, (kith_slice){0}); /* it listens: before that it heard nothing */
    (void)fixture_sql(f, "SELECT pg_notify('My \"edges\"', 'a,b')");
    assert_hint(&box, &q, KITH_LIT("\3a,b"));
    (void)fixture_sql(f, "SELECT pg_notify('My \"edges\"', '[\"a\\\"b\", 12]')");
    assert_hint(&box, &q, KITH_LIT("\3a\"b\00212"));
    (void)fixture_sql(f, "SELECT pg_notify('My \"edges\"', '[true]')");
    assert_hint(&box, &q, (kith_slice){0});
    (void)fixture_sql(f, "SELECT pg_notify('My \"edges\"', '[')");
    assert_hint(&box, &q, (kith_slice){0});
    (void)fixture_sql(f, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE"
                         " application_name LIKE 'kith source%' AND query LIKE 'LISTEN%'");
    struct mail *m = next(&box, &q);
    assert_true(m->type == MAIL_HINT && m->failed);
    mail_free(m);
    assert_hint(&box, &q, (kith_slice){0});
    (void)fixture_sql(f, "SELECT pg_notify('My \"edges\"', '7')");
    assert_hint(&box, &q, KITH_LIT("\0017"));
    tables_stop(t);
    mail_queue_fini(&q);
    mailbox_fini(&box);
}

static struct mail *read_of(struct tables *t, struct mailbox *box, const char *user)
{
    struct mail_queue q = {0};
    struct mail *m = mail_new(MAIL_READ, slice_str(user), (kith_slice){0}, (kith_slice){0});
    assert_non_null(m);
    tables_read(t, 0, m);
    m = next(box, &q);
    assert_int_equal(m->type, MAIL_READ);
    assert_true(slice_is(mail_a(m), user));
    assert_null(q.first);
    return m;
}

static void a_reader_whose_connection_has_gone_makes_it_anew(void **state)
{
    const struct folder *f = *state;
    struct tables_options o = options(f, FRIENDS);
    struct mailbox box;
    struct tables *t;
    (void)fixture_sql(f, schema);
    must(mailbox_init(&box));
    must(tables_start(&o, &box, &t));
    for (int i = 0; i < 4; i++) {
        struct mail *m = read_of(t, &box, i % 2 ? "" : "9");
        assert_false(m->failed);
        assert_true(slice_is(mail_b(m), i % 2 ? "" : "\0011"));
        mail_free(m);
        (void)fixture_sql(f, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE"
                             " application_name LIKE 'kith source%'");
    }
    (void)fixture_sql(f, "ALTER TABLE friends RENAME TO amis");
    struct mail *m = read_of(t, &box, "9");
    assert_true(m->failed && !m->lost);
    mail_free(m);
    tables_stop(t);
    mailbox_fini(&box);
}

static void a_reader_that_reaches_nobody_says_so(void **state)
{
    struct tables_options o = options(*state, FRIENDS);
    struct mailbox box;
    struct tables *t;
    o.url = "postgresql://kith@127.0.0.1:1/kith";
    must(mailbox_init(&box));
    must(tables_start(&o, &box, &t));
    for (int i = 0; i < 3; i++) {
        struct mail *m = read_of(t, &box, "9");
        assert_true(m->failed && m->lost && m->c_len > 0);
        mail_free(m);
    }
    tables_stop(t);
    tables_stop(NULL);
    mailbox_fini(&box);
}

int main(void)
{
    if (!postgres_is_there()) return 0;
    const struct CMUnitTest tests[] = {
        in_a_folder(a_query_that_cannot_be_asked_is_refused_and_says_why),
        in_a_folder(a_role_that_may_not_read_the_tables_is_refused),
        in_a_folder(who_cannot_be_reached_is_told_from_who_lets_nobody_in),
        in_a_folder(friends_come_sorted_each_once_and_nobody_is_none),
        in_a_folder(an_id_that_the_type_does_not_have_is_nobodys),
        in_a_folder(a_value_in_the_tables_that_is_none_is_no_answer),
        in_a_folder(the_first_of_too_many_are_taken),
        in_a_folder(it_only_reads),
        in_a_folder(what_takes_too_long_is_ended_and_the_connection_stays),
        in_a_folder(both_directions_take_the_same_and_only_who_stands_in_both_is_named),
        in_a_folder(notices_name_users_or_anybody),
        in_a_folder(a_reader_whose_connection_has_gone_makes_it_anew),
        in_a_folder(a_reader_that_reaches_nobody_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
