/* tests/wire/test_node.c -- frames between nodes: what is taken, and what is refused as what. */
#include "wire/node.h"

#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { CLUSTER = 7 };
static const struct siphash_key key = {1, 2};
static const struct node_head head = {.type = NODE_ASK,
                                      .flags = 0x80,
                                      .cluster = CLUSTER,
                                      .nid = 0x1122334455667788,
                                      .inc = 9,
                                      .to = 0x0102030405060708,
                                      .number = 0xfffe};

static void write_ask(struct buf *out)
{
    size_t begun = node_begin(out);
    node_put_ask(out, 5);
    assert_int_equal(node_end(out, begun, &head, &key), KITH_OK);
}

/* What lies behind `bytes` is not to be read. */
static enum node_fault fault_of(kith_slice bytes)
{
    uint8_t *copy = test_malloc(bytes.len + 1);
    memcpy(copy, bytes.ptr, bytes.len);
    struct node_frame f;
    enum node_fault fault = node_decode(slice_of(copy, bytes.len), CLUSTER, &key, &f);
    test_free(copy);
    return fault;
}

static void a_frame_is_these_bytes(void **state)
{
    (void)state;
    struct buf b = {0};
    write_ask(&b);
    uint8_t mac[NODE_MAC_BYTES];
    kith_slice signed_part = slice_head(buf_slice(&b), NODE_HEAD_BYTES + 8);
    assert_true(slice_eq(signed_part, KITH_LIT("\xa7\1\5\x80\7\0\0\0\x88\x77\x66\x55\x44\x33\x22"
                                               "\x11\x9\0\0\0\0\0\0\0\x8\0\0\0\0\0\0\0"
                                               "\x8\7\6\5\4\3\2\1\xfe\xff\0\0\0\0\0\0"
                                               "\5\0\0\0\0\0\0\0")));
    siphash24_128(&key, signed_part, mac);
    assert_int_equal(b.len, signed_part.len + sizeof mac);
    assert_memory_equal(b.ptr + signed_part.len, mac, sizeof mac);
    buf_fini(&b);
}

static void a_frame_comes_back_as_it_was(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_puts(&b, "before");
    write_ask(&b);
    struct node_frame f;
    assert_int_equal(node_decode(slice_from(buf_slice(&b), 6), CLUSTER, &key, &f), NODE_GOOD);
    assert_int_equal(f.head.type, NODE_ASK);
    assert_int_equal(f.head.flags, 0x80);
    assert_int_equal(f.head.cluster, CLUSTER);
    assert_true(f.head.nid == head.nid && f.head.inc == head.inc);
    assert_true(f.head.to == head.to && f.head.number == head.number);
    uint64_t inc;
    assert_int_equal(node_get_ask(f.body, &inc), KITH_OK);
    assert_int_equal(inc, 5);
    buf_fini(&b);
}

static void a_type_that_is_not_known_is_a_frame_too(void **state)
{
    (void)state;
    struct buf b = {0};
    struct node_head other = head;
    other.type = 200;
    size_t begun = node_begin(&b);
    assert_int_equal(node_end(&b, begun, &other, &key), KITH_OK);
    struct node_frame f;
    assert_int_equal(node_decode(buf_slice(&b), CLUSTER, &key, &f), NODE_GOOD);
    assert_int_equal(f.head.type, 200);
    assert_int_equal(f.body.len, 0);
    buf_fini(&b);
}

static void a_frame_that_is_cut_or_longer_is_garbled(void **state)
{
    (void)state;
    struct buf b = {0};
    write_ask(&b);
    kith_slice whole = buf_slice(&b);
    for (size_t n = 0; n < whole.len; n++)
        assert_int_equal(fault_of(slice_head(whole, n)), NODE_GARBLED);
    buf_putc(&b, 0);
    assert_int_equal(fault_of(buf_slice(&b)), NODE_GARBLED);
    buf_fini(&b);
}

static enum node_fault fault_at(size_t byte)
{
    if (byte == 1) return NODE_OTHER_VERSION;
    if (byte >= 4 && byte < 8) return NODE_OTHER_CLUSTER;
    bool garbled = byte == 0 || (byte >= 24 && byte < 32);
    return garbled ? NODE_GARBLED : NODE_FORGED;
}

static void every_bit_that_is_flipped_is_noticed(void **state)
{
    (void)state;
    struct buf b = {0};
    write_ask(&b);
    for (size_t i = 0; i < b.len * 8; i++) {
        b.ptr[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_int_equal(fault_of(buf_slice(&b)), fault_at(i / 8));
        b.ptr[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    assert_int_equal(fault_of(buf_slice(&b)), NODE_GOOD);
    buf_fini(&b);
}

static void under_another_key_it_is_forged(void **state)
{
    (void)state;
    struct buf b = {0};
    write_ask(&b);
    struct node_frame f = {.head.type = 99};
    const struct siphash_key other = {1, 3};
    assert_int_equal(node_decode(buf_slice(&b), CLUSTER, &other, &f), NODE_FORGED);
    assert_int_equal(node_decode(buf_slice(&b), CLUSTER + 1, &key, &f), NODE_OTHER_CLUSTER);
    assert_int_equal(f.head.type, 99);
    buf_fini(&b);
}

static void a_version_to_come_may_be_shorter(void **state)
{
    (void)state;
    assert_int_equal(fault_of(KITH_LIT("\xa7\2")), NODE_OTHER_VERSION);
    assert_int_equal(fault_of(KITH_LIT("\xa6\2")), NODE_GARBLED);
}

static void a_frame_has_a_length_at_most(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_puts(&b, "before");
    size_t begun = node_begin(&b);
    for (int i = 0; i < NODE_BODY_BYTES_MAX; i++)
        buf_putc(&b, 'x');
    assert_int_equal(node_end(&b, begun, &head, &key), KITH_OK);
    assert_int_equal(b.len - begun, NODE_FRAME_BYTES_MAX);
    assert_int_equal(fault_of(slice_from(buf_slice(&b), begun)), NODE_GOOD);
    buf_putc(&b, 0);
    assert_int_equal(fault_of(slice_from(buf_slice(&b), begun)), NODE_GARBLED);

    b.len = begun;
    begun = node_begin(&b);
    for (int i = 0; i <= NODE_BODY_BYTES_MAX; i++)
        buf_putc(&b, 'x');
    assert_int_equal(node_end(&b, begun, &head, &key), KITH_FULL);
    assert_true(slice_is(buf_slice(&b), "before"));
    buf_fini(&b);
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    for (size_t n = 0; n < 2; n++) { /* at the head; at the MAC */
        struct buf b = {0};
        alloc_fail(n, 100);
        size_t begun = node_begin(&b);
        buf_puts(&b, "a body above the 64 bytes that come first");
        assert_int_equal(node_end(&b, begun, &head, &key), KITH_NOMEM);
        assert_int_equal(b.len, 0);
        (void)alloc_heal();
        buf_fini(&b);
    }
}

static void names_are_short_and_plain(void **state)
{
    (void)state;
    static const char longest[] =
        "0123456789012345678901234567890123456789012345678901234567890123";
    assert_true(node_is_name(KITH_LIT("web-1.example_NET")));
    assert_true(node_is_name(slice_of(longest, 64)));
    static const char *const bad[] = {"", "a b", "a/b", "a\n", "[", "`", "{", "@", ":", "\xc3\xa4"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(node_is_name(slice_str(bad[i])));
    assert_false(node_is_name(slice_of("01234567890123456789012345678901"
                                       "234567890123456789012345678901234",
                                       65)));
}

static void names_have_the_same_numbers_everywhere(void **state)
{
    (void)state;
    assert_true(node_id(KITH_LIT("web-1")) == 0x181e70121bd3d4d8);
    assert_true(node_cluster(KITH_LIT("web-1")) == 0x5afae053);
    assert_true(node_id(KITH_LIT("web-1")) != node_id(KITH_LIT("web-2")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_these_bytes),
        cmocka_unit_test(a_frame_comes_back_as_it_was),
        cmocka_unit_test(a_type_that_is_not_known_is_a_frame_too),
        cmocka_unit_test(a_frame_that_is_cut_or_longer_is_garbled),
        cmocka_unit_test(every_bit_that_is_flipped_is_noticed),
        cmocka_unit_test(under_another_key_it_is_forged),
        cmocka_unit_test(a_version_to_come_may_be_shorter),
        cmocka_unit_test(a_frame_has_a_length_at_most),
        cmocka_unit_test(without_memory_it_says_so),
        cmocka_unit_test(names_are_short_and_plain),
        cmocka_unit_test(names_have_the_same_numbers_everywhere),
    };
    return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}
