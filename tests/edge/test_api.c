/* tests/edge/test_api.c -- what each path of the API asks, and of whom, and what it answers. */
#include "edge/operator.h"

static struct rig rig;

#define ASK(method, path)        operator_asks(&rig, method, path, "", NULL)
#define SEND(method, path, json) operator_asks(&rig, method, path, "", json)
#define HEAR(...)                HEARS(&rig, OPERATOR, __VA_ARGS__)
#define USER                     "/v1/users/ann"

static void edges_and_blocks_are_changed_in_the_store(void **state)
{
    (void)state;
    ASK("PUT", USER "/watches/ben");
    ASK("DELETE", USER "/watches/ben");
    ASK("PUT", USER "/friends/ben");
    ASK("DELETE", USER "/friends/ben");
    ASK("PUT", USER "/blocks/ben");
    ASK("DELETE", USER "/blocks/ben");
    HEAR("204", "204", "204", "204", "204", "204");
    TOLD("watch ann ben on\nwatch ann ben off\nfriends ann ben on\nfriends ann ben off\n"
         "block ann ben on\nblock ann ben off\n");
}

static void ids_of_the_path_are_any_bytes_that_an_id_may_have(void **state)
{
    (void)state;
    ASK("PUT", "/v1/users/a%2Fb/watches/%C3%A9+%20%25");
    ASK("PUT", "/v1/users/user:1:2/watches/*");
    HEAR("204", "204");
    TOLD("watch a/b \xc3\xa9+ % on\nwatch user:1:2 * on\n");
}

static void visibility_is_told_and_changed(void **state)
{
    (void)state;
    paper.number = VISIBILITY_EXCEPT | LAST_SEEN_COARSE << 8;
    paper.ids = "ben cleo ";
    ASK("GET", USER "/visibility");
    HEAR("200 {'mode':'except','ids':['ben','cleo'],'last_seen':'coarse'}\n");
    SEND("PUT", USER "/visibility", "{'mode':'only','ids':['b','a','b']}");
    HEAR("200 {'mode':'except','ids':['ben','cleo'],'last_seen':'coarse'}\n"); /* as it stands */
    paper.number = VISIBILITY_NOBODY;
    paper.ids = "";
    SEND("PUT", USER "/visibility", "{'mode':'nobody'}");
    HEAR("200 {'mode':'nobody','last_seen':'off'}\n");
    TOLD("visibility? ann\nvisibility ann only a b\nvisibility? ann\nvisibility ann nobody\n"
         "visibility? ann\n");
    SEND("PUT", USER "/visibility", "{'mode':'secret'}");
    HEAR(PROBLEM("400", "Bad Request", "bad_visibility",
                 "visibility needs a mode: friends, public, nobody, only or except"));
    TOLD("");
}

static void when_a_user_was_last_seen_may_be_told_or_not(void **state)
{
    (void)state;
    paper.number = VISIBILITY_FRIENDS | LAST_SEEN_EXACT << 8;
    paper.ids = "";
    SEND("PUT", USER "/visibility", "{'last_seen':'exact'}");
    HEAR("200 {'mode':'friends','last_seen':'exact'}\n");
    SEND("PUT", USER "/visibility", "{'last_seen':'off'}");
    TOLD("last_seen ann 2\nvisibility? ann\nlast_seen ann 0\nvisibility? ann\n");
    (void)heard_raw(&rig, OPERATOR);
    static const char *const bad[] = {"{'last_seen':'never'}", "{'last_seen':null}",
                                      "{'last_seen':'off','mode':'friends'}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        SEND("PUT", USER "/visibility", bad[i]);
        HEAR(PROBLEM("400", "Bad Request", "bad_visibility",
                     "last_seen is off, coarse or exact, and stands alone"));
    }
    TOLD("");
}

static void an_audience_comes_in_pages(void **state)
{
    (void)state;
    paper.number = VISIBILITY_ONLY;
    paper.ids = "ben uma ";
    paper.more = "uma";
    ASK("GET", USER "/audience");
    HEAR("200 {'user':'ann','visibility':'only','watchers':[{'id':'ben','sees':true,'rule':"
         "'sees'},{'id':'uma','sees':false,'rule':'not admitted'}],'next':'uma'}\n");
    paper.ids = "";
    paper.more = NULL;
    ASK("GET", USER "/audience?after=um%61");
    HEAR("200 {'user':'ann','visibility':'only','watchers':[],'next':null}\n");
    TOLD("audience? ann\naudience? ann uma\n");
}

static void a_verdict_is_told_of_one_viewer(void **state)
{
    (void)state;
    static const char longest[] = "/v1/users/ann/audience?viewer=";
    char path[256];
    const struct stance viewer = {
        .watches = false, .blocks = true, .visibility = VISIBILITY_NOBODY};
    const struct stance user = {.watches = true, .lists = true, .visibility = VISIBILITY_EXCEPT};
    paper.number = AUDIENCE_NO_EDGE | AUDIENCE_SEES << 8 | (uint64_t)stance_byte(&viewer) << 16 |
                   (uint64_t)stance_byte(&user) << 24 | (uint64_t)RECIPROCITY_ON << 32;
    ASK("GET", USER "/audience?viewer=b%22");
    HEAR("200 {'user':'ann','viewer':'b`','sees':false,'rule':'no edge',"
         "'if_asked':{'sees':true,'rule':'sees'},'said':{"
         "'viewer':{'watches':false,'blocks':true,'visibility':'nobody','lists':false,"
         "'beyond':false},"
         "'user':{'watches':true,'blocks':false,'visibility':'except','lists':true,"
         "'beyond':false}},'reciprocity':'on'}\n");
    TOLD("verdict? ann b\"\n");
    int n = snprintf(path, sizeof path, "%s%0128d", longest, 7);
    ASK("GET", path);
    kith_slice raw = heard_raw(&rig, OPERATOR);
    assert_non_null(memmem(raw.ptr, raw.len, "{\"user\":\"ann\",\"viewer\":\"0000", 28));
    path[n] = '0';
    path[n + 1] = 0;
    ASK("GET", path);
    HEAR(PROBLEM("400", "Bad Request", "bad_id",
                 "a parameter of the query is no user id: 1 to 128 bytes"));
}

static void presence_is_asked_of_each_ones_home(void **state)
{
    (void)state;
    operator_users_come(&rig);
    ASK("GET", "/v1/users/1/presence");
    HEAR("200 {'user':'1','online':true,'metas':[" META "],'hidden':[]}\n");
    ASK("GET", "/v1/users/7/presence");
    HEAR("200 {'user':'7','online':true,'metas':[" META "],'hidden':[]}\n");
    ASK("GET", "/v1/users/nobody/presence");
    HEAR("200 {'user':'nobody','online':false,'metas':[],'hidden':[]}\n");
    SEND("POST", "/v1/presence/query", "{'ids':['7','nobody','1','7']}");
    HEAR("200 {'presence':{'1':{'metas':[" META "]},'7':{'metas':[" META "]}},'hidden':{}}\n");
    SEND("POST", "/v1/presence/query", "{'ids':[]}");
    HEAR("200 {'presence':{},'hidden':{}}\n");
    TOLD("");
}

static void hidden_sessions_are_the_operators_to_know(void **state)
{
    (void)state;
    operator_users_come(&rig);
    rig_say(&rig, 1, "['1','2','user:1','visibility',{'session':'hidden'}]");
    (void)heard_raw(&rig, 1);
    ASK("GET", "/v1/users/1/presence");
    HEAR("200 {'user':'1','online':false,'metas':[],'hidden':[" META "]}\n");
    SEND("POST", "/v1/presence/query", "{'ids':['7','1']}");
    HEAR("200 {'presence':{'7':{'metas':[" META "]}},'hidden':{'1':{'metas':[" META "]}}}\n");
    SEND("POST", "/v1/presence/query", "{'as':'ann','ids':['1','7']}");
    HEAR("200 {'presence':{'7':{'metas':[" META "]}}}\n");
    ASK("GET", "/v1/users/1/presence?as=ann");
    HEAR("200 {'user':'1','online':false,'metas':[]}\n");
}

static void as_a_viewer_sees_it_who_may_not_be_seen_is_offline(void **state)
{
    (void)state;
    operator_users_come(&rig);
    paper.unseen = "7";
    ASK("GET", "/v1/users/7/presence?as=ann");
    HEAR("200 {'user':'7','online':false,'metas':[]}\n");
    ASK("GET", "/v1/users/1/presence?as=ann");
    HEAR("200 {'user':'1','online':true,'metas':[" META "]}\n");
    SEND("POST", "/v1/presence/query", "{'as':'ann','ids':['1','7','8']}");
    HEAR("200 {'presence':{'1':{'metas':[" META "]}}}\n");
    TOLD("visible? ann 7\nvisible? ann 1\nvisible? ann 1 7 8\n");
}

static const char *one_too_many(void)
{
    static char body[API_IDS_MAX * 4 + 64];
    char *at = body + sprintf(body, "{'ids':['1'");
    for (size_t i = 0; i < API_IDS_MAX; i++)
        at += sprintf(at, ",'1'");
    strcpy(at, "]}");
    return body;
}

static void what_is_no_query_of_presence_is_refused(void **state)
{
    (void)state;
    const char *const bodies[] = {
        "{}",
        "{'ids':{}}",
        "{'ids':[1]}",
        "{'ids':['']}",
        "{'ids':['\\u0000']}",
        "{'ids':['1'],'as':1}",
        "{'ids':['1'],'as':''}",
        "{'ids':['1'],'as':null}",
        one_too_many(),
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        SEND("POST", "/v1/presence/query", bodies[i]);
        HEAR(PROBLEM("400", "Bad Request", "bad_query",
                     "send {`ids`:[`..`]} with at most 10000 user ids, as texts, and perhaps `as`, "
                     "the id of one who looks"));
    }
    ASK("GET", "/v1/users/7/presence?as=");
    HEAR(PROBLEM("400", "Bad Request", "bad_id",
                 "a parameter of the query is no user id: 1 to 128 bytes"));
    TOLD("");
}

static void a_push_reaches_the_sessions_of_its_user(void **state)
{
    (void)state;
    operator_users_come(&rig);
    connect_as(&rig, 3, "1", "2.0.0");
    rig_say(&rig, 3, "['1','1','friends','phx_join',{}]");
    rig_say(&rig, 3, "['2','2','user:1','phx_join',{}]");
    (void)heard_raw(&rig, 1);
    (void)heard_raw(&rig, 2);
    (void)heard_raw(&rig, 3);
    SEND("POST", "/v1/users/1/push", "{'event':'notice','payload':{'n': 1.50}}");
    HEAR("200 {'sessions':2}\n");
    HEARS(&rig, 1, "['1',null,'user:1','notice',{'n': 1.50}]");
    HEARS(&rig, 3, "['2',null,'user:1','notice',{'n': 1.50}]");
    HEARS_NOTHING(&rig, 2);
    SEND("POST", "/v1/users/7/push", "{'event':'bare'}");
    HEAR("200 {'sessions':1}\n");
    HEARS(&rig, 2, "['1',null,'friends','bare',{}]");
    SEND("POST", "/v1/users/nobody/push", "{'event':'bare'}");
    HEAR("200 {'sessions':0}\n");
    SEND("POST", "/v1/broadcast", "{'payload':[1],'event':'all'}");
    HEAR("200 {'sessions':3}\n");
    HEARS(&rig, 1, "['1',null,'user:1','all',[1]]");
    HEARS(&rig, 2, "['1',null,'friends','all',[1]]");
    HEARS(&rig, 3, "['2',null,'user:1','all',[1]]");
}

static void a_push_during_a_join_follows_its_reply(void **state)
{
    (void)state;
    connect_as(&rig, 1, "1", "2.0.0");
    rig.store_waits = true;
    rig_say(&rig, 1, "['1','1','friends','phx_join',{}]");
    HEARS_NOTHING(&rig, 1);
    SEND("POST", "/v1/users/1/push", "{'event':'early'}");
    HEAR("200 {'sessions':1}\n");
    HEARS_NOTHING(&rig, 1);
    rig.store_waits = false;
    rig_turn(&rig);
    HEARS(&rig, 1, OK("'1'", "'1'", "'friends'"), "['1',null,'friends','presence_state',{}]",
          "['1',null,'friends','early',{}]");
}

static void what_is_no_push_is_refused(void **state)
{
    (void)state;
    static char big[40000];
    static const char *const bodies[] = {
        "{}",
        "{'event':1}",
        "{'event':''}",
        "{'event':'phx_reply'}",
        "{'payload':{}}",
        "{'event':'presence_state'}",
        "{'event':'presence_state'}",
        "{'event':'presence_diff'}",
        "{'event':'presence_diff','payload':{}}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        SEND("POST", i % 2 ? "/v1/users/1/push" : "/v1/broadcast", bodies[i]);
        HEAR(PROBLEM("400", "Bad Request", "bad_push",
                     "send {`event`:`..`,`payload`:{..}}: an event of 1 to 255 bytes that does not "
                     "begin with phx_, and is not presence_state or presence_diff"));
    }
    snprintf(big, sizeof big, "{'event':'e','payload':'%032767d'}", 0);
    SEND("POST", "/v1/users/1/push", big);
    HEAR(PROBLEM("413", "Content Too Large", "too_large", "a payload has at most 32 KiB"));
}

static void what_the_store_cannot_do_is_told(void **state)
{
    (void)state;
    static const struct {
        kith_err err;
        const char *problem;
    } cases[] = {
        {KITH_REFUSED, PROBLEM("405", "Method Not Allowed", "not_kept_here",
                               "the application keeps its edges itself: change them there")},
        {KITH_FULL, PROBLEM("507", "Insufficient Storage", "full",
                            "the disk is full: see to it, then try again")},
        {KITH_IO, PROBLEM("500", "Internal Server Error", "store",
                          "the store could not do it: see the server's log")},
        {KITH_EXPIRED, PROBLEM("503", "Service Unavailable", "store_lost",
                               "the database cannot be reached: try again")},
        {KITH_NOMEM, PROBLEM("503", "Service Unavailable", "busy",
                             "too much waits, or there is no memory: try again")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        paper.err = cases[i].err;
        ASK("PUT", USER "/friends/ben");
        ASK("GET", USER "/audience");
        ASK("GET", USER "/presence?as=ben");
        HEAR(cases[i].problem, cases[i].problem, cases[i].problem);
    }
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_prestate_setup_teardown(name, operator_begin, operator_end, &rig)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(edges_and_blocks_are_changed_in_the_store),
        TEST(ids_of_the_path_are_any_bytes_that_an_id_may_have),
        TEST(visibility_is_told_and_changed),
        TEST(when_a_user_was_last_seen_may_be_told_or_not),
        TEST(an_audience_comes_in_pages),
        TEST(a_verdict_is_told_of_one_viewer),
        TEST(presence_is_asked_of_each_ones_home),
        TEST(hidden_sessions_are_the_operators_to_know),
        TEST(as_a_viewer_sees_it_who_may_not_be_seen_is_offline),
        TEST(what_is_no_query_of_presence_is_refused),
        TEST(a_push_reaches_the_sessions_of_its_user),
        TEST(a_push_during_a_join_follows_its_reply),
        TEST(what_is_no_push_is_refused),
        TEST(what_the_store_cannot_do_is_told),
    };
    return RUN_HOWEVER_FED("api", tests);
}
