/* tests/io/test_link_down.c -- a NATS that is not there, dies, falls silent or is too slow: what is
 * sent meanwhile, what is said, and how soon it is found again. */
#include "link_fixture.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

/* What is said may come some turns behind what it tells of. */
static bool says_in_time(struct link *l, struct caught_log *log, const char *words)
{
    uint64_t end = system_now().mono_ms + PATIENCE_MS;
    while (!strstr(log_so_far(log), words) && system_now().mono_ms < end)
        turn(l, 50);
    return strstr(log_so_far(log), words) != NULL;
}

static void without_nats_it_opens_at_once_and_finds_it_later(void **state)
{
    (void)state;
    struct nats n = {.port = nats_free_port()};
    char url[64];
    snprintf(url, sizeof url, "nats://127.0.0.1:%u", n.port);
    struct caught_log log = log_begin();
    uint64_t begin = system_now().mono_ms;
    struct link *a = open_link(url, 1);
    bool quick = system_now().mono_ms - begin < BUSY_MS;
    kith_err e = link_publish(a, LINK_LIVE, LINK_ALL, 0, slice_str("old"));
    bool told = says_in_time(a, &log, "it is tried again");
    nats_start(&n, "");
    begin = system_now().mono_ms;
    until_connected(a);
    uint64_t found_ms = system_now().mono_ms - begin;
    bool found = says_in_time(a, &log, "connected to nats://127.0.0.1");
    log_end(&log);
    assert_true(quick);
    assert_true(found_ms < LINK_RETRY_MS + BUSY_MS);
    assert_int_equal(e, KITH_LATER);
    if (!told || !found) fail_msg("%s", log.text);
    hears_nothing(a, 100);
    assert_int_equal(link_stats(a).refused, 1);
    link_close(a);
    nats_remove(&n);
}

static void a_server_that_is_killed_is_noticed_at_once_and_found_again(void **state)
{
    (void)state;
    struct nats n = {0};
    nats_start(&n, "");
    struct caught_log log = log_begin();
    struct link *a = open_link(n.url, 1);
    until_connected(a);
    for (int round = 0; round < 3; round++) {
        uint64_t begin = system_now().mono_ms;
        nats_stop(&n);
        until_lost(a);
        assert_true(system_now().mono_ms - begin < LINK_SILENT_MS); /* as the kernel says it */
        assert_int_equal(link_publish(a, LINK_LIVE, LINK_ALL, 0, slice_str("old")), KITH_LATER);
        nats_again(&n);
        begin = system_now().mono_ms;
        until_connected(a);
        assert_true(system_now().mono_ms - begin < BUSY_MS);
        say_to(a, LINK_ALL, 0, "new");
        hears(a, LINK_ALL, "new");
    }
    log_end(&log);
    assert_true(link_stats(a).losses >= 6); /* of both lanes */
    link_close(a);
    nats_remove(&n);
}

static void what_was_on_its_way_to_a_server_that_died_never_comes_later(void **state)
{
    (void)state;
    static uint8_t part[32768];
    struct nats n = {0};
    nats_start(&n, "");
    struct caught_log log = log_begin();
    struct link *a = open_link(n.url, 1);
    until_connected(a);
    nats_signal(&n, SIGSTOP);
    memset(part, 'o', sizeof part);
    int taken = 0;
    kith_err e = KITH_OK;
    for (int i = 0; i < 1000 && !e; i++) { /* far more than the kernel's buffers hold */
        e = link_publish(a, LINK_LIVE, LINK_ALL, 0, slice_of(part, sizeof part));
        taken += !e;
        turn(a, 1);
    }
    nats_stop(&n);
    until_lost(a);
    for (struct link_message m; link_next(a, &m);) /* what came back before it stopped */
        ;
    nats_again(&n);
    until_connected(a);
    log_end(&log);
    assert_int_equal(e, KITH_LATER); /* its bound */
    assert_true(taken >= (int)(LINK_OUT_BYTES_MAX / sizeof part));
    hears_nothing(a, 200);
    for (int i = 0; i < 100; i++) { /* nothing of that counts any more */
        assert_int_equal(link_publish(a, LINK_LIVE, LINK_ALL, 0, slice_str("new")), KITH_OK);
        hears(a, LINK_ALL, "new");
    }
    link_close(a);
    nats_remove(&n);
}

static void a_server_that_falls_silent_is_left_within_seconds(void **state)
{
    (void)state;
    struct nats first = {0}, second = {0};
    nats_start(&first, "");
    nats_start(&second, "");
    struct caught_log log = log_begin();
    struct link_options o = {
        .urls = {first.url, second.url}, .url_count = 2, .cluster = "people", .inc = 1};
    kith_problem why;
    struct link *a = NULL;
    assert_int_equal(link_open(&o, &a, &why), KITH_OK);
    until_connected(a);
    uint64_t begin = system_now().mono_ms;
    nats_signal(&first, SIGSTOP);
    nats_signal(&second, SIGSTOP);
    until_lost(a);
    assert_true(system_now().mono_ms - begin < LINK_SILENT_MS + BUSY_MS);
    nats_signal(&second, SIGCONT);
    until_connected(a);
    bool told = says_in_time(a, &log, "is silent");
    log_end(&log);
    if (!told) fail_msg("%s", log.text);
    nats_signal(&first, SIGCONT);
    link_close(a);
    nats_remove(&first);
    nats_remove(&second);
}

/* Its user does not turn, and far more comes than it holds: NATS cuts it off, and it comes back. */
static void who_takes_nothing_holds_a_bounded_heap_and_comes_back(void **state)
{
    (void)state;
    struct nats n = {0};
    static uint8_t part[65536];
    nats_start(&n, "max_pending: 4MB\nwrite_deadline: \"500ms\"");
    struct caught_log log = log_begin();
    struct link *a = open_link(n.url, 1), *b = open_link(n.url, 2);
    until_connected(a);
    until_connected(b);
    struct link_message m;
    for (uint32_t bytes = 0; bytes < 64u << 20;) {
        if (!link_publish(a, LINK_LIVE, LINK_INBOX, 2, slice_of(part, sizeof part)))
            bytes += sizeof part;
        turn(a, 1);
    }
    assert_true(link_stats(b).in_bytes <= LINK_IN_BYTES_MAX + 2 * sizeof part);
    for (uint64_t end = system_now().mono_ms + PATIENCE_MS; link_stats(b).losses == 0;) {
        assert_true(system_now().mono_ms < end);
        turn(b, 10);
        while (link_next(b, &m))
            ;
    }
    until_connected(b);
    while (link_next(b, &m))
        ;
    say_to(a, LINK_INBOX, 2, "back");
    hears(b, LINK_INBOX, "back");
    log_end(&log);
    link_close(a);
    link_close(b);
    nats_remove(&n);
}

/* Takes connections, and says nothing. */
struct mute {
    int fd;
    char url[64];
};

static struct mute mute_server(void)
{
    struct mute m = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof a;
    assert_int_equal(bind(m.fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(m.fd, 16), 0);
    assert_int_equal(getsockname(m.fd, (struct sockaddr *)&a, &len), 0);
    snprintf(m.url, sizeof m.url, "nats://127.0.0.1:%u", ntohs(a.sin_port));
    return m;
}

static void closing_does_not_wait_for_a_server_that_never_answers(void **state)
{
    (void)state;
    struct mute m = mute_server();
    struct link *a = open_link(m.url, 1);
    turn(a, 100);
    uint64_t begin = system_now().mono_ms;
    turn(a, 0);
    assert_true(system_now().mono_ms - begin < BLOCKED_MS);
    link_close(a);
    assert_true(system_now().mono_ms - begin < LINK_CLOSE_MS + BLOCKED_MS);
    close(m.fd);
    for (int i = 0; i < 20; i++) /* the threads that were left end meanwhile */
        poll(NULL, 0, 10);
}

static void a_server_that_never_answers_is_left_for_the_next(void **state)
{
    struct nats *n = *state;
    struct mute m = mute_server();
    struct caught_log log = log_begin();
    struct link_options o = {.urls = {m.url, n->url}, .url_count = 2, .cluster = "c", .inc = 1};
    kith_problem why;
    struct link *a = NULL;
    assert_int_equal(link_open(&o, &a, &why), KITH_OK);
    until_connected(a);
    log_end(&log);
    link_close(a);
    close(m.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_nats_it_opens_at_once_and_finds_it_later),
        cmocka_unit_test(a_server_that_is_killed_is_noticed_at_once_and_found_again),
        cmocka_unit_test(what_was_on_its_way_to_a_server_that_died_never_comes_later),
        cmocka_unit_test(a_server_that_falls_silent_is_left_within_seconds),
        cmocka_unit_test(who_takes_nothing_holds_a_bounded_heap_and_comes_back),
        cmocka_unit_test(closing_does_not_wait_for_a_server_that_never_answers),
        cmocka_unit_test(a_server_that_never_answers_is_left_for_the_next),
    };
    return cmocka_run_group_tests_name("link_down", tests, start_one, remove_one);
}
