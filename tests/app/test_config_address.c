/* tests/app/test_config_address.c -- addresses and origins: what is one, and which are near. */
#include "config_fixture.h"

#include "app/config_address.h"

static const struct settings *settings_of(const struct kith_config *c)
{
    return kith_config_settings(c);
}

static void addresses_are_numeric_with_a_port(void **state)
{
    (void)state;
    static const char *const good[] = {"127.0.0.1:4000", "0.0.0.0:0",      "[::1]:65535",
                                       "[::]:80",        "localhost:4000", "[fe80::1]:1"};
    static const char *const bad[] = {"4000",
                                      ":4000",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      "1.2.3:80",
                                      "127.0.0.1:65536",
                                      "::1:4000",
                                      "[::1]",
                                      "[::1:80",
                                      "[::1]4000",
                                      "[]:80",
                                      "app.example:80",
                                      "1.2.3.4:080",
                                      "1.2.3.4:80:80",
                                      "[127.0.0.1]:80",
                                      "[::1]x:80",
                                      "1.2.3.4000000000000000000000000000000000000000:80"};
    assert_false(address_valid(KITH_LIT("127.0.0.1\0:80"))); /* inet_pton would end there */
    struct kith_config *c = fresh();
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        set(c, "server.listen", good[i]);
        assert_string_equal(settings_of(c)->listen, good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char want[200];
        (void)snprintf(want, sizeof want,
                       "server.listen: \"%s\" will not do; write ADDR:PORT with localhost or a "
                       "numeric address "
                       "and a port up to 65535, as 127.0.0.1:4000 or [::1]:4000",
                       bad[i]);
        assert_set_refused("server.listen", bad[i], want);
    }
    kith_config_free(c);
}

static void loopback_is_what_only_this_machine_reaches(void **state)
{
    (void)state;
    static const char *const near[] = {"127.0.0.1:1", "127.255.0.3:1", "[::1]:1", "localhost:1",
                                       "[::ffff:127.0.0.1]:1"};
    static const char *const far[] = {"0.0.0.0:1",
                                      "[::]:1",
                                      "128.0.0.1:1",
                                      "10.0.0.1:1",
                                      "[::ffff:10.0.0.1]:1",
                                      "junk",
                                      "localhost",
                                      "[1::1]:1",
                                      "[0:0:1::1]:1",
                                      "[::1:0:0:1]:1",
                                      "[1::ffff:127.0.0.1]:1",
                                      "[0:0:1::ffff:127.0.0.1]:1",
                                      "[::1",
                                      "[x]:1"};
    for (size_t i = 0; i < sizeof near / sizeof near[0]; i++)
        assert_true(address_loopback(slice_str(near[i])));
    for (size_t i = 0; i < sizeof far / sizeof far[0]; i++)
        assert_false(address_loopback(slice_str(far[i])));
}

static void origins_are_a_list(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    set(c, "origins.allow", "https://app.example  http://localhost:3000 https://*.app.example");
    assert_int_equal(settings_of(c)->origin_count, 3);
    assert_string_equal(settings_of(c)->origins[1], "http://localhost:3000");
    set(c, "origins.allow", "null"); /* a later list takes the place of the former */
    assert_int_equal(settings_of(c)->origin_count, 1);
    assert_string_equal(settings_of(c)->origins[0], "null");
    kith_config_free(c);
}

static void origins_are_exact_or_a_star_for_one_label(void **state)
{
    (void)state;
    static const char *const good[] = {
        "https://a-b.example", "http://[::1]:3000",          "file://",
        "http://192.168.1.2",  "https://*.example.org:8443", "https://App.EXAMPLE"};
    static const char *const bad[] = {"app.example",
                                      "https://",
                                      "https://app.example/",
                                      "https://app.example/x",
                                      "ftp://app.example",
                                      "https://a*.example",
                                      "https://a{.example",
                                      "https://*",
                                      "https://a.*.example",
                                      "https://*.*.example",
                                      "https://app..example",
                                      "https://.example",
                                      "https://app.example.",
                                      "https://app.example:",
                                      "https://app.example:99999",
                                      "https://user@host",
                                      "*",
                                      "https://[::1",
                                      "//app.example"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(origin_valid(slice_str(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (origin_valid(slice_str(bad[i]))) fail_msg("%s", bad[i]);
        char want[200];
        (void)snprintf(want, sizeof want,
                       "origins.allow: \"%s\" will not do; write https://app.example, without a "
                       "path, or https://*.app.example",
                       bad[i]);
        assert_set_refused("origins.allow", bad[i], want);
    }
}

static void a_refused_origin_leaves_the_list(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    char many[2000] = "";
    for (int i = 0; i <= ORIGINS_ALLOWED_MAX; i++)
        (void)snprintf(many + strlen(many), sizeof many - strlen(many), "http://h%d ", i);
    set(c, "origins.allow", "https://a.example");
    kith_problem why;
    assert_int_equal(kith_config_set(c, "origins.allow", "https://b.example junk", &why), KITH_BAD);
    assert_int_equal(kith_config_set(c, "origins.allow", many, &why), KITH_BAD);
    assert_non_null(strstr(why.text, "more than 64 origins"));
    assert_int_equal(settings_of(c)->origin_count, 1);
    assert_string_equal(settings_of(c)->origins[0], "https://a.example");
    assert_string_equal(kith_config_get(c, "origins.allow"), "https://a.example");
    kith_config_free(c);
}

static void hosts_have_no_port_and_no_star(void **state)
{
    (void)state;
    static const char *const bad[] = {"kith.internal:4001",
                                      "*.internal",
                                      "http://kith",
                                      "a b:1",
                                      "[::1",
                                      "[::1]:1",
                                      "a..b",
                                      ".",
                                      "kith~1",
                                      "[kith]"};
    struct kith_config *c = fresh();
    kith_problem why;
    set(c, "server.api_hosts", "kith.internal my_kith_1 [fd00::1]");
    assert_int_equal(settings_of(c)->api_host_count, 3);
    assert_string_equal(settings_of(c)->api_hosts[2], "[fd00::1]");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(kith_config_set(c, "server.api_hosts", bad[i], &why), KITH_BAD);
    assert_string_equal(why.text, "server.api_hosts: \"[kith]\" will not do; write a name or "
                                  "address without a port, as kith.internal or [fd00::1]");
    assert_int_equal(
        kith_config_set(c, "server.api_hosts", "a b c d e f g h i j k l m n o p q", &why),
        KITH_BAD);
    assert_string_equal(why.text,
                        "server.api_hosts: more than 16 hosts; name only those that are in use");
    assert_int_equal(settings_of(c)->api_host_count, 3);
    kith_config_free(c);
}

static void an_address_names_its_host(void **state)
{
    (void)state;
    assert_true(slice_is(address_host(KITH_LIT("10.0.0.1:4001")), "10.0.0.1"));
    assert_true(slice_is(address_host(KITH_LIT("[fd00::1]:4001")), "[fd00::1]"));
    assert_true(slice_is(address_host(KITH_LIT("localhost:0")), "localhost"));
    assert_true(slice_is(address_host(KITH_LIT("off")), "off"));
    assert_null(address_host(KITH_LIT("[::1")).ptr);
}

static bool overlap(const char *a, const char *b)
{
    bool there = address_overlaps(slice_str(a), slice_str(b));
    assert_int_equal(address_overlaps(slice_str(b), slice_str(a)), there);
    return there;
}

static void a_wildcard_takes_the_port_of_every_address(void **state)
{
    (void)state;
    assert_true(overlap("127.0.0.1:1", "127.0.0.1:1"));
    assert_true(overlap("127.0.0.1:1", "localhost:1"));
    assert_true(overlap("0.0.0.0:1", "10.0.0.1:1"));
    assert_true(overlap("[::]:1", "10.0.0.1:1"));
    assert_true(overlap("[::]:1", "0.0.0.0:1"));
    assert_true(overlap("[::]:1", "[fd00::1]:1"));
    assert_true(overlap("[::1]:1", "[0::1]:1"));
    assert_true(overlap("0.0.0.0:1", "[::ffff:10.0.0.1]:1"));
    assert_false(overlap("0.0.0.0:1", "[::1]:1"));
    assert_false(overlap("127.0.0.1:1", "127.0.0.2:1"));
    assert_false(overlap("127.0.0.1:1", "[::1]:1"));
    assert_false(overlap("0.0.0.0:1", "127.0.0.1:2"));
    assert_false(overlap("0.0.0.0:0", "127.0.0.1:0"));
    assert_false(overlap("0.0.0.0:1", "[fd00::1]:1"));
    assert_false(overlap("0.0.0.0:1", "[0:0:1::1]:1"));
    assert_false(overlap("[0:0:1::]:1", "[::1]:1"));
    assert_false(overlap("[::1", "[::1")); /* no address at all */
    assert_false(overlap("[x]:1", "[::1]:1"));
    assert_false(overlap("off", "off"));
}

static void a_nats_server_has_a_name_or_without_tls_a_number(void **state)
{
    (void)state;
    static const char *const good[] = {"nats://n1.example", "nats://n1:4222", "nats://10.0.0.1:1",
                                       "nats://[fd00::1]:4222", "tls://n1.example:4222"};
    static const char *const bad[] = {"n1:4222",          "nats://",           "nats://[fd00::1",
                                      "nats://[n1]:1",    "nats://*.example",  "nats://a b",
                                      "tls://10.0.0.1:1", "tls://[fd00::1]:1", "tls://[n1]:1"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!nats_url_valid(slice_str(good[i]))) fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (nats_url_valid(slice_str(bad[i]))) fail_msg("%s", bad[i]);
}

static void trusted_proxies_are_addresses_and_networks(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    kith_problem why = {""};
    set(c, "server.trusted_proxies", "127.0.0.1 10.0.0.0/8 fd00::/8");
    assert_int_equal(settings_of(c)->trusted_proxy_count, 3);
    assert_string_equal(settings_of(c)->trusted_proxies[2], "fd00::/8");
    const char *const bad[] = {"localhost", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0:80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(kith_config_set(c, "server.trusted_proxies", bad[i], &why), KITH_BAD);
    assert_non_null(strstr(why.text, "server.trusted_proxies: \"10.0.0.0:80\" will not do; write "
                                     "an address, as 10.0.0.7, or a network by its first one"));
    assert_int_equal(settings_of(c)->trusted_proxy_count, 3);
    kith_config_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_numeric_with_a_port),
        cmocka_unit_test(loopback_is_what_only_this_machine_reaches),
        cmocka_unit_test(origins_are_a_list),
        cmocka_unit_test(origins_are_exact_or_a_star_for_one_label),
        cmocka_unit_test(a_refused_origin_leaves_the_list),
        cmocka_unit_test(hosts_have_no_port_and_no_star),
        cmocka_unit_test(an_address_names_its_host),
        cmocka_unit_test(a_wildcard_takes_the_port_of_every_address),
        cmocka_unit_test(a_nats_server_has_a_name_or_without_tls_a_number),
        cmocka_unit_test(trusted_proxies_are_addresses_and_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
