/* tests/wire/test_node_bodies.c -- what stands in the frames between nodes. */
#include "wire/node.h"

#include "chance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { LIST = 9 };

/* Reads a body of one kind; the sum of what it says, so that two readings can be compared. */
typedef kith_err reader(kith_slice body, uint64_t *sum);

static uint64_t text_sum(kith_slice s)
{
    static const struct siphash_key any = {3, 4};
    return siphash13(&any, s);
}

static uint64_t mix(uint64_t sum, uint64_t v) { return sum * 0x9e3779b97f4a7c15u + v; }

static kith_err read_heartbeat(kith_slice body, uint64_t *sum)
{
    struct node_heartbeat h;
    struct node_at at;
    kith_err e = node_get_heartbeat(body, &h);
    if (e) return e;
    *sum = mix(mix(text_sum(h.name), h.state), h.want_reply + 2u * h.answers);
    *sum = mix(mix(mix(*sum, h.period_ms), h.features), h.said);
    uint32_t count = 0;
    for (; node_next_stream(&h.streams, &at); count++)
        *sum = mix(mix(mix(*sum, at.stream), at.seq), at.digest);
    assert_int_equal(count, h.count);
    return KITH_OK;
}

static kith_err read_pull(kith_slice body, uint64_t *sum)
{
    struct node_pull p;
    struct node_at at;
    kith_err e = node_get_pull(body, &p);
    if (e) return e;
    *sum = mix(mix(p.origin, p.question), p.bytes_max);
    uint32_t count = 0;
    for (; node_next_pull(&p.streams, &at); count++)
        *sum = mix(mix(mix(*sum, at.stream), at.seq), at.digest);
    assert_int_equal(count, p.count);
    return KITH_OK;
}

static kith_err read_stale(kith_slice body, uint64_t *sum)
{
    struct node_stale s = {0};
    kith_err e = node_get_stale(body, &s);
    *sum = mix(s.nid, s.inc);
    return e;
}

static kith_err read_vouch(kith_slice body, uint64_t *sum)
{
    struct node_vouch v = {0};
    kith_err e = node_get_vouch(body, &v);
    *sum = mix(v.inc, v.age_ms);
    return e;
}

static kith_err read_claim(kith_slice body, uint64_t *sum)
{
    struct node_claim c = {0};
    kith_err e = node_get_claim(body, &c);
    *sum = mix(mix(mix(c.stream, c.device), c.id), c.user.len);
    return e;
}

static kith_err read_claimed(kith_slice body, uint64_t *sum)
{
    struct node_claimed c = {0};
    kith_err e = node_get_claimed(body, &c);
    *sum = mix(mix(mix(c.id, c.left), c.stream), c.slot);
    return e;
}

/* Cut anywhere it is none, and more behind it is passed over. */
static void check_cuts(const struct buf *b, reader *read)
{
    uint64_t sum, again;
    assert_int_equal(read(buf_slice(b), &sum), KITH_OK);
    for (size_t n = 0; n < b->len; n++) {
        uint8_t *copy = test_malloc(n + 1);
        memcpy(copy, b->ptr, n);
        assert_int_equal(read(slice_of(copy, n), &again), KITH_BAD);
        test_free(copy);
    }
    struct buf more = {0};
    buf_put(&more, buf_slice(b));
    buf_puts(&more, "\xff\xff of a version to come");
    assert_int_equal(read(buf_slice(&more), &again), KITH_OK);
    assert_int_equal(again, sum);
    buf_fini(&more);
}

static uint64_t any(uint64_t *seed) { return chance_next(seed) >> chance_below(seed, 64); }

static void fill(struct node_at list[LIST], uint64_t *seed)
{
    for (int i = 0; i < LIST; i++)
        list[i] = (struct node_at){chance_below(seed, STREAM_NUMBERS), any(seed), any(seed)};
}

static void heartbeats_come_back_as_they_were(void **state)
{
    (void)state;
    struct buf b = {0};
    uint64_t seed = 1;
    for (uint32_t i = 0; i < rounds(200); i++) {
        struct node_at list[LIST], at;
        fill(list, &seed);
        struct node_heartbeat back, h = {.name = slice_of("a.node-with_a_name", 1 + i % 18),
                                         .state = (enum node_state)(i % 3),
                                         .want_reply = i & 1,
                                         .answers = i & 2,
                                         .period_ms = (uint32_t)any(&seed),
                                         .features = any(&seed),
                                         .said = i & 4 ? any(&seed) : 0,
                                         .count = i % LIST};
        buf_clear(&b);
        node_put_heartbeat(&b, &h, list);
        assert_int_equal(node_get_heartbeat(buf_slice(&b), &back), KITH_OK);
        assert_true(slice_eq(back.name, h.name) && back.state == h.state);
        assert_true(back.want_reply == h.want_reply && back.answers == h.answers);
        assert_true(back.period_ms == h.period_ms && back.features == h.features);
        assert_true(back.said == h.said && back.count == h.count);
        for (uint32_t n = 0; node_next_stream(&back.streams, &at); n++)
            assert_true(at.stream == list[n].stream && at.seq == list[n].seq &&
                        at.digest == list[n].digest);
        check_cuts(&b, read_heartbeat);
    }
    buf_fini(&b);
}

static void pulls_come_back_as_they_were(void **state)
{
    (void)state;
    struct buf b = {0};
    uint64_t seed = 2;
    for (uint32_t i = 0; i < rounds(200); i++) {
        struct node_at list[LIST], at;
        fill(list, &seed);
        struct node_pull back, p = {.origin = any(&seed),
                                    .question = any(&seed),
                                    .bytes_max = any(&seed),
                                    .count = i % LIST};
        buf_clear(&b);
        node_put_pull(&b, &p, list);
        assert_int_equal(node_get_pull(buf_slice(&b), &back), KITH_OK);
        assert_true(back.origin == p.origin && back.question == p.question);
        assert_int_equal(back.bytes_max, p.bytes_max);
        assert_int_equal(back.count, p.count);
        for (uint32_t n = 0; node_next_pull(&back.streams, &at); n++)
            assert_true(at.stream == list[n].stream && at.seq == list[n].seq && at.digest == 0);
        check_cuts(&b, read_pull);
    }
    buf_fini(&b);
}

static kith_err read_rest(kith_slice body, uint64_t *sum)
{
    struct node_rest r;
    kith_err e = node_get_rest(body, &r);
    *sum = mix(mix(mix(r.origin, r.question), r.wait_ms), mix(r.streams[0], r.streams[1]));
    return e;
}

static void what_an_answer_leaves_out_comes_back_as_it_was(void **state)
{
    (void)state;
    struct buf b = {0};
    struct node_rest r = {UINT64_MAX, 300, 999, {1, (uint64_t)1 << 63}}, rest;
    node_put_rest(&b, &r);
    assert_int_equal(node_get_rest(buf_slice(&b), &rest), KITH_OK);
    assert_true(rest.origin == r.origin && rest.question == 300 && rest.wait_ms == 999);
    assert_true(rest.streams[0] == 1 && rest.streams[1] == (uint64_t)1 << 63);
    check_cuts(&b, read_rest);
    buf_fini(&b);
}

static void what_is_said_of_nodes_comes_back_as_it_was(void **state)
{
    (void)state;
    struct buf b = {0};
    struct node_stale s = {1, UINT64_MAX}, stale;
    node_put_stale(&b, &s);
    assert_int_equal(node_get_stale(buf_slice(&b), &stale), KITH_OK);
    assert_true(stale.nid == 1 && stale.inc == UINT64_MAX);
    check_cuts(&b, read_stale);

    buf_clear(&b);
    node_put_ask(&b, 77);
    uint64_t inc;
    assert_int_equal(node_get_ask(buf_slice(&b), &inc), KITH_OK);
    assert_int_equal(inc, 77);
    check_cuts(&b, node_get_ask);

    buf_clear(&b);
    struct node_vouch v = {UINT64_MAX, 2999}, vouch;
    node_put_vouch(&b, &v);
    assert_int_equal(node_get_vouch(buf_slice(&b), &vouch), KITH_OK);
    assert_true(vouch.inc == UINT64_MAX && vouch.age_ms == 2999);
    check_cuts(&b, read_vouch);
    buf_fini(&b);
}

static kith_err read_others(kith_slice body, uint64_t *sum)
{
    kith_slice list;
    struct node_other o;
    *sum = 0;
    kith_err e = node_get_others(body, &list);
    while (e == KITH_OK && node_next_other(&list, &o))
        *sum = mix(mix(*sum, o.inc), o.stay_ms);
    return e;
}

static void lists_of_other_nodes_come_back_as_they_were(void **state)
{
    (void)state;
    struct buf b = {0};
    kith_slice list;
    const struct node_other all[] = {{UINT64_MAX, 0}, {0, UINT64_MAX}, {7, 4000}};
    for (uint32_t count = 0; count <= 3; count++) {
        struct node_other o;
        buf_clear(&b);
        node_put_others(&b, all, count);
        assert_int_equal(node_get_others(buf_slice(&b), &list), KITH_OK);
        for (uint32_t i = 0; i < count; i++) {
            assert_true(node_next_other(&list, &o));
            assert_true(o.inc == all[i].inc && o.stay_ms == all[i].stay_ms);
        }
        assert_false(node_next_other(&list, &o));
        check_cuts(&b, read_others);
    }
    buf_fini(&b);
    /* Many that are not there cost nothing. */
    assert_int_equal(node_get_others(KITH_LIT("\xff\xff\xff\xff\xf"), &list), KITH_BAD);
}

static void claims_come_back_as_they_were(void **state)
{
    (void)state;
    struct buf b = {0};
    struct node_claim c = {STREAM_NUMBERS - 1, UINT64_MAX, 5, KITH_LIT("alice")}, claim;
    node_put_claim(&b, &c);
    assert_int_equal(node_get_claim(buf_slice(&b), &claim), KITH_OK);
    assert_true(claim.stream == c.stream && claim.device == c.device && claim.id == c.id &&
                slice_eq(claim.user, c.user));
    check_cuts(&b, read_claim);
    for (enum node_left left = NODE_LEFT_NONE; left <= NODE_LEFT_LOST; left++) {
        buf_clear(&b);
        node_put_claimed(&b, &(struct node_claimed){6, left, STREAM_NUMBERS - 1, UINT32_MAX});
        struct node_claimed claimed;
        assert_int_equal(node_get_claimed(buf_slice(&b), &claimed), KITH_OK);
        assert_true(claimed.id == 6 && claimed.left == left);
        assert_true(claimed.stream == STREAM_NUMBERS - 1 && claimed.slot == UINT32_MAX);
        check_cuts(&b, read_claimed);
    }
    buf_fini(&b);
}

static void calls_and_answers_carry_all_that_is_left(void **state)
{
    (void)state;
    struct buf b = {0};
    struct node_call c = {.id = 1, .kind = UINT32_MAX, .payload = KITH_LIT("\0\xff what?")}, call;
    node_put_call(&b, &c);
    assert_int_equal(node_get_call(buf_slice(&b), &call), KITH_OK);
    assert_true(call.id == 1 && call.kind == UINT32_MAX && slice_eq(call.payload, c.payload));
    for (size_t n = 0; n < b.len - c.payload.len; n++)
        assert_int_equal(node_get_call(slice_head(buf_slice(&b), n), &call), KITH_BAD);

    for (int failed = 0; failed < 2; failed++) {
        buf_clear(&b);
        struct node_answer a = {.id = 2, .failed = failed, .number = 300}, answer;
        node_put_answer(&b, &a);
        assert_int_equal(node_get_answer(buf_slice(&b), &answer), KITH_OK);
        assert_true(answer.id == 2 && answer.failed == failed && answer.number == 300);
        for (size_t n = 0; n < b.len; n++)
            assert_int_equal(node_get_answer(slice_head(buf_slice(&b), n), &answer), KITH_BAD);
    }
    buf_fini(&b);
}

static void what_is_out_of_range_is_refused(void **state)
{
    (void)state;
    struct node_heartbeat h;
    struct node_pull p;
    struct node_claim c;
    struct node_claimed claimed;
    struct node_call call;
    struct node_answer answer;
    uint64_t sum;
#define REST "\0\0\0\0\0\0\0\0" /* features */
    assert_int_equal(node_get_heartbeat(KITH_LIT("\1a\0\0\0" REST "\0"), &h), KITH_OK);
    assert_int_equal(node_get_heartbeat(KITH_LIT("\1a\0\xf8\0" REST "\0"), &h), KITH_OK);
    assert_true(!h.want_reply && !h.answers && !h.said);
    assert_int_equal(node_get_heartbeat(KITH_LIT("\1a\0\4\0" REST "\0"), &h), KITH_BAD);
    assert_int_equal(node_get_heartbeat(KITH_LIT("\1a\0\4\0" REST "\0\x85\1"), &h), KITH_OK);
    assert_int_equal(h.said, 133);
    assert_int_equal(node_get_heartbeat(KITH_LIT("\1a\2\0\0" REST "\0"), &h), KITH_OK);
    assert_int_equal(node_get_heartbeat(KITH_LIT("\1a\3\0\0" REST "\0"), &h), KITH_BAD);
    assert_int_equal(node_get_heartbeat(KITH_LIT("\1/\0\0\0" REST "\0"), &h), KITH_BAD);
    assert_int_equal(node_get_heartbeat(KITH_LIT("\0\0\0\0" REST "\0"), &h), KITH_BAD);
    assert_int_equal(node_get_heartbeat(KITH_LIT("\1a\0\0\x80\x80\x80\x80\x10" REST "\0"), &h),
                     KITH_BAD);
    /* Many that are not there cost nothing. */
    assert_int_equal(node_get_heartbeat(KITH_LIT("\1a\0\0\0" REST "\xff\xff\xff\xff\xf"), &h),
                     KITH_BAD);
    assert_int_equal(read_pull(KITH_LIT("\0\0\0\0\0\0\0\0\0\0\1\x7f\1"), &sum), KITH_OK);
    assert_int_equal(node_get_pull(KITH_LIT("\0\0\0\0\0\0\0\0\0\0\1\x80\1\1"), &p), KITH_BAD);
#define IDS "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    assert_int_equal(node_get_claim(KITH_LIT("\x7f" IDS "\1u"), &c), KITH_OK);
    assert_int_equal(node_get_claim(KITH_LIT("\x80\1" IDS "\1u"), &c), KITH_BAD);
    static char x[USER_ID_BYTES_MAX + 1];
    struct buf b = {0};
    for (size_t n = USER_ID_BYTES_MAX; n <= sizeof x; n++) {
        buf_clear(&b);
        node_put_claim(&b, &(struct node_claim){.user = slice_of(x, n)});
        assert_int_equal(node_get_claim(buf_slice(&b), &c),
                         n > USER_ID_BYTES_MAX ? KITH_BAD : KITH_OK);
    }
    buf_fini(&b);
    assert_int_equal(node_get_claimed(KITH_LIT("\0\0\0\0\0\0\0\0\2\0\0"), &claimed), KITH_OK);
    assert_int_equal(node_get_claimed(KITH_LIT("\0\0\0\0\0\0\0\0\3\0\0"), &claimed), KITH_BAD);
    assert_int_equal(node_get_claimed(KITH_LIT("\0\0\0\0\0\0\0\0\2\x80\1\0"), &claimed), KITH_BAD);
    assert_int_equal(node_get_call(KITH_LIT("\0\0\0\0\0\0\0\0\x80\x80\x80\x80\x10"), &call),
                     KITH_BAD);
    assert_int_equal(node_get_answer(KITH_LIT("\0\0\0\0\0\0\0\0\1\0"), &answer), KITH_OK);
    assert_int_equal(node_get_answer(KITH_LIT("\0\0\0\0\0\0\0\0\2\0"), &answer), KITH_BAD);
}

static void no_body_says_nothing(void **state)
{
    (void)state;
    struct node_heartbeat h;
    assert_int_equal(node_get_heartbeat((kith_slice){0}, &h), KITH_BAD);
}

static void behind_a_list_there_is_nothing(void **state)
{
    (void)state;
    struct node_at at;
    kith_slice none = {0}, broken = KITH_LIT("\1");
    assert_false(node_next_stream(&none, &at));
    assert_false(node_next_pull(&none, &at));
    assert_false(node_next_pull(&broken, &at)); /* which no reader of a body lets through */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heartbeats_come_back_as_they_were),
        cmocka_unit_test(pulls_come_back_as_they_were),
        cmocka_unit_test(what_an_answer_leaves_out_comes_back_as_it_was),
        cmocka_unit_test(what_is_said_of_nodes_comes_back_as_it_was),
        cmocka_unit_test(lists_of_other_nodes_come_back_as_they_were),
        cmocka_unit_test(claims_come_back_as_they_were),
        cmocka_unit_test(calls_and_answers_carry_all_that_is_left),
        cmocka_unit_test(what_is_out_of_range_is_refused),
        cmocka_unit_test(no_body_says_nothing),
        cmocka_unit_test(behind_a_list_there_is_nothing),
    };
    return cmocka_run_group_tests_name("node_bodies", tests, NULL, NULL);
}
