/* tests/io/test_host.c -- the whole server as a process: up, full, out of descriptors, and down. */
#include "server.h"
#include "store_fixture.h"
#include "talker.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { PATIENCE_MS = 30000 };

static struct server server;
static struct talker talkers[64];

#define GET(path) "GET " path " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"

static void forget_talkers(void)
{
    for (size_t i = 0; i < sizeof talkers / sizeof talkers[0]; i++)
        talker_free(&talkers[i]);
}

static void come(unsigned i, const char *user)
{
    char query[64];
    snprintf(query, sizeof query, "user_id=%s&device=%u", user, i);
    talker_connect(&talkers[i], server.port, query);
    talker_await_upgrade(&talkers[i]);
    assert_int_equal(talkers[i].status, 101);
}

static void join(unsigned i)
{
    talker_say(&talkers[i], "['1','1','friends','phx_join',{}]");
    talker_await_states(&talkers[i], talkers[i].states + 1);
    assert_string_equal(talkers[i].last_reply, "ok");
}

static void heartbeat(unsigned i)
{
    talker_say(&talkers[i], "[null,'h','phoenix','heartbeat',{}]");
    talker_await_replies(&talkers[i], talkers[i].replies + 1);
    assert_false(talkers[i].ended);
}

static int status_of(uint16_t port, const char *request)
{
    struct talker t = {.fd = -1};
    talker_request(&t, port, request);
    talker_await_end(&t);
    int status = t.status;
    talker_free(&t);
    return status;
}

static void it_tells_its_ports_serves_both_and_ends_with_0(void **state)
{
    struct folder *f = *state;
    for (unsigned workers = 1; workers <= 4; workers *= 2) {
        server_start(&server, &(struct server_options){.data = f->data, .workers = workers});
        assert_int_equal(status_of(server.port, GET("/nowhere")), 404);
        assert_int_equal(status_of(server.api_port, GET("/readyz")), 200);
        assert_int_equal(status_of(server.api_port, GET("/metrics")), 200);
        server_stop(&server);
    }
}

/* A phase whose wake-up got lost would wait for the longest sleep, a minute. */
static void it_ends_at_once_however_often(void **state)
{
    struct folder *f = *state;
    for (int i = 0; i < 15; i++) {
        server_start(&server, &(struct server_options){.data = f->data, .workers = 4});
        come(0, "1");
        if (i % 2) talker_say(&talkers[0], "['1','1','friends','phx_join',{}]");
        static const int numbers[] = {SIGTERM, SIGINT};
        server_signal(&server, numbers[i % 2]);
        talker_await_end(&talkers[0]);
        assert_int_equal(talkers[0].close_code, 1012);
        talker_cut(&talkers[0]);
        int status = server_wait(&server);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    forget_talkers();
}

static void a_second_signal_does_not_wait(void **state)
{
    struct folder *f = *state;
    server_start(&server,
                 &(struct server_options){.data = f->data, .workers = 2, .drain_ms = PATIENCE_MS});
    come(0, "1");
    server_signal(&server, SIGTERM);
    talker_await_end(&talkers[0]); /* whose socket stays: the server waits for it */
    server_signal(&server, SIGTERM);
    int status = server_wait(&server);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    forget_talkers();
}

static void while_it_drains_it_is_not_ready_and_takes_nobody(void **state)
{
    struct folder *f = *state;
    server_start(&server, &(struct server_options){.data = f->data, .workers = 1});
    come(0, "1");
    server_signal(&server, SIGTERM);
    talker_await_end(&talkers[0]);
    int status = status_of(server.api_port, GET("/readyz"));
    if (status) assert_int_equal(status, 503); /* 0: it was sent away, or had ended */
    talker_cut(&talkers[0]);
    status = server_wait(&server);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    forget_talkers();
}

static void who_is_too_many_is_told_when_to_come_again(void **state)
{
    struct folder *f = *state;
    server_start(&server,
                 &(struct server_options){.data = f->data, .workers = 2, .connections_max = 5});
    for (unsigned i = 0; i < 5; i++)
        come(i, "1");
    for (int i = 0; i < 10; i++) {
        talker_connect(&talkers[10], server.port, "user_id=2");
        talker_await_end(&talkers[10]);
        assert_int_equal(talkers[10].status, 503);
        assert_non_null(strstr(talkers[10].head, "\r\nretry-after: "));
    }
    assert_int_equal(status_of(server.api_port, GET("/healthz")),
                     200); /* operators still come in */
    heartbeat(0);
    talker_cut(&talkers[4]);
    for (int i = 0; i < 1000 && talkers[10].status != 101; i++) {
        talker_connect(&talkers[10], server.port, "user_id=2");
        talker_await_upgrade(&talkers[10]);
        if (talkers[10].status != 101) usleep(20000);
    }
    assert_int_equal(talkers[10].status, 101);
    forget_talkers();
    server_stop(&server);
}

static void set_descriptors(unsigned n)
{
    struct rlimit limit;
    assert_int_equal(prlimit(server.pid, RLIMIT_NOFILE, NULL, &limit), 0);
    limit.rlim_cur = n;
    assert_int_equal(prlimit(server.pid, RLIMIT_NOFILE, &limit, NULL), 0);
}

/* New clients wait, old ones are served, and nobody spins. */
static void out_of_descriptors_it_waits_and_serves_on(void **state)
{
    struct folder *f = *state;
    server_start(&server, &(struct server_options){.data = f->data, .workers = 1});
    come(0, "1");
    heartbeat(0);
    struct rlimit before;
    assert_int_equal(prlimit(server.pid, RLIMIT_NOFILE, NULL, &before), 0);
    set_descriptors(server_descriptors(&server));
    for (unsigned i = 1; i < 20; i++)
        talker_connect(&talkers[i], server.port, "user_id=2");
    talkers_hear(talkers, 20, 300, NULL, NULL);
    unsigned long cpu = server_cpu_ms(&server);
    talkers_hear(talkers, 20, 2000, NULL, NULL);
    heartbeat(0);
    assert_true(server_cpu_ms(&server) - cpu < 400);
    for (unsigned i = 1; i < 20; i++)
        assert_int_equal(talkers[i].status, 0);
    set_descriptors((unsigned)before.rlim_cur);
    for (unsigned i = 1; i < 20; i++) {
        talker_await_upgrade(&talkers[i]);
        assert_int_equal(talkers[i].status, 101);
    }
    forget_talkers();
    server_stop(&server);
}

static void sockets_that_come_and_go_leave_nothing_open(void **state)
{
    struct folder *f = *state;
    server_start(&server, &(struct server_options){.data = f->data, .workers = 2, .grace_ms = 50});
    come(0, "1");
    join(0);
    unsigned before = server_descriptors(&server);
    for (int round = 0; round < 10; round++) {
        for (unsigned i = 1; i < 40; i++)
            talker_connect(&talkers[i], server.port, i % 3 ? "user_id=2" : "user_id=");
        for (unsigned i = 1; i < 40; i += 2)
            talker_await_upgrade(&talkers[i]);
        for (unsigned i = 1; i < 40; i++) {
            if (i % 2)
                talker_reset(&talkers[i]);
            else
                talker_cut(&talkers[i]);
        }
    }
    heartbeat(0);
    for (int i = 0; i < 1000 && server_descriptors(&server) > before; i++)
        usleep(20000);
    assert_int_equal(server_descriptors(&server), before);
    forget_talkers();
    server_stop(&server);
}

static void a_restart_is_no_news_to_who_is_back_and_ends_who_is_not(void **state)
{
    struct folder *f = *state;
    char seen[256];
    server_graph(f->data, "1 2\n1 3\n");
    struct server_options o = {.data = f->data, .workers = 2, .restart_grace_ms = 5000};
    server_start(&server, &o);
    for (unsigned i = 0; i < 3; i++) {
        char user[2] = {(char)('1' + i), 0};
        come(i, user);
        join(i);
    }
    talker_say(&talkers[1], "['1','s','friends','status',{'status':'away'}]");
    talker_await_replies(&talkers[1], 2);
    server_signal(&server, SIGTERM);
    for (unsigned i = 0; i < 3; i++) {
        talker_await_end(&talkers[i]);
        assert_int_equal(talkers[i].close_code, 1012);
        talker_cut(&talkers[i]);
    }
    int status = server_wait(&server);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    server_start(&server, &o);
    come(0, "1");
    join(0);
    assert_string_equal(talker_sees(&talkers[0], "2", seen), "away ");
    assert_string_equal(talker_sees(&talkers[0], "3", seen), "online ");
    come(1, "2");
    join(1); /* 3 stays away */
    for (int i = 0; i < 300 && !talkers[0].leaves; i++)
        talkers_hear(talkers, 2, 100, NULL, NULL);
    assert_int_equal(talkers[0].leaves, 1);
    assert_string_equal(talker_sees(&talkers[0], "2", seen), "away ");
    assert_string_equal(talker_sees(&talkers[0], "3", seen), "");
    forget_talkers();
    server_stop(&server);
}

/* Who does not come back is gone then; whoever runs the server should know. */
static void sessions_that_cannot_be_saved_are_an_error_at_its_end(void **state)
{
    struct folder *f = *state;
    server_start(&server, &(struct server_options){.data = f->data, .workers = 2});
    come(0, "1");
    join(0);
    struct store *other = fixture_open(f);
    assert_int_equal(store_begin(other), KITH_OK); /* and does not end */
    server_signal(&server, SIGTERM);
    talker_await_end(&talkers[0]);
    assert_int_equal(talkers[0].close_code, 1012);
    forget_talkers();
    int status = server_wait(&server);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 78);
    store_close(other);
}

static void a_quiet_peer_is_pinged_and_one_that_is_deaf_is_cut(void **state)
{
    struct folder *f = *state;
    server_start(&server, &(struct server_options){
                              .data = f->data, .workers = 1, .ping_ms = 500, .idle_ms = 5000});
    come(0, "1");
    come(1, "2");
    talkers_hear(talkers, 1, 6500, NULL, NULL); /* the other does not answer */
    assert_true(talkers[0].pings >= 3);
    assert_false(talkers[0].ended);
    talker_await_end(&talkers[1]);
    assert_int_equal(talkers[1].close_code, 1002);
    heartbeat(0);
    forget_talkers();
    server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(it_tells_its_ports_serves_both_and_ends_with_0),
        in_a_folder(it_ends_at_once_however_often),
        in_a_folder(a_second_signal_does_not_wait),
        in_a_folder(while_it_drains_it_is_not_ready_and_takes_nobody),
        in_a_folder(who_is_too_many_is_told_when_to_come_again),
        in_a_folder(out_of_descriptors_it_waits_and_serves_on),
        in_a_folder(sockets_that_come_and_go_leave_nothing_open),
        in_a_folder(a_restart_is_no_news_to_who_is_back_and_ends_who_is_not),
        in_a_folder(sessions_that_cannot_be_saved_are_an_error_at_its_end),
        in_a_folder(a_quiet_peer_is_pinged_and_one_that_is_deaf_is_cut),
    };
    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
