/* tests/io/test_tickets.c -- the keys of session tickets: how long they seal, and open. */
#include "base/limits.h"
#include "io/tickets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { BEGUN_MS = 5000 };

static struct tickets tickets;

static int set_up(void **state)
{
    (void)state;
    tickets_init(&tickets, BEGUN_MS);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tickets_fini(&tickets);
    return 0;
}

static struct ticket_key sealed_at(uint64_t now_ms)
{
    struct ticket_key k;
    tickets_seal(&tickets, now_ms, &k);
    return k;
}

static kith_err opened_at(uint64_t now_ms, const struct ticket_key *sealed)
{
    struct ticket_key k;
    kith_err e = tickets_open(&tickets, now_ms, sealed->name, &k);
    if (e != KITH_NONE) assert_memory_equal(&k, sealed, sizeof k);
    return e;
}

static void a_key_seals_and_opens_for_half_a_day(void **state)
{
    (void)state;
    struct ticket_key first = sealed_at(BEGUN_MS);
    struct ticket_key last = sealed_at(BEGUN_MS + TICKET_KEY_MS - 1);
    assert_memory_equal(&first, &last, sizeof first);
    assert_int_equal(opened_at(BEGUN_MS + TICKET_KEY_MS - 1, &first), KITH_OK);
}

static void then_another_seals_and_it_still_opens_for_as_long(void **state)
{
    (void)state;
    struct ticket_key first = sealed_at(BEGUN_MS);
    struct ticket_key second = sealed_at(BEGUN_MS + TICKET_KEY_MS);
    assert_memory_not_equal(first.name, second.name, sizeof first.name);
    assert_memory_not_equal(first.cipher, second.cipher, sizeof first.cipher);
    assert_memory_not_equal(first.mac, second.mac, sizeof first.mac);
    assert_int_equal(opened_at(BEGUN_MS + TICKET_KEY_MS, &first), KITH_EXPIRED);
    assert_int_equal(opened_at(BEGUN_MS + 2 * (uint64_t)TICKET_KEY_MS - 1, &first), KITH_EXPIRED);
    assert_int_equal(opened_at(BEGUN_MS + 2 * (uint64_t)TICKET_KEY_MS, &first), KITH_NONE);
}

static void after_a_night_without_clients_no_old_key_opens(void **state)
{
    (void)state;
    struct ticket_key first = sealed_at(BEGUN_MS);
    assert_int_equal(opened_at(BEGUN_MS + 2 * (uint64_t)TICKET_KEY_MS, &first), KITH_NONE);
}

static void a_name_that_no_key_has_opens_nothing(void **state)
{
    (void)state;
    struct ticket_key k = sealed_at(BEGUN_MS);
    k.name[15] ^= 1;
    assert_int_equal(opened_at(BEGUN_MS, &k), KITH_NONE);
    struct ticket_key none = {0};
    assert_int_equal(opened_at(BEGUN_MS, &none), KITH_NONE); /* there is none before the first */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_seals_and_opens_for_half_a_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(then_another_seals_and_it_still_opens_for_as_long, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(after_a_night_without_clients_no_old_key_opens, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_name_that_no_key_has_opens_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("tickets", tests, NULL, NULL);
}
