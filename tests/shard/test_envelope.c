/* tests/shard/test_envelope.c -- a frame for other nodes, as mail. */
#include "shard/envelope.h"

#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { CLUSTER = 7, WHOM = 55 };

static const struct siphash_key key = {1, 2};
static const struct node_head head = {.cluster = CLUSTER, .nid = 3, .inc = 9, .number = 4};

static void what_is_sealed_is_a_frame_of_its_type_to_whom_the_mail_says(void **state)
{
    (void)state;
    struct node_frame f;
    struct mail *m = envelope_new(NODE_ASK, KITH_LIT("whatever"), KITH_LIT("n7"));
    assert_non_null(m);
    assert_int_equal(m->type, MAIL_FRAME);
    assert_true(slice_is(mail_b(m), "n7"));
    m->inc = WHOM;
    assert_int_equal(envelope_seal(m, &head, &key), KITH_OK);
    assert_int_equal(node_decode(mail_a(m), CLUSTER, &key, &f), NODE_GOOD);
    assert_true(f.head.type == NODE_ASK && f.head.to == WHOM);
    assert_true(f.head.nid == 3 && f.head.inc == 9 && f.head.number == 4);
    assert_true(slice_is(f.body, "whatever"));
    assert_true(slice_is(mail_b(m), "n7"));
    mail_free(m);
}

static void an_empty_body_is_one_and_a_longer_one_than_a_frame_has_room_for_is_not(void **state)
{
    (void)state;
    static uint8_t bytes[NODE_BODY_BYTES_MAX + 1];
    struct node_frame f;
    static const size_t lens[] = {0, NODE_BODY_BYTES_MAX, NODE_BODY_BYTES_MAX + 1};
    for (unsigned i = 0; i < 3; i++) {
        struct mail *m = envelope_new(NODE_SECTIONS, slice_of(bytes, lens[i]), (kith_slice){0});
        assert_non_null(m);
        assert_int_equal(envelope_seal(m, &head, &key), i < 2 ? KITH_OK : KITH_FULL);
        if (i < 2) {
            assert_int_equal(node_decode(mail_a(m), CLUSTER, &key, &f), NODE_GOOD);
            assert_int_equal(f.body.len, lens[i]);
        }
        mail_free(m);
    }
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    alloc_fail(0, 1);
    struct mail *m = envelope_new(NODE_ASK, KITH_LIT("whatever"), (kith_slice){0});
    (void)alloc_heal();
    assert_null(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sealed_is_a_frame_of_its_type_to_whom_the_mail_says),
        cmocka_unit_test(an_empty_body_is_one_and_a_longer_one_than_a_frame_has_room_for_is_not),
        cmocka_unit_test(without_memory_there_is_none),
    };
    return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
