/* tests/edge/test_news.c -- what is sent to a channel itself: when it comes, in which order, and
 * what the channel may do about it. */
#include "edge/hall.h"

static struct rig rig;

static int set_up(void **state)
{
    (void)state;
    hall_init(&rig, 2, "1 2\n2 1\n");
    connect_as(&rig, 0, "1", "2.0.0");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hall_fini(&rig);
    return 0;
}

static void say(const char *text) { rig_say(&rig, 0, text); }

#define HEAR(...)          HEARS(&rig, 0, __VA_ARGS__)
#define HEAR_NOTHING       HEARS_NOTHING(&rig, 0)
#define PUSHED(event)      "['1',null,'hall:a','" event "',{}]"
#define ECHOED(ref, value) "['1'," ref ",'hall:a','phx_reply',{'response':" value ",'status':'ok'}]"

static void join(void)
{
    say("['1','1','hall:a','phx_join',{}]");
    HEAR(JOINED);
    DID("join hall:a");
}

/* As kith_channel_send on the channel's own thread: it comes after the callback that is running. */
static void send_to(const struct kith_channel *c, kith_channel_id to, const char *event)
{
    struct mail *m = channel_info_mail(to, slice_str(event), KITH_EMPTY);
    assert_non_null(m);
    shard_receive(session_world(c->session), m);
}

static void send_to_self(struct kith_channel *c, const char *event)
{
    send_to(c, channel_self(c), event);
}

static kith_err push_back(struct kith_channel *c, const struct kith_message *m)
{
    assert_int_equal(m->topic.len, 0);
    return channel_push(c, m->event, m->payload);
}

static void what_is_sent_comes_as_it_was_sent(void **state)
{
    (void)state;
    hall.handle_info = push_back;
    join();
    send_info(&rig, hall.id, "json", KITH_JSON("{ \"b\":1, \"a\":[1.0]}"));
    HEAR("['1',null,'hall:a','json',{ 'b':1, 'a':[1.0]}]");
    send_info(&rig, hall.id, "empty", KITH_EMPTY);
    HEAR(PUSHED("empty"));
    send_info(&rig, hall.id, "bytes", kith_binary(KITH_LIT("\0\xff")));
    HEAR("binary 00010605316861"
         "6c6c3a61"
         "6279746573"
         "00ff");
}

static kith_err join_and_send(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
    send_to_self(c, "first");
    send_to_self(c, "second");
    return KITH_OK;
}

static void what_is_sent_in_join_comes_behind_its_reply(void **state)
{
    (void)state;
    hall.join = join_and_send;
    hall.handle_info = push_back;
    say("['1','1','hall:a','phx_join',{}]");
    HEAR(JOINED, PUSHED("first"), PUSHED("second"));
}

static kith_err join_social_and_send(struct kith_channel *c, kith_payload payload)
{
    (void)join_and_send(c, payload);
    return channel_social_join(c, KITH_SOCIAL_USER, payload);
}

static void for_a_social_join_too(void **state)
{
    (void)state;
    hall.join = join_social_and_send;
    hall.handle_info = push_back;
    rig.store_waits = true;
    say("['1','1','user:1','phx_join',{}]");
    HEAR_NOTHING;
    DID("join user:1");
    send_info(&rig, hall.id, "third", KITH_EMPTY);
    rig_answer(&rig);
    rig_turn(&rig);
    HEAR(OK("'1'", "'1'", "'user:1'"), "['1',null,'user:1','presence_state',{}]",
         "['1',null,'user:1','first',{}]", "['1',null,'user:1','second',{}]",
         "['1',null,'user:1','third',{}]");
}

static void what_was_sent_to_a_social_join_that_is_refused_reaches_nobody(void **state)
{
    (void)state;
    hall.join = join_social_and_send;
    rig.store_waits = rig.store_fails = true;
    say("['1','1','user:1','phx_join',{}]");
    rig_answer(&rig);
    rig_turn(&rig);
    HEAR(ERROR("'1'", "'1'", "'user:1'", "friends unavailable, try again"));
    DID("join user:1", "terminate user:1"); /* at once, not when somebody next looks */
    send_info(&rig, hall.id, "late", KITH_EMPTY);
    DID_NOTHING;
}

/* The answer, and what is sent before and after it, in one turn: as from another thread. */
static void while_a_join_waits_news_wait_and_keep_their_order(void **state)
{
    (void)state;
    static const char *const events[] = {"one", "two", "three", "four"};
    hall.join = join_later;
    hall.handle_info = push_back;
    say("['1','1','hall:a','phx_join',{}]");
    send_info(&rig, hall.id, "zero", KITH_EMPTY);
    HEAR_NOTHING;
    for (int i = 0; i < 4; i++) {
        if (i == 2) {
            shard_receive(rig.worlds[0], channel_answer_mail(hall.reply, true, KITH_EMPTY));
            free(hall.reply);
            hall.reply = NULL;
        }
        shard_receive(rig.worlds[0], channel_info_mail(hall.id, slice_str(events[i]), KITH_EMPTY));
    }
    rig_turn(&rig);
    HEAR(JOINED, PUSHED("zero"), PUSHED("one"), PUSHED("two"), PUSHED("three"), PUSHED("four"));
}

static kith_err push_in_join_that_waits(struct kith_channel *c, kith_slice event,
                                        kith_payload payload)
{
    (void)event;
    assert_int_equal(channel_push(c, KITH_LIT("early"), payload), KITH_NONE);
    assert_int_equal(channel_broadcast(c, false, KITH_LIT("early"), payload), KITH_NONE);
    assert_int_equal(channel_subscribe(c, KITH_LIT("t"), KITH_FASTLANE), KITH_NONE);
    return KITH_OK;
}

static void a_social_join_that_waits_pushes_nothing(void **state)
{
    (void)state;
    hall.join = join_social_and_send;
    hall.handle_in = push_in_join_that_waits;
    rig.store_waits = true;
    say("['1','1','user:1','phx_join',{}]");
    say("['1','2','user:1','early',{}]");
    HEAR_NOTHING;
    rig_answer(&rig);
    rig_turn(&rig);
    HEAR(OK("'1'", "'1'", "'user:1'"), "['1',null,'user:1','presence_state',{}]");
}

static void a_channel_that_has_ended_is_sent_nothing(void **state)
{
    (void)state;
    join();
    kith_channel_id first = hall.id;
    say("['1','2','hall:a','phx_leave',{}]");
    say("['1','1','hall:a','phx_join',{}]");
    DID("terminate hall:a", "join hall:a");
    send_info(&rig, first, "x", KITH_EMPTY);
    send_info(&rig, (kith_channel_id){0}, "x", KITH_EMPTY);
    kith_channel_id other = hall.id;
    other.channel = 0;
    send_info(&rig, other, "x", KITH_EMPTY);
    DID_NOTHING;
    rig_drop(&rig, 0);
    DID("terminate hall:a");
    send_info(&rig, hall.id, "x", KITH_EMPTY);
    DID_NOTHING;
}

static void a_channel_that_takes_no_news_lives_on(void **state)
{
    (void)state;
    say("['1','1','deaf:a','phx_join',{}]");
    send_info(&rig, hall.id, "x", KITH_EMPTY);
    say("['1','2','deaf:a','echo',1]");
    HEAR(OK("'1'", "'1'", "'deaf:a'"),
         "['1','2','deaf:a','phx_reply',{'response':1,'status':'ok'}]");
}

static int turns;

static kith_err again(struct kith_channel *c, const struct kith_message *m)
{
    (void)m;
    turns++;
    send_to_self(c, "again");
    return KITH_OK;
}

/* What io/ does: a turn takes the news that were there when it began. */
static void who_sends_to_itself_again_and_again_lets_others_have_their_turn(void **state)
{
    (void)state;
    hall.handle_info = again;
    turns = 0;
    join();
    kith_channel_id busy = hall.id;
    say("['b','b','hall:b','phx_join',{}]");
    HEAR(OK("'b'", "'b'", "'hall:b'"));
    DID("join hall:b");
    struct world *w = rig.worlds[0];
    shard_receive(w, channel_info_mail(busy, KITH_LIT("begin"), KITH_EMPTY));
    for (int i = 0; i < 100; i++)
        assert_true(session_news(w));
    assert_int_equal(turns, 100);
    buf_clear(&hall.did);
    shard_receive(w, channel_info_mail(hall.id, KITH_LIT("other"), KITH_EMPTY));
    assert_true(session_news(w));
    hall.handle_info = NULL;
    rig_turn(&rig);
    DID("info hall:a again", "info hall:b other", "info hall:a again", "info hall:b again");
}

/* Ends */

static kith_err push_then_stop(struct kith_channel *c, const struct kith_message *m)
{
    channel_stop(c);
    return channel_push(c, m->event, m->payload);
}

static kith_err reply_then_stop(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    channel_stop(c);
    kith_err e = channel_push(c, event, payload);
    return e ? e : channel_reply(c, true, payload);
}

static kith_err fail_info(struct kith_channel *c, const struct kith_message *m)
{
    channel_stop(c);
    assert_int_equal(channel_push(c, m->event, m->payload), KITH_OK);
    return KITH_IO;
}

static void who_stops_is_closed_behind_what_it_sent(void **state)
{
    (void)state;
    join();
    hall.handle_info = push_then_stop;
    send_info(&rig, hall.id, "last", KITH_EMPTY);
    HEAR(PUSHED("last"), CLOSED("'1'", "'hall:a'"));
    DID("info hall:a last", "terminate hall:a");
    join();
    hall.handle_in = reply_then_stop;
    say("['1','2','hall:a','last',{}]");
    HEAR(PUSHED("last"), OK("'1'", "'2'", "'hall:a'"), CLOSED("'1'", "'hall:a'"));
    DID("in hall:a last", "terminate hall:a");
    say("['1','3','hall:a','echo',{}]");
    HEAR(UNMATCHED("'3'", "'hall:a'"));
}

static void who_fails_ends_with_an_error_also_if_it_had_stopped(void **state)
{
    (void)state;
    join();
    say("['b','b','hall:b','phx_join',{}]");
    HEAR(OK("'b'", "'b'", "'hall:b'"));
    kith_channel_id other = hall.id;
    hall.handle_info = fail_info;
    send_info(&rig, other, "x", KITH_EMPTY);
    HEAR("['b',null,'hall:b','x',{}]", FAILED("'b'", "'hall:b'"));
    DID("join hall:b", "info hall:b x", "terminate hall:b");
    say("['1','2','hall:a','echo',3]");
    HEAR(ECHOED("'2'", "3"));
}

static kith_err stop_and_send(struct kith_channel *c, const struct kith_message *m)
{
    (void)m;
    channel_stop(c);
    send_to_self(c, "too late");
    return KITH_OK;
}

static void nothing_comes_behind_the_end(void **state)
{
    (void)state;
    join();
    hall.handle_info = stop_and_send;
    send_info(&rig, hall.id, "x", KITH_EMPTY);
    HEAR(CLOSED("'1'", "'hall:a'"));
    DID("info hall:a x", "terminate hall:a");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_sent_comes_as_it_was_sent),
        TEST(what_is_sent_in_join_comes_behind_its_reply),
        TEST(for_a_social_join_too),
        TEST(what_was_sent_to_a_social_join_that_is_refused_reaches_nobody),
        TEST(while_a_join_waits_news_wait_and_keep_their_order),
        TEST(a_social_join_that_waits_pushes_nothing),
        TEST(a_channel_that_has_ended_is_sent_nothing),
        TEST(a_channel_that_takes_no_news_lives_on),
        TEST(who_sends_to_itself_again_and_again_lets_others_have_their_turn),
        TEST(who_stops_is_closed_behind_what_it_sent),
        TEST(who_fails_ends_with_an_error_also_if_it_had_stopped),
        TEST(nothing_comes_behind_the_end),
    };
    return RUN_HOWEVER_FED("news", tests);
}
