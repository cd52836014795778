/* tests/io/test_rules.c -- what changes of the rules change of who sees whom: random ones, beside a
 * model on paper that works it all out anew. */
#include "base/ids.h"
#include "chance.h"
#include "io/rules.h"
#include "io/sqlite.h"
#include "shard/shade.h"
#include "store_fixture.h"

enum { USERS = 9, LISTED = 4 };

static const char *const names[USERS] = {"a", "ann", "B", "b", "bob", "\xc3\xa9", "9", "10", "zoe"};

struct paper {
    bool edge[USERS][USERS], block[USERS][USERS], list[USERS][USERS];
    enum visibility mode[USERS];
};

static enum audience_sight paper_sight(const struct paper *p, unsigned w, unsigned t,
                                       enum reciprocity reciprocal)
{
    struct stance a = {.watches = p->edge[w][t],
                       .blocks = p->block[w][t],
                       .lists = p->list[w][t],
                       .visibility = p->mode[w]};
    struct stance b = {.watches = p->edge[t][w],
                       .blocks = p->block[t][w],
                       .lists = p->list[t][w],
                       .visibility = p->mode[t]};
    return audience_sight(&a, &b, reciprocal);
}

static bool paper_sees(const struct paper *p, unsigned w, unsigned t, enum reciprocity reciprocal)
{
    return paper_sight(p, w, t, reciprocal) == AUDIENCE_ALWAYS;
}

static unsigned user_of(kith_slice name)
{
    unsigned user = 0;
    while (!slice_is(name, names[user]))
        user++;
    return user;
}

/* Two sets of rules, before and after a change. */
struct change {
    const struct paper *before, *after;
    enum reciprocity reciprocal;
    const struct rule *rule;
};

/* Who asks for a user whose publicity ends or begins is told of by that, where there is no edge.
 * One who is erased asks for nobody, and is public to nobody. */
static bool told_by_publicity(const struct change *c, unsigned w, unsigned t,
                              enum audience_sight had, enum audience_sight has)
{
    if (c->rule->kind == RULE_ERASE) return !c->before->edge[w][t] && !c->before->edge[t][w];
    bool edges = c->after->edge[w][t] || (c->reciprocal && c->after->edge[t][w]);
    return c->rule->kind == RULE_VISIBILITY && t == user_of(c->rule->user) && !edges &&
           had != AUDIENCE_ALWAYS && has != AUDIENCE_ALWAYS;
}

/* The sights that have become `sight`, as rules_apply tells them; in any order. */
static uint32_t expect(const struct change *c, enum audience_sight sight, kith_slice told)
{
    uint32_t expected = 0, heard = 0;
    bool want[USERS][USERS] = {0};
    for (unsigned w = 0; w < USERS; w++)
        for (unsigned t = 0; t < USERS; t++) {
            enum audience_sight had = paper_sight(c->before, w, t, c->reciprocal);
            enum audience_sight has = paper_sight(c->after, w, t, c->reciprocal);
            want[w][t] = has == sight && had != sight && !told_by_publicity(c, w, t, had, has);
            expected += want[w][t];
        }
    for (kith_slice watcher, user; ids_next(&told, &watcher); heard++) {
        assert_true(ids_next(&told, &user));
        unsigned w = user_of(watcher), t = user_of(user);
        assert_true(want[w][t]);
        want[w][t] = false; /* each is told once */
    }
    assert_int_equal(heard, expected);
    return heard;
}

static void assert_publicity(const struct change *c, enum publicity told)
{
    unsigned user = user_of(c->rule->user);
    bool was = c->before->mode[user] == VISIBILITY_PUBLIC;
    bool is = c->after->mode[user] == VISIBILITY_PUBLIC;
    assert_int_equal(told, was == is ? PUBLICITY_AS_IT_WAS
                           : is      ? PUBLICITY_BEGINS
                                     : PUBLICITY_ENDS);
}

static unsigned anybody(uint64_t *seed) { return chance_below(seed, USERS); }

/* A list of some users, sorted bytewise: in the order of this table of their numbers. */
static const unsigned sorted[USERS] = {7, 6, 2, 0, 1, 3, 4, 8, 5};

static void choose(struct paper *p, unsigned user, bool some, struct buf *ids, uint64_t *seed)
{
    for (unsigned i = 0; i < USERS; i++) {
        bool in = some && chance_below(seed, USERS) < LISTED;
        p->list[user][sorted[i]] = in;
        if (in) ids_put(ids, slice_str(names[sorted[i]]));
    }
}

static void change(struct paper *p, struct rule *r, struct buf *ids, uint64_t *seed)
{
    unsigned a = anybody(seed), b = anybody(seed);
    *r = (struct rule){.kind = (enum rule_kind)chance_below(seed, RULE_READ + 1),
                       .user = slice_str(names[a]),
                       .other = slice_str(names[b]),
                       .on = chance_below(seed, 3) > 0};
    switch (r->kind) {
    case RULE_WATCH: p->edge[a][b] = r->on; break;
    case RULE_FRIENDS: p->edge[a][b] = p->edge[b][a] = r->on; break;
    case RULE_EDGES:
        r->on = chance_below(seed, 2);
        p->edge[a][b] = true;
        if (r->on) p->edge[b][a] = true;
        buf_clear(ids);
        ids_put(ids, r->user);
        ids_put(ids, r->other);
        r->ids = buf_slice(ids);
        break;
    case RULE_LAST_SEEN: break; /* changes nobody's sight */
    case RULE_ERASE:
        for (unsigned i = 0; i < USERS; i++)
            p->edge[a][i] = p->edge[i][a] = p->block[a][i] = p->block[i][a] = p->list[a][i] =
                p->list[i][a] = false;
        p->mode[a] = VISIBILITY_FRIENDS;
        break;
    case RULE_READ:
        buf_clear(ids);
        for (unsigned i = 0; i < USERS; i++) {
            p->edge[a][sorted[i]] = chance_below(seed, 2);
            if (p->edge[a][sorted[i]]) ids_put(ids, slice_str(names[sorted[i]]));
        }
        r->ids = buf_slice(ids);
        break;
    case RULE_BLOCK: p->block[a][b] = r->on = chance_below(seed, 4) == 0; break;
    case RULE_VISIBILITY:
        r->visibility = p->mode[a] = (enum visibility)chance_below(seed, 5);
        buf_clear(ids);
        choose(p, a, r->visibility >= VISIBILITY_ONLY, ids, seed);
        r->ids = buf_slice(ids);
        break;
    }
}

static void assert_visible(struct store *s, const struct paper *p, unsigned user,
                           enum reciprocity reciprocal)
{
    struct buf packed = {0};
    uint32_t n = 0, edges = 0;
    must(rules_watched(s, slice_str(names[user]), reciprocal, &packed, &n));
    kith_slice rest = buf_slice(&packed), id;
    for (unsigned i = 0; i < USERS; i++) {
        struct shade other;
        if (!p->edge[user][sorted[i]]) continue;
        edges++;
        assert_true(ids_next(&rest, &id));
        assert_int_equal(shade_is(id), !paper_sees(p, user, sorted[i], reciprocal));
        assert_true(slice_is(shade_is(id) ? shade_of(&other, id) : id, names[sorted[i]]));
    }
    assert_int_equal(rest.len, 0);
    assert_int_equal(n, edges);
    buf_fini(&packed);
}

static void assert_sights(struct store *s, const struct paper *p, unsigned user,
                          enum reciprocity reciprocal)
{
    enum audience_sight sight;
    for (unsigned t = 0; t < USERS; t++) {
        must(rules_sight(s, slice_str(names[user]), slice_str(names[t]), reciprocal, &sight));
        assert_int_equal(sight, paper_sight(p, user, t, reciprocal));
    }
}

static void random_changes(struct store *s, uint64_t seed, enum reciprocity reciprocal)
{
    struct paper p = {0}, before;
    struct buf ids = {0};
    uint32_t told = 0;
    uint64_t version;
    must(store_begin(s));
    for (uint32_t round = 0; round < rounds(1500); round++) {
        struct rule r;
        struct sights out = {0};
        before = p;
        change(&p, &r, &ids, &seed);
        must(store_read_version(s, r.user, &version));
        r.read = (uint32_t)version;
        if (r.kind == RULE_READ && version == 0 &&
            reciprocal != RECIPROCITY_ON) /* no session of it has a list: nobody is told */
            memcpy(before.edge[user_of(r.user)], p.edge[user_of(r.user)], sizeof p.edge[0]);
        must(rules_apply(s, &r, reciprocal, &out));
        struct change c = {&before, &p, reciprocal, &r};
        told += expect(&c, AUDIENCE_ALWAYS, buf_slice(&out.gained));
        told += expect(&c, AUDIENCE_IF_ASKED, buf_slice(&out.asked));
        told += expect(&c, AUDIENCE_NEVER, buf_slice(&out.lost));
        assert_publicity(&c, out.publicity);
        sights_fini(&out);
        assert_visible(s, &p, round % USERS, reciprocal);
        assert_sights(s, &p, round % USERS, reciprocal);
    }
    must(store_commit(s));
    assert_true(told > 100);
    buf_fini(&ids);
}

static void each_change_tells_just_the_sights_that_it_changes(void **state)
{
    struct store *s = fixture_open(*state);
    random_changes(s, 4, RECIPROCITY_OFF);
    store_close(s);
}

static void with_reciprocity_those_of_both_sides(void **state)
{
    struct store *s = fixture_open(*state);
    random_changes(s, 5, RECIPROCITY_ON);
    store_close(s);
}

static void where_edges_are_mutual_as_they_come_the_rest_is_looked_at_both_ways(void **state)
{
    struct store *s = fixture_open(*state);
    random_changes(s, 6, RECIPROCITY_GIVEN);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(each_change_tells_just_the_sights_that_it_changes),
        in_a_folder(with_reciprocity_those_of_both_sides),
        in_a_folder(where_edges_are_mutual_as_they_come_the_rest_is_looked_at_both_ways),
    };
    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
