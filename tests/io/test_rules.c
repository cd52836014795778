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

static void apply(struct store *s, const struct rule *r)
{
    struct sights out = {0};
    must(store_begin(s));
    must(rules_apply(s, r, false, &out));
    must(store_commit(s));
    sights_fini(&out);
}

static kith_err read_of(struct store *s, uint32_t version, kith_slice ids, struct sights *out)
{
    struct rule r = {.kind = RULE_READ, .user = KITH_LIT("ann"), .read = version, .ids = ids};
    must(store_begin(s));
    kith_err e = rules_apply(s, &r, RECIPROCITY_OFF, out);
    if (e)
        store_rollback(s);
    else
        must(store_commit(s));
    return e;
}

static void what_was_read_before_somebody_elses_reading_is_read_again(void **state)
{
    struct store *s = fixture_open(*state);
    struct sights out = {0};
    struct buf ids = {0}, kept = {0};
    uint64_t version;
    ids_put(&ids, KITH_LIT("bob"));
    must(read_of(s, 0, buf_slice(&ids), &out));
    assert_int_equal(read_of(s, 0, (kith_slice){0}, &out), KITH_LATER);
    must(store_watched(s, KITH_LIT("ann"), &kept));
    assert_true(slice_eq(buf_slice(&kept), buf_slice(&ids)));
    must(read_of(s, 1, (kith_slice){0}, &out));
    must(store_read_version(s, KITH_LIT("ann"), &version));
    assert_int_equal(version, 2);
    buf_clear(&kept);
    must(store_watched(s, KITH_LIT("ann"), &kept));
    assert_int_equal(kept.len, 0);
    buf_fini(&ids);
    buf_fini(&kept);
    sights_fini(&out);
    store_close(s);
}

static void who_is_erased_has_never_been_read(void **state)
{
    struct store *s = fixture_open(*state);
    struct sights out = {0};
    uint64_t version;
    must(read_of(s, 0, (kith_slice){0}, &out));
    apply(s, &(struct rule){.kind = RULE_ERASE, .user = KITH_LIT("ann")});
    must(store_read_version(s, KITH_LIT("ann"), &version));
    assert_int_equal(version, 0);
    sights_fini(&out);
    store_close(s);
}

static void rules_outlive_the_process(void **state)
{
    struct store *s = fixture_open(*state);
    struct buf ids = {0}, kept = {0};
    enum visibility mode;
    ids_put(&ids, KITH_LIT("bob"));
    ids_put(&ids, KITH_LIT("eve"));
    apply(s, &(struct rule){.kind = RULE_VISIBILITY,
                            .user = KITH_LIT("ann"),
                            .visibility = VISIBILITY_EXCEPT,
                            .ids = buf_slice(&ids)});
    store_close(s);
    s = fixture_open(*state);
    must(store_visibility(s, KITH_LIT("ann"), &mode, &kept));
    assert_int_equal(mode, VISIBILITY_EXCEPT);
    assert_true(slice_eq(buf_slice(&kept), buf_slice(&ids)));
    must(store_visibility(s, KITH_LIT("bob"), &mode, &kept));
    assert_int_equal(mode, VISIBILITY_FRIENDS);
    buf_fini(&ids);
    buf_fini(&kept);
    store_close(s);
}

static void what_is_rolled_back_was_never_said(void **state)
{
    struct store *s = fixture_open(*state);
    struct stance a, b;
    struct sights out = {0};
    must(store_begin(s));
    must(rules_apply(
        s,
        &(struct rule){
            .kind = RULE_BLOCK, .user = KITH_LIT("ann"), .other = KITH_LIT("bob"), .on = true},
        false, &out));
    store_rollback(s);
    must(store_stances(s, KITH_LIT("ann"), KITH_LIT("bob"), &a, &b));
    assert_false(a.blocks || b.blocks);
    sights_fini(&out);
    store_close(s);
}

static void nothing_is_known_of_strangers(void **state)
{
    struct store *s = fixture_open(*state);
    struct stance a, b;
    struct sights out = {0};
    apply(s, &(struct rule){.kind = RULE_VISIBILITY,
                            .user = KITH_LIT("ann"),
                            .visibility = VISIBILITY_PUBLIC});
    must(store_stances(s, KITH_LIT("nobody"), KITH_LIT("ann"), &a, &b));
    assert_false(a.watches || a.blocks || b.watches || b.blocks);
    assert_int_equal(a.visibility, VISIBILITY_FRIENDS);
    assert_int_equal(b.visibility, VISIBILITY_PUBLIC);
    must(store_begin(s));
    must(rules_apply(
        s, &(struct rule){.kind = RULE_WATCH, .user = KITH_LIT("ann"), .other = KITH_LIT("nobody")},
        false, &out));
    must(store_commit(s));
    assert_int_equal(out.lost.len + out.gained.len, 0);
    sights_fini(&out);
    store_close(s);
}

static void an_id_that_is_none_is_refused(void **state)
{
    struct store *s = fixture_open(*state);
    struct sights out = {0};
    must(store_begin(s));
    assert_int_equal(
        rules_apply(s, &(struct rule){.kind = RULE_BLOCK, .user = KITH_LIT("ann"), .on = true},
                    false, &out),
        KITH_BAD);
    assert_int_equal(rules_apply(s, &(struct rule){.kind = RULE_VISIBILITY}, false, &out),
                     KITH_BAD);
    store_rollback(s);
    sights_fini(&out);
    store_close(s);
}

/* The database's own count of its steps since the last time, which no other work of the machine
 * changes. */
static int steps_of(sqlite3_stmt *st)
{
    return sqlite3_stmt_status(st, SQLITE_STMTSTATUS_VM_STEP, true);
}

static int steps_to_list_friends(struct store *s)
{
    sqlite3_stmt *st;
    assert_int_equal(sqlite3_prepare_v2(sqlite_db(s),
                                        "SELECT name FROM watches WHERE watcher = 1 ORDER BY name",
                                        -1, &st, NULL),
                     SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW)
        ;
    int steps = steps_of(st);
    (void)sqlite3_finalize(st);
    return steps;
}

static int steps_to_see(struct store *s, enum reciprocity reciprocal)
{
    struct buf ids = {0};
    uint32_t n;
    must(rules_watched(s, KITH_LIT("ann"), reciprocal, &ids, &n));
    buf_fini(&ids);
    return steps_of(sqlite_statement(s, STORE_WATCHED_PLAIN)) +
           steps_of(sqlite_statement(s, STORE_WATCHED_ABOUT));
}

/* Everybody joins, and few have rules, or nobody: seven look-ups an edge are thirty times the
 * list. */
static void a_join_of_people_without_rules_asks_for_no_rules(void **state)
{
    enum { FRIENDS = 100 };
    only_in_a_file((struct folder *)*state);
    struct store *s = fixture_open(*state);
    bool added;
    must(store_begin(s));
    for (unsigned i = 0; i < FRIENDS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "friend%u", i);
        must(store_add_watch(s, KITH_LIT("ann"), slice_str(name), &added));
        must(store_add_watch(s, slice_str(name), KITH_LIT("ann"), &added));
    }
    must(store_commit(s));
    int list = steps_to_list_friends(s);
    assert_in_range(list, FRIENDS, UINT32_MAX);
    assert_in_range(steps_to_see(s, false), list, 2 * list);
    assert_in_range(steps_to_see(s, true), list, 20 * list);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(each_change_tells_just_the_sights_that_it_changes),
        in_a_folder(with_reciprocity_those_of_both_sides),
        in_a_folder(where_edges_are_mutual_as_they_come_the_rest_is_looked_at_both_ways),
        in_a_folder(what_was_read_before_somebody_elses_reading_is_read_again),
        in_a_folder(who_is_erased_has_never_been_read),
        in_a_folder(rules_outlive_the_process),
        in_a_folder(what_is_rolled_back_was_never_said),
        in_a_folder(nothing_is_known_of_strangers),
        in_a_folder(an_id_that_is_none_is_refused),
        in_a_folder(a_join_of_people_without_rules_asks_for_no_rules),
    };
    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
