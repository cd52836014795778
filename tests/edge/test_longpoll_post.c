/* tests/edge/test_longpoll_post.c -- what a POST may hold, and what becomes of who takes too
 * little. Client 0 is on the session's shard, client 1 perhaps on another. */
#include "edge/polling.h"

#include "edge/polls.h"
#include "edge/rig_rooms.h"

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

static void a_body_of_another_type_is_one_message(void **state)
{
    (void)state;
    struct poll_text token = begun();
    char query[128];
    snprintf(query, sizeof query, "token=%s", token.text);
    POST(1, query, "content-type: application/json\r\n",
         "[null,\"1\",\"phoenix\",\n\"heartbeat\",{}]");
    HEARS(&rig, 1, STATUS("200"));
    POST(1, query, "", "");
    HEARS(&rig, 1, STATUS("200"));
    poll_get(&rig, 0, token);
    HEARS(&rig, 0, NEWS(BEAT("1")));
}

static void bytes_are_understood_and_objects_of_v1(void **state)
{
    (void)state;
    struct poll_text token = begun();
    poll_say(&rig, 1, token, JOIN "\nAAEBBgQxMnJvb206YWVjaG94\n");
    poll_get(&rig, 1, token);
    HEARS(&rig, 1, STATUS("200"), NEWS(OK_IN("1", "room:a") "," ECHO("2", "room:a", "`bytes`")));
}

static void a_post_takes_100_messages_and_says_what_it_dropped(void **state)
{
    (void)state;
    static char lines[16384];
    struct poll_text token = begun();
    size_t n = 0;
    for (int i = 0; i < 103; i++)
        n += (size_t)sprintf(lines + n, "%s\n\n[null,'%d','phoenix','heartbeat',{}]\n",
                             i ? "" : "\n", i);
    poll_say(&rig, 1, token, lines);
    HEARS(&rig, 1, "200 {'status':200,'dropped':3}");
    assert_int_equal(clients_at(rig.worlds[0]->clients, 1)->outbox.count, 100);
}

static void a_body_has_a_bound_however_it_comes(void **state)
{
    (void)state;
    struct poll_text token = begun();
    char head[256];
    rig.options.message_bytes_max = 1000;
    static char newlines[1001];
    memset(newlines, '\n', sizeof newlines);
    poll_say(&rig, 1, token, ""); /* an empty one says nothing */
    HEARS(&rig, 1, STATUS("200"));
    newlines[1000] = 0;
    poll_say(&rig, 1, token, newlines);
    HEARS(&rig, 1, STATUS("200"));
    int n = snprintf(
        head, sizeof head,
        "POST /socket/longpoll?token=%s HTTP/1.1\r\nhost: a\r\ncontent-length: 1001\r\n\r\n",
        token.text);
    rig_feed(&rig, 1, slice_of(head, (size_t)n));
    HEARS(&rig, 1, "413 {'status':413}", "end");
    n = snprintf(
        head, sizeof head,
        "POST /socket/longpoll?token=%s HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n"
        "\r\n3e9\r\n",
        token.text);
    assert_true(rig_open(&rig, 2, 0, false));
    rig_feed(&rig, 2, slice_of(head, (size_t)n));
    HEARS(&rig, 2, "413 {'status':413}", "end");
}

static void a_post_in_chunks_is_one(void **state)
{
    (void)state;
    struct poll_text token = begun();
    char head[256];
    int n = snprintf(
        head, sizeof head,
        "POST /socket/longpoll?token=%s HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n"
        "\r\n6\r\n[null,\r\n1a\r\n\"1\",\"phoenix\",\"heartbeat\",\r\n3\r\n{}]\r\n0\r\n\r\n",
        token.text);
    assert_true(rig_open(&rig, 1, 1 % shards, false));
    rig_feed(&rig, 1, slice_of(head, (size_t)n));
    HEARS(&rig, 1, STATUS("200"));
    poll_get(&rig, 1, token);
    HEARS(&rig, 1, NEWS(BEAT("1")));
}

static void what_is_no_message_ends_the_session(void **state)
{
    (void)state;
    static const char *const bad[] = {"{bad", "[1]", "no base64!", "AAAA", "null", "\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct poll_text token = begun();
        char lines[256];
        poll_get(&rig, 2, token);
        snprintf(lines, sizeof lines, JOIN "\n%s\n[null,'2','phoenix','heartbeat',{}]", bad[i]);
        poll_say(&rig, 1, token, lines);
        HEARS(&rig, 1, STATUS("408"));
        HEARS(&rig, 2, STATUS("500")); /* what it was told meanwhile is of no use to it */
        assert_int_equal(sessions() + (uint32_t)rig_rooms_open, 0);
        poll_get(&rig, 1, token);
        HEARS(&rig, 1, BEGUN);
        polls_end(rig.polls[0], 0);
    }
}

/* More than may wait for a client is asked for in one POST: it is taken as fast as it polls. */
static void who_asks_for_much_has_to_take_it(void **state)
{
    (void)state;
    static char lines[1 << 17], line[1100];
    struct poll_text token = begun();
    size_t n = (size_t)sprintf(lines, JOIN "\n");
    memset(line, 'x', sizeof line);
    for (int i = 0; i < 90; i++)
        n += (size_t)sprintf(lines + n, "['1','%d','room:a','echo','%.1000s']\n", i, line);
    poll_say(&rig, 1, token, lines);
    HEARS_NOTHING(&rig, 1);
    size_t heard = 0;
    for (int polls = 0; heard < 90 && polls < 10; polls++) {
        poll_get(&rig, 0, token);
        kith_slice all = heard_raw(&rig, 0);
        for (size_t i = 0; i + 12 < all.len; i++)
            heard += memcmp(all.ptr + i, ",\\\"room:a\\\",", 12) == 0;
        assert_true(all.len < 2 * OUTBOX_BYTES_MAX);
    }
    assert_int_equal(heard, 91);
    HEARS(&rig, 1, STATUS("200"));
}

static void who_never_takes_it_is_told_408_in_the_end(void **state)
{
    (void)state;
    static char lines[1 << 17], line[1100];
    struct poll_text token = begun();
    size_t n = (size_t)sprintf(lines, JOIN "\n");
    memset(line, 'x', sizeof line);
    for (int i = 0; i < 90; i++)
        n += (size_t)sprintf(lines + n, "['1','%d','room:a','echo','%.1000s']\n", i, line);
    poll_say(&rig, 1, token, lines);
    rig.options.message_bytes_max = (uint32_t)n; /* a second one finds no room */
    poll_say(&rig, 2, token, lines);
    HEARS(&rig, 2, STATUS("429"));
    rig_wait(&rig, LONGPOLL_MS - 1);
    HEARS_NOTHING(&rig, 1);
    rig_wait(&rig, 1);
    HEARS(&rig, 1, STATUS("408"));
    assert_int_equal(sessions(), 1);
}

/* Also by those who each keep within their own bound. */
static void what_waits_has_a_bound_for_all_sessions_together(void **state)
{
    (void)state;
    static char newlines[UNFINISHED_FREE_BYTES + 1];
    struct poll_text token = begun();
    uint64_t *unfinished = &rig.worlds[0]->stats.unfinished_bytes;
    uint64_t others = UNFINISHED_BYTES_MAX - sizeof newlines / 2;
    *unfinished = others;
    memset(newlines, '\n', sizeof newlines - 1);
    poll_say(&rig, 1, token, newlines);
    HEARS(&rig, 1, "503", "end");
    assert_int_equal(rig.worlds[0]->stats.unfinished_refused, 1);
    assert_int_equal(*unfinished, others);
    newlines[sizeof newlines / 2] = 0;
    poll_say(&rig, 2, token, newlines);
    HEARS(&rig, 2, STATUS("200"));
    assert_int_equal(*unfinished, others);
}

static void what_a_session_never_took_is_free_when_it_ends(void **state)
{
    (void)state;
    static char lines[1 << 14];
    struct poll_text token = begun();
    size_t n = 0;
    rig.options.messages_s = 1;
    for (int i = 0; i < 100; i++)
        n += (size_t)sprintf(lines + n, "[null,'%d','phoenix','heartbeat',{}]\n", i);
    poll_say(&rig, 1, token, lines);
    assert_true(rig.worlds[0]->stats.unfinished_bytes > n);
    polls_end(rig.polls[0], 0);
    assert_int_equal(rig.worlds[0]->stats.unfinished_bytes, 0);
}

static void who_says_too_much_is_answered_when_it_may_go_on(void **state)
{
    (void)state;
    static char lines[1 << 14];
    struct poll_text token = begun();
    size_t n = 0;
    rig.options.messages_s = 1; /* twelve at once */
    for (int i = 0; i < 14; i++)
        n += (size_t)sprintf(lines + n, "[null,'%d','phoenix','heartbeat',{}]\n", i);
    poll_say(&rig, 1, token, lines);
    HEARS_NOTHING(&rig, 1);
    rig_wait(&rig, 1000); /* the next one, and then the last */
    HEARS_NOTHING(&rig, 1);
    rig_wait(&rig, 200);
    HEARS(&rig, 1, STATUS("200"));
    poll_get(&rig, 0, token);
    (void)heard_raw(&rig, 0);
}

/* Says `lines`, and once more something short, which waits until so much has been paid for. */
static void is_paid_for_by_the_kib(const char *lines)
{
    struct poll_text token = begun();
    poll_say(&rig, 1, token, lines);
    HEARS(&rig, 1, STATUS("200"));
    poll_say(&rig, 1, token, "\n");
    HEARS_NOTHING(&rig, 1);
    rig_wait(&rig, 1200);
    HEARS(&rig, 1, STATUS("200"));
}

static void empty_lines_are_paid_for_by_the_kib(void **state)
{
    (void)state;
    static char lines[OWED_MS_MAX / 1000 * LONG_BYTES + 1];
    rig.options.messages_s = 1;
    memset(lines, '\n', sizeof lines - 1);
    is_paid_for_by_the_kib(lines);
}

static void before_a_message_too(void **state)
{
    (void)state;
    static char lines[(OWED_MS_MAX / 1000 - 1) * LONG_BYTES + 100];
    static const char beat[] = "[null,'1','phoenix','heartbeat',{}]";
    rig.options.messages_s = 1;
    memset(lines, '\n', sizeof lines - 1);
    memcpy(lines + sizeof lines - sizeof beat, beat, sizeof beat);
    is_paid_for_by_the_kib(lines);
}

static void and_so_is_what_a_post_has_too_much(void **state)
{
    (void)state;
    static char lines[1 << 15];
    rig.options.messages_s = 10;
    size_t n = 0, left = (OWED_MS_MAX / 100 - POST_LINES_MAX) * LONG_BYTES;
    for (int i = 0; i < POST_LINES_MAX; i++)
        n += (size_t)sprintf(lines + n, "[null,'%d','phoenix','heartbeat',{}]\n", i);
    for (size_t i = 0; i < left; i++)
        lines[n++] = i % 2 ? '\n' : 'x';
    struct poll_text token = begun();
    poll_say(&rig, 1, token, lines);
    HEARS(&rig, 1, "200 {'status':200,'dropped':10240}");
    poll_say(&rig, 1, token, "\n");
    HEARS_NOTHING(&rig, 1);
}

/* What a slow reader misses is one full state, as for a socket. */
static void who_polls_too_seldom_gets_one_full_state(void **state)
{
    (void)state;
    static char text[1200];
    struct poll_text token = begun();
    poll_say(&rig, 0, token, "['1','1','friends','phx_join',{}]");
    connect_as(&rig, 2, "2", "2.0.0");
    rig_say(&rig, 2, "['1','1','friends','phx_join',{}]");
    for (int i = 0; i < 60; i++) {
        snprintf(text, sizeof text, "['1','s','friends','status',{'status':'%0900d'}]", i);
        rig_say(&rig, 2, text);
    }
    const struct client *k = clients_at(rig.worlds[0]->clients, 1);
    assert_true(k->behind && k->outbox.bytes <= OUTBOX_BYTES_MAX);
    poll_get(&rig, 1, token);
    (void)heard_raw(&rig, 1);
    poll_get(&rig, 1, token);
    kith_slice all = heard_raw(&rig, 1);
    assert_non_null(memmem(all.ptr, all.len, "presence_state", 14));
    assert_non_null(memmem(all.ptr, all.len, "00000059\\\"", 10));
    assert_false(k->behind);
    assert_int_equal(rig.worlds[0]->stats.resyncs, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(a_body_of_another_type_is_one_message),
        T(bytes_are_understood_and_objects_of_v1),
        T(a_post_takes_100_messages_and_says_what_it_dropped),
        T(a_body_has_a_bound_however_it_comes),
        T(a_post_in_chunks_is_one),
        T(what_is_no_message_ends_the_session),
        T(who_asks_for_much_has_to_take_it),
        T(who_never_takes_it_is_told_408_in_the_end),
        T(what_waits_has_a_bound_for_all_sessions_together),
        T(what_a_session_never_took_is_free_when_it_ends),
        T(who_says_too_much_is_answered_when_it_may_go_on),
        T(empty_lines_are_paid_for_by_the_kib),
        T(before_a_message_too),
        T(and_so_is_what_a_post_has_too_much),
        T(who_polls_too_seldom_gets_one_full_state),
#undef T
    };
    int failed = 0;
    for (shards = 1; shards <= 2; shards++)
        failed += RUN_HOWEVER_FED(shards == 1 ? "longpoll POST" : "longpoll POST, over two shards",
                                  tests);
    return failed;
}
