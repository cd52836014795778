/* tests/app/test_config_hooks.c -- [hooks]: what it needs, and what goes together. */
#include "config_fixture.h"

#include "app/config_hooks.h"

#include <sys/stat.h>
#include <unistd.h>

static char secret[] = "/tmp/kith-hooks-XXXXXX";

static int make_secret(void **state)
{
    (void)state;
    int fd = mkstemp(secret);
    static const char text[] = "a secret that has more than 32 bytes\n";
    return fd < 0 || write(fd, text, sizeof text - 1) < 0 || close(fd) != 0 ? -1 : 0;
}

static int remove_secret(void **state)
{
    (void)state;
    return unlink(secret);
}

static struct kith_config *with(const char *lines, const char *more)
{
    char text[2048];
    (void)snprintf(text, sizeof text, "[hooks]\n%s%s%s%s", lines, *more ? "secret_file = " : "",
                   *more ? secret : "", more);
    return config_of(text);
}

static void is_wrong(const char *lines, const char *more, const char *want)
{
    kith_problem why = {""};
    struct kith_config *c = with(lines, more);
    assert_int_equal(config_check_hooks(c, &why), KITH_BAD);
    if (!strstr(why.text, want)) fail_msg("%s", why.text);
    kith_config_free(c);
}

static void without_it_there_is_no_log_and_no_hook(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    kith_problem why;
    assert_int_equal(config_check_hooks(c, &why), KITH_OK);
    assert_false(kith_config_settings(c)->hooks.log);
    assert_null(kith_config_settings(c)->hooks.url);
    kith_config_free(c);
}

static void a_hook_has_a_url_and_a_secret(void **state)
{
    (void)state;
    kith_problem why = {""};
    struct kith_config *c = with("url = https://app.example/kith\nretry_s = 0.5\n", "\n");
    if (config_check_hooks(c, &why)) fail_msg("%s", why.text);
    const struct settings_hooks *h = &kith_config_settings(c)->hooks;
    assert_string_equal(h->url, "https://app.example/kith");
    assert_true(slice_is(h->secret, "a secret that has more than 32 bytes"));
    assert_int_equal(h->retry_ms, 500);
    assert_int_equal(h->call_ms, 10000);
    assert_int_equal(h->batch, 100);
    assert_int_equal(h->keep_days, 7);
    kith_config_free(c);
}

static void what_is_missing_or_none_is_said(void **state)
{
    (void)state;
    is_wrong("url = https://app.example/kith\n", "", "has no secret; write secret_file");
    is_wrong("", "\n", "does not say where events are sent");
    is_wrong("ca_file = /etc/hostname\n", "", "hooks.ca_file is for TLS");
    is_wrong("url = http://127.0.0.1:80/\nca_file = /etc/hostname\n", "\n",
             "hooks.ca_file is for TLS");
}

/* Which is not repeated: a key may stand in it. */
static void a_url_names_a_host_and_no_user(void **state)
{
    (void)state;
    const char *const none[] = {
        "app.example/kith", "file:///etc/passwd",   "https://",
        "http:///kith",     "https://a:b@app/kith", "https://key@app.example"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_set_refused("hooks.url", none[i],
                           "hooks.url: that is not where events can be sent; write "
                           "https://HOST/PATH without a user in it, or http:// within a private "
                           "network");
    struct kith_config *c = fresh();
    set(c, "hooks.url", "http://[::1]:8080/kith?for=@all");
    kith_config_free(c);
}

static void a_short_secret_is_refused(void **state)
{
    (void)state;
    assert_int_equal(truncate(secret, 31), 0);
    is_wrong("url = https://app.example/kith\n", "\n", "31 bytes are too few");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_it_there_is_no_log_and_no_hook),
        cmocka_unit_test(a_hook_has_a_url_and_a_secret),
        cmocka_unit_test(what_is_missing_or_none_is_said),
        cmocka_unit_test(a_url_names_a_host_and_no_user),
        cmocka_unit_test(a_short_secret_is_refused),
    };
    return cmocka_run_group_tests_name("config_hooks", tests, make_secret, remove_secret);
}
