/* tests/edge/test_longpoll_pace.c -- how often a connection may begin long-poll sessions, or be
 * refused. Client 0 is on the session's shard, client 1 perhaps on another. */
#include "edge/polling.h"

#include "edge/polls.h"

static struct rig rig;
static unsigned shards;

static int set_up(void **state)
{
    (void)state;
    assert_true(rig_init(&rig, shards, ""));
    rig.how = fed_how;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_fini(&rig);
    return 0;
}

static size_t answers(unsigned client)
{
    kith_slice all = heard_raw(&rig, client);
    size_t count = 0;
    for (size_t i = 0; i + 9 < all.len; i++)
        count += memcmp(all.ptr + i, "HTTP/1.1 ", 9) == 0;
    return count;
}

/* Asks so often, and returns how many answers come. */
static size_t asks(unsigned client, size_t count, const char *method, const char *query,
                   kith_slice body)
{
    for (size_t i = 0; i < count; i++)
        ask(&rig, client, method, query, "content-type: application/x-ndjson\r\n", body);
    return answers(client);
}

#define GETS(client, count, query) asks(client, count, "GET", query, (kith_slice){0})

/* What goes beyond is answered at its pace. */
static void are_paced(const char *method, const char *query, kith_slice body)
{
    assert_int_equal(asks(1, REQUESTS_AT_ONCE + 20, method, query, body), REQUESTS_AT_ONCE);
    rig_wait(&rig, 10 * REQUEST_MS - 1);
    assert_int_equal(answers(1), 0);
    rig_wait(&rig, 1);
    assert_int_equal(answers(1), 10);
    rig_wait(&rig, 10 * REQUEST_MS);
    assert_int_equal(answers(1), 10);
}

static void those_that_are_refused_are_paced(void **state)
{
    (void)state;
    are_paced("GET", "vsn=2.0.0", (kith_slice){0});
}

static void those_that_begin_a_session_are_paced(void **state)
{
    (void)state;
    are_paced("GET", "vsn=2.0.0&user_id=1", (kith_slice){0});
    assert_int_equal(poll_sessions(&rig), REQUESTS_AT_ONCE + 20);
}

static void so_are_those_to_a_session_that_has_ended(void **state)
{
    (void)state;
    char query[256];
    struct poll_text token = poll_begin(&rig, 0, "1");
    snprintf(query, sizeof query, "vsn=2.0.0&token=%s", token.text);
    polls_end(rig.polls[0], 0);
    are_paced("GET", query, (kith_slice){0});
    rig_wait(&rig, REQUESTS_AT_ONCE * REQUEST_MS);
    are_paced("POST", query, KITH_LIT("\n"));
}

static void those_by_a_trusted_proxy_are_not(void **state)
{
    (void)state;
    assert_int_equal(GETS(1, 1, "vsn=2.0.0"), 1);
    rig.clients[1].edge.proxied = true;
    assert_int_equal(GETS(1, 2 * REQUESTS_AT_ONCE, "vsn=2.0.0"), 2 * REQUESTS_AT_ONCE);
}

static void who_asks_its_session_pays_there_alone(void **state)
{
    (void)state;
    char query[256];
    rig.options.messages_s = 10 * REQUESTS_AT_ONCE;
    struct poll_text token = poll_begin(&rig, 0, "1");
    snprintf(query, sizeof query, "vsn=2.0.0&token=%s", token.text);
    for (size_t i = 0; i < 2 * REQUESTS_AT_ONCE; i++) {
        poll_say(&rig, 1, token, "[null,'1','phoenix','heartbeat',{}]");
        assert_int_equal(answers(1), 1);
        assert_int_equal(GETS(0, 1, query), 1);
    }
}

static void a_post_that_says_nothing_counts_for_a_message(void **state)
{
    (void)state;
    char query[256];
    rig.options.messages_s = 10;
    struct poll_text token = poll_begin(&rig, 0, "1");
    snprintf(query, sizeof query, "vsn=2.0.0&token=%s", token.text);
    size_t at_once = OWED_MS_MAX / 100;
    assert_int_equal(asks(1, at_once + 20, "POST", query, KITH_LIT("\n")), at_once);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(those_that_are_refused_are_paced),
        T(those_that_begin_a_session_are_paced),
        T(so_are_those_to_a_session_that_has_ended),
        T(those_by_a_trusted_proxy_are_not),
        T(who_asks_its_session_pays_there_alone),
        T(a_post_that_says_nothing_counts_for_a_message),
#undef T
    };
    int failed = 0;
    for (shards = 1; shards <= 2; shards++)
        failed += RUN_HOWEVER_FED(shards == 1 ? "longpoll pace" : "longpoll pace, over two shards",
                                  tests);
    return failed;
}
