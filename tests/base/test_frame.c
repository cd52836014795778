/* tests/base/test_frame.c -- finished bytes and the count of those who hold them. */
#include "base/frame.h"
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void a_new_frame_has_one_owner_and_a_body_from_the_start(void **state)
{
    (void)state;
    struct frame *f = frame_new(5);
    assert_int_equal(f->refs, 1);
    assert_int_equal(f->len, 5);
    assert_int_equal(f->body_at, 0);
    memcpy(f->bytes, "hello", 5);
    assert_true(slice_is(frame_slice(f), "hello"));
    assert_true(slice_is(frame_body(f), "hello"));
    frame_unref(f);
}

static void a_frame_of_bytes_is_a_copy(void **state)
{
    (void)state;
    char bytes[] = "a\0b";
    struct frame *f = frame_of(slice_of(bytes, 3));
    bytes[0] = 'x';
    assert_true(slice_eq(frame_slice(f), KITH_LIT("a\0b")));
    frame_unref(f);
}

static void a_frame_may_be_empty(void **state)
{
    (void)state;
    struct frame *f = frame_of(slice_of(NULL, 0));
    assert_int_equal(f->len, 0);
    assert_int_equal(frame_slice(f).len, 0);
    assert_int_equal(frame_body(f).len, 0);
    frame_unref(f);
}

static void the_body_stands_behind_the_header(void **state)
{
    (void)state;
    struct frame *f = frame_of(KITH_LIT("HHbody"));
    f->body_at = 2;
    assert_true(slice_is(frame_body(f), "body"));
    assert_true(slice_is(frame_slice(f), "HHbody"));
    f->body_at = f->len;
    assert_int_equal(frame_body(f).len, 0);
    frame_unref(f);
}

static void it_lives_until_the_last_owner_lets_go(void **state)
{
    (void)state;
    struct frame *f = frame_of(KITH_LIT("x"));
    assert_ptr_equal(frame_ref(f), f);
    frame_ref(f);
    assert_int_equal(f->refs, 3);
    frame_unref(f);
    frame_unref(f);
    assert_int_equal(f->refs, 1);
    assert_true(slice_is(frame_slice(f), "x"));
    frame_unref(f);
    frame_unref(NULL);
}

static void one_unref_too_many_is_caught(void **state)
{
    (void)state;
    struct frame f = {.refs = 0};
    expect_assert_failure(frame_unref(&f));
}

static void without_memory_there_is_no_frame(void **state)
{
    (void)state;
    alloc_fail(0, 2);
    assert_null(frame_new(1));
    assert_null(frame_of(KITH_LIT("x")));
    alloc_heal();
}

static void a_length_that_does_not_fit_is_refused_before_it_allocates(void **state)
{
    (void)state;
    const size_t lens[] = {UINT32_MAX - sizeof(struct frame) + 1, UINT32_MAX,
                           (size_t)UINT32_MAX + 1, SIZE_MAX};
    alloc_fail(0, 0);
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++)
        assert_null(frame_new(lens[i]));
    assert_int_equal(alloc_heal(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_frame_has_one_owner_and_a_body_from_the_start),
        cmocka_unit_test(a_frame_of_bytes_is_a_copy),
        cmocka_unit_test(a_frame_may_be_empty),
        cmocka_unit_test(the_body_stands_behind_the_header),
        cmocka_unit_test(it_lives_until_the_last_owner_lets_go),
        cmocka_unit_test(one_unref_too_many_is_caught),
        cmocka_unit_test(without_memory_there_is_no_frame),
        cmocka_unit_test(a_length_that_does_not_fit_is_refused_before_it_allocates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
