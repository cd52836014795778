/* tests/load/test_crowd_phoenix.c -- what clients make of a real Phoenix application after the
 * article (Phoenix 1.7.24, Bandit 1.11.1), recorded while many joined at once: it subscribes, reads
 * and pushes one after the other, while its diffs go by another way. */
#include "failures.h"

#include "base/limits.h"
#include "load/crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define META(at, ref)                                                                              \
    "{\"metas\":[{\"online_at\":\"" at "\",\"phx_ref\":\"" ref "\",\"status\":\"online\"}]}"
#define DIFF(id, at, ref)                                                                          \
    "[null,null,\"user_presence:" id "\",\"presence_diff\",{\"joins\":{\"" id                      \
    "\":" META(at, ref) "},\"leaves\":{}}]"
#define JOINED(id)        "[\"1\",\"1\",\"user:" id "\",\"phx_reply\",{\"response\":{},\"status\":\"ok\"}]"
#define STATE(id, people) "[\"1\",null,\"user:" id "\",\"presence_state\",{" people "}]"

enum { USERS = 4, FRAMES = 3, BEGIN_US = 50000000 };

/* What the first user heard, who watches the others. */
struct recording {
    uint32_t users;
    const char *ids[USERS], *frames[FRAMES];
};

/* 114 comes, and is told of before the state, which was read before that. */
static const struct recording early = {
    4,
    {"134", "114", "151", "153"},
    {JOINED("134"), DIFF("114", "1796051998", "GOzbxtXw-8v1_qAB"),
     STATE("134", "\"151\":" META("1796051998", "GOzbxuHtC9_1_qNh") ",\"153\":" META(
                      "1796051999", "GOzbxwZ1_bP1_v7C"))}};

/* 246's diff comes when the state that shows it is there already. */
static const struct recording again = {
    2,
    {"236", "246"},
    {JOINED("236"), STATE("236", "\"246\":" META("1796052000", "GOzbx1LbydT1_kty")),
     DIFF("246", "1796052000", "GOzbx1LbydT1_kty")}};

static struct graph graph;
static struct user_order order;
static struct names names;
static struct fact facts[USERS];
static struct phase phase = {.kind = PHASE_STORM, .count = USERS, .begin_us = BEGIN_US};
static struct tally tally;
static struct crowd *crowd;

static void set_up(const struct recording *r)
{
    struct graph_pairs pairs = {0};
    names = (struct names){.listed = true};
    for (uint32_t i = 0, user; i < r->users; i++) {
        assert_int_equal(names_take(&names, slice_str(r->ids[i]), &user), KITH_OK);
        if (i) graph_pairs_add(&pairs, 0, i);
        facts[i] = (struct fact){.online = i > 0};
    }
    assert_int_equal(graph_build(&graph, r->users, &pairs), KITH_OK);
    assert_int_equal(user_order_init(&order, r->users, 1), KITH_OK);
}

static void tear_down(void)
{
    crowd_free(crowd);
    graph_fini(&graph);
    user_order_fini(&order);
    names_fini(&names);
}

/* Section 5.2 of RFC 6455: a length has its shortest form. */
static void put_frame(struct buf *b, const char *text)
{
    size_t len = strlen(text);
    buf_putc(b, 0x81);
    buf_putc(b, len < 126 ? (uint8_t)len : 126);
    if (len >= 126) buf_putc(b, (uint8_t)(len >> 8)), buf_putc(b, (uint8_t)len);
    buf_puts(b, text);
}

static void open_one(bool hold)
{
    struct buf in = {0}, out = {0};
    crowd = crowd_new(&(struct crowd_options){.graph = &graph,
                                              .order = &order,
                                              .names = &names,
                                              .facts = facts,
                                              .processes = 1,
                                              .hot = 1000,
                                              .vsn = PHX_V2,
                                              .own_topic = true,
                                              .hold = hold});
    assert_non_null(crowd);
    crowd_begin(crowd, &phase, &tally);
    crowd_dial(crowd, 0, BEGIN_US, BEGIN_US);
    crowd_open(crowd, 0, &(struct crowd_target){KITH_LIT("h"), KITH_LIT("/s"), {0}}, &out);
    buf_puts(&in, "HTTP/1.1 101 Switching Protocols\r\n\r\n");
    assert_true(crowd_take(crowd, 0, buf_slice(&in), BEGIN_US, &out));
    buf_fini(&in);
    buf_fini(&out);
}

static bool hear(const char *text)
{
    struct buf in = {0}, out = {0};
    put_frame(&in, text);
    bool goes_on = crowd_take(crowd, 0, buf_slice(&in), BEGIN_US + 1, &out);
    buf_fini(&in);
    buf_fini(&out);
    return goes_on;
}

static void play(const struct recording *r, bool hold)
{
    set_up(r);
    open_one(hold);
    for (int i = 0; i < FRAMES; i++)
        assert_true(hear(r->frames[i]));
    (void)crowd_audit(crowd);
    tear_down();
}

static void who_is_told_of_too_early_is_lost_to_who_takes_all_as_it_comes(void **state)
{
    (void)state;
    play(&early, false);
    assert_int_equal(tally.early, 1);
    assert_int_equal(tally.missing, 1);
    assert_int_equal(tally_lost(&tally), 1);
}

static void and_not_to_who_holds_it_back(void **state)
{
    (void)state;
    play(&early, true);
    assert_int_equal(tally.early, 1);
    assert_int_equal(tally.due, 3);
    assert_int_equal(tally.met, 3);
    assert_int_equal(tally_wrong(&tally), 0);
}

static void who_is_shown_and_then_told_of_is_there_once(void **state)
{
    (void)state;
    for (int hold = 0; hold < 2; hold++) {
        play(&again, hold);
        assert_int_equal(tally.repeats, 1);
        assert_int_equal(tally.early, 0);
        assert_int_equal(tally_wrong(&tally), 0);
    }
}

static void what_is_held_back_is_looked_at_in_its_turn(void **state)
{
    (void)state;
    set_up(&early);
    open_one(true);
    assert_true(hear(early.frames[0]));
    assert_true(hear("[null,null,\"user_presence:114\",\"presence_diff\",[]]"));
    assert_false(hear(early.frames[2]));
    assert_int_equal(tally.broken, 1);
    tear_down();
}

static void there_is_an_end_to_what_is_held_back(void **state)
{
    (void)state;
    const uint32_t most = LOAD_EARLY_BYTES_MAX / 64; /* of more than 64 bytes each */
    set_up(&early);
    open_one(true);
    while (tally.early < most && hear(early.frames[1]))
        ;
    assert_true(tally.early < most);
    assert_int_equal(tally.broken, 1);
    tear_down();
}

static void without_memory_nothing_is_held_back(void **state)
{
    (void)state;
    struct buf in = {0}, out = {0};
    set_up(&early);
    open_one(true);
    put_frame(&in, early.frames[1]);
    alloc_fail(0, 1);
    assert_false(crowd_take(crowd, 0, buf_slice(&in), BEGIN_US, &out));
    assert_true(alloc_heal() > 0);
    assert_int_equal(tally.broken, 1);
    buf_fini(&in);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_told_of_too_early_is_lost_to_who_takes_all_as_it_comes),
        cmocka_unit_test(and_not_to_who_holds_it_back),
        cmocka_unit_test(who_is_shown_and_then_told_of_is_there_once),
        cmocka_unit_test(what_is_held_back_is_looked_at_in_its_turn),
        cmocka_unit_test(there_is_an_end_to_what_is_held_back),
        cmocka_unit_test(without_memory_nothing_is_held_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
