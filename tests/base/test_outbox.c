/* tests/base/test_outbox.c -- one socket's queue: order, partial writes, bounds, references. */
#include "base/limits.h"
#include "base/outbox.h"
#include "chance.h"
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void push(struct outbox *o, const char *text)
{
    struct frame *f = frame_of(slice_str(text));
    assert_int_equal(outbox_push(o, f), KITH_OK);
    frame_unref(f);
}

/* All that waits, as one string. */
static kith_slice waiting(const struct outbox *o, char *room)
{
    static kith_slice pieces[OUTBOX_FRAMES_MAX];
    size_t n = outbox_peek(o, pieces, OUTBOX_FRAMES_MAX), len = 0;
    for (size_t i = 0; i < n; i++) {
        if (pieces[i].len) memcpy(room + len, pieces[i].ptr, pieces[i].len);
        len += pieces[i].len;
    }
    assert_int_equal(len, o->bytes);
    return slice_of(room, len);
}

static void assert_waiting(const struct outbox *o, const char *want)
{
    char room[256];
    assert_true(slice_is(waiting(o, room), want));
}

static void an_empty_outbox_is_24_bytes_and_has_nothing_to_send(void **state)
{
    (void)state;
    struct outbox o = {0};
    kith_slice piece;
    assert_int_equal(sizeof o, 24);
    assert_int_equal(outbox_peek(&o, &piece, 1), 0);
    outbox_sent(&o, 0);
    outbox_fini(&o);
}

static void one_waiting_frame_needs_no_allocation(void **state)
{
    (void)state;
    struct outbox o = {0};
    struct frame *f = frame_of(KITH_LIT("hello"));
    alloc_fail(0, 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(outbox_push(&o, f), KITH_OK);
        assert_int_equal(f->refs, 2);
        assert_waiting(&o, "hello");
        outbox_sent(&o, 2);
        assert_waiting(&o, "llo");
        outbox_sent(&o, 3);
        assert_int_equal(f->refs, 1);
        assert_int_equal(o.count, 0);
    }
    assert_int_equal(alloc_heal(), 0);
    frame_unref(f);
}

static void frames_leave_in_the_order_they_came(void **state)
{
    (void)state;
    struct outbox o = {0};
    push(&o, "one ");
    push(&o, "two ");
    push(&o, "three ");
    push(&o, "four ");
    push(&o, "five");
    assert_waiting(&o, "one two three four five");
    outbox_sent(&o, 6);
    assert_waiting(&o, "o three four five");
    outbox_sent(&o, 2);
    assert_waiting(&o, "three four five");
    outbox_sent(&o, 15);
    assert_waiting(&o, "");
    assert_int_equal(o.cap, 0);
}

static void a_frame_behind_a_half_sent_one_stands_whole(void **state)
{
    (void)state;
    struct outbox o = {0};
    push(&o, "abc");
    outbox_sent(&o, 1);
    push(&o, "def"); /* from one frame to a ring: what was sent stays sent */
    assert_waiting(&o, "bcdef");
    outbox_sent(&o, 2);
    push(&o, "g");
    assert_waiting(&o, "defg");
    outbox_fini(&o);
}

static void peek_gives_no_more_pieces_than_asked_for(void **state)
{
    (void)state;
    struct outbox o = {0};
    kith_slice pieces[3];
    push(&o, "a");
    push(&o, "b");
    push(&o, "c");
    assert_int_equal(outbox_peek(&o, pieces, 0), 0);
    assert_int_equal(outbox_peek(&o, pieces, 2), 2);
    assert_true(slice_is(pieces[0], "a"));
    assert_true(slice_is(pieces[1], "b"));
    assert_int_equal(outbox_peek(&o, pieces, 3), 3);
    outbox_fini(&o);
}

static void a_frame_is_shared_and_not_copied(void **state)
{
    (void)state;
    struct outbox boxes[5] = {0};
    kith_slice piece;
    struct frame *f = frame_of(KITH_LIT("shared"));
    for (int i = 0; i < 5; i++) {
        assert_int_equal(outbox_push(&boxes[i], f), KITH_OK);
        assert_int_equal(outbox_peek(&boxes[i], &piece, 1), 1);
        assert_ptr_equal(piece.ptr, f->bytes);
    }
    assert_int_equal(f->refs, 6);
    for (int i = 0; i < 5; i++)
        outbox_fini(&boxes[i]);
    assert_int_equal(f->refs, 1);
    frame_unref(f);
}

static void an_empty_frame_leaves_with_the_bytes_before_it(void **state)
{
    (void)state;
    struct outbox o = {0};
    push(&o, "a");
    push(&o, "");
    push(&o, "b");
    outbox_sent(&o, 1);
    assert_int_equal(o.count, 1);
    assert_waiting(&o, "b");
    outbox_sent(&o, 1);
    push(&o, "");
    assert_int_equal(o.count, 1);
    outbox_sent(&o, 0);
    assert_int_equal(o.count, 0);
}

static void fini_lets_go_of_all(void **state)
{
    (void)state;
    struct outbox o = {0};
    struct frame *f = frame_of(KITH_LIT("x"));
    for (int i = 0; i < 9; i++)
        assert_int_equal(outbox_push(&o, f), KITH_OK);
    outbox_sent(&o, 3);
    assert_int_equal(f->refs, 7);
    outbox_fini(&o);
    assert_int_equal(f->refs, 1);
    assert_int_equal(o.bytes, 0);
    outbox_fini(&o);
    frame_unref(f);
}

static void the_bound_on_frames_holds_and_a_refusal_changes_nothing(void **state)
{
    (void)state;
    struct outbox o = {0};
    struct frame *f = frame_of(KITH_LIT("x"));
    for (int i = 0; i < OUTBOX_FRAMES_MAX; i++)
        assert_int_equal(outbox_push(&o, f), KITH_OK);
    assert_int_equal(outbox_push(&o, f), KITH_FULL);
    assert_int_equal(o.count, OUTBOX_FRAMES_MAX);
    assert_int_equal(o.bytes, OUTBOX_FRAMES_MAX);
    assert_int_equal(f->refs, 1 + OUTBOX_FRAMES_MAX);
    outbox_sent(&o, 1);
    assert_int_equal(outbox_push(&o, f), KITH_OK);
    assert_int_equal(outbox_push(&o, f), KITH_FULL);
    outbox_sent(&o, OUTBOX_FRAMES_MAX);
    assert_int_equal(f->refs, 1);
    frame_unref(f);
}

static void more_bytes_than_can_be_counted_are_refused(void **state)
{
    (void)state;
    struct outbox o = {0};
    struct frame huge = {.refs = 1, .len = UINT32_MAX - 1}, two = {.refs = 1, .len = 2};
    struct frame one = {.refs = 1, .len = 1};
    assert_int_equal(outbox_push(&o, &huge), KITH_OK);
    assert_int_equal(outbox_push(&o, &two), KITH_FULL);
    assert_int_equal(two.refs, 1);
    assert_int_equal(o.count, 1);
    assert_int_equal(o.bytes, UINT32_MAX - 1);
    assert_int_equal(outbox_push(&o, &one), KITH_OK);
    outbox_fini(&o);
}

static void without_memory_a_push_changes_nothing(void **state)
{
    (void)state;
    for (size_t filled = 1; filled <= 64; filled = filled == 1 ? 4 : filled * 2) {
        struct outbox o = {0};
        struct frame *f = frame_of(KITH_LIT("x"));
        for (size_t i = 0; i < filled; i++)
            assert_int_equal(outbox_push(&o, f), KITH_OK);
        alloc_fail(0, 1);
        assert_int_equal(outbox_push(&o, f), KITH_NOMEM);
        assert_int_equal(alloc_heal(), 1);
        assert_int_equal(f->refs, filled + 1);
        assert_int_equal(o.bytes, filled);
        assert_int_equal(outbox_push(&o, f), KITH_OK);
        outbox_sent(&o, filled + 1);
        assert_int_equal(f->refs, 1);
        frame_unref(f);
    }
}

static void more_sent_than_waits_is_caught(void **state)
{
    (void)state;
    struct outbox o = {0};
    expect_assert_failure(outbox_sent(&o, 1));
    push(&o, "ab");
    outbox_sent(&o, 1);
    expect_assert_failure(outbox_sent(&o, 2));
    outbox_fini(&o);
}

/* The model: all bytes ever pushed, and how many of them are sent. */
struct pipe {
    uint8_t bytes[1 << 16];
    size_t sent, len;
};

static void push_random(struct outbox *o, struct pipe *model, uint64_t *seed)
{
    size_t n = chance_below(seed, 12);
    if (o->count >= OUTBOX_FRAMES_MAX || model->len + n > sizeof model->bytes) return;
    for (size_t i = 0; i < n; i++)
        model->bytes[model->len + i] = (uint8_t)chance_next(seed);
    struct frame *f = frame_of(slice_of(model->bytes + model->len, n));
    assert_int_equal(outbox_push(o, f), KITH_OK);
    frame_unref(f);
    model->len += n;
}

static void it_equals_a_queue_of_bytes_under_random_partial_writes(void **state)
{
    (void)state;
    static struct pipe model;
    static char room[sizeof model.bytes];
    uint64_t seed = 3;
    for (uint32_t round = rounds(20); round > 0; round--) {
        struct outbox o = {0};
        model = (struct pipe){0};
        uint32_t burst = 1 + chance_below(&seed, 40); /* sometimes a trickle, sometimes a storm */
        for (int step = 0; step < 300; step++) {
            for (uint32_t i = chance_below(&seed, burst); i > 0; i--)
                push_random(&o, &model, &seed);
            size_t n = chance_below(&seed, o.bytes + 1);
            if (chance_below(&seed, 8) == 0) n = o.bytes;
            outbox_sent(&o, n);
            model.sent += n;
            kith_slice want = slice_of(model.bytes + model.sent, model.len - model.sent);
            assert_true(slice_eq(waiting(&o, room), want));
        }
        outbox_fini(&o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_outbox_is_24_bytes_and_has_nothing_to_send),
        cmocka_unit_test(one_waiting_frame_needs_no_allocation),
        cmocka_unit_test(frames_leave_in_the_order_they_came),
        cmocka_unit_test(a_frame_behind_a_half_sent_one_stands_whole),
        cmocka_unit_test(peek_gives_no_more_pieces_than_asked_for),
        cmocka_unit_test(a_frame_is_shared_and_not_copied),
        cmocka_unit_test(an_empty_frame_leaves_with_the_bytes_before_it),
        cmocka_unit_test(fini_lets_go_of_all),
        cmocka_unit_test(the_bound_on_frames_holds_and_a_refusal_changes_nothing),
        cmocka_unit_test(more_bytes_than_can_be_counted_are_refused),
        cmocka_unit_test(without_memory_a_push_changes_nothing),
        cmocka_unit_test(more_sent_than_waits_is_caught),
        cmocka_unit_test(it_equals_a_queue_of_bytes_under_random_partial_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
