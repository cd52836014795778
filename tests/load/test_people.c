/* tests/load/test_people.c -- of whom states and diffs speak. */
#include "load/people.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct people people;

/* "name+joined-left", with =flip behind who shows one of ours; "bad" where it is not of the wire.
 */
static void says(bool begun, const char *want)
{
    struct buf log = {0};
    struct person p;
    while (begun && people_next(&people, &p)) {
        buf_put(&log, p.name);
        buf_printf(&log, "+%u-%u", p.joined.count, p.left.count);
        if (p.status.ours) buf_printf(&log, "=%" PRIu64, p.status.flip);
        buf_putc(&log, ' ');
    }
    if (!begun || people.bad) buf_puts(&log, "bad");
    buf_putc(&log, 0);
    assert_string_equal((const char *)log.ptr, want);
    buf_fini(&log);
}

static void state_says(const char *payload, const char *want)
{
    says(people_state(&people, slice_str(payload)), want);
}

static void diff_says(const char *payload, const char *want)
{
    says(people_diff(&people, slice_str(payload)), want);
}

static void a_state_is_of_who_is_there(void **state)
{
    (void)state;
    state_says("{}", "");
    state_says(
        "{\"2\":{\"metas\":[{\"status\":\"online\"}]},\"3\":{\"metas\":[{\"online_at\":\"1\","
        "\"status\":\"away-77\",\"phx_ref\":\"x\"},{\"status\":\"away-5\"}]}}",
        "2+1-0 3+2-0=5 ");
}

static void a_diff_is_of_who_comes_goes_and_changes(void **state)
{
    (void)state;
    diff_says("{\"joins\":{},\"leaves\":{}}", "");
    diff_says("{\"joins\":{\"2\":{\"metas\":[{\"status\":\"away-9\"}]}},\"leaves\":{}}",
              "2+1-0=9 ");
    diff_says("{\"leaves\":{\"2\":{\"metas\":[{}]}},\"joins\":{}}", "2+0-1 ");
    diff_says("{\"joins\":{\"2\":{\"metas\":[{\"status\":\"away-1\"}]},\"4\":{\"metas\":[{}]}},"
              "\"leaves\":{\"3\":{\"metas\":[{},{}]},\"2\":{\"metas\":[{\"status\":\"away-0\"}]}}}",
              "2+1-1=1 4+1-0 3+0-2 ");
    diff_says("{}", "");
}

static struct person only(const char *payload)
{
    struct person p, none;
    assert_true(people_diff(&people, slice_str(payload)));
    assert_true(people_next(&people, &p));
    assert_false(people_next(&people, &none) || people.bad);
    return p;
}

static void sessions_are_told_apart_by_their_refs(void **state)
{
    (void)state;
    struct person a = only("{\"joins\":{\"2\":{\"metas\":[{\"phx_ref\":\"GMAF1Q\"}]}}}");
    struct person b = only("{\"joins\":{\"2\":{\"metas\":[{\"phx_ref\":\"GMAF1R\"}]}},"
                           "\"leaves\":{\"2\":{\"metas\":[{\"phx_ref\":\"GMAF1Q\"}]}}}");
    struct person two = only("{\"leaves\":{\"2\":{\"metas\":[{\"phx_ref\":\"GMAF1R\"},"
                             "{\"phx_ref\":\"GMAF1Q\",\"phx_ref_prev\":\"x\"}]}}}");
    assert_int_not_equal(a.joined.refs, 0);
    assert_int_not_equal(a.joined.refs, b.joined.refs);
    assert_int_equal(a.joined.refs, b.left.refs);
    assert_int_equal(two.left.refs, a.joined.refs ^ b.joined.refs);
    assert_true(two.left.refs < VIEW_REFS);
    assert_int_equal(only("{\"joins\":{\"2\":{\"metas\":[{}]}}}").joined.refs, 0);
}

static void names_are_read_as_they_are_meant(void **state)
{
    (void)state;
    state_says("{ \"a\\\"b\\u00e9\" : { \"metas\" : [ { \"status\" : \"away-3\" } ] } }",
               "a\"b\xc3\xa9+1-0=3 ");
}

static void other_statuses_are_not_ours(void **state)
{
    (void)state;
    state_says("{\"2\":{\"metas\":[{\"status\":\"away-\"}]}}", "2+1-0 ");
    state_says("{\"2\":{\"metas\":[{\"status\":\"away-x\"}]}}", "2+1-0 ");
    state_says("{\"2\":{\"metas\":[{\"status\":\"away-99999999999999999999\"}]}}", "2+1-0 ");
    state_says("{\"2\":{\"metas\":[{\"status\":7}]}}", "2+1-0 ");
    state_says("{\"2\":{\"metas\":[{\"note\":\"away-1\"}]}}", "2+1-0 ");
}

static void what_is_no_presence_is_bad(void **state)
{
    (void)state;
    state_says("[]", "bad");
    state_says("7", "bad");
    state_says("{\"2\":7}", "bad");
    state_says("{\"2\":{\"metas\":{}}}", "bad");
    state_says("{\"2\":{\"metas\":[7]}}", "bad");
    state_says("{\"2\":{}}", "bad");
    diff_says("[]", "bad");
    diff_says("{\"joins\":7,\"leaves\":{}}", "bad");
    diff_says("{\"joins\":{},\"leaves\":[]}", "bad");
    diff_says("{\"joins\":{},\"leaves\":{\"2\":[]}}", "bad");
    diff_says("{\"joins\":{\"2\":{\"metas\":[{}]}},\"leaves\":{\"2\":7}}", "bad");
}

static void a_status_of_ours_is_read_again(void **state)
{
    (void)state;
    struct buf text = {0};
    people_put_status(&text, 12345, 0);
    assert_true(slice_is(buf_slice(&text), "{\"status\":\"away-12345\"}"));
    buf_clear(&text);
    people_put_status(&text, 7, 3);
    assert_true(slice_is(buf_slice(&text), "{\"status\":\"away-7\",\"note\":\"000\"}"));
    buf_fini(&text);
}

static int over(void **state)
{
    (void)state;
    people_fini(&people);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_is_of_who_is_there),
        cmocka_unit_test(a_diff_is_of_who_comes_goes_and_changes),
        cmocka_unit_test(sessions_are_told_apart_by_their_refs),
        cmocka_unit_test(names_are_read_as_they_are_meant),
        cmocka_unit_test(other_statuses_are_not_ours),
        cmocka_unit_test(what_is_no_presence_is_bad),
        cmocka_unit_test(a_status_of_ours_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, over);
}
