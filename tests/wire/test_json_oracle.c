/* tests/wire/test_json_oracle.c -- JSON as Kith reads it, against jansson. */
#include "chance.h"
#include "json_oracle.h"
#include "json_vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void the_vectors_are_judged_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++)
        if (!oracle_agrees(accepted[i])) fail_msg("%s", (const char *)accepted[i].ptr);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (refused[i].len && !oracle_agrees(refused[i]))
            fail_msg("%s", (const char *)refused[i].ptr);
}

static void put_space(struct buf *b, uint64_t *seed)
{
    for (uint32_t n = chance_below(seed, 6); n > 3; n--)
        buf_putc(b, (uint8_t) " \t\r\n"[chance_below(seed, 4)]);
}

static void put_digits(struct buf *b, uint64_t *seed, uint32_t max)
{
    for (uint32_t n = 1 + chance_below(seed, max); n; n--)
        buf_putc(b, (uint8_t)('0' + chance_below(seed, 10)));
}

static void put_number(struct buf *b, uint64_t *seed)
{
    if (!chance_below(seed, 3)) buf_putc(b, '-');
    buf_putc(b, (uint8_t)('1' + chance_below(seed, 9)));
    if (chance_below(seed, 2)) put_digits(b, seed, chance_below(seed, 50) ? 20 : 320);
    if (chance_below(seed, 2)) {
        buf_putc(b, '.');
        put_digits(b, seed, 20);
    }
    if (chance_below(seed, 2)) {
        buf_putc(b, (uint8_t) "eE"[chance_below(seed, 2)]);
        if (chance_below(seed, 2)) buf_putc(b, (uint8_t) "+-"[chance_below(seed, 2)]);
        put_digits(b, seed, chance_below(seed, 5) ? 2 : 3);
    }
}

static void put_string(struct buf *b, uint64_t *seed)
{
    static const char *const parts[] = {
        "a",      "b",    "plain text", "\xc3\xa9", "\xe6\x97\xa5", "\xf0\x9f\x98\x80", "\\n",
        "\\\"",   "\\\\", "\\/",        "\\u0061",  "\\u00e9",      "\\uD83D\\uDE00",   "\x7f",
        "\\u001f"};
    buf_putc(b, '"');
    for (uint32_t n = chance_below(seed, 5); n; n--)
        buf_puts(b, parts[chance_below(seed, sizeof parts / sizeof parts[0])]);
    buf_putc(b, '"');
}

static void put_value(struct buf *b, uint64_t *seed, unsigned depth);

static void put_container(struct buf *b, uint64_t *seed, unsigned depth, bool object)
{
    buf_putc(b, object ? '{' : '[');
    put_space(b, seed);
    for (uint32_t i = 0, n = chance_below(seed, 6); i < n; i++) {
        if (i) buf_putc(b, ',');
        put_space(b, seed);
        if (object) {
            put_string(b, seed);
            put_space(b, seed);
            buf_putc(b, ':');
        }
        put_value(b, seed, depth + 1);
    }
    buf_putc(b, object ? '}' : ']');
}

static void put_value(struct buf *b, uint64_t *seed, unsigned depth)
{
    static const char *const words[] = {"null", "true", "false"};
    put_space(b, seed);
    uint32_t pick = chance_below(seed, depth < 6 ? 8 : 4);
    if (pick == 0)
        buf_puts(b, words[chance_below(seed, 3)]);
    else if (pick == 1)
        put_number(b, seed);
    else if (pick < 4)
        put_string(b, seed);
    else
        put_container(b, seed, depth, pick % 2);
    put_space(b, seed);
}

static void generated_values_are_read_alike(void **state)
{
    (void)state;
    struct buf b = {0};
    uint32_t fine = 0, n = rounds(3000);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t seed = i;
        struct json j;
        buf_clear(&b);
        put_value(&b, &seed, 0);
        fine += json_parse(buf_slice(&b), &j) == KITH_OK;
        if (!oracle_agrees(buf_slice(&b))) fail_msg("seed %u: %.*s", i, (int)b.len, b.ptr);
    }
    assert_in_range(fine, n / 2, n); /* some numbers are too large, most are not */
    buf_fini(&b);
}

/* A byte changed, dropped or doubled: mostly no JSON any more, and both must say so. */
static void damaged_values_are_judged_alike(void **state)
{
    (void)state;
    static const char bytes[] = "[]{}:,\"\\0123456789.eE+-u/ \n\t\x01\x80\xc3\xff";
    struct buf b = {0};
    for (uint32_t i = 0; i < rounds(6000); i++) {
        uint64_t seed = i;
        buf_clear(&b);
        put_value(&b, &seed, 0);
        size_t at = chance_below(&seed, (uint32_t)b.len);
        uint32_t how = chance_below(&seed, 3);
        if (how == 0) b.ptr[at] = (uint8_t)bytes[chance_below(&seed, sizeof bytes - 1)];
        if (how == 1) b.len = at ? at : 1;
        if (how == 2) buf_putc(&b, b.ptr[at]);
        if (!oracle_agrees(buf_slice(&b))) fail_msg("seed %u: %.*s", i, (int)b.len, b.ptr);
    }
    buf_fini(&b);
}

static void where_doubles_end_both_stop(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (uint32_t i = 0; i < rounds(20000); i++) {
        char text[64];
        int point = (int)chance_below(&seed, 18);
        uint64_t digits = 17976931348623100ull + chance_below(&seed, 120);
        int n = snprintf(text, sizeof text, "%s%llu", i % 2 ? "-" : "", (unsigned long long)digits);
        n += snprintf(text + n, sizeof text - (size_t)n, "%ue%d", chance_below(&seed, 1000),
                      292 - 3 + (int)chance_below(&seed, 5) - point % 2);
        if (!oracle_agrees(slice_of(text, (size_t)n))) fail_msg("%s", text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_are_judged_alike),
        cmocka_unit_test(generated_values_are_read_alike),
        cmocka_unit_test(damaged_values_are_judged_alike),
        cmocka_unit_test(where_doubles_end_both_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
