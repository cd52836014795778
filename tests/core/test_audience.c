/* tests/core/test_audience.c -- who may see whom: every combination, and random graphs, each beside
 * a naive reading of the rules. */
#include "chance.h"
#include "core/audience.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MODES = 5, STANCES = 16 * MODES };

static struct stance stance(unsigned n)
{
    return (struct stance){.watches = n & 1,
                           .asks = n >> 1 & 1,
                           .blocks = n >> 2 & 1,
                           .lists = n >> 3 & 1,
                           .visibility = (enum visibility)(n >> 4)};
}

/* The rules, one sentence a line, as a person would read them out. */
static bool naive_one_way(const struct stance *w, const struct stance *t)
{
    bool has_an_edge = w->watches;
    bool asks_for_a_public_user = t->visibility == VISIBILITY_PUBLIC && w->asks;
    bool is_friend_of_an_open_user = has_an_edge && t->visibility == VISIBILITY_FRIENDS;
    bool is_anybody_of_a_public_user = t->visibility == VISIBILITY_PUBLIC &&
                                       (has_an_edge || asks_for_a_public_user);
    bool is_chosen = has_an_edge && t->visibility == VISIBILITY_ONLY && t->lists;
    bool is_not_left_out = has_an_edge && t->visibility == VISIBILITY_EXCEPT && !t->lists;
    return is_friend_of_an_open_user || is_anybody_of_a_public_user || is_chosen || is_not_left_out;
}

static bool naive(const struct stance *w, const struct stance *t, bool reciprocal)
{
    if (w->blocks || t->blocks) return false;
    return naive_one_way(w, t) && (!reciprocal || naive_one_way(t, w));
}

static void every_combination_is_judged_as_the_rules_read(void **state)
{
    (void)state;
    unsigned seen = 0;
    for (unsigned a = 0; a < STANCES; a++)
        for (unsigned b = 0; b < STANCES; b++)
            for (unsigned reciprocal = 0; reciprocal < 2; reciprocal++) {
                struct stance w = stance(a), t = stance(b);
                bool sees = audience_judge(&w, &t, reciprocal) == AUDIENCE_SEES;
                assert_int_equal(sees, naive(&w, &t, reciprocal));
                seen += sees;
            }
    assert_true(seen > 0);
}

static void nobody_sees_anybody_by_default(void **state)
{
    (void)state;
    struct stance none = {0};
    assert_int_equal(audience_judge(&none, &none, false), AUDIENCE_NO_EDGE);
    assert_int_equal(audience_judge(&none, &none, true), AUDIENCE_NO_EDGE);
}

static void deny_has_the_last_word(void **state)
{
    (void)state;
    for (unsigned a = 0; a < STANCES; a++)
        for (unsigned b = 0; b < STANCES; b++) {
            struct stance w = stance(a), t = stance(b);
            if (!w.blocks && !t.blocks && t.visibility != VISIBILITY_NOBODY) continue;
            assert_int_not_equal(audience_judge(&w, &t, false), AUDIENCE_SEES);
            if (w.blocks || t.blocks)
                assert_int_equal(audience_judge(&w, &t, true), AUDIENCE_BLOCKED);
        }
}

static void with_reciprocity_sight_is_mutual(void **state)
{
    (void)state;
    for (unsigned a = 0; a < STANCES; a++)
        for (unsigned b = 0; b < STANCES; b++) {
            struct stance w = stance(a), t = stance(b);
            bool there = audience_judge(&w, &t, true) == AUDIENCE_SEES;
            bool back = audience_judge(&t, &w, true) == AUDIENCE_SEES;
            assert_int_equal(there, back);
        }
}

static void a_sight_is_what_sessions_that_ask_and_that_do_not_have_in_common(void **state)
{
    (void)state;
    for (unsigned a = 0; a < STANCES; a++)
        for (unsigned b = 0; b < STANCES; b++)
            for (unsigned reciprocal = 0; reciprocal < 2; reciprocal++) {
                struct stance w = stance(a), t = stance(b);
                enum audience_sight sight = audience_sight(&w, &t, reciprocal);
                bool sees = audience_judge(&w, &t, reciprocal) == AUDIENCE_SEES;
                bool expected = sight == AUDIENCE_ALWAYS || (sight == AUDIENCE_IF_ASKED && w.asks);
                assert_int_equal(sees, expected);
            }
}

static void reciprocity_only_takes_away(void **state)
{
    (void)state;
    for (unsigned a = 0; a < STANCES; a++)
        for (unsigned b = 0; b < STANCES; b++) {
            struct stance w = stance(a), t = stance(b);
            if (audience_judge(&w, &t, true) == AUDIENCE_SEES)
                assert_int_equal(audience_judge(&w, &t, false), AUDIENCE_SEES);
        }
}

static void a_visibility_that_is_not_known_shows_nothing(void **state)
{
    (void)state;
    struct stance w = {.watches = true}, t = {.visibility = (enum visibility)MODES};
    assert_int_equal(audience_judge(&w, &t, false), AUDIENCE_NOT_ADMITTED);
}

static void each_rule_says_its_own_reason(void **state)
{
    (void)state;
    struct stance friend = {.watches = true}, stranger = {0};
    struct stance blocker = {.watches = true, .blocks = true};
    struct stance gone = {.watches = true, .visibility = VISIBILITY_NOBODY};
    assert_int_equal(audience_judge(&friend, &stranger, false), AUDIENCE_SEES);
    assert_int_equal(audience_judge(&friend, &blocker, false), AUDIENCE_BLOCKED);
    assert_int_equal(audience_judge(&stranger, &friend, false), AUDIENCE_NO_EDGE);
    assert_int_equal(audience_judge(&friend, &gone, false), AUDIENCE_NOT_ADMITTED);
    assert_int_equal(audience_judge(&friend, &stranger, true), AUDIENCE_ONE_WAY);
    assert_int_equal(audience_judge(&gone, &friend, true), AUDIENCE_ONE_WAY);
    friend.beyond = true;
    assert_int_equal(audience_judge(&friend, &stranger, false), AUDIENCE_BEYOND);
    assert_int_equal(audience_judge(&friend, &blocker, false), AUDIENCE_BLOCKED);
    friend.asks = true;
    assert_int_equal(audience_judge(&friend, &stranger, false), AUDIENCE_SEES);
    for (int rule = AUDIENCE_SEES; rule <= AUDIENCE_BEYOND; rule++)
        for (int other = AUDIENCE_SEES; other < rule; other++)
            assert_string_not_equal(audience_rule_text((enum audience_rule)rule),
                                    audience_rule_text((enum audience_rule)other));
}

/* A graph of users, kept as sets, as one would write it on paper. */
enum { USERS = 12 };
struct paper {
    bool edge[USERS][USERS], asks[USERS][USERS], block[USERS][USERS], list[USERS][USERS];
    enum visibility mode[USERS];
};

static struct stance on_paper(const struct paper *p, unsigned who, unsigned other)
{
    return (struct stance){.watches = p->edge[who][other],
                           .asks = p->asks[who][other],
                           .blocks = p->block[who][other],
                           .lists = p->list[who][other],
                           .visibility = p->mode[who]};
}

static void change_something(struct paper *p, uint64_t *seed)
{
    unsigned a = chance_below(seed, USERS), b = chance_below(seed, USERS);
    switch (chance_below(seed, 5)) {
    case 0: p->edge[a][b] = !p->edge[a][b]; break;
    case 1: p->asks[a][b] = !p->asks[a][b]; break;
    case 2: p->block[a][b] = !p->block[a][b]; break;
    case 3: p->list[a][b] = !p->list[a][b]; break;
    default: p->mode[a] = (enum visibility)chance_below(seed, MODES); break;
    }
}

static bool same(const struct stance *a, const struct stance *b)
{
    return a->watches == b->watches && a->asks == b->asks && a->blocks == b->blocks &&
           a->lists == b->lists && a->visibility == b->visibility;
}

/* What one user says changes no sight between two others. */
static void on_random_graphs_a_change_concerns_those_whom_it_names(void **state)
{
    (void)state;
    uint64_t seed = 20;
    static struct paper p, before;
    for (unsigned round = 0; round < rounds(2000); round++) {
        before = p;
        change_something(&p, &seed);
        bool reciprocal = round & 1;
        for (unsigned w = 0; w < USERS; w++)
            for (unsigned t = 0; t < USERS; t++) {
                struct stance a = on_paper(&p, w, t), b = on_paper(&p, t, w);
                struct stance a0 = on_paper(&before, w, t), b0 = on_paper(&before, t, w);
                bool sees = audience_judge(&a, &b, reciprocal) == AUDIENCE_SEES;
                assert_int_equal(sees, naive(&a, &b, reciprocal));
                bool untouched = same(&a, &a0) && same(&b, &b0);
                bool saw = audience_judge(&a0, &b0, reciprocal) == AUDIENCE_SEES;
                if (untouched) assert_int_equal(sees, saw);
            }
    }
}

static void a_stance_comes_back_from_its_byte(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 80; i++) {
        const struct stance s = {.watches = i & 1,
                                 .blocks = i & 2,
                                 .lists = i & 4,
                                 .beyond = i & 8,
                                 .visibility = (enum visibility)(i / 16)};
        struct stance back = stance_of_byte(stance_byte(&s));
        assert_int_equal(back.watches, s.watches);
        assert_int_equal(back.blocks, s.blocks);
        assert_int_equal(back.lists, s.lists);
        assert_int_equal(back.beyond, s.beyond);
        assert_int_equal(back.visibility, s.visibility);
        assert_false(back.asks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination_is_judged_as_the_rules_read),
        cmocka_unit_test(nobody_sees_anybody_by_default),
        cmocka_unit_test(deny_has_the_last_word),
        cmocka_unit_test(with_reciprocity_sight_is_mutual),
        cmocka_unit_test(a_sight_is_what_sessions_that_ask_and_that_do_not_have_in_common),
        cmocka_unit_test(reciprocity_only_takes_away),
        cmocka_unit_test(a_visibility_that_is_not_known_shows_nothing),
        cmocka_unit_test(each_rule_says_its_own_reason),
        cmocka_unit_test(on_random_graphs_a_change_concerns_those_whom_it_names),
        cmocka_unit_test(a_stance_comes_back_from_its_byte),
    };
    return cmocka_run_group_tests_name("audience", tests, NULL, NULL);
}
