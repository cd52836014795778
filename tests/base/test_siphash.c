/* tests/base/test_siphash.c -- SipHash against its authors' vectors and against OpenSSL's. */
#include "base/siphash.h"
#include "chance.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The vectors' key 00 01 .. 0f, and their message 00 01 .. of each length. */
static const struct siphash_key KEY = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

static kith_slice counting(size_t len)
{
    static uint8_t bytes[64];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    return slice_of(bytes, len);
}

static void to_hex(const uint8_t bytes[16], char hex[33])
{
    for (int i = 0; i < 16; i++) {
        hex[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    hex[32] = 0;
}

static void the_128_bit_prf_gives_the_vectors_of_its_authors(void **state)
{
    (void)state;
    static const char *const want[] = {
        "a3817f04ba25a8e66df67214c7550293", "da87c1d86b99af44347659119b22fc45",
        "8177228da4a45dc7fca38bdef60affe4", "9c70b60c5267a94e5f33b6b02985ed51",
        "f88164c12d9c8faf7d0f6e7c7bcd5579", "1368875980776f8854527a07690e9627",
        "14eeca338b208613485ea0308fd7a15e", "a1f1ebbed8dbc153c0b84aa61ff08239",
        "3b62a9ba6258f5610f83e264f31497b4", "264499060ad9baabc47f8b02bb6d71ed",
        "00110dc378146956c95447d3f3d0fbba", "0151c568386b6677a2b4dc6f81e5dc18",
        "d626b266905ef35882634df68532c125", "9869e247e9c08b10d029934fc4b952f7",
        "31fcefac66d7de9c7ec7485fe4494902", "5493e99933b0a8117e08ec0f97cfc3d9",
        "6ee2a4ca67b054bbfd3315bf85230577"};
    for (size_t len = 0; len < sizeof want / sizeof *want; len++) {
        uint8_t out[16];
        char hex[33];
        siphash24_128(&KEY, counting(len), out);
        to_hex(out, hex);
        assert_string_equal(hex, want[len]);
    }
}

static void the_table_hash_gives_known_answers(void **state)
{
    (void)state;
    static const uint64_t want[] = {0xabac0158050fc4dc, 0xc9f49bf37d57ca93, 0x82cb9b024dc7d44d,
                                    0x8bf80ab8e7ddf7fb, 0xcf75576088d38328, 0xdef9d52f49533b67,
                                    0xc50d2b50c59f22a7, 0xd3927d989bb11140, 0x369095118d299a8e,
                                    0x25a48eb36c063de4, 0x79de85ee92ff097f, 0x70c118c1f94dc352,
                                    0x78a384b157b4d9a2, 0x306f760c1229ffa7, 0x605aa111c0f95d34,
                                    0xd320d86d2a519956, 0xcc4fdd1a7d908b66};
    for (size_t len = 0; len < sizeof want / sizeof *want; len++)
        assert_true(siphash13(&KEY, counting(len)) == want[len]);
}

static void it_hashes_as_another_language_does(void **state)
{
    (void)state;
    /* hash(b"abcdefghijklmno") of CPython 3.11, whose key is zero with PYTHONHASHSEED=0 */
    const struct siphash_key zero = {0, 0};
    assert_true(siphash13(&zero, KITH_LIT("abcdefghijklmno")) == 0x1fd27a29b0e9dc7a);
}

static void openssl_siphash(EVP_MAC_CTX *mac, unsigned c, unsigned d, const struct siphash_key *key,
                            kith_slice bytes, uint8_t *out, size_t size)
{
    OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
                           OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_C_ROUNDS, &c),
                           OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_D_ROUNDS, &d), OSSL_PARAM_END};
    size_t got = 0;
    assert_int_equal(EVP_MAC_init(mac, (const uint8_t *)key, sizeof *key, params), 1);
    assert_int_equal(EVP_MAC_update(mac, bytes.ptr, bytes.len), 1);
    assert_int_equal(EVP_MAC_final(mac, out, &got, size), 1);
    assert_int_equal(got, size);
}

static void it_equals_openssl_for_any_key_and_length(void **state)
{
    (void)state;
    EVP_MAC *sip = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
    EVP_MAC_CTX *mac = EVP_MAC_CTX_new(sip);
    uint64_t seed = 7;
    for (uint32_t i = rounds(2000); i > 0; i--) {
        uint8_t bytes[300], want[16], got[16];
        struct siphash_key key = {chance_next(&seed), chance_next(&seed)};
        for (size_t j = 0; j < sizeof bytes; j++)
            bytes[j] = (uint8_t)chance_next(&seed);
        kith_slice s = slice_of(bytes, chance_below(&seed, sizeof bytes + 1));
        uint64_t hash = siphash13(&key, s);
        openssl_siphash(mac, 1, 3, &key, s, want, sizeof hash);
        assert_memory_equal(&hash, want, sizeof hash);
        siphash24_128(&key, s, got);
        openssl_siphash(mac, 2, 4, &key, s, want, sizeof want);
        assert_memory_equal(got, want, sizeof got);
    }
    EVP_MAC_CTX_free(mac);
    EVP_MAC_free(sip);
}

static void where_the_bytes_lie_does_not_matter(void **state)
{
    (void)state;
    uint8_t room[64 + 8];
    uint64_t want = siphash13(&KEY, counting(64));
    for (size_t at = 0; at < 8; at++) {
        memcpy(room + at, counting(64).ptr, 64);
        assert_true(siphash13(&KEY, slice_of(room + at, 64)) == want);
    }
    assert_true(siphash13(&KEY, slice_of(NULL, 0)) == siphash13(&KEY, counting(0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_128_bit_prf_gives_the_vectors_of_its_authors),
        cmocka_unit_test(the_table_hash_gives_known_answers),
        cmocka_unit_test(it_hashes_as_another_language_does),
        cmocka_unit_test(it_equals_openssl_for_any_key_and_length),
        cmocka_unit_test(where_the_bytes_lie_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
