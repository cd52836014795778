/* tests/edge/test_poll_token.c -- a session's token is read back, tells nothing, and none can be
 * made up. */
#include "edge/poll_token.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct sealed_keys keys = {{1, 2}, {3, 4}};
static const struct poll_name names[] = {
    {0, 0, 1ull << 32, 1},
    {0, 0, 1ull << 32, 2},
    {1, 0, 1ull << 32, 1},
    {0, 1, 1ull << 32, 1},
    {15, 63, 0xffffffffffffff, 0xffffffffffffff},
    {3, 7, 0x00000100000200, 0},
};
enum { NAMES = sizeof names / sizeof names[0] };

static kith_slice written(const struct sealed_keys *k, size_t i, char out[POLL_TOKEN_LEN])
{
    poll_token_write(k, &names[i], out);
    return slice_of(out, POLL_TOKEN_LEN);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < NAMES; i++) {
        char text[POLL_TOKEN_LEN];
        struct poll_name name;
        assert_true(poll_token_read(&keys, written(&keys, i, text), &name));
        assert_true(name.mount == names[i].mount && name.shard == names[i].shard);
        assert_true(name.handle == names[i].handle && name.number == names[i].number);
    }
}

static void any_other_character_makes_it_nobodys(void **state)
{
    (void)state;
    char text[POLL_TOKEN_LEN];
    struct poll_name name;
    kith_slice token = written(&keys, 4, text);
    for (size_t at = 0; at < POLL_TOKEN_LEN; at++) {
        char was = text[at];
        for (int c = 0; c < 256; c++) {
            text[at] = (char)c;
            if (text[at] != was) assert_false(poll_token_read(&keys, token, &name));
        }
        text[at] = was;
    }
    assert_true(poll_token_read(&keys, token, &name));
}

static void another_length_is_nobodys(void **state)
{
    (void)state;
    char text[POLL_TOKEN_LEN];
    struct poll_name name;
    kith_slice token = written(&keys, 0, text);
    for (size_t n = 0; n < POLL_TOKEN_LEN; n++)
        assert_false(poll_token_read(&keys, slice_head(token, n), &name));
    char longer[POLL_TOKEN_LEN + 1];
    memcpy(longer, text, POLL_TOKEN_LEN);
    longer[POLL_TOKEN_LEN] = 'A';
    assert_false(poll_token_read(&keys, slice_of(longer, sizeof longer), &name));
}

static void of_another_start_is_nobodys(void **state)
{
    (void)state;
    static const struct sealed_keys others[] = {
        {{1, 2}, {3, 5}}, {{1, 3}, {3, 4}}, {{3, 4}, {1, 2}}};
    char text[POLL_TOKEN_LEN];
    struct poll_name name;
    for (size_t i = 0; i < 3; i++)
        assert_false(poll_token_read(&others[i], written(&keys, 0, text), &name));
}

/* Neighbours have about half of their bits in common, as strangers do. */
static void tokens_of_neighbours_have_nothing_in_common(void **state)
{
    (void)state;
    for (size_t i = 0; i < NAMES; i++)
        for (size_t k = 0; k < i; k++) {
            char a[POLL_TOKEN_LEN], b[POLL_TOKEN_LEN];
            written(&keys, i, a);
            written(&keys, k, b);
            unsigned same = 0;
            for (size_t at = 0; at < POLL_TOKEN_LEN; at++)
                same += a[at] == b[at];
            assert_true(same <= 6);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(any_other_character_makes_it_nobodys),
        cmocka_unit_test(another_length_is_nobodys),
        cmocka_unit_test(of_another_start_is_nobodys),
        cmocka_unit_test(tokens_of_neighbours_have_nothing_in_common),
    };
    return cmocka_run_group_tests_name("poll_token", tests, NULL, NULL);
}
