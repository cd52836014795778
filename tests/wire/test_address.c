/* tests/wire/test_address.c -- addresses and networks as text: held against the system's own
 * reader, with texts that are right, and with such as come of them by chance. */
#include "address_shown.h"
#include "chance.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool reads(const char *text, struct address *out)
{
    return address_parse(slice_str(text), out);
}

static void assert_is(const char *text, const char *shown)
{
    struct address a;
    char out[ADDRESS_TEXT_MAX];
    if (!reads(text, &a)) fail_msg("%s is not read", text);
    assert_string_equal(address_text(&a, out), shown);
}

static void assert_none(const char *text)
{
    struct address a = {{7}};
    if (reads(text, &a)) fail_msg("%s is read", text);
    assert_int_equal(a.bytes[0], 7);
}

static void both_kinds_are_read_and_shown(void **state)
{
    (void)state;
    assert_is("192.0.2.1", "192.0.2.1");
    assert_is("0.0.0.0", "0.0.0.0");
    assert_is("::", "0:0:0:0:0:0:0:0");
    assert_is("::1", "0:0:0:0:0:0:0:1");
    assert_is("2001:DB8::a", "2001:db8:0:0:0:0:0:a");
    assert_is("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8");
    assert_is("1::", "1:0:0:0:0:0:0:0");
    assert_is("::ffff:192.0.2.1", "192.0.2.1");
    assert_is("64:ff9b::192.0.2.33", "64:ff9b:0:0:0:0:c000:221");
    assert_is("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

static void a_port_may_stand_behind(void **state)
{
    (void)state;
    assert_is("192.0.2.1:4711", "192.0.2.1");
    assert_is("[2001:db8::1]", "2001:db8:0:0:0:0:0:1");
    assert_is("[2001:db8::1]:65535", "2001:db8:0:0:0:0:0:1");
    const char *const wrong[] = {"192.0.2.1:",  "192.0.2.1:x", "192.0.2.1:65536",
                                 "[::1",        "[::1]x",      "[::1]:",
                                 "[192.0.2.1]", "[]",          "[",
                                 "]",           ":",           "192.0.2.1:1:2"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_none(wrong[i]);
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    const char *const wrong[] = {"",
                                 " ",
                                 "1",
                                 "1.2.3",
                                 "1.2.3.4.5",
                                 "1.2.3.256",
                                 "01.2.3.4",
                                 "0001.2.3.4",
                                 "1.2.3.4 ",
                                 " 1.2.3.4",
                                 "1..2.3",
                                 "1.2.3.",
                                 "-1.2.3.4",
                                 "1.2.3.4/8",
                                 "unknown",
                                 ":::",
                                 "1::2::3",
                                 "12345::",
                                 "g::",
                                 "1:2:3:4:5:6:7",
                                 "1:2:3:4:5:6:7:8:9",
                                 "1:2:3:4:5:6:7::8:9",
                                 "::1.2.3",
                                 "1.2.3.4::",
                                 "::1.2.3.4:5",
                                 "1.2.3.256:80",
                                 "1.2.3.4:65536",
                                 "fe80::1%eth0",
                                 "_hidden"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_none(wrong[i]);
}

static bool system_reads(const char *text, uint8_t out[16])
{
    static const uint8_t v4[12] = {[10] = 0xff, [11] = 0xff};
    memcpy(out, v4, sizeof v4);
    return strchr(text, ':') ? inet_pton(AF_INET6, text, out) == 1
                             : inet_pton(AF_INET, text, out + 12) == 1;
}

static void it_is_read_as_the_system_reads_it(void **state)
{
    (void)state;
    static const char letters[] = "0123456789abcdefABCDEF::::....";
    uint64_t chance = 1;
    unsigned read = 0;
    for (int i = 0; i < 200000; i++) {
        char text[40];
        uint8_t bytes[16], wanted[16];
        struct address a;
        for (size_t b = 0; b < sizeof bytes; b++)
            bytes[b] = (uint8_t)(chance_next(&chance) % 3 ? 0 : chance_next(&chance));
        inet_ntop(i & 1 ? AF_INET6 : AF_INET, bytes, text, sizeof text);
        size_t len = strlen(text);
        for (uint64_t changes = chance_next(&chance) % 3; changes; changes--)
            text[chance_next(&chance) % len] = letters[chance_next(&chance) % (sizeof letters - 1)];
        bool good = system_reads(text, wanted);
        bool port = strchr(text, '.') && strchr(text, ':') && strchr(text, '.') < strchr(text, ':');
        if (port) continue; /* which the system does not know */
        if (reads(text, &a) != good) fail_msg("%s", text);
        if (good) assert_memory_equal(a.bytes, wanted, sizeof wanted);
        read += good;
    }
    assert_true(read > 50000);
}

static bool has(const char *network, const char *address)
{
    struct network n;
    struct address a;
    if (!network_parse(slice_str(network), &n)) fail_msg("%s is no network", network);
    assert_true(reads(address, &a));
    return network_has(&n, &a);
}

static void a_network_has_what_begins_as_it_does(void **state)
{
    (void)state;
    assert_true(has("10.0.0.0/8", "10.255.0.1"));
    assert_false(has("10.0.0.0/8", "11.0.0.1"));
    assert_true(has("192.0.2.128/25", "192.0.2.255"));
    assert_false(has("192.0.2.128/25", "192.0.2.127"));
    assert_true(has("192.0.2.7", "192.0.2.7"));
    assert_false(has("192.0.2.7", "192.0.2.6"));
    assert_true(has("0.0.0.0/0", "255.0.0.1"));
    assert_false(has("0.0.0.0/0", "::1"));
    assert_true(has("::/0", "::1"));
    assert_true(has("::/0", "1.2.3.4")); /* they are all within it */
    assert_true(has("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(has("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(has("10.0.0.0/8", "::ffff:10.1.2.3"));
}

static void an_owner_has_an_address_or_a_network_of_64_bits(void **state)
{
    (void)state;
    static const struct {
        const char *one, *other;
        bool same;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1", true},           {"192.0.2.1", "192.0.2.2", false},
        {"2001:db8::1", "2001:db8::2:0:0:1", true}, {"2001:db8::1", "2001:db8:0:1::1", false},
        {"::ffff:192.0.2.1", "192.0.2.1", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct address one, other;
        assert_true(address_parse(slice_str(cases[i].one), &one));
        assert_true(address_parse(slice_str(cases[i].other), &other));
        assert_int_equal(slice_eq(address_owner(&one), address_owner(&other)), cases[i].same);
    }
}

static void a_network_is_written_by_its_first(void **state)
{
    (void)state;
    const char *const wrong[] = {"10.0.0.1/8",  "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x",
                                 "10.0.0.0/08", "::1/64",      "::/129",    "10.0.0.0:80/8",
                                 "[::]/0",      "localhost",   "",          "/8"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct network n;
        if (network_parse(slice_str(wrong[i]), &n)) fail_msg("%s is read", wrong[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_kinds_are_read_and_shown),
        cmocka_unit_test(a_port_may_stand_behind),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(it_is_read_as_the_system_reads_it),
        cmocka_unit_test(a_network_has_what_begins_as_it_does),
        cmocka_unit_test(an_owner_has_an_address_or_a_network_of_64_bits),
        cmocka_unit_test(a_network_is_written_by_its_first),
    };
    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
