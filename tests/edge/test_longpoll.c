/* tests/edge/test_longpoll.c -- a session without a connection, whose requests come on any. Client
 * 0 is on the session's shard, client 1 perhaps on another. */
#include "edge/polling.h"

#include "edge/polls.h"
#include "edge/rig_rooms.h"
#include "shard/full.h"

static struct rig rig;
static unsigned shards;

static int set_up(void **state)
{
    (void)state;
    assert_true(rig_init(&rig, shards, "1 2\n2 1\n"));
    rig.how = fed_how;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_fini(&rig);
    return 0;
}

#define GET(client, query) ask(&rig, client, "GET", query, "", (kith_slice){0})
#define POST(client, query, headers, text)                                                         \
    ask(&rig, client, "POST", query, headers, slice_str(text))

static struct poll_text begun(void) { return poll_begin(&rig, 0, "1"); }

static uint32_t sessions(void) { return poll_sessions(&rig); }

static void the_first_poll_gets_a_token(void **state)
{
    (void)state;
    GET(0, "vsn=2.0.0&user_id=1");
    HEARS(&rig, 0, BEGUN);
    assert_int_equal(sessions(), 1);
    assert_int_equal(rig.worlds[0]->stats.longpolls_opened, 1);
}

static void who_may_not_connect_reads_403(void **state)
{
    (void)state;
    static const char *const bad[] = {"vsn=2.0.0", "vsn=9.0.0&user_id=1",
                                      "user_id=", "vsn=&user_id=1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        GET(0, bad[i]);
        HEARS(&rig, 0, STATUS("403"));
    }
    assert_int_equal(rig.worlds[0]->stats.handshakes_refused, 4);
    assert_int_equal(sessions(), 0);
}

static void a_foreign_page_reads_403_whatever_it_asks(void **state)
{
    (void)state;
    static const char *const methods[] = {"GET", "POST", "OPTIONS"};
    struct poll_text token = begun();
    char query[128];
    snprintf(query, sizeof query, "user_id=1&token=%s", token.text);
    for (size_t i = 0; i < 3; i++) {
        ask(&rig, 0, methods[i], query, "origin: http://evil.example\r\n", (kith_slice){0});
        HEARS(&rig, 0, STATUS("403"));
    }
    ask(&rig, 0, "GET", "user_id=1", "origin: http://kith.example\r\n", (kith_slice){0});
    HEARS(&rig, 0, BEGUN);
}

static void answers_come_with_the_next_poll(void **state)
{
    (void)state;
    struct poll_text token = begun();
    poll_say(&rig, 1, token,
             JOIN "\n['1','2','room:a','echo',{'n':1}]\n[null,'3','phoenix','heartbeat',{}]");
    HEARS(&rig, 1, STATUS("200"));
    poll_get(&rig, 1, token);
    HEARS(&rig, 1, NEWS(OK_IN("1", "room:a") "," ECHO("2", "room:a", "{`n`:1}") "," BEAT("3")));
    assert_int_equal(clients_at(rig.worlds[0]->clients, 1)->outbox.count, 0);
}

static void a_poll_that_waits_has_the_news_at_once(void **state)
{
    (void)state;
    struct poll_text token = begun();
    poll_say(&rig, 0, token, "['1','1','friends','phx_join',{}]");
    poll_get(&rig, 0, token);
    (void)heard_raw(&rig, 0);
    poll_get(&rig, 1, token);
    HEARS_NOTHING(&rig, 1);
    connect_as(&rig, 2, "2", "2.0.0");
    rig_say(&rig, 2, "['1','1','friends','phx_join',{}]");
    HEARS(&rig, 1,
          NEWS("'[null,null,`friends`,`presence_diff`,{`joins`:{`2`:{`metas`:[{`online_at`:"
               "`1795487065`,`status`:`online`,`phx_ref`:`*`}]}},`leaves`:{}}]'"));
    HEARS(&rig, 2, OK("'1'", "'1'", "'friends'"),
          "['1',null,'friends','presence_state',{'1':{'metas':[{'online_at':'1795487065','status':"
          "'online','phx_ref':'*'}]}}]");
}

static void without_a_good_token_there_is_no_session(void **state)
{
    (void)state;
    struct poll_text token = begun(), forged = token;
    forged.text[20] = forged.text[20] == 'A' ? 'B' : 'A';
    poll_get(&rig, 1, forged);
    HEARS(&rig, 1, BEGUN);
    assert_int_equal(sessions(), 2);
    POST(1, "user_id=1&token=bad", "", "");
    HEARS(&rig, 1, STATUS("410"));
    poll_say(&rig, 1, forged, JOIN);
    HEARS(&rig, 1, STATUS("410"), "end"); /* a stranger's body is not waited for */
}

static void the_token_of_a_session_that_ended_begins_another(void **state)
{
    (void)state;
    struct poll_text token = begun();
    polls_end(rig.polls[0], 0);
    poll_say(&rig, 1, token, JOIN);
    HEARS(&rig, 1, STATUS("410"));
    poll_get(&rig, 1, token);
    HEARS(&rig, 1, BEGUN);
    assert_int_equal(polls_count(rig.polls[0]), 1); /* where it was */
    poll_get(&rig, 1, token);                       /* of a slot that has another one */
    HEARS(&rig, 1, BEGUN);
}

static void a_poll_that_is_cut_off_loses_nothing(void **state)
{
    (void)state;
    struct poll_text token = begun();
    for (int i = 0; i < 3; i++) {
        poll_get(&rig, 1, token);
        rig_drop(&rig, 1);
        poll_say(&rig, 0, token, "[null,'1','phoenix','heartbeat',{}]");
        poll_say(&rig, 0, token, "[null,'2','phoenix','heartbeat',{}]");
        HEARS(&rig, 0, STATUS("200"), STATUS("200"));
        poll_get(&rig, 1, token);
        HEARS(&rig, 1, NEWS(BEAT("1") "," BEAT("2")));
    }
    poll_get(&rig, 1, token);
    HEARS_NOTHING(&rig, 1);
}

static void push(const char *text)
{
    struct frame *f = ws_frame_new(WS_OP_TEXT, strlen(text));
    assert_non_null(f);
    memcpy(f->bytes + f->body_at, text, strlen(text));
    clients_push(rig.worlds[0]->clients, 1, f);
    frame_unref(f);
}

static void an_answer_that_finds_nobody_comes_back_in_front(void **state)
{
    (void)state;
    struct poll_text token = begun();
    poll_get(&rig, 1, token);
    push("[1]");
    push("[2]");
    polls_flush(rig.polls[0], 1); /* it is on its way */
    push("[3]");
    rig_drop(&rig, 1);
    poll_get(&rig, 1, token);
    HEARS(&rig, 1, NEWS("'[1]','[2]','[3]'"));
    poll_get(&rig, 1, token);
    HEARS_NOTHING(&rig, 1);
}

static void an_answer_under_way_is_not_given_twice(void **state)
{
    (void)state;
    struct poll_text token = begun();
    poll_get(&rig, 1, token);
    push("[1]");
    polls_flush(rig.polls[0], 1);
    push("[2]");
    polls_flush(rig.polls[0], 1);
    rig_turn(&rig);
    HEARS(&rig, 1, NEWS("'[1]'"));
    poll_get(&rig, 0, token);
    HEARS(&rig, 0, NEWS("'[2]'"));
}

static void of_two_polls_the_later_gets_the_news(void **state)
{
    (void)state;
    struct poll_text token = begun();
    poll_get(&rig, 1, token);
    rig_wait(&rig, 1000);
    poll_get(&rig, 2, token);
    push("[1]");
    rig_turn(&rig);
    HEARS(&rig, 2, NEWS("'[1]'"));
    HEARS_NOTHING(&rig, 1);
    rig_drop(&rig, 2);
    push("[2]");
    rig_wait(&rig, LONGPOLL_MS - 1001);
    HEARS_NOTHING(&rig, 1);
    rig_wait(&rig, 1);
    HEARS(&rig, 1, NO_NEWS);
    poll_get(&rig, 1, token);
    HEARS(&rig, 1, NEWS("'[2]'"));
}

static void what_follows_a_poll_waits_for_its_answer(void **state)
{
    (void)state;
    struct poll_text token = begun();
    char both[1024];
    int n = snprintf(both, sizeof both,
                     "GET /socket/longpoll?token=%s HTTP/1.1\r\nhost: a\r\n\r\n"
                     "GET /nowhere HTTP/1.1\r\nhost: a\r\n\r\n"
                     "GET /socket/longpoll?token=%s HTTP/1.1\r\nhost: a\r\n\r\n",
                     token.text, token.text);
    assert_true(rig_open(&rig, 1, 1 % shards, false));
    rig_feed(&rig, 1, slice_of(both, (size_t)n));
    HEARS_NOTHING(&rig, 1);
    push("[1]");
    rig_turn(&rig);
    HEARS(&rig, 1, NEWS("'[1]'"), "404 not found");
    push("[2]");
    rig_turn(&rig);
    HEARS(&rig, 1, NEWS("'[2]'"));
}

static void a_connection_that_is_not_kept_ends_behind_its_answer(void **state)
{
    (void)state;
    struct poll_text token = begun();
    char query[128];
    snprintf(query, sizeof query, "token=%s", token.text);
    push("[1]");
    ask(&rig, 1, "GET", query, "connection: close\r\n", (kith_slice){0});
    HEARS(&rig, 1, NEWS("'[1]'"), "end");
}

static void other_methods_are_400(void **state)
{
    (void)state;
    static const char *const methods[] = {"PUT", "DELETE", "HEAD", "PATCH"};
    for (size_t i = 0; i < 4; i++) {
        ask(&rig, 0, methods[i], "vsn=2.0.0&user_id=1", "", (kith_slice){0});
        HEARS(&rig, 0, "400");
    }
    ask(&rig, 0, "GET", "vsn=2.0.0&user_id=1", "", KITH_LIT("x"));
    HEARS(&rig, 0, "400", "end");
}

static void assert_all_in(kith_slice all, const char *const lines[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_non_null(memmem(all.ptr, all.len, lines[i], strlen(lines[i])));
}

static void a_browser_that_asks_whether_it_may_is_told_so(void **state)
{
    (void)state;
    ask(&rig, 0, "OPTIONS", "", "access-control-request-headers: content-type,x-y\r\n",
        (kith_slice){0});
    kith_slice all = heard_raw(&rig, 0);
    static const char *const lines[] = {
        "HTTP/1.1 200 OK\r\n",
        "\r\naccess-control-allow-origin: *\r\n",
        "\r\naccess-control-allow-headers: content-type,x-y\r\n",
        "\r\naccess-control-allow-methods: get, post, options\r\n",
        "\r\naccess-control-max-age: 3600\r\n",
        "\r\ncontent-length: 0\r\n",
    };
    assert_all_in(all, lines, sizeof lines / sizeof lines[0]);
    ask(&rig, 0, "OPTIONS", "", "", (kith_slice){0});
    all = heard_raw(&rig, 0);
    assert_null(memmem(all.ptr, all.len, "allow-headers", 13));
}

static void the_answer_is_for_any_page_and_no_cache(void **state)
{
    (void)state;
    GET(0, "user_id=1");
    kith_slice all = heard_raw(&rig, 0);
    static const char *const lines[] = {
        "HTTP/1.1 200 OK\r\n",
        "\r\naccess-control-allow-origin: *\r\n",
        "\r\ncontent-type: application/json; charset=utf-8\r\n",
        "\r\ncache-control: max-age=0, private, must-revalidate\r\n",
    };
    assert_all_in(all, lines, sizeof lines / sizeof lines[0]);
}

static void when_it_is_crowded_no_session_begins(void **state)
{
    (void)state;
    struct poll_text token = begun();
    rig.contexts[0][false].crowded = true;
    GET(0, "user_id=1");
    HEARS(&rig, 0, "503", "end");
    push("[1]");
    poll_get(&rig, 1, token);
    HEARS(&rig, 1, NEWS("'[1]'")); /* who is in stays */
}

/* After any status that it does not know phoenix.js would not come back. */
static void when_its_user_has_too_many_no_session_begins(void **state)
{
    (void)state;
    struct world *w = rig.worlds[0];
    struct poll_text token = begun();
    full_set(w, siphash13(&w->o.hash_key, KITH_LIT("1")), w->now.mono_ms + PLACE_MS);
    GET(0, "user_id=1");
    HEARS(&rig, 0, "503", "end");
    push("[1]");
    poll_get(&rig, 1, token);
    HEARS(&rig, 1, NEWS("'[1]'"));
}

/* phoenix.js appends the session's token behind the parameters of the connect. */
static void the_token_of_the_connect_may_be_a_parameter_or_a_header(void **state)
{
    (void)state;
    struct buf token = {0};
    char query[2048], header[2048];
    rig_want_tokens(&rig);
    rig_token(&rig, "1", 60, &token);
    snprintf(query, sizeof query, "vsn=2.0.0&token=%.*s&", (int)token.len, (char *)token.ptr);
    GET(0, query);
    HEARS(&rig, 0, BEGUN);
    snprintf(query, sizeof query, "vsn=2.0.0&token=%.*s&token=bad", (int)token.len,
             (char *)token.ptr);
    GET(0, query);
    HEARS(&rig, 0, BEGUN);
    snprintf(header, sizeof header, "x-phoenix-authtoken: %.*s\r\n", (int)token.len,
             (char *)token.ptr);
    ask(&rig, 0, "GET", "vsn=2.0.0&token=bad", header, (kith_slice){0});
    HEARS(&rig, 0, BEGUN);
    ask(&rig, 0, "GET", "vsn=2.0.0", "x-phoenix-authtoken: bad\r\n", (kith_slice){0});
    HEARS(&rig, 0, STATUS("403"));
    snprintf(header + strlen(header), 64, "x-phoenix-authtoken: x\r\n");
    ask(&rig, 0, "GET", "vsn=2.0.0", header, (kith_slice){0});
    HEARS(&rig, 0, STATUS("403"));
    GET(0, "vsn=2.0.0&token=bad");
    HEARS(&rig, 0, STATUS("403"));
    buf_fini(&token);
}

static void the_operators_listener_has_no_sessions(void **state)
{
    (void)state;
    assert_true(rig_open(&rig, 0, 0, true));
    rig_feed(&rig, 0,
             KITH_LIT("GET /socket/longpoll?user_id=1 HTTP/1.1\r\nhost: localhost\r\n\r\n"));
    HEARS(&rig, 0, "404 not found: try /console, /healthz, /readyz, /metrics or /v1/\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(the_first_poll_gets_a_token),
        T(who_may_not_connect_reads_403),
        T(a_foreign_page_reads_403_whatever_it_asks),
        T(answers_come_with_the_next_poll),
        T(a_poll_that_waits_has_the_news_at_once),
        T(without_a_good_token_there_is_no_session),
        T(the_token_of_a_session_that_ended_begins_another),
        T(a_poll_that_is_cut_off_loses_nothing),
        T(an_answer_that_finds_nobody_comes_back_in_front),
        T(an_answer_under_way_is_not_given_twice),
        T(of_two_polls_the_later_gets_the_news),
        T(what_follows_a_poll_waits_for_its_answer),
        T(a_connection_that_is_not_kept_ends_behind_its_answer),
        T(other_methods_are_400),
        T(a_browser_that_asks_whether_it_may_is_told_so),
        T(the_answer_is_for_any_page_and_no_cache),
        T(when_it_is_crowded_no_session_begins),
        T(when_its_user_has_too_many_no_session_begins),
        T(the_token_of_the_connect_may_be_a_parameter_or_a_header),
        T(the_operators_listener_has_no_sessions),
#undef T
    };
    int failed = 0;
    for (shards = 1; shards <= 2; shards++)
        failed += RUN_HOWEVER_FED(shards == 1 ? "longpoll" : "longpoll, over two shards", tests);
    return failed;
}
