/* tests/edge/test_longpoll_time.c -- what ends a long-poll, and what ends its session. */
#include "edge/polling.h"

#include "edge/polls.h"

static struct rig rig;
static unsigned shards;

static int set_up(void **state)
{
    (void)state;
    assert_true(rig_init(&rig, shards, "2 1\n"));
    rig.how = fed_how;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_fini(&rig);
    return 0;
}

/* User 2, at client 2, watches user 1, whose session is begun at client 0, and joined. */
static struct poll_text watched(void)
{
    connect_as(&rig, 2, "2", "2.0.0");
    rig_say(&rig, 2, "['1','1','friends','phx_join',{}]");
    struct poll_text token = poll_begin(&rig, 0, "1");
    poll_say(&rig, 0, token, "['1','1','friends','phx_join',{}]");
    poll_get(&rig, 0, token);
    (void)heard_raw(&rig, 0);
    (void)heard_raw(&rig, 2);
    return token;
}

/* Lets time go by, in which user 2 answers its pings. */
static void wait_ms(uint64_t ms)
{
    for (uint64_t step; ms; ms -= step) {
        step = ms < 1000 ? ms : 1000;
        rig_wait(&rig, step);
        if (rig.clients[2].open) rig_frame(&rig, 2, 0x8a, KITH_LIT(""));
    }
}

#define LEAVES(now)                                                                                \
    HEARS(&rig, 2,                                                                                 \
          "[null,null,'friends','presence_diff',{'joins':{},'leaves':{'1':{'metas':[{'online_at':" \
          "'1795487065','status':'online','phx_ref':'*'}]}}}]")

static void a_poll_without_news_ends_with_204_in_time(void **state)
{
    (void)state;
    struct poll_text token = watched();
    poll_get(&rig, 1, token);
    wait_ms(LONGPOLL_MS - 1);
    HEARS_NOTHING(&rig, 1);
    wait_ms(1);
    HEARS(&rig, 1, NO_NEWS);
    assert_int_equal(rig.clients[1].edge.phase, EDGE_HTTP);
    wait_ms(HANDSHAKE_MS); /* the connection may be used again for as long as a first time */
    HEARS(&rig, 1, "end");
}

static void who_does_not_come_back_is_gone_after_twice_a_poll_and_grace(void **state)
{
    (void)state;
    watched();
    wait_ms(2 * LONGPOLL_MS + GRACE_MS - 1);
    HEARS_NOTHING(&rig, 2);
    wait_ms(1);
    LEAVES();
    assert_int_equal(polls_count(rig.polls[0]), 0);
    assert_int_equal(rig.worlds[0]->stats.longpolls_closed, 1);
}

static void of_many_that_are_over_some_end_in_a_turn(void **state)
{
    (void)state;
    enum { MANY = 2 * DUE_PER_TURN + 10 };
    for (int i = 0; i < MANY; i++) {
        (void)poll_begin(&rig, 0, "1");
        rig_wait(&rig, REQUEST_MS);
    }
    struct world *w = rig.worlds[0];
    uint64_t now_ms = w->now.mono_ms + 2 * LONGPOLL_MS;
    w->now.mono_ms = now_ms;
    assert_int_equal(polls_count(rig.polls[0]), MANY);
    assert_true(polls_tick(rig.polls[0]) <= now_ms);
    assert_int_equal(polls_count(rig.polls[0]), MANY - DUE_PER_TURN);
    assert_true(polls_tick(rig.polls[0]) <= now_ms);
    assert_true(polls_tick(rig.polls[0]) == UINT64_MAX);
    assert_int_equal(polls_count(rig.polls[0]), 0);
}

static void time_runs_from_the_end_of_the_last_poll(void **state)
{
    (void)state;
    struct poll_text token = watched();
    poll_get(&rig, 1, token);
    wait_ms(LONGPOLL_MS);
    HEARS(&rig, 1, NO_NEWS);
    wait_ms(2 * LONGPOLL_MS - 1);
    assert_int_equal(polls_count(rig.polls[0]), 1);
    wait_ms(1);
    assert_int_equal(polls_count(rig.polls[0]), 0);
}

static void a_poll_that_is_cut_off_ends_then(void **state)
{
    (void)state;
    struct poll_text token = watched();
    poll_get(&rig, 1, token);
    wait_ms(1000);
    rig_drop(&rig, 1);
    wait_ms(2 * LONGPOLL_MS - 1);
    assert_int_equal(polls_count(rig.polls[0]), 1);
    wait_ms(1);
    assert_int_equal(polls_count(rig.polls[0]), 0);
}

static void an_older_poll_that_is_cut_off_changes_nothing(void **state)
{
    (void)state;
    struct poll_text token = watched();
    poll_get(&rig, 1, token);
    wait_ms(1000);
    poll_get(&rig, 3, token);
    rig_drop(&rig, 1);
    wait_ms(2 * LONGPOLL_MS); /* the later one has waited out its time */
    HEARS(&rig, 3, NO_NEWS, "end");
    assert_int_equal(polls_count(rig.polls[0]), 1);
    wait_ms(LONGPOLL_MS);
    assert_int_equal(polls_count(rig.polls[0]), 0);
}

static void posts_keep_nobody(void **state)
{
    (void)state;
    struct poll_text token = watched();
    for (int i = 0; i < 19; i++) {
        wait_ms(1000);
        poll_say(&rig, 0, token, "[null,'1','phoenix','heartbeat',{}]");
        HEARS(&rig, 0, STATUS("200"));
    }
    wait_ms(1000);
    poll_say(&rig, 0, token, "[null,'1','phoenix','heartbeat',{}]");
    HEARS(&rig, 0, STATUS("410"));
}

static void who_polls_lives_for_ever(void **state)
{
    (void)state;
    struct poll_text token = watched();
    for (int i = 0; i < 50; i++) {
        poll_get(&rig, (unsigned)i % 2, token);
        wait_ms(LONGPOLL_MS);
        HEARS(&rig, (unsigned)i % 2, NO_NEWS);
        if (i % 2) rig_drop(&rig, 0), rig_drop(&rig, 1); /* else idle HTTP would end them */
    }
    HEARS_NOTHING(&rig, 2);
}

static void who_is_back_within_grace_was_never_gone(void **state)
{
    (void)state;
    watched();
    wait_ms(2 * LONGPOLL_MS + GRACE_MS - 1);
    rig_drop(&rig, 0);
    struct poll_text token = poll_begin(&rig, 0, "1");
    poll_say(&rig, 0, token, "['1','1','friends','phx_join',{}]");
    poll_get(&rig, 0, token);
    for (int i = 0; i < 3; i++) {
        wait_ms(LONGPOLL_MS - 1);
        rig_drop(&rig, 0);
        poll_get(&rig, 0, token);
    }
    HEARS_NOTHING(&rig, 2);
}

static void a_page_that_is_reloaded_tells_nobody(void **state)
{
    (void)state;
    struct poll_text token = watched();
    for (int i = 0; i < 3; i++) {
        poll_get(&rig, 1, token);
        wait_ms(1000);
        rig_drop(&rig, 1); /* the page, and its poll, are gone */
        token = poll_begin(&rig, 0, "1");
        poll_say(&rig, 0, token, "['1','1','friends','phx_join',{}]");
        poll_get(&rig, 0, token);
        (void)heard_raw(&rig, 0);
    }
    HEARS_NOTHING(&rig, 2);
    for (int i = 0; i < 5; i++) {
        poll_get(&rig, 1, token);
        wait_ms(LONGPOLL_MS);
        HEARS(&rig, 1, NO_NEWS);
    }
    HEARS_NOTHING(&rig, 2); /* when the sessions end that nobody polls any more */
    assert_int_equal(polls_count(rig.polls[0]), 1);
    wait_ms(2 * LONGPOLL_MS + GRACE_MS);
    LEAVES();
}

static void who_polls_again_after_a_cut_was_never_away(void **state)
{
    (void)state;
    struct poll_text token = watched();
    poll_get(&rig, 1, token);
    rig_drop(&rig, 1);
    wait_ms(2 * LONGPOLL_MS - 1);
    poll_say(&rig, 0, token, "['1','2','friends','status',{'status':'online'}]");
    (void)heard_raw(&rig, 2); /* an update, since a status always is one */
    poll_get(&rig, 1, token);
    rig_drop(&rig, 1);
    poll_get(&rig, 3, token);
    wait_ms(LONGPOLL_MS);
    rig_drop(&rig, 3);
    poll_get(&rig, 3, token);
    wait_ms(LONGPOLL_MS);
    HEARS_NOTHING(&rig, 2);
}

static void who_leaves_after_a_cut_is_gone_at_once(void **state)
{
    (void)state;
    struct poll_text token = watched();
    poll_get(&rig, 1, token);
    rig_drop(&rig, 1);
    poll_say(&rig, 0, token, "['1','2','friends','phx_leave',{}]");
    LEAVES();
    poll_get(&rig, 0, token);
    (void)heard_raw(&rig, 0);
    wait_ms(3 * LONGPOLL_MS + GRACE_MS);
    HEARS_NOTHING(&rig, 2);
}

static void who_is_closed_after_a_cut_is_gone_at_once(void **state)
{
    (void)state;
    struct poll_text token = watched();
    poll_get(&rig, 1, token);
    rig_drop(&rig, 1);
    polls_end(rig.polls[0], 0);
    rig_turn(&rig);
    LEAVES();
}

static void a_token_that_ends_ends_the_session(void **state)
{
    (void)state;
    struct buf jwt = {0};
    char header[1024];
    rig_want_tokens(&rig);
    rig_token(&rig, "1", 15, &jwt);
    snprintf(header, sizeof header, "x-phoenix-authtoken: %.*s\r\n", (int)jwt.len, (char *)jwt.ptr);
    ask(&rig, 0, "GET", "vsn=2.0.0", header, (kith_slice){0});
    kith_slice all = heard_raw(&rig, 0);
    const uint8_t *at = memmem(all.ptr, all.len, "\"token\":\"", 9);
    assert_non_null(at);
    struct poll_text token = {0};
    memcpy(token.text, at + 9, POLL_TOKEN_LEN);
    poll_get(&rig, 1, token);
    rig_wait(&rig, LONGPOLL_MS);
    HEARS(&rig, 1, NO_NEWS);
    poll_get(&rig, 1, token);
    rig_wait(&rig, 4999);
    HEARS_NOTHING(&rig, 1);
    rig_wait(&rig, 1);
    HEARS(&rig, 1, STATUS("500"));
    rig.now.unix_ms += TOKEN_LEEWAY_MS;
    rig_wait(&rig, 0);
    rig_drop(&rig, 0);
    ask(&rig, 0, "GET", "vsn=2.0.0", header, (kith_slice){0});
    HEARS(&rig, 0, STATUS("403"));
    buf_fini(&jwt);
}

static void a_restart_answers_all_and_presence_lingers(void **state)
{
    (void)state;
    struct poll_text token = watched();
    poll_get(&rig, 1, token);
    edge_shutdown(&rig.clients[1].edge, RESTART_GRACE_MS);
    polls_end(rig.polls[0], RESTART_GRACE_MS);
    rig_turn(&rig);
    HEARS(&rig, 1, STATUS("500"), "end");
    wait_ms(RESTART_GRACE_MS - 1);
    HEARS_NOTHING(&rig, 2);
    wait_ms(1);
    LEAVES();
}

static void while_it_stops_no_session_begins(void **state)
{
    (void)state;
    rig.contexts[0][false].draining = true;
    ask(&rig, 0, "GET", "user_id=1", "", (kith_slice){0});
    HEARS(&rig, 0, STATUS("500"));
}

static void a_body_that_trickles_has_ten_seconds(void **state)
{
    (void)state;
    struct poll_text token = watched();
    char head[256];
    int n =
        snprintf(head, sizeof head,
                 "POST /socket/longpoll?token=%s HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n",
                 token.text);
    assert_true(rig_open(&rig, 1, 1 % shards, false));
    rig_feed(&rig, 1, slice_of(head, (size_t)n));
    wait_ms(HANDSHAKE_MS - 1);
    rig_feed(&rig, 1, KITH_LIT("x"));
    HEARS_NOTHING(&rig, 1);
    wait_ms(1);
    HEARS(&rig, 1, "end");
    assert_int_equal(polls_count(rig.polls[0]), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(a_poll_without_news_ends_with_204_in_time),
        T(who_does_not_come_back_is_gone_after_twice_a_poll_and_grace),
        T(of_many_that_are_over_some_end_in_a_turn),
        T(time_runs_from_the_end_of_the_last_poll),
        T(a_poll_that_is_cut_off_ends_then),
        T(an_older_poll_that_is_cut_off_changes_nothing),
        T(posts_keep_nobody),
        T(who_polls_lives_for_ever),
        T(who_is_back_within_grace_was_never_gone),
        T(a_page_that_is_reloaded_tells_nobody),
        T(who_polls_again_after_a_cut_was_never_away),
        T(who_leaves_after_a_cut_is_gone_at_once),
        T(who_is_closed_after_a_cut_is_gone_at_once),
        T(a_token_that_ends_ends_the_session),
        T(a_restart_answers_all_and_presence_lingers),
        T(while_it_stops_no_session_begins),
        T(a_body_that_trickles_has_ten_seconds),
#undef T
    };
    int failed = 0;
    for (shards = 1; shards <= 2; shards++)
        failed +=
            RUN_HOWEVER_FED(shards == 1 ? "longpoll time" : "the same over two shards", tests);
    return failed;
}
