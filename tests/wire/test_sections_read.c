/* tests/wire/test_sections_read.c -- sections as bytes that are not as they must be. */
#include "section_fixture.h"

/* A section's head up to its count: stream 0, (10, 15], top 20, rules 6, time 100. */
#define HEAD     "\0\xa\5\5\6\x64"
#define BYTES(s) slice_of(s, sizeof s - 1)

static kith_err read_bytes(kith_slice bytes)
{
    struct sections_room room = {0};
    struct section got;
    uint8_t *copy = test_malloc(bytes.len + 1); /* what lies behind is not ours to read */
    memcpy(copy, bytes.ptr, bytes.len);
    const struct sections_piece piece = {INC, 0, slice_of(copy, bytes.len)};
    kith_err e = sections_read(&piece, &room, &got);
    test_free(copy);
    sections_room_fini(&room);
    return e;
}

#define GOOD(s) assert_int_equal(read_bytes(BYTES(s)), KITH_OK)
#define BAD(s)  assert_int_equal(read_bytes(BYTES(s)), KITH_BAD)

static void cut_anywhere_it_is_none(void **state)
{
    (void)state;
    static struct record records[RECORDS];
    static struct texts texts;
    struct buf b = {0};
    uint64_t seed = 3;
    for (uint32_t i = 0; i < rounds(100); i++) {
        struct section s = any_section(&seed, records, &texts);
        if (s.count > 10) s.count = 10;
        write_body(&b, &s, &(struct sections_form){.prevs = true, .bytes_max = 10000});
        kith_slice body = buf_slice(&b);
        struct sections walk;
        struct sections_piece piece;
        assert_int_equal(sections_open(body, &walk), KITH_OK);
        assert_int_equal(sections_next(&walk, &piece), KITH_OK);
        for (size_t n = 0; n < piece.bytes.len; n++)
            assert_int_equal(read_bytes(slice_head(piece.bytes, n)), KITH_BAD);
        for (size_t n = 9; n < body.len; n++) {
            assert_int_equal(sections_open(slice_head(body, n), &walk), KITH_OK);
            assert_int_equal(sections_next(&walk, &piece), KITH_BAD);
            assert_int_equal(sections_next(&walk, &piece), KITH_NONE);
        }
    }
    buf_fini(&b);
}

static void whatever_bit_is_wrong_nothing_else_breaks(void **state)
{
    (void)state;
    static struct record records[RECORDS];
    static struct texts texts;
    struct buf b = {0};
    uint64_t seed = 4;
    for (uint32_t i = 0; i < rounds(30); i++) {
        struct section s = any_section(&seed, records, &texts);
        if (s.count > 10) s.count = 10;
        write_body(&b, &s, &(struct sections_form){.prevs = true, .bytes_max = 10000});
        for (size_t bit = 0; bit < b.len * 8; bit++) {
            struct sections walk;
            struct sections_piece piece;
            b.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(sections_open(buf_slice(&b), &walk), KITH_OK);
            for (kith_err e = KITH_OK; e != KITH_NONE; e = sections_next(&walk, &piece))
                if (e == KITH_OK && walk.rest.len < b.len - 8) (void)read_bytes(piece.bytes);
            b.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
    buf_fini(&b);
}

static void a_walk_passes_from_section_to_section(void **state)
{
    (void)state;
    struct sections walk;
    struct sections_piece piece;
    assert_int_equal(sections_open(BYTES("1234567"), &walk), KITH_BAD);
    assert_int_equal(sections_open(BYTES("\1\0\0\0\0\0\0\0"), &walk), KITH_OK);
    assert_int_equal(sections_next(&walk, &piece), KITH_NONE);
    /* What is in them is not looked at, save their streams. */
    assert_int_equal(sections_open(BYTES("\1\0\0\0\0\0\0\0\3\x7fxy\1\0"), &walk), KITH_OK);
    assert_int_equal(sections_next(&walk, &piece), KITH_OK);
    assert_true(piece.inc == 1 && piece.stream == 127 && slice_is(piece.bytes, "\x7fxy"));
    assert_int_equal(sections_next(&walk, &piece), KITH_OK);
    assert_true(piece.inc == 1 && piece.stream == 0 && piece.bytes.len == 1);
    assert_int_equal(sections_next(&walk, &piece), KITH_NONE);
    /* A stream that cannot be is one bad section; what is behind it is read. */
    assert_int_equal(sections_open(BYTES("\1\0\0\0\0\0\0\0\2\x80\1\0\1\3"), &walk), KITH_OK);
    assert_int_equal(sections_next(&walk, &piece), KITH_BAD);
    assert_int_equal(sections_next(&walk, &piece), KITH_BAD);
    assert_int_equal(sections_next(&walk, &piece), KITH_OK);
    assert_int_equal(piece.stream, 3);
}

static void bytes_behind_the_records_are_passed_over(void **state)
{
    (void)state;
    GOOD(HEAD "\0");
    GOOD(HEAD "\0 of a version to come");
    GOOD(HEAD "\1\1\0\0");
    GOOD(HEAD "\1\1\0\0\xff\xff");
}

static void numbers_of_a_section_are_in_range(void **state)
{
    (void)state;
#define MAX "\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"
    BAD("\x80\1\0\0\0\0\0\0");   /* stream */
    GOOD("\0" MAX "\0\0\0\0\0"); /* base */
    BAD("\0" MAX "\1\0\0\0\0");  /* last */
    BAD("\0\1\1" MAX "\0\0\0");  /* top */
    GOOD("\0\0\0" MAX MAX "\xff\xff\xff\xff\xf\0");
    BAD("\0\0\0\0\0\x80\x80\x80\x80\x10\0"); /* time */
    BAD(HEAD "\2\1\0\0");                    /* more records than there can be */
    BAD(HEAD "\x81\x40\1\0\0");              /* more than SECTION_RECORDS_MAX */
}

static void records_go_up_to_the_last(void **state)
{
    (void)state;
    GOOD(HEAD "\2\1\0\0\4\0\0");
    BAD(HEAD "\2\1\0\0\5\0\0");
    BAD(HEAD "\2\1\0\0\0\0\0");
    BAD(HEAD "\1\0\0\0");
    BAD(HEAD "\1\6\0\0");
    BAD(HEAD "\2\1\0\0" MAX "\0\0");        /* around and back to before the first */
    BAD(HEAD "\1\1\x80\x80\x80\x80\x10\0"); /* slot */
}

static void ops_are_those_that_are_known(void **state)
{
    (void)state;
    GOOD(HEAD "\1\1\0\3\1\0"); /* plain, user 1 */
    GOOD(HEAD "\1\1\0\1\0\1\0");
    BAD(HEAD "\1\1\0\2\1\0");
    BAD(HEAD "\1\1\0\4\1\0");
    BAD(HEAD "\1\1\0\xfc\1\0");
    GOOD(HEAD "\1\1\0\x81\0\1\0\2");
    GOOD(HEAD "\1\1\0\x81\0\1\0\3\7\0\0\0\0\0\0\0\1");
    BAD(HEAD "\1\1\0\x81\0\1\0\3\7\0\0\0\0\0\0\0");
    BAD(HEAD "\1\1\0\x81\0\1\0\4"); /* what else there would be is not known */
    BAD(HEAD "\1\1\0\3\1\x65");     /* before 1970 */
    GOOD(HEAD "\1\1\0\3\1\x64");
}

static void fields_have_a_number_that_was_given(void **state)
{
    (void)state;
    GOOD(HEAD "\1\1\0\x1b\1\0");               /* 6, the last that all know */
    BAD(HEAD "\1\1\0\x1f\1\0");                /* 7 */
    GOOD(HEAD "\1\1\0\xff\1\0\0");             /* 63, written out */
    GOOD(HEAD "\2\1\0\xff\1\0\0\1\0\x1f\1\0"); /* 7 */
    BAD(HEAD "\2\1\0\xff\1\0\0\1\0\x23\1\0");  /* 8 */
    BAD(HEAD "\1\1\0\1\x40\1\0");              /* 64 */
    BAD(HEAD "\1\1\0\1\xff\1\0");
    BAD(HEAD "\1\1\0\xff\1\0\2x");
}

static void check_text(const char *before, const char *behind, size_t most)
{
    struct buf b = {0};
    for (size_t len = most; len <= most + 1; len++) {
        buf_clear(&b);
        buf_put(&b, BYTES(HEAD "\1\1\0"));
        buf_put(&b, slice_str(before));
        buf_putc(&b, (uint8_t)(len | 0x80));
        buf_putc(&b, (uint8_t)(len >> 7));
        for (size_t i = 0; i < len; i++)
            buf_putc(&b, 'x');
        buf_put(&b, slice_str(behind));
        buf_put(&b, BYTES("\0\0\0"));
        assert_int_equal(read_bytes(buf_slice(&b)), len == most ? KITH_OK : KITH_BAD);
    }
    buf_fini(&b);
}

static void texts_have_a_length_at_most(void **state)
{
    (void)state;
    check_text("\5\1", "\1k\1", TOPIC_BYTES_MAX);
    check_text("\5\1\1t", "\1", TOPIC_BYTES_MAX);
    check_text("\xff\1\1", "", META_BYTES_MAX);
}

static void what_a_record_says_more_is_in_range(void **state)
{
    (void)state;
#define DOT "12345678\5"
    GOOD(HEAD "\1\1\0\x9\0\1\0" DOT);
    BAD(HEAD "\1\1\0\x9\0\1\0"
             "12345678");
    GOOD(HEAD "\1\1\0\x11\0\1\0\xa"); /* prev: 11 - 10 */
    BAD(HEAD "\1\1\0\x11\0\1\0\xb");
    BAD(HEAD "\1\1\0\x11\0\1\0\xc");
    GOOD(HEAD "\1\1\0\x11\0\1\0\0" DOT);
    BAD(HEAD "\1\1\0\x11\0\1\0\0");
    GOOD(HEAD "\1\1\0\x21\0\1\0xx");
    BAD(HEAD "\1\1\0\x21\0\1\0x");
    BAD(HEAD "\1\1\0\x81\0\1\0" DOT); /* what that says is not known */
    GOOD(HEAD "\1\1\0\x41\0\1\0\xf9\xff\xff\xff\xff\xff\xff\xff\xff\1");
    BAD(HEAD "\1\1\0\x41\0\1\0\xfa\xff\xff\xff\xff\xff\xff\xff\xff\1");
}

static void much_that_is_said_costs_no_memory(void **state)
{
    (void)state;
    struct sections_room room = {0};
    struct section got;
    const struct sections_piece piece = {INC, 0, BYTES(HEAD "\xff\x3f")};
    assert_int_equal(sections_read(&piece, &room, &got), KITH_BAD);
    assert_int_equal(room.cap, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_anywhere_it_is_none),
        cmocka_unit_test(whatever_bit_is_wrong_nothing_else_breaks),
        cmocka_unit_test(a_walk_passes_from_section_to_section),
        cmocka_unit_test(bytes_behind_the_records_are_passed_over),
        cmocka_unit_test(numbers_of_a_section_are_in_range),
        cmocka_unit_test(records_go_up_to_the_last),
        cmocka_unit_test(ops_are_those_that_are_known),
        cmocka_unit_test(fields_have_a_number_that_was_given),
        cmocka_unit_test(texts_have_a_length_at_most),
        cmocka_unit_test(what_a_record_says_more_is_in_range),
        cmocka_unit_test(much_that_is_said_costs_no_memory),
    };
    return cmocka_run_group_tests_name("sections_read", tests, NULL, NULL);
}
