/* tests/io/test_asks.c -- whom sessions ask to see: judged by the store, told to the homes,
 * whatever the verdict. */
#include "base/ids.h"
#include "failures.h"
#include "io/asks.h"
#include "io/ruling.h"
#include "shard/shade.h"
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

/* "ann ben" as a list of ids. */
static void put_names(struct buf *ids, const char *names)
{
    char text[256];
    (void)snprintf(text, sizeof text, "%s", names);
    for (char *rest = text, *name; (name = strtok_r(rest, " ", &rest));)
        ids_put(ids, slice_str(name));
}

static struct mail *question(enum mail_type type, const char *user, const char *names)
{
    struct buf ids = {0};
    put_names(&ids, names);
    struct mail *m = mail_new(type, slice_str(user), buf_slice(&ids), KITH_LIT("\"1\""));
    assert_non_null(m);
    m->handle = 5;
    m->serial = CHANNEL;
    m->from = ASKER;
    m->asks = true;
    buf_fini(&ids);
    return m;
}

static void add_name(kith_slice id, char out[256])
{
    (void)snprintf(out + strlen(out), 256 - strlen(out), "%.*s ", (int)id.len,
                   (const char *)id.ptr);
}

static void part_names(kith_slice ids, char granted[256], char denied[256])
{
    struct shade user;
    for (kith_slice id; ids_next(&ids, &id);)
        if (shade_is(id))
            add_name(shade_of(&user, id), denied);
        else
            add_name(id, granted);
}

/* The names that the grants of all homes have, in the order of homes; each is acknowledged. */
static void take_grants(struct ruling *r, char granted[256], char denied[256])
{
    granted[0] = denied[0] = 0;
    for (unsigned home = 0; home < SHARDS; home++)
        for (struct mail *m; to[home].first && to[home].first->type == MAIL_GRANT; mail_free(m)) {
            m = mail_take(&to[home]);
            assert_int_equal(m->handle, 5);
            assert_int_equal(m->shard, ASKER);
            part_names(mail_a(m), granted, denied);
            m->shards = 1;
            ruling_applied(r, m, to);
        }
}

static void assert_answered(const char *response)
{
    struct mail *m = mail_take(&to[ASKER]);
    assert_non_null(m);
    assert_int_equal(m->type, MAIL_ANSWER);
    assert_int_equal(m->serial, CHANNEL);
    assert_true(slice_is(mail_a(m), "\"1\""));
    assert_true(slice_is(mail_c(m), response));
    mail_free(m);
}

static void assert_quiet(void)
{
    for (unsigned i = 0; i < SHARDS_MAX; i++)
        assert_null(to[i].first);
}

static void apply(struct store *s, struct rule rule)
{
    struct sights out = {0};
    must(store_begin(s));
    must(rules_apply(s, &rule, false, &out));
    must(store_commit(s));
    sights_fini(&out);
}

static void publish(struct store *s, const char *user)
{
    apply(s, (struct rule){.kind = RULE_VISIBILITY,
                           .user = slice_str(user),
                           .visibility = VISIBILITY_PUBLIC});
}

static void all_who_are_asked_for_are_told_of_and_the_public_ones_granted(void **state)
{
    struct store *s = fixture_open(*state);
    struct ruling *r = ruling_new(s, false, SHARDS);
    char granted[256], denied[256];
    publish(s, "pat");
    publish(s, "ban");
    apply(s,
          (struct rule){
              .kind = RULE_BLOCK, .user = KITH_LIT("ban"), .other = KITH_LIT("eve"), .on = true});
    must(ruling_ask(r, question(MAIL_ASK, "eve", "pat ban ann nobody"), to));
    assert_null(to[ASKER].first && to[ASKER].first->type == MAIL_ANSWER ? to[ASKER].first : NULL);
    take_grants(r, granted, denied);
    assert_string_equal(granted, "pat ");
    assert_int_equal(strlen(denied), strlen("ban ann nobody "));
    assert_answered("{}");
    assert_quiet();
    ruling_free(r);
    store_close(s);
}

static void an_empty_list_is_answered_at_once(void **state)
{
    struct store *s = fixture_open(*state);
    struct ruling *r = ruling_new(s, false, SHARDS);
    must(ruling_ask(r, question(MAIL_ASK, "eve", ""), to));
    assert_answered("{}");
    assert_quiet();
    ruling_free(r);
    store_close(s);
}

static void what_is_asked_no_more_goes_on_as_its_shard_says(void **state)
{
    struct store *s = fixture_open(*state);
    struct ruling *r = ruling_new(s, false, SHARDS);
    char granted[256], denied[256];
    struct buf ids = {0};
    ids_put(&ids, KITH_LIT("pat"));
    shade_put(&ids, KITH_LIT("ann")); /* pat alone was seen */
    struct mail *m = mail_new(MAIL_ASK, KITH_LIT("eve"), buf_slice(&ids), KITH_LIT("\"1\""));
    buf_fini(&ids);
    m->handle = 5;
    m->serial = CHANNEL;
    m->from = ASKER;
    must(ruling_ask(r, m, to));
    take_grants(r, granted, denied);
    assert_string_equal(granted, "pat ");
    assert_string_equal(denied, "ann ");
    assert_answered("{}");
    ruling_free(r);
    store_close(s);
}

/* The change that made pat public waits for those who ask for her. */
static void who_has_asked_for_one_that_is_public_now_is_told_before_it_is_acknowledged(void **state)
{
    struct store *s = fixture_open(*state);
    struct ruling *r = ruling_new(s, false, 1);
    struct rule rule = {
        .kind = RULE_VISIBILITY, .user = KITH_LIT("pat"), .visibility = VISIBILITY_PUBLIC};
    struct mail *m = rule_mail(&rule, KITH_LIT("\"1\""));
    m->handle = 5;
    m->serial = CHANNEL;
    m->from = ASKER;
    apply(s,
          (struct rule){
              .kind = RULE_BLOCK, .user = KITH_LIT("pat"), .other = KITH_LIT("ban"), .on = true});
    apply(s,
          (struct rule){
              .kind = RULE_WATCH, .user = KITH_LIT("fay"), .other = KITH_LIT("pat"), .on = true});
    must(ruling_make(r, m));
    ruling_commit(r, to);
    struct mail *told = mail_take(&to[0]);
    assert_int_equal(sight_of_mail(told).publicity, PUBLICITY_BEGINS);
    struct mail *askers = question(MAIL_ASKERS, "pat", "ban eve fay");
    askers->serial = told->serial;
    askers->judged = 0;
    told->shards = 1 + 1;
    ruling_applied(r, told, to); /* the home has told one shard, which asks */
    assert_quiet();
    assert_true(ruling_askers(r, askers, to));
    mail_free(told);
    told = mail_take(&to[0]);
    assert_true(slice_is(sight_of_mail(told).asked, "\3eve"));
    assert_int_equal(sight_of_mail(told).gained.len + sight_of_mail(told).lost.len, 0);
    assert_quiet();
    told->shards = 1;
    ruling_applied(r, told, to);
    mail_free(told);
    assert_answered("{}");
    ruling_free(r);
    store_close(s);
}

static void many_who_ask_are_judged_some_at_a_time(void **state)
{
    enum { ASKERS = 2500 };
    struct store *s = fixture_open(*state);
    struct buf ids = {0};
    unsigned rounds = 1, told = 0;
    publish(s, "pat");
    for (unsigned i = 0; i < ASKERS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "u%u", i);
        ids_put(&ids, slice_str(name));
    }
    struct mail *m = mail_new(MAIL_ASKERS, KITH_LIT("pat"), buf_slice(&ids), (kith_slice){0});
    struct ruling *r = ruling_new(s, false, 1);
    while (!ruling_askers(r, m, to))
        rounds++;
    for (struct mail *sight; (sight = mail_take(&to[0])); mail_free(sight))
        told += ids_count(sight_of_mail(sight).asked);
    assert_int_equal(rounds, 3);
    assert_int_equal(told, ASKERS);
    buf_fini(&ids);
    ruling_free(r);
    store_close(s);
}

static void without_memory_nobody_is_granted_and_the_answer_says_so(void **state)
{
    struct store *s = fixture_open(*state);
    struct ruling *r = ruling_new(s, false, SHARDS);
    publish(s, "pat");
    for (size_t n = 0, asked = 1; n < asked; n++) {
        struct mail *m = question(MAIL_ASK, "eve", "pat ann");
        char granted[256], denied[256];
        alloc_fail(n, 1);
        must(ruling_ask(r, m, to));
        asked = alloc_heal();
        take_grants(r, granted, denied);
        struct mail *answer = mail_take(&to[ASKER]);
        assert_int_equal(answer->failed, granted[0] == 0);
        mail_free(answer);
        assert_quiet();
    }
    ruling_free(r);
    store_close(s);
}

static void without_memory_a_shard_that_asks_has_seen_it_all_the_same(void **state)
{
    struct store *s = fixture_open(*state);
    struct ruling *r = ruling_new(s, false, 1);
    publish(s, "pat");
    for (size_t n = 0, asked = 1; n < asked; n++) {
        struct mail *m = question(MAIL_ASKERS, "pat", "eve");
        m->judged = 0;
        alloc_fail(n, 1);
        assert_true(ruling_askers(r, m, to));
        asked = alloc_heal();
        mail_queue_fini(&to[0]);
    }
    ruling_free(r);
    store_close(s);
}

static void too_many_questions_at_once_are_refused(void **state)
{
    struct store *s = fixture_open(*state);
    struct ruling *r = ruling_new(s, false, SHARDS);
    for (unsigned i = 0; i < RULES_OPEN_MAX; i++)
        must(ruling_ask(r, question(MAIL_ASK, "eve", "ann"), to));
    struct mail *m = question(MAIL_ASK, "eve", "ann");
    assert_int_equal(ruling_ask(r, m, to), KITH_FULL);
    mail_free(m);
    ruling_free(r);
    store_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_who_are_asked_for_are_told_of_and_the_public_ones_granted),
        TEST(an_empty_list_is_answered_at_once),
        TEST(what_is_asked_no_more_goes_on_as_its_shard_says),
        TEST(who_has_asked_for_one_that_is_public_now_is_told_before_it_is_acknowledged),
        TEST(many_who_ask_are_judged_some_at_a_time),
        TEST(without_memory_nobody_is_granted_and_the_answer_says_so),
        TEST(without_memory_a_shard_that_asks_has_seen_it_all_the_same),
        TEST(too_many_questions_at_once_are_refused),
    };
    return cmocka_run_group_tests_name("asks", tests, NULL, NULL);
}
