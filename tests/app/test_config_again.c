/* tests/app/test_config_again.c -- a config read again: what was said before and after its file,
 * what a running server takes up of it, and how the differences are told. */
#include "app/config_again.h"
#include "app/config_changes.h"

#include "config_fixture.h"
#include "failures.h"

#define OTHER "fedcba9876543210fedcba9876543210"

static char path[64];

static void write_file(const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void load(struct kith_config *c)
{
    kith_problem why = {""};
    if (kith_config_load(c, path, &why) != KITH_OK) fail_msg("%s", why.text);
}

static struct kith_config *again(const struct kith_config *c)
{
    struct kith_config *out;
    kith_problem why = {""};
    if (config_again(c, &out, &why) != KITH_OK) fail_msg("%s", why.text);
    return out;
}

static void assert_says(const struct kith_config *c, const char *key, const char *want)
{
    assert_string_equal(kith_config_get(c, key), want);
}

static void what_was_said_over_the_file_is_said_over_it_again(void **state)
{
    (void)state;
    write_file("[server]\nping_s = 7\nidle_s = 70\n[origins]\nallow = https://a.example\n");
    struct kith_config *c = fresh();
    set(c, "server.workers", "3");
    set(c, "server.ping_s", "5");
    load(c);
    set(c, "server.idle_s", "90");
    write_file("[server]\nping_s = 8\nidle_s = 80\n[origins]\nallow = https://b.example\n");
    struct kith_config *next = again(c);
    assert_says(next, "server.workers", "3");
    assert_says(next, "server.ping_s", "8");
    assert_says(next, "server.idle_s", "90");
    assert_says(next, "origins.allow", "https://b.example");
    struct kith_config *third = again(next);
    assert_says(third, "server.idle_s", "90");
    kith_config_free(third);
    kith_config_free(next);
    kith_config_free(c);
}

/* What the file no longer says is as it was before the file: said elsewhere, or its default. */
static void what_the_file_no_longer_says_is_as_before_it(void **state)
{
    (void)state;
    write_file("[server]\nping_s = 7\ndrain_s = 9\n");
    struct kith_config *c = fresh(), *clone;
    set(c, "server.ping_s", "5");
    load(c);
    kith_problem why;
    assert_int_equal(config_clone(c, &clone, &why), KITH_OK);
    kith_config_free(c);
    write_file("[server]\nworkers = 1\n");
    struct kith_config *next = again(clone);
    assert_says(next, "server.ping_s", "5");
    assert_says(next, "server.drain_s", "2");
    kith_config_free(next);
    kith_config_free(clone);
}

static void a_section_that_has_left_the_file_is_gone(void **state)
{
    (void)state;
    write_file("[token a]\nkind = jwt\nsecret = " SECRET "\n[key k]\nrole = read\nsecret = " SECRET
               "\n");
    struct kith_config *c = fresh();
    load(c);
    write_file("[token b]\nkind = jwt\nsecret = " SECRET "\n");
    struct kith_config *next = again(c);
    assert_null(kith_config_get(next, "token a.kind"));
    assert_null(kith_config_get(next, "key k.role"));
    assert_says(next, "token b.kind", "jwt");
    kith_config_free(next);
    kith_config_free(c);
}

static void without_a_file_all_is_said_again_and_files_are_read_again(void **state)
{
    (void)state;
    write_file(SECRET "\n");
    struct kith_config *c = fresh();
    set(c, "token t.kind", "jwt");
    set(c, "token t.secret_file", path);
    write_file(OTHER "\n");
    struct kith_config *next = again(c);
    assert_true(slice_is(kith_config_settings(c)->keys[0].options.secret, SECRET));
    assert_true(slice_is(kith_config_settings(next)->keys[0].options.secret, OTHER));
    kith_config_free(next);
    kith_config_free(c);
}

static void what_has_gone_cannot_be_said_again(void **state)
{
    (void)state;
    write_file(SECRET "\n");
    struct kith_config *c = fresh(), *fixed = fresh(), *next;
    set(c, "key k.role", "read");
    set(c, "key k.secret_file", path);
    set(c, "key l.role", "read");
    set(fixed, "cluster.secret_file", path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(config_again(c, &next, NULL), KITH_BAD);
    assert_null(next);
    assert_int_equal(config_taken_up(fixed, c, &next, NULL), KITH_BAD);
    assert_null(next);
    kith_config_free(fixed);
    kith_config_free(c);
}

static void a_broken_file_is_told_and_nothing_comes_of_it(void **state)
{
    (void)state;
    static const char *const broken[] = {"", "[server]\nping_s = x\n", "[serber]\n", "x"};
    write_file("[server]\nping_s = 7\n");
    struct kith_config *c = fresh(), *next;
    load(c);
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        kith_problem why = {""};
        write_file(broken[i]);
        next = c;
        assert_int_equal(config_again(c, &next, &why), KITH_BAD);
        assert_null(next);
        assert_non_null(strstr(why.text, path));
        assert_says(c, "server.ping_s", "7");
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(config_again(c, &next, NULL), KITH_IO);
    assert_null(next);
    kith_config_free(c);
}

static void a_running_server_takes_up_some_of_it(void **state)
{
    (void)state;
    struct kith_config *runs = fresh(), *said = fresh(), *out;
    kith_problem why;
    set(runs, "server.workers", "2");
    set(runs, "server.ping_s", "5");
    set(runs, "token old.kind", "jwt");
    set(said, "server.workers", "3");
    set(said, "server.listen", "127.0.0.1:1");
    set(said, "server.ping_s", "6");
    set(said, "cluster.leave_s", "3");
    set(said, "token new.kind", "jwt");
    set(said, "key k.role", "read");
    assert_int_equal(config_taken_up(runs, said, &out, &why), KITH_OK);
    assert_says(out, "server.workers", "2");
    assert_says(out, "server.listen", "0.0.0.0:4000");
    assert_says(out, "server.ping_s", "6");
    assert_says(out, "cluster.leave_s", "3");
    assert_null(kith_config_get(out, "token old.kind"));
    assert_says(out, "token new.kind", "jwt");
    assert_says(out, "key k.role", "read");
    kith_config_free(out);
    kith_config_free(said);
    kith_config_free(runs);
}

static void assert_changes(const struct kith_config *was, const struct kith_config *now, bool live,
                           unsigned count, const char *want)
{
    struct buf b = {0};
    assert_int_equal(config_changes(was, now, live, &b), count);
    buf_putc(&b, 0);
    assert_string_equal((const char *)b.ptr, want);
    buf_fini(&b);
}

static void each_change_is_a_line_and_no_secret_is_shown(void **state)
{
    (void)state;
    struct kith_config *was = fresh(), *now = fresh();
    assert_changes(was, now, true, 0, "");
    set(was, "server.idle_s", "60"); /* which is the default */
    assert_changes(was, now, true, 0, "");
    set(now, "server.idle_s", "70");
    set(now, "origins.allow", "https://a.example");
    set(was, "server.api_hosts", "kith.internal");
    set(was, "token a.secret", SECRET);
    set(now, "token a.secret", OTHER);
    set(was, "token b.kind", "jwt");
    set(now, "key k.secret", SECRET);
    set(now, "server.workers", "2");
    set(was, "store.url", "postgresql://kith:hunter2@a/b");
    set(now, "store.url", "postgresql://kith:hunter3@a/b");
    set(now, "hooks.url", "https://app.example/kith/hunter2");
    set(now, "source.url", "postgresql://kith:hunter2@a/app");
    assert_changes(was, now, true, 6,
                   "server.api_hosts = nothing, was kith.internal\n"
                   "server.idle_s = 70, was 60\n"
                   "origins.allow = https://a.example, was nothing\n"
                   "[token a] secret is another\n"
                   "[token b] is gone\n"
                   "[key k] is new\n");
    assert_changes(was, now, false, 4,
                   "server.workers = 2, was 0\n"
                   "store.url is another\n"
                   "source.url is new\n"
                   "hooks.url is new\n");
    kith_config_free(now);
    kith_config_free(was);
}

static void a_file_that_holds_something_else_is_a_change(void **state)
{
    (void)state;
    write_file(SECRET);
    struct kith_config *was = fresh(), *same = fresh(), *now = fresh();
    set(was, "key k.secret_file", path);
    set(same, "key k.secret_file", path);
    write_file(OTHER);
    set(now, "key k.secret_file", path);
    assert_changes(was, same, true, 0, "");
    assert_changes(was, now, true, 1, "[key k] secret_file: the file holds something else\n");
    kith_config_free(now);
    now = fresh();
    set(now, "key k.secret", OTHER);
    char want[256];
    (void)snprintf(want, sizeof want,
                   "[key k] secret is new\n[key k] secret_file = nothing, was %s\n", path);
    assert_changes(was, now, true, 2, want);
    (void)snprintf(want, sizeof want,
                   "[key k] secret is gone\n[key k] secret_file = %s, was nothing\n", path);
    assert_changes(now, was, true, 2, want);
    kith_config_free(now);
    kith_config_free(same);
    kith_config_free(was);
}

static void without_memory_nothing_comes_of_it(void **state)
{
    (void)state;
    write_file("[server]\nping_s = 7\n[token a]\nkind = jwt\nsecret = " SECRET "\n");
    struct kith_config *c = fresh(), *out;
    set(c, "server.workers", "3");
    load(c);
    set(c, "server.idle_s", "90");
    size_t asked;
    for (size_t n = 0;; n++) {
        alloc_fail(n, 1);
        kith_err e = config_again(c, &out, NULL);
        asked = alloc_heal();
        if (asked <= n) break;
        assert_int_equal(e, e == KITH_IO ? KITH_IO : KITH_NOMEM); /* stdio has no word for it */
        assert_null(out);
    }
    kith_config_free(out);
    for (size_t n = 0;; n++) {
        alloc_fail(n, 1);
        kith_err e = config_clone(c, &out, NULL);
        asked = alloc_heal();
        if (asked <= n) break;
        assert_int_equal(e, KITH_NOMEM);
        assert_null(out);
    }
    kith_config_free(out);
    kith_config_free(c);
}

static void without_memory_nothing_is_begun(void **state)
{
    (void)state;
    struct kith_config *c = fresh(), *out;
    alloc_fail(0, 1);
    assert_int_equal(config_again(c, &out, NULL), KITH_NOMEM);
    alloc_heal();
    assert_null(out);
    alloc_fail(0, 1);
    assert_int_equal(config_taken_up(c, c, &out, NULL), KITH_NOMEM);
    alloc_heal();
    assert_null(out);
    kith_config_free(c);
}

static int set_up(void **state)
{
    (void)state;
    make_file(path, KITH_LIT(""), 0600);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(path);
    return 0;
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FILE(what_was_said_over_the_file_is_said_over_it_again),
        WITH_FILE(what_the_file_no_longer_says_is_as_before_it),
        WITH_FILE(a_section_that_has_left_the_file_is_gone),
        WITH_FILE(without_a_file_all_is_said_again_and_files_are_read_again),
        WITH_FILE(a_broken_file_is_told_and_nothing_comes_of_it),
        WITH_FILE(a_running_server_takes_up_some_of_it),
        WITH_FILE(each_change_is_a_line_and_no_secret_is_shown),
        WITH_FILE(a_file_that_holds_something_else_is_a_change),
        WITH_FILE(without_memory_nothing_comes_of_it),
        WITH_FILE(without_memory_nothing_is_begun),
        WITH_FILE(what_has_gone_cannot_be_said_again),
    };
    return cmocka_run_group_tests_name("config_again", tests, NULL, NULL);
}
