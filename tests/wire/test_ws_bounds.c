/* tests/wire/test_ws_bounds.c -- how much a peer may make the decoder read, count and keep. */
#include "failures.h"
#include "ws_talk.h"

static void a_decoder_is_small(void **state)
{
    (void)state;
    assert_true(sizeof(struct ws_in) <= 16);
}

static void lengths_hold_at_the_edges_of_their_forms(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 7, 8, 9, 124, 125, 126, 127, 128, 65534, 65535, 65536, 65537};
    static uint8_t data[65537];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct ws_in w = {.message_bytes_max = MESSAGE_BYTES_MAX};
        struct buf in = {0}, log = {0};
        put_frame(&in, 0x82, slice_of(data, sizes[i]));
        feed(&w, buf_slice(&in), sizes[i] < 200 ? CUT_BYTES : CUT_CHANCE + 1, &log);
        assert_int_equal(log.len, sizes[i] + 3);
        assert_memory_equal(log.ptr + 2, data, sizes[i]);
        buf_fini(&in);
        buf_fini(&log);
    }
}

/* Frames of `sizes` (0 ends), as one message under a bound of 1000. */
static void assert_sizes(const size_t *sizes, const char *want_start)
{
    static const uint8_t zeros[2000] = {0};
    struct buf in = {0};
    for (size_t i = 0; sizes[i]; i++) {
        uint8_t op = i ? WS_OP_CONT : WS_OP_BINARY;
        put_frame(&in, (uint8_t)(op | (sizes[i + 1] ? 0 : 0x80)), slice_of(zeros, sizes[i]));
    }
    for (int how = 0; how < CUTS; how++) {
        struct ws_in w = {.message_bytes_max = 1000};
        struct buf log = {0};
        feed(&w, buf_slice(&in), how, &log);
        assert_true(slice_starts(buf_slice(&log), slice_str(want_start)));
        buf_fini(&log);
        ws_in_fini(&w);
    }
    buf_fini(&in);
}

static void the_bound_on_a_message_holds_for_its_fragments_together(void **state)
{
    (void)state;
    assert_sizes((const size_t[]){999, 0}, "B:");
    assert_sizes((const size_t[]){1000, 0}, "B:");
    assert_sizes((const size_t[]){1001, 0}, "F1009|");
    assert_sizes((const size_t[]){500, 499, 0}, "B:");
    assert_sizes((const size_t[]){500, 500, 0}, "B:");
    assert_sizes((const size_t[]){500, 501, 0}, "F1009|");
    assert_sizes((const size_t[]){1000, 1, 0}, "F1009|");
    assert_sizes((const size_t[]){1, 999, 0}, "B:");
    assert_sizes((const size_t[]){1, 1000, 0}, "F1009|");
    assert_sizes((const size_t[]){400, 400, 200, 0}, "B:");
    assert_sizes((const size_t[]){400, 400, 201, 0}, "F1009|");
}

static void a_frame_too_big_is_refused_from_its_head(void **state)
{
    (void)state;
    assert_log(KITH_LIT("\x82\x8b"), 10, "11 of 10", KITH_LIT("F1009|"));
    assert_log(KITH_LIT("\x82\x8a"), 10, "10 of 10", KITH_LIT(""));
    assert_log(KITH_LIT("\x82\xfe\x00\x7e"), 125, "126 of 125", KITH_LIT("F1009|"));
    RAW("\x82\xff\x00\x00\x00\x00\x00\x10\x00\x01", "F1009|");
    RAW("\x82\xff\x00\x00\x00\x00\x00\x10\x00\x00", "");
    assert_log(KITH_LIT("\x89\x8b"), 10, "control frames don't count", KITH_LIT(""));
}

static void need_tells_how_many_bytes_let_it_go_on(void **state)
{
    (void)state;
    static const struct {
        kith_slice in;
        size_t need;
    } cases[] = {
        {KITH_LIT(""), 2},
        {KITH_LIT("\x81"), 2},
        {KITH_LIT("\x81\x80"), 6},
        {KITH_LIT("\x81\x85"), 11},
        {KITH_LIT("\x81\x85\x00\x00\x00\x00\x61"), 11},
        {KITH_LIT("\x81\xfe"), 8},
        {KITH_LIT("\x81\xfe\x01"), 8},
        {KITH_LIT("\x81\xfe\x01\x00"), 264},
        {KITH_LIT("\x81\xff"), 14},
        {KITH_LIT("\x81\xff\x00\x00\x00\x00\x00\x01\x00\x00"), 65550},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ws_in w = {.message_bytes_max = MESSAGE_BYTES_MAX};
        uint8_t bytes[16] = {0};
        size_t used, need;
        struct ws_message m;
        memcpy(bytes, cases[i].in.ptr, cases[i].in.len);
        assert_int_equal(ws_feed(&w, bytes, cases[i].in.len, &used, &need, &m), WS_MORE);
        assert_int_equal(used, 0);
        assert_int_equal(need, cases[i].need);
    }
}

static void a_message_has_a_bounded_number_of_fragments(void **state)
{
    (void)state;
    for (uint32_t n = FRAGMENTS_MAX; n <= FRAGMENTS_MAX + 1; n++) {
        struct buf in = {0};
        for (uint32_t i = 0; i < n; i++)
            put_frame(&in, (uint8_t)((i ? 0 : 1) | (i == n - 1 ? 0x80 : 0)), slice_of(NULL, 0));
        const char *want = n > FRAGMENTS_MAX ? "F1008|" : "T:|";
        assert_log(buf_slice(&in), MESSAGE_BYTES_MAX, "fragments", slice_str(want));
        buf_fini(&in);
    }
}

static void each_message_counts_its_own_fragments(void **state)
{
    (void)state;
    struct ws_in w = {.message_bytes_max = 10};
    struct buf in = {0}, log = {0};
    for (uint32_t i = 0; i < FRAGMENTS_MAX; i++)
        put_frames(&in, KITH_LIT("t:a|P:|C:b"));
    feed(&w, buf_slice(&in), CUT_CHANCE, &log);
    assert_int_equal(log.len, FRAGMENTS_MAX * strlen("P:|T:ab|"));
    buf_fini(&in);
    buf_fini(&log);
    ws_in_fini(&w);
}

/* Nothing stays allocated for a socket that sent a message in fragments and then is idle. */
static void the_memory_of_a_message_goes_with_the_next_call(void **state)
{
    (void)state;
    struct ws_in w = {.message_bytes_max = 10};
    struct buf in = {0};
    size_t used, need;
    struct ws_message m;
    put_frames(&in, KITH_LIT("t:a|C:b"));
    assert_int_equal(ws_feed(&w, in.ptr, in.len, &used, &need, &m), WS_TEXT);
    assert_true(slice_is(m.payload, "ab"));
    assert_non_null(w.fragments);
    assert_int_equal(ws_feed(&w, NULL, 0, &used, &need, &m), WS_MORE);
    assert_null(w.fragments);
    buf_fini(&in);
}

static void a_whole_frame_allocates_nothing(void **state)
{
    (void)state;
    struct ws_in w = {.message_bytes_max = 10};
    struct buf in = {0};
    size_t used, need;
    struct ws_message m;
    put_frames(&in, KITH_LIT("T:hello"));
    alloc_fail(0, 99);
    enum ws_event what = ws_feed(&w, in.ptr, in.len, &used, &need, &m);
    assert_int_equal(alloc_heal(), 0);
    assert_int_equal(what, WS_TEXT);
    assert_ptr_equal(m.payload.ptr, in.ptr + 6);
    buf_fini(&in);
}

static void without_memory_a_fragment_fails_with_1011(void **state)
{
    (void)state;
    for (size_t skip = 0; skip < 3; skip++) {
        struct ws_in w = {.message_bytes_max = 1000};
        struct buf in = {0};
        size_t used, need;
        struct ws_message m;
        static const uint8_t text[100] = {0};
        put_frames(&in, KITH_LIT("t:a"));
        put_frame(&in, 0x80, slice_of(text, 100));
        alloc_fail(skip, 1);
        enum ws_event what = ws_feed(&w, in.ptr, in.len, &used, &need, &m);
        assert_int_equal(alloc_heal(), skip + 1);
        assert_int_equal(what, WS_FAIL);
        assert_int_equal(m.code, WS_CODE_INTERNAL);
        assert_null(w.fragments);
        buf_fini(&in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_decoder_is_small),
        cmocka_unit_test(lengths_hold_at_the_edges_of_their_forms),
        cmocka_unit_test(the_bound_on_a_message_holds_for_its_fragments_together),
        cmocka_unit_test(a_frame_too_big_is_refused_from_its_head),
        cmocka_unit_test(need_tells_how_many_bytes_let_it_go_on),
        cmocka_unit_test(a_message_has_a_bounded_number_of_fragments),
        cmocka_unit_test(each_message_counts_its_own_fragments),
        cmocka_unit_test(the_memory_of_a_message_goes_with_the_next_call),
        cmocka_unit_test(a_whole_frame_allocates_nothing),
        cmocka_unit_test(without_memory_a_fragment_fails_with_1011),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
