/* tests/edge/test_api_hosts.c -- by which names the operators' listener may be called. */
#include "edge/api_hosts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct api_hosts none = {0};

static bool allows(const struct api_hosts *h, const char *host)
{
    return api_host_allowed(h, slice_str(host));
}

static void this_machine_is_always_called_by_its_own_names(void **state)
{
    (void)state;
    static const char *const hosts[] = {"localhost",   "LOCALHOST:4001", "127.0.0.1",
                                        "127.1.2.3:1", "[::1]",          "[::1]:4001"};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        assert_true(allows(&none, hosts[i]));
}

static void nobody_else_is_it(void **state)
{
    (void)state;
    static const char *const hosts[] = {
        "",         ":4001", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
        "10.0.0.1", "[::2]", "xlocalhost"};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        assert_false(allows(&none, hosts[i]));
}

static void a_name_of_the_config_is_allowed_with_any_port(void **state)
{
    (void)state;
    struct api_hosts h = {.names = {KITH_LIT("kith.internal"), KITH_LIT("[fd00::1]")}, .count = 2};
    assert_true(allows(&h, "kith.internal"));
    assert_true(allows(&h, "Kith.Internal:4001"));
    assert_true(allows(&h, "[FD00::1]:80"));
    assert_true(allows(&h, "localhost"));
    assert_false(allows(&h, "kith.internal.evil.example"));
    assert_false(allows(&h, "a.kith.internal"));
    assert_false(allows(&h, "kith.interna"));
    assert_false(allows(&h, "[fd00::2]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(this_machine_is_always_called_by_its_own_names),
        cmocka_unit_test(nobody_else_is_it),
        cmocka_unit_test(a_name_of_the_config_is_allowed_with_any_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
