/* tests/wire/test_sections.c -- sections as bytes: what comes back, how small it is, and where it
 * can be cut. */
#include "wire/node.h"

#include "failures.h"
#include "section_fixture.h"

#include <stdio.h>

enum { NOW_S = 1795487065, BASE = 41000 };

static void a_section_is_these_bytes(void **state)
{
    (void)state;
    struct record records[] = {{.seq = 11, .slot = 3, .empty = true},
                               {.seq = 13,
                                .slot = 200,
                                .numeric = true,
                                .user = 5,
                                .fields = KITH_LIT("{\"status\":\"away\"}"),
                                .online_at_s = 100,
                                .ref = {INC, 13}},
                               {.seq = 14,
                                .slot = 1,
                                .topic = KITH_LIT("room:1"),
                                .key = KITH_LIT("k"),
                                .fields = KITH_LIT("{\"a\":1}"),
                                .online_at_s = 97,
                                .ref = {9, 8},
                                .prev = {INC, 12},
                                .device = 0x1234,
                                .rules = 7},
                               {.seq = 15,
                                .slot = 2,
                                .numeric = true,
                                .user = 5,
                                .fields = KITH_LIT("{}"),
                                .online_at_s = 100,
                                .ref = {INC, 15},
                                .replaces = {4, 9},
                                .replaced = true}};
    const struct section s = {INC, 10, 15, 20, 4, records};
    struct buf b = {0};
    write_body(&b, &s, &(struct sections_form){64, 6, true, 1000});
    assert_true(slice_eq(buf_slice(&b), KITH_LIT("\x4d\0\0\0\0\0\0\0"
                                                 "\x43\x40\xa\5\5\6\x64\4"
                                                 "\1\3\0"
                                                 "\2\xc8\1\7\5\0"
                                                 "\1\1\x7d\x3f\6room:1\1k\3"
                                                 "\x9\0\0\0\0\0\0\0\x8"
                                                 "\2"
                                                 "\x34\x12"
                                                 "\1"
                                                 "\7{\"a\":1}"
                                                 "\1\2\x81\6\5\0"
                                                 "\3\4\0\0\0\0\0\0\0\x9")));
    buf_fini(&b);
}

static void sections_come_back_as_they_were(void **state)
{
    (void)state;
    static struct record records[RECORDS];
    static struct texts texts;
    struct sections_room room = {0};
    struct buf b = {0};
    uint64_t seed = 1;
    for (uint32_t i = 0; i < rounds(3000); i++) {
        struct section got, s = any_section(&seed, records, &texts);
        const struct sections_form form = {.stream = i % STREAM_NUMBERS,
                                           .rules = i % 2 ? any_number(&seed) : 0,
                                           .prevs = i % 3,
                                           .bytes_max = 100000};
        write_body(&b, &s, &form);
        assert_int_equal(read_only(buf_slice(&b), &room, &got), KITH_OK);
        check_section(&got, &s, &form);
    }
    buf_fini(&b);
    sections_room_fini(&room);
}

/* Sections of a frame, with the records of the one they were cut from. */
static void check_pieces(kith_slice body, const struct section *s, const struct sections_form *form)
{
    struct sections walk;
    struct sections_piece piece;
    struct sections_room room = {0};
    uint64_t base = s->base;
    uint32_t at = 0;
    assert_int_equal(sections_open(body, &walk), KITH_OK);
    assert_int_equal(walk.inc, s->inc);
    while (sections_next(&walk, &piece) == KITH_OK) {
        struct section got;
        assert_true(piece.inc == s->inc && piece.stream == form->stream);
        assert_int_equal(sections_read(&piece, &room, &got), KITH_OK);
        assert_true(got.base == base && got.top == s->top && at + got.count <= s->count);
        for (uint32_t i = 0; i < got.count; i++)
            check_record(&got.records[i], &s->records[at++], form);
        base = got.last;
    }
    assert_int_equal(walk.rest.len, 0);
    assert_int_equal(at, s->count);
    assert_true(base == s->last);
    sections_room_fini(&room);
}

/* Writes s in pieces of at most `bytes_max`; how many. */
static uint32_t write_pieces(struct buf *b, struct section s, struct sections_form form)
{
    uint32_t pieces = 0;
    buf_clear(b);
    sections_begin(b, s.inc);
    for (bool more = true; more; pieces++) {
        struct sections_part part;
        size_t before = b->len;
        assert_int_equal(sections_put(b, &s, &form, &part), KITH_OK);
        assert_true(b->len - before <= form.bytes_max);
        more = part.count < s.count;
        assert_true(more ? part.count > 0 && part.last == s.records[part.count - 1].seq
                         : part.last == s.last);
        s = (struct section){
            s.inc, part.last, s.last, s.top, s.count - part.count, s.records + part.count};
    }
    return pieces;
}

static void cut_at_any_record_it_is_the_same_records(void **state)
{
    (void)state;
    static struct record records[RECORDS];
    static struct texts texts;
    struct buf b = {0};
    uint64_t seed = 2;
    struct sections_form form = {.stream = 5, .prevs = true};
    for (uint32_t i = 0; i < rounds(20); i++) {
        struct section s = any_section(&seed, records, &texts);
        for (form.bytes_max = 280; form.bytes_max < 3000; form.bytes_max += 7) {
            uint32_t pieces = write_pieces(&b, s, form);
            assert_true(pieces <= s.count + 1);
            check_pieces(buf_slice(&b), &s, &form);
        }
    }
    buf_fini(&b);
}

static void of_a_section_no_more_is_written_than_a_reader_takes(void **state)
{
    (void)state;
    static struct record records[SECTION_RECORDS_MAX + 1];
    for (uint32_t i = 0; i <= SECTION_RECORDS_MAX; i++)
        records[i] = (struct record){.seq = i + 1, .slot = i, .empty = true};
    struct section s = {
        INC, 0, SECTION_RECORDS_MAX + 1, SECTION_RECORDS_MAX + 1, SECTION_RECORDS_MAX + 1, records};
    const struct sections_form form = {.bytes_max = 1000000};
    struct buf b = {0};
    assert_int_equal(write_pieces(&b, s, form), 2);
    check_pieces(buf_slice(&b), &s, &form);
    buf_fini(&b);
}

static struct record usual_record(uint64_t seq)
{
    return (struct record){.seq = seq,
                           .slot = 700,
                           .numeric = true,
                           .user = 1000000,
                           .fields = KITH_LIT("{\"status\":\"online\"}"),
                           .online_at_s = NOW_S - 1200,
                           .ref = {INC, seq}};
}

/* What a record adds to a section that another one, of this moment, is in. */
static size_t size_of(const struct record *r, bool prevs)
{
    struct record two[2] = {usual_record(BASE + 1), *r};
    two[0].online_at_s = NOW_S;
    two[1].seq = two[1].ref.seq = BASE + 2;
    const struct sections_form form = {.prevs = prevs, .bytes_max = 1000};
    struct section s = {INC, BASE, BASE + 2, BASE + 2, 1, two};
    struct buf b = {0};
    write_body(&b, &s, &form);
    size_t one = b.len;
    s.count = 2;
    write_body(&b, &s, &form);
    size_t size = b.len - one;
    buf_fini(&b);
    return size;
}

static void joins_and_changes_are_small(void **state)
{
    (void)state;
    struct record r = usual_record(BASE + 2);
    assert_int_equal(size_of(&r, true), 9); /* a join */
    r.device = 1234;
    assert_int_equal(size_of(&r, true), 12);
    r.device = 0;
    r.prev = (struct dot){INC, BASE - 5000};
    r.fields = KITH_LIT("{\"status\":\"away\"}");
    assert_int_equal(size_of(&r, false), 9); /* a change, told live */
    assert_int_equal(size_of(&r, true), 12); /* and in a snapshot */
    assert_int_equal(size_of(&(struct record){.slot = 700, .empty = true}, true), 4);
}

static void fields_are_written_out_once(void **state)
{
    (void)state;
    struct record records[3];
    for (unsigned i = 0; i < 3; i++) {
        records[i] = usual_record(i + 1);
        records[i].fields =
            KITH_LIT("{\"status\":\"online\",\"text\":\"in a meeting until five\"}");
    }
    const struct section s = {INC, 0, 3, 3, 3, records};
    const struct sections_form form = {.bytes_max = 1000};
    struct buf b = {0};
    write_body(&b, &s, &form);
    assert_int_equal(b.len, 8 + 1 + 11 + 3 * 8 + 1 + records[0].fields.len);
    check_pieces(buf_slice(&b), &s, &form);
    buf_fini(&b);
}

static void more_texts_than_have_numbers_come_back_too(void **state)
{
    (void)state;
    static struct record records[RECORDS];
    static char texts[RECORDS][16];
    for (uint32_t i = 0; i < RECORDS; i++) {
        records[i] = usual_record(i + 1);
        uint32_t number = i < RECORDS / 2 ? i : RECORDS - i; /* each of them twice */
        records[i].fields =
            slice_of(texts[i], (size_t)snprintf(texts[i], sizeof texts[i], "{\"n\":%u}", number));
    }
    const struct section s = {INC, 0, RECORDS, RECORDS, RECORDS, records};
    const struct sections_form form = {.bytes_max = 10000};
    struct buf b = {0};
    write_body(&b, &s, &form);
    check_pieces(buf_slice(&b), &s, &form);
    buf_fini(&b);
}

static void the_longest_texts_fit_a_frame(void **state)
{
    (void)state;
    static char x[TOPIC_BYTES_MAX];
    memset(x, 'x', sizeof x);
    struct record r = {.seq = 1,
                       .topic = slice_of(x, TOPIC_BYTES_MAX),
                       .key = slice_of(x, TOPIC_BYTES_MAX),
                       .fields = slice_of(x, META_BYTES_MAX),
                       .ref = {1, UINT64_MAX},
                       .prev = {UINT64_MAX, 1},
                       .replaces = {UINT64_MAX, UINT64_MAX},
                       .replaced = true,
                       .device = UINT16_MAX,
                       .rules = UINT64_MAX};
    const struct section s = {INC, 0, 1, UINT64_MAX, 1, &r};
    const struct sections_form form = {.prevs = true, .bytes_max = 32768};
    struct sections_room room = {0};
    struct buf b = {0};
    struct section got;
    write_body(&b, &s, &form);
    assert_int_equal(read_only(buf_slice(&b), &room, &got), KITH_OK);
    check_section(&got, &s, &form);
    buf_fini(&b);
    sections_room_fini(&room);
}

static void what_does_not_fit_is_not_begun(void **state)
{
    (void)state;
    struct record r = usual_record(1);
    const struct section s = {INC, 0, 1, 1, 1, &r};
    struct sections_part part;
    struct buf b = {0};
    sections_begin(&b, INC);
    for (size_t max = 0; max < 72; max++)
        assert_int_equal(sections_put(&b, &s, &(struct sections_form){.bytes_max = max}, &part),
                         KITH_FULL);
    assert_int_equal(b.len, 8);
    assert_int_equal(sections_put(&b, &s, &(struct sections_form){.bytes_max = 72}, &part),
                     KITH_OK);
    buf_fini(&b);
}

static void a_section_without_records_says_how_far_it_goes(void **state)
{
    (void)state;
    const struct section s = {INC, 5, 9, 12, 0, NULL};
    const struct sections_form form = {.bytes_max = 64};
    struct sections_room room = {0};
    struct buf b = {0};
    struct section got;
    write_body(&b, &s, &form);
    assert_int_equal(read_only(buf_slice(&b), &room, &got), KITH_OK);
    check_section(&got, &s, &form);
    buf_fini(&b);
    sections_room_fini(&room);
}

static void bodies_are_built_in_their_frame(void **state)
{
    (void)state;
    static struct record records[20000];
    for (uint32_t i = 0; i < 20000; i++)
        records[i] = usual_record(i + 1);
    const struct section s = {INC, 0, 20000, 20000, 20000, records};
    const struct siphash_key key = {1, 2};
    const struct node_head head = {.type = NODE_SECTIONS, .inc = INC};
    struct sections_part part;
    struct buf b = {0};
    size_t begun = node_begin(&b);
    sections_begin(&b, INC);
    const size_t end = begun + NODE_HEAD_BYTES + NODE_BODY_BYTES_MAX;
    const struct sections_form form = {.bytes_max = end - b.len};
    assert_int_equal(sections_put(&b, &s, &form, &part), KITH_OK);
    assert_true(part.count > 7000 && b.len <= end && end - b.len < 100);
    assert_int_equal(node_end(&b, begun, &head, &key), KITH_OK);
    struct node_frame f;
    assert_int_equal(node_decode(buf_slice(&b), 0, &key, &f), NODE_GOOD);
    const struct section head_of_s = {INC, 0, part.last, 20000, part.count, records};
    check_pieces(f.body, &head_of_s, &form);
    buf_fini(&b);
}

static void without_memory_nothing_is_written_or_read(void **state)
{
    (void)state;
    struct record records[20];
    for (unsigned i = 0; i < 20; i++)
        records[i] = usual_record(i + 1);
    const struct section s = {INC, 0, 20, 20, 20, records};
    const struct sections_form form = {.bytes_max = 1000};
    for (size_t n = 0; n < 3; n++) { /* before the head; before a record; at the beginning */
        struct sections_part part;
        struct buf b = {0};
        if (n == 2) alloc_fail(0, 1);
        sections_begin(&b, INC);
        size_t before = b.len;
        if (n < 2) alloc_fail(n, 1);
        assert_int_equal(sections_put(&b, &s, &form, &part), KITH_NOMEM);
        assert_int_equal(b.len, before);
        (void)alloc_heal();
        buf_fini(&b);
    }
    struct sections_room room = {0};
    struct section got;
    struct buf b = {0};
    write_body(&b, &s, &form);
    alloc_fail(0, 1);
    assert_int_equal(read_only(buf_slice(&b), &room, &got), KITH_NOMEM);
    (void)alloc_heal();
    assert_int_equal(read_only(buf_slice(&b), &room, &got), KITH_OK);
    buf_fini(&b);
    sections_room_fini(&room);
}

static void a_section_that_is_none_is_our_own_mistake(void **state)
{
    (void)state;
    struct record r = usual_record(5);
    struct sections_part part;
    struct buf b = {0};
    const struct sections_form form = {.bytes_max = 1000},
                               other = {.stream = STREAM_NUMBERS, .bytes_max = 1000};
    const struct section good = {INC, 4, 5, 5, 1, &r}, before_base = {INC, 5, 6, 6, 1, &r},
                         behind_last = {INC, 3, 4, 4, 1, &r}, back = {INC, 4, 3, 4, 0, NULL},
                         above_top = {INC, 4, 5, 4, 0, NULL};
    expect_assert_failure((void)!sections_put(&b, &good, &other, &part));
    expect_assert_failure((void)!sections_put(&b, &before_base, &form, &part));
    expect_assert_failure((void)!sections_put(&b, &behind_last, &form, &part));
    expect_assert_failure((void)!sections_put(&b, &back, &form, &part));
    expect_assert_failure((void)!sections_put(&b, &above_top, &form, &part));
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_section_is_these_bytes),
        cmocka_unit_test(sections_come_back_as_they_were),
        cmocka_unit_test(cut_at_any_record_it_is_the_same_records),
        cmocka_unit_test(of_a_section_no_more_is_written_than_a_reader_takes),
        cmocka_unit_test(joins_and_changes_are_small),
        cmocka_unit_test(fields_are_written_out_once),
        cmocka_unit_test(more_texts_than_have_numbers_come_back_too),
        cmocka_unit_test(the_longest_texts_fit_a_frame),
        cmocka_unit_test(what_does_not_fit_is_not_begun),
        cmocka_unit_test(a_section_without_records_says_how_far_it_goes),
        cmocka_unit_test(bodies_are_built_in_their_frame),
        cmocka_unit_test(without_memory_nothing_is_written_or_read),
        cmocka_unit_test(a_section_that_is_none_is_our_own_mistake),
    };
    return cmocka_run_group_tests_name("sections", tests, NULL, NULL);
}
