/* tests/edge/test_api_query.c -- what a request may say by name; and presence of many at once:
 * asked for page by page, within a bound, and looked up though it may not be told. */
#include "edge/operator.h"

#include "base/ids.h"
#include "core/presence.h"
#include "shard/home.h"

static struct rig rig;

#define ASK(method, path)        operator_asks(&rig, method, path, "", NULL)
#define SEND(method, path, json) operator_asks(&rig, method, path, "", json)
#define HEAR(...)                HEARS(&rig, OPERATOR, __VA_ARGS__)

static void parameters_that_are_not_known_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *path, *detail;
    } cases[] = {
        {"/v1/users/a/presence?As=b", "this path has these parameters, each once: as"},
        {"/v1/users/a/presence?as=b&as=c", "this path has these parameters, each once: as"},
        {"/v1/users/a/presence?%61s=b&=", "this path has these parameters, each once: as"},
        {"/v1/users/a/audience?viewer=b&page=2",
         "this path has these parameters, each once: viewer after"},
        {"/v1/users/a/audience?%ff=b", "this path has these parameters, each once: viewer after"},
        {"/v1/users/a/visibility?as=b", "this path has no parameters"},
        {"/v1/graph/export?format=ndjson",
         "this path has no parameters: lines of JSON are given to who sends accept: "
         "application/x-ndjson"},
        {"/v1/users/a/audience?viewer=b&after=c",
         "viewer asks for one verdict: there is none after it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char want[256];
        (void)snprintf(want, sizeof want, PROBLEM("400", "Bad Request", "bad_parameter", "%s"),
                       cases[i].detail);
        ASK("GET", cases[i].path);
        HEAR(want);
        TOLD("");
    }
    ASK("GET", "/v1/users/a/presence?&%61s=a&&"); /* nothing is no parameter */
    TOLD("visible? a a\n");
}

/* Whoever writes another name must not get what it did not ask for. */
static void members_that_are_not_known_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path, *json, *members;
    } cases[] = {
        {"POST", "/v1/users/a/disconnect", "{'untill':1}", "until"},
        {"POST", "/v1/users/a/disconnect", "{'until':1,'Until':1}", "until"},
        {"POST", "/v1/broadcast", "{'event':'a','to':['1']}", "event payload"},
        {"POST", "/v1/users/a/push", "{'event':'a','paylod':{}}", "event payload"},
        {"PUT", "/v1/users/a/visibility", "{'mode':'friends','':1}", "mode ids last_seen"},
        {"PUT", "/v1/users/a/visibility", "{'session':'hidden'}", "mode ids last_seen"},
        {"POST", "/v1/presence/query", "{'ids':[],'viewer':'b'}", "ids as"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char want[256];
        (void)snprintf(
            want, sizeof want,
            PROBLEM("400", "Bad Request", "bad_body", "the body has no members but these: %s"),
            cases[i].members);
        SEND(cases[i].method, cases[i].path, cases[i].json);
        HEAR(want);
        TOLD("");
    }
    SEND("POST", "/v1/broadcast", "{'\\u0065vent':'a'}"); /* as JSON has it */
    HEAR("200 {'sessions':0}\n");
}

/* A session of the user's at its home, whose fields have so many bytes. */
static void come(const char *user, unsigned session, size_t bytes)
{
    struct world *w = rig.worlds[world_home(rig.worlds[0], slice_str(user))];
    struct buf fields = {0};
    buf_puts(&fields, "{\"status\":\"");
    while (fields.len < bytes - 2)
        buf_putc(&fields, 'x');
    buf_puts(&fields, "\"}");
    struct home_session s = {.user = slice_str(user), .owner = home_owner(0, session + 1)};
    home_track(w, &s, buf_slice(&fields));
    buf_fini(&fields);
}

/* Of u0 to u<count - 1>. */
static void ask_for(unsigned count, const char *as)
{
    struct buf json = {0};
    buf_puts(&json, "{'ids':[");
    for (unsigned i = 0; i < count; i++)
        buf_printf(&json, "%s'u%u'", i ? "," : "", i);
    buf_puts(&json, "]");
    if (as) buf_printf(&json, ",'as':'%s'", as);
    buf_puts(&json, "}");
    buf_putc(&json, 0);
    operator_asks(&rig, "POST", "/v1/presence/query", "", (const char *)json.ptr);
    buf_fini(&json);
}

static unsigned times(kith_slice text, const char *word)
{
    unsigned n = 0;
    for (const uint8_t *at; (at = memmem(text.ptr, text.len, word, strlen(word))); n++)
        text = slice_from(text, (size_t)(at + strlen(word) - text.ptr));
    return n;
}

static void of_many_all_who_are_there_are_told(void **state)
{
    enum { MANY = 1000 };
    char user[16];
    (void)state;
    for (unsigned i = 0; i < MANY; i += 3) {
        (void)snprintf(user, sizeof user, "u%u", i);
        come(user, i, 40);
    }
    ask_for(MANY, NULL);
    kith_slice raw = heard_raw(&rig, OPERATOR);
    assert_true(slice_starts(raw, KITH_LIT("HTTP/1.1 200 ")));
    assert_int_equal(times(raw, "\"metas\":["), (MANY + 2) / 3);
    assert_int_equal(times(raw, "\"u999\":{\"metas\":["), 1);
    paper.unseen = "u999";
    ask_for(MANY, "ann");
    raw = heard_raw(&rig, OPERATOR);
    assert_int_equal(times(raw, "\"metas\":["), (MANY + 2) / 3 - 1);
    assert_int_equal(times(raw, "\"u999\""), 0);
    ask_for(0, NULL);
    HEAR("200 {'presence':{},'hidden':{}}\n");
}

static void an_answer_beyond_the_bound_says_to_ask_for_fewer(void **state)
{
    enum { USERS = 280 }; /* with all the sessions that one may have, as large as they may be */
    char user[16];
    (void)state;
    for (unsigned i = 0; i < USERS; i++) {
        (void)snprintf(user, sizeof user, "u%u", i);
        for (unsigned session = 0; session < SESSIONS_MAX; session++)
            come(user, i * SESSIONS_MAX + session, 960);
    }
    ask_for(USERS, NULL);
    HEAR(PROBLEM("413", "Content Too Large", "too_large",
                 "the answer would have more than 16 MiB: ask for fewer users at once"));
    ask_for(2, NULL);
    kith_slice raw = heard_raw(&rig, OPERATOR);
    assert_true(slice_starts(raw, KITH_LIT("HTTP/1.1 200 ")));
}

/* The linker's --wrap: each step of looking somebody up. */
static unsigned steps;
bool __real_presence_next(const struct presence *p, kith_slice topic, struct tracker_walk *w,
                          struct entry *out);
bool __wrap_presence_next(const struct presence *p, kith_slice topic, struct tracker_walk *w,
                          struct entry *out);

bool __wrap_presence_next(const struct presence *p, kith_slice topic, struct tracker_walk *w,
                          struct entry *out)
{
    steps++;
    return __real_presence_next(p, topic, w, out);
}

/* To tell ann that u0 is not there. */
static unsigned steps_of(bool by_query)
{
    steps = 0;
    if (by_query) {
        ask_for(1, "ann");
        HEAR("200 {'presence':{}}\n");
    } else {
        ASK("GET", "/v1/users/u0/presence?as=ann");
        HEAR("200 {'user':'u0','online':false,'metas':[]}\n");
    }
    return steps;
}

/* What is left out would be told by time. */
static void who_may_not_be_seen_is_looked_up_as_one_who_is_away(void **state)
{
    (void)state;
    unsigned away = steps_of(false), away_by_query = steps_of(true);
    assert_true(away && away_by_query);
    paper.unseen = "u0";
    assert_int_equal(steps_of(false), away);
    assert_int_equal(steps_of(true), away_by_query);
    come("u0", 0, 40);
    (void)steps_of(false); /* whoever is to hear that it came has been told by now */
    assert_int_equal(steps_of(false), away);
    assert_int_equal(steps_of(true), away_by_query);
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_prestate_setup_teardown(name, operator_begin, operator_end, &rig)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(parameters_that_are_not_known_are_refused),
        TEST(members_that_are_not_known_are_refused),
        TEST(of_many_all_who_are_there_are_told),
        TEST(who_may_not_be_seen_is_looked_up_as_one_who_is_away),
        TEST(an_answer_beyond_the_bound_says_to_ask_for_fewer),
    };
    return cmocka_run_group_tests_name("api_query", tests, NULL, NULL);
}
