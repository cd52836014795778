/* tests/io/test_ruling.c -- changes of the rules on the store's thread: in batches, told once they
 * are kept, and acknowledged once every shard has applied them. */
#include "base/ids.h"
#include "failures.h"
#include "io/ruling.h"
#include "shard/world.h"
#include "store_fixture.h"

enum { SHARDS = 3, ASKER = 2, CHANNEL = 77 };

static struct mail_queue to[SHARDS_MAX];

static int set_up(void **state)
{
    memset(to, 0, sizeof to);
    return fixture_set_up(state);
}

static int tear_down(void **state)
{
    for (unsigned i = 0; i < SHARDS_MAX; i++)
        mail_queue_fini(&to[i]);
    return fixture_tear_down(state);
}

static struct mail *of_channel(const struct rule *r, const char *ref)
{
    struct mail *m = rule_mail(r, slice_str(ref));
    assert_non_null(m);
    m->handle = 5;
    m->serial = CHANNEL;
    m->from = ASKER;
    return m;
}

static struct rule watch(const char *watcher, const char *watched)
{
    return (struct rule){
        .kind = RULE_WATCH, .user = slice_str(watcher), .other = slice_str(watched), .on = true};
}

static void make(struct ruling *r, struct rule rule, const char *ref)
{
    must(ruling_make(r, of_channel(&rule, ref)));
}

/* The next mail to the home of `user`. */
static struct mail *told(const char *user)
{
    struct presence_topic name;
    struct mail *m = mail_take(&to[topic_home(presence_topic(&name, slice_str(user)), SHARDS)]);
    assert_non_null(m);
    assert_int_equal(m->type, MAIL_SIGHT);
    assert_true(slice_is(mail_a(m), user));
    return m;
}

static void assert_ids(kith_slice ids, const char *id)
{
    kith_slice first;
    assert_int_equal(ids_next(&ids, &first), id != NULL);
    if (id) assert_true(slice_is(first, id));
    assert_int_equal(ids.len, 0);
}

static void seen(struct ruling *r, uint32_t ticket, uint64_t at)
{
    struct mail *m = mail_new(MAIL_APPLIED, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
    m->serial = ticket;
    m->shards = at;
    ruling_applied(r, m, to);
    mail_free(m);
}

static void assert_quiet(void)
{
    for (unsigned i = 0; i < SHARDS_MAX; i++)
        assert_null(to[i].first);
}

static void assert_answered(const char *ref, bool ok)
{
    struct mail *m = mail_take(&to[ASKER]);
    assert_non_null(m);
    assert_int_equal(m->type, MAIL_ANSWER);
    assert_int_equal(m->handle, 5);
    assert_int_equal(m->serial, CHANNEL);
    assert_int_equal(m->failed, !ok);
    assert_true(slice_is(mail_a(m), ref));
    mail_free(m);
}

static void a_change_is_told_when_it_is_kept_and_answered_when_all_have_it(void **state)
{
    struct store *s = fixture_open(*state);
    struct ruling *r = ruling_new(s, false, SHARDS);
    make(r, watch("ann", "ben"), "\"1\"");
    assert_true(ruling_open(r));
    assert_quiet();
    ruling_commit(r, to);
    assert_false(ruling_open(r));
    struct mail *m = told("ben");
    assert_ids(sight_of_mail(m).gained, "ann");
    assert_ids(sight_of_mail(m).lost, NULL);
    assert_quiet();
    seen(r, m->serial, 0); /* a shard may be faster than the home */
    assert_quiet();
    seen(r, m->serial, 1 + 2);
    assert_quiet();
    seen(r, m->serial, 0);
    assert_answered("\"1\"", true);
    seen(r, m->serial, 0); /* of a ticket that is over */
    assert_quiet();
    mail_free(m);
    ruling_free(r);
    store_close(s);
}

static void what_changes_nobodys_sight_is_answered_at_once(void **state)
{
    struct store *s = fixture_open(*state);
    struct ruling *r = ruling_new(s, false, SHARDS);
    make(r,
         (struct rule){
             .kind = RULE_BLOCK, .user = KITH_LIT("ann"), .other = KITH_LIT("ben"), .on = true},
         "\"1\"");
    ruling_commit(r, to);
    assert_answered("\"1\"", true);
    assert_quiet();
    ruling_free(r);
    store_close(s);
}

static void set_mode(struct ruling *r, enum visibility mode, enum invisibility expected)
{
    make(r, (struct rule){.kind = RULE_VISIBILITY, .user = KITH_LIT("ann"), .visibility = mode},
         "\"1\"");
    ruling_commit(r, to);
    if (expected != INVISIBILITY_AS_IT_WAS) {
        struct mail *m = told("ann");
        assert_int_equal(sight_of_mail(m).invisibility, expected);
        m->shards = 1;
        ruling_applied(r, m, to);
        mail_free(m);
    }
    assert_answered("\"1\"", true);
    assert_quiet();
}

static void the_home_hears_whether_anybody_at_all_may_see_a_user(void **state)
{
    struct store *s = fixture_open(*state);
    struct ruling *r = ruling_new(s, false, SHARDS);
    set_mode(r, VISIBILITY_NOBODY, INVISIBILITY_BEGINS); /* though nobody watches her */
    set_mode(r, VISIBILITY_NOBODY, INVISIBILITY_AS_IT_WAS);
    set_mode(r, VISIBILITY_ONLY, INVISIBILITY_AS_IT_WAS); /* of no one: nobody, in other words */
    set_mode(r, VISIBILITY_FRIENDS, INVISIBILITY_ENDS);
    set_mode(r, VISIBILITY_EXCEPT, INVISIBILITY_AS_IT_WAS);
    set_mode(r, VISIBILITY_ONLY, INVISIBILITY_BEGINS);
    set_mode(r, VISIBILITY_PUBLIC, INVISIBILITY_ENDS);
    ruling_free(r);
    store_close(s);
}

static void one_that_fails_takes_no_other_with_it(void **state)
{
    struct store *s = fixture_open(*state);
    struct ruling *r = ruling_new(s, false, SHARDS);
    make(r, watch("ann", "ben"), "\"1\"");
    make(r, watch("", "ben"), "\"2\"");
    make(r, watch("eve", "ben"), "\"3\"");
    ruling_commit(r, to);
    assert_answered("\"2\"", false);
    struct mail *first = told("ben"), *second = told("ben");
    assert_ids(sight_of_mail(first).gained, "ann");
    assert_ids(sight_of_mail(second).gained, "eve");
    mail_free(first);
    mail_free(second);
    assert_quiet();
    ruling_free(r);
    assert_watched(s, "ann", "ben ");
    assert_watched(s, "eve", "ben ");
    assert_int_equal(count(s), 2);
    store_close(s);
}

static void a_visibility_is_told_once_for_all_who_are_concerned(void **state)
{
    struct store *s = fixture_open(*state);
    struct ruling *r = ruling_new(s, true, SHARDS);
    must(store_begin(s));
    add(s, "ann", "ben");
    add(s, "ben", "ann");
    add(s, "eve", "ben");
    add(s, "ben", "eve");
    must(store_commit(s));
    make(r,
         (struct rule){
             .kind = RULE_VISIBILITY, .user = KITH_LIT("ben"), .visibility = VISIBILITY_NOBODY},
         "\"1\"");
    ruling_commit(r, to);
    kith_slice lost, id;
    struct mail *m = told("ben");
    lost = sight_of_mail(m).lost;
    assert_true(ids_next(&lost, &id) && slice_is(id, "ann"));
    assert_true(ids_next(&lost, &id) && slice_is(id, "eve"));
    mail_free(m);
    m = told("ann"); /* who sees nobody is not seen by, and does not see */
    assert_ids(sight_of_mail(m).lost, "ben");
    mail_free(m);
    m = told("eve");
    assert_ids(sight_of_mail(m).lost, "ben");
    mail_free(m);
    assert_quiet();
    ruling_free(r);
    store_close(s);
}

static kith_err outcome;
static void note(void *arg, kith_err e)
{
    assert_ptr_equal(arg, &outcome);
    outcome = e;
}

static void who_asks_from_outside_is_called_back(void **state)
{
    struct store *s = fixture_open(*state);
    struct ruling *r = ruling_new(s, false, SHARDS);
    struct rule rule = watch("ann", "ben");
    struct mail *m = rule_mail(&rule, (kith_slice){0});
    m->done = (uintptr_t)note;
    m->done_arg = (uintptr_t)&outcome;
    outcome = KITH_LATER;
    must(ruling_make(r, m));
    ruling_commit(r, to);
    assert_int_equal(outcome, KITH_LATER);
    m = told("ben");
    seen(r, m->serial, 1);
    assert_int_equal(outcome, KITH_OK);
    mail_free(m);
    ruling_free(r);
    store_close(s);
}

static void who_was_replaced_is_answered_with_who_took_its_place(void **state)
{
    struct store *s = fixture_open(*state);
    struct ruling *r = ruling_new(s, false, SHARDS);
    struct rule rule = watch("ann", "ben");
    for (int refused = 0; refused < 2; refused++) {
        struct mail *m = of_channel(&rule, "\"3\"");
        m->next = of_channel(&rule, "\"1\"");
        m->next->next = of_channel(&rule, "\"2\"");
        if (refused) {
            ruling_refuse(m, KITH_FULL, to);
        } else {
            must(ruling_make(r, m));
            ruling_commit(r, to);
            m = told("ben");
            seen(r, m->serial, 1);
            mail_free(m);
        }
        assert_answered("\"3\"", !refused);
        assert_answered("\"1\"", !refused);
        assert_answered("\"2\"", !refused);
        assert_quiet();
    }
    ruling_free(r);
    store_close(s);
}

/* Or its shard would ask for them for ever. */
static void who_asks_in_vain_is_told_for_whom_though_memory_runs_out(void **state)
{
    (void)state;
    for (size_t ref_len = 1; ref_len < 40; ref_len += 13) {
        char ref[40];
        struct buf ids = {0};
        memset(ref, '7', sizeof ref);
        ids_put(&ids, KITH_LIT("ben"));
        ids_put(&ids, KITH_LIT("cleo"));
        struct mail *m =
            mail_new(MAIL_ASK, KITH_LIT("ann"), buf_slice(&ids), slice_of(ref, ref_len));
        m->handle = 5;
        m->from = ASKER;
        m->asks = true;
        alloc_fail(0, 1);
        ruling_refuse(m, KITH_NOMEM, to);
        (void)alloc_heal();
        m = mail_take(&to[ASKER]);
        assert_int_equal(m->type, MAIL_ANSWER);
        assert_true(m->failed);
        assert_true(slice_eq(mail_a(m), slice_of(ref, ref_len)));
        assert_true(slice_eq(mail_b(m), buf_slice(&ids)));
        assert_int_equal(m->c_len, 0);
        mail_free(m);
        buf_fini(&ids);
    }
}

static void too_many_at_once_are_refused_and_the_others_go_on(void **state)
{
    struct store *s = fixture_open(*state);
    struct ruling *r = ruling_new(s, false, SHARDS);
    char name[16];
    for (unsigned i = 0; i < RULES_OPEN_MAX; i++) {
        (void)snprintf(name, sizeof name, "u%u", i);
        make(r, watch(name, "ben"), "\"1\"");
    }
    struct rule one_more = watch("ann", "ben");
    assert_false(ruling_has_room(r));
    struct mail *m = of_channel(&one_more, "\"2\"");
    assert_int_equal(ruling_make(r, m), KITH_FULL);
    ruling_refuse(m, KITH_FULL, to);
    assert_answered("\"2\"", false);
    ruling_commit(r, to);
    m = told("ben");
    seen(r, m->serial, 1);
    assert_answered("\"1\"", true);
    assert_true(ruling_has_room(r));
    make(r, one_more, "\"3\""); /* there is room for one again */
    mail_free(m);
    ruling_free(r);
    store_close(s);
}

static void what_the_store_cannot_keep_is_not_told(void **state)
{
    struct store *s = fixture_open(*state);
    struct store *other = fixture_open(*state);
    struct ruling *r = ruling_new(s, false, SHARDS);
    must(store_begin(other)); /* another writer, for longer than is waited */
    make(r, watch("ann", "ben"), "\"1\"");
    ruling_commit(r, to);
    assert_answered("\"1\"", false);
    assert_quiet();
    store_rollback(other);
    make(r, watch("ann", "ben"), "\"2\"");
    ruling_commit(r, to);
    mail_free(told("ben"));
    ruling_free(r);
    store_close(other);
    store_close(s);
}

static void who_asks_is_answered_though_memory_runs_out(void **state)
{
    struct store *s = fixture_open(*state);
    struct ruling *r = ruling_new(s, false, SHARDS);
    struct rule rule = watch("ann", "ben");
    for (int refused = 0; refused < 2; refused++) {
        struct mail *m = of_channel(&rule, "\"17\"");
        if (!refused) {
            must(ruling_make(r, m));
            ruling_commit(r, to);
            m = told("ben");
        }
        alloc_fail(0, 1);
        if (refused) {
            ruling_refuse(m, KITH_FULL, to);
        } else {
            m->shards = 1;
            ruling_applied(r, m, to);
            mail_free(m);
        }
        (void)alloc_heal();
        assert_answered("\"17\"", !refused);
    }
    ruling_free(r);
    store_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_change_is_told_when_it_is_kept_and_answered_when_all_have_it),
        TEST(what_changes_nobodys_sight_is_answered_at_once),
        TEST(the_home_hears_whether_anybody_at_all_may_see_a_user),
        TEST(one_that_fails_takes_no_other_with_it),
        TEST(a_visibility_is_told_once_for_all_who_are_concerned),
        TEST(who_asks_from_outside_is_called_back),
        TEST(who_asks_is_answered_though_memory_runs_out),
        TEST(who_was_replaced_is_answered_with_who_took_its_place),
        TEST(who_asks_in_vain_is_told_for_whom_though_memory_runs_out),
        TEST(too_many_at_once_are_refused_and_the_others_go_on),
        TEST(what_the_store_cannot_keep_is_not_told),
    };
    return cmocka_run_group_tests_name("ruling", tests, NULL, NULL);
}
