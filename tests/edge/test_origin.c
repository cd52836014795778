/* tests/edge/test_origin.c -- which pages may connect, held against what attackers send. */
#include "edge/origin.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool allowed(const char *entry, const char *origin, const char *host)
{
    struct origins o = {.allowed = {entry}, .count = entry ? 1 : 0};
    return origin_allowed(&o, slice_str(origin), slice_str(host));
}

#define ADMITS(entry, origin)  assert_true(allowed(entry, origin, "kith.example:4000"))
#define REFUSES(entry, origin) assert_false(allowed(entry, origin, "kith.example:4000"))

static void no_origin_is_no_browser(void **state)
{
    (void)state;
    assert_true(origin_allowed(&(struct origins){0}, (kith_slice){0}, KITH_LIT("a")));
    assert_false(origin_allowed(&(struct origins){0}, KITH_LIT(""), KITH_LIT("a")));
}

static void the_hosts_own_origin_is_welcome(void **state)
{
    (void)state;
    ADMITS(NULL, "http://kith.example:4000");
    ADMITS(NULL, "https://kith.example"); /* behind a proxy that ends TLS */
    ADMITS(NULL, "https://KITH.Example");
    assert_true(allowed(NULL, "http://[::1]:4000", "[::1]:4000"));
    assert_true(allowed(NULL, "http://127.0.0.1", "127.0.0.1:80"));
}

static void what_only_looks_like_it_is_not(void **state)
{
    (void)state;
    static const char *const origins[] = {
        "http://kith.example.evil",
        "http://evilkith.example",
        "http://evil/kith.example",
        "http://kith.example@evil",
        "http://evil#kith.example",
        "http://kith.example/",
        "http://kith.example/path",
        "http://kith.example:4000/",
        "http://kith.example:4000/path",
        "http://kith.example:4000.evil",
        "http://kith.example:99999",
        "http://kith.example:",
        "null",
        "",
        "kith.example",
        "//kith.example",
        "file://",
        "file://kith.example",
        "data:text/html,//kith.example",
        "ws://kith.example",
        "ftp://kith.example",
        "http:kith.example",
        "http:///kith.example",
        "http://",
        "http://:4000",
        "http://kith.example:4000:4000",
        "httpx://kith.example",
        "http://sub.kith.example",
        "http://kith",
        "http://[kith.example]",
        "http://kith.example http://evil",
        "http://evil http://kith.example",
    };
    for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++)
        if (allowed(NULL, origins[i], "kith.example:4000")) fail_msg("%s", origins[i]);
    assert_false(allowed(NULL, "http://", ""));
    assert_false(allowed(NULL, "http://[::1]", "[::2]"));
    assert_false(allowed(NULL, "http://[::1]", "[::1"));
    assert_false(allowed(NULL, "http://[::1", "[::1]"));
}

static void an_entry_with_scheme_is_exact(void **state)
{
    (void)state;
    const char *entry = "https://app.example";
    ADMITS(entry, "https://app.example");
    ADMITS(entry, "https://app.example:443");
    ADMITS(entry, "https://APP.example");
    REFUSES(entry, "http://app.example");
    REFUSES(entry, "https://app.example:8443");
    REFUSES(entry, "https://app.example.evil");
    REFUSES(entry, "https://x.app.example");
    REFUSES("http://app.example", "https://app.example");
    ADMITS("http://app.example:80", "http://app.example");
    ADMITS("https://app.example:8443", "https://app.example:8443");
    REFUSES("https://app.example:8443", "http://app.example:8443");
}

static void an_entry_without_scheme_is_for_any_scheme_and_port(void **state)
{
    (void)state;
    ADMITS("//app.example", "http://app.example");
    ADMITS("//app.example", "https://app.example:8443");
    REFUSES("//app.example", "http://app.example.evil");
    REFUSES("//app.example", "http://app.example:81.evil");
    REFUSES("//app.example", "http://evil//app.example");
    REFUSES("//app.example", "null");
    ADMITS("//app.example:81", "http://app.example:81");
    REFUSES("//app.example:81", "http://app.example:82");
}

static void a_star_is_one_whole_label(void **state)
{
    (void)state;
    ADMITS("//*.app.example", "https://a.app.example");
    REFUSES("//*.app.example", "https://app.example");
    REFUSES("//*.app.example", "https://localhost");
    REFUSES("//*.app.example", "https://a.b.app.example");
    REFUSES("//*.app.example", "https://.app.example");
    REFUSES("//*.app.example", "https://evilapp.example");
    REFUSES("//*.app.example", "https://a.app.example.evil");
    REFUSES("//*.app.example", "https://*.app.example");
    REFUSES("https://*.app.example", "https://*.app.example");
    REFUSES("//*app.example", "https://evilapp.example");
    REFUSES("//a.*.example", "https://a.b.example");
    REFUSES("//*", "https://evil");
    REFUSES("*", "https://evil");
}

static void null_and_file_pass_only_where_they_are_listed(void **state)
{
    (void)state;
    ADMITS("null", "null");
    REFUSES("null", "NULL");
    REFUSES("null", "https://null");
    ADMITS("file://", "file://");
    REFUSES("file://", "file://x");
    REFUSES("//null", "null");
}

static void the_last_of_64_entries_counts(void **state)
{
    (void)state;
    struct origins o = {.count = ORIGINS_ALLOWED_MAX};
    for (unsigned i = 0; i < ORIGINS_ALLOWED_MAX; i++)
        o.allowed[i] = i + 1 < ORIGINS_ALLOWED_MAX ? "//other.example" : "//app.example";
    assert_true(origin_allowed(&o, KITH_LIT("http://app.example"), KITH_LIT("a")));
    assert_false(origin_allowed(&o, KITH_LIT("http://b.example"), KITH_LIT("a")));
}

static void loopback_is_this_machine_and_nothing_that_sounds_like_it(void **state)
{
    (void)state;
    static const char *const yes[] = {"localhost",   "LocalHost:4000",      "127.0.0.1",
                                      "127.0.0.1:1", "127.255.0.9",         "[::1]",
                                      "[::1]:4000",  "kith.localhost:4000", "a.b.LOCALHOST"};
    static const char *const no[] = {"",
                                     "localhost.evil",
                                     "127.0.0.1.evil",
                                     "evil:127.0.0.1",
                                     "128.0.0.1",
                                     "::1",
                                     "[::1].evil",
                                     "[::2]",
                                     "xlocalhost",
                                     ".localhost",
                                     "localhost.",
                                     "a.localhost.evil",
                                     "0.0.0.0",
                                     "127.evil",
                                     "kith.example",
                                     "localhost@evil",
                                     "12",
                                     "127"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        if (!origin_host_is_loopback(slice_str(yes[i]))) fail_msg("%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (origin_host_is_loopback(slice_str(no[i]))) fail_msg("%s", no[i]);
}

static void a_servers_own_pages_are_of_its_name_and_port(void **state)
{
    (void)state;
    static const char *const own[][2] = {{"http://localhost:4001", "localhost:4001"},
                                         {"https://Kith.Internal", "kith.internal"},
                                         {"http://[::1]:4001", "[::1]:4001"}};
    static const char *const foreign[][2] = {{"http://localhost:5173", "localhost:4001"},
                                             {"http://localhost", "localhost:4001"},
                                             {"http://localhost:4001", "localhost"},
                                             {"http://127.0.0.1:4001", "localhost:4001"},
                                             {"file://localhost:4001", "localhost:4001"},
                                             {"//localhost:4001", "localhost:4001"},
                                             {"localhost:4001", "localhost:4001"},
                                             {"http://localhost:4001/", "localhost:4001"},
                                             {"http://a@localhost:4001", "localhost:4001"},
                                             {"http://", ""},
                                             {"http://localhost", ""},
                                             {"null", "null"},
                                             {"", ""}};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (!origin_is_of(slice_str(own[i][0]), slice_str(own[i][1]))) fail_msg("%s", own[i][0]);
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        if (origin_is_of(slice_str(foreign[i][0]), slice_str(foreign[i][1])))
            fail_msg("%s", foreign[i][0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_origin_is_no_browser),
        cmocka_unit_test(the_hosts_own_origin_is_welcome),
        cmocka_unit_test(what_only_looks_like_it_is_not),
        cmocka_unit_test(an_entry_with_scheme_is_exact),
        cmocka_unit_test(an_entry_without_scheme_is_for_any_scheme_and_port),
        cmocka_unit_test(a_star_is_one_whole_label),
        cmocka_unit_test(null_and_file_pass_only_where_they_are_listed),
        cmocka_unit_test(the_last_of_64_entries_counts),
        cmocka_unit_test(a_servers_own_pages_are_of_its_name_and_port),
        cmocka_unit_test(loopback_is_this_machine_and_nothing_that_sounds_like_it),
    };
    return cmocka_run_group_tests_name("origin", tests, NULL, NULL);
}
