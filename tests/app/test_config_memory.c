/* tests/app/test_config_memory.c -- settings are read, checked and read again while memory runs
 * out: it is said so, what stood there before stands there still, and nothing is kept of the rest.
 */
#include "app/config_again.h"
#include "config_fixture.h"
#include "failures.h"

static const char text[] =
    "[server]\nlisten = 127.0.0.1:4000\ntrusted_proxies = 10.0.0.0/8 ::1\nauth = token\n"
    "[origins]\nallow = https://a.example\nallow = https://*.b.example\n"
    "[presence]\ngrace_s = 7\n"
    "[token web]\nkind = jwt\nalg = HS256\nsecret = " SECRET "\n"
    "[token old]\nkind = jwt\nalg = HS256\nsecret = " SECRET "2\nkid = 2\n"
    "[key ops]\nrole = admin\nsecret = " SECRET SECRET "\n"
    "[source]\nurl = http://127.0.0.1:4002\n"
    "[key more]\nrole = read\nsecret_file = %s\n";

static char path[64], key_path[64];

static int write_them(void **state)
{
    (void)state;
    char whole[sizeof text + sizeof key_path];
    make_file(key_path, KITH_LIT(SECRET SECRET "2\n"), 0600);
    (void)snprintf(whole, sizeof whole, text, key_path);
    make_file(path, slice_str(whole), 0600);
    return 0;
}

static int remove_them(void **state)
{
    (void)state;
    return unlink(path) | unlink(key_path);
}

static struct kith_config *read_it(void)
{
    struct kith_config *c = fresh();
    kith_problem why = {""};
    if (kith_config_load(c, path, &why) != KITH_OK) fail_msg("%s", why.text);
    return c;
}

static void a_file_is_read_or_nothing_has_changed(void **state)
{
    (void)state;
    bool failed = true;
    for (size_t nth = 0; failed; nth++) {
        struct kith_config *c = fresh();
        kith_problem why = {""};
        set(c, "presence.grace_s", "5");
        alloc_fail(nth, 1);
        kith_err e = kith_config_load(c, path, &why);
        failed = alloc_heal() > nth;
        assert_int_equal(e, failed ? KITH_NOMEM : KITH_OK);
        assert_true(e == KITH_OK || why.text[0]);
        assert_string_equal(kith_config_get(c, "presence.grace_s"), failed ? "5" : "7");
        kith_config_free(c);
    }
}

static void what_cannot_be_checked_is_not_said_to_be_good(void **state)
{
    (void)state;
    struct kith_config *c = read_it();
    bool failed = true;
    for (size_t nth = 0; failed; nth++) {
        kith_problem why = {""};
        alloc_fail(nth, 1);
        kith_err e = kith_config_check(c, &why);
        failed = alloc_heal() > nth;
        assert_int_equal(e, failed ? KITH_NOMEM : KITH_OK);
        assert_true(e == KITH_OK || why.text[0]);
    }
    kith_config_free(c);
}

static void it_is_read_again_or_stays(void **state)
{
    (void)state;
    struct kith_config *c = read_it();
    bool failed = true;
    for (size_t nth = 0; failed; nth++) {
        struct kith_config *again = NULL;
        kith_problem why = {""};
        alloc_fail(nth, 1);
        kith_err e = config_again(c, &again, &why);
        failed = alloc_heal() > nth;
        assert_int_equal(e, failed ? KITH_NOMEM : KITH_OK);
        if (!e) kith_config_free(again);
        assert_string_equal(kith_config_get(c, "presence.grace_s"), "7");
    }
    kith_config_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_or_nothing_has_changed),
        cmocka_unit_test(what_cannot_be_checked_is_not_said_to_be_good),
        cmocka_unit_test(it_is_read_again_or_stays),
    };
    return cmocka_run_group_tests_name("config_memory", tests, write_them, remove_them);
}
