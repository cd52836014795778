/* tests/io/test_http_memory.c -- friends over HTTP while memory runs out: whoever asked is told,
 * and nothing is kept. */
#include "failures.h"
#include "io/http_source.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Nobody listens at port 1. */
static const struct tables_options options = {
    .url = "http://127.0.0.1:1/", .key = KITH_LIT("key"), .call_ms = 5000, .connections = 1};

static void an_answer_is_read_or_nothing_is(void **state)
{
    (void)state;
    static const char json[] = "{\"friends\":[\"b\",\"a\",\"\\u00e9\",7]}";
    bool cut;
    bool failed = true;
    for (size_t nth = 0; failed; nth++) {
        struct buf ids = {0};
        alloc_fail(nth, 1);
        kith_err e = http_source_ids(slice_str(json), &ids, &cut);
        failed = alloc_heal() > nth;
        assert_int_equal(e, failed ? KITH_NOMEM : KITH_OK);
        buf_fini(&ids);
    }
}

static void a_check_says_so(void **state)
{
    (void)state;
    bool failed = true;
    for (size_t nth = 0; failed; nth++) {
        kith_problem why = {""};
        alloc_fail(nth, 1);
        kith_err e = http_source_check(&options, &why);
        failed = alloc_heal() > nth;
        assert_int_equal(e, failed ? KITH_NOMEM : KITH_IO);
        assert_true(why.text[0]);
    }
}

/* It allocates nothing. */
static void *answer_all(void *arg)
{
    static const char said[] = "HTTP/1.1 200 OK\r\nContent-Length: 14\r\nConnection: close\r\n\r\n"
                               "{\"friends\":[]}";
    for (int c; (c = accept(*(const int *)arg, NULL, NULL)) >= 0; close(c)) {
        char request[1024];
        if (read(c, request, sizeof request) <= 0) continue;
        (void)!write(c, said, sizeof said - 1);
        while (read(c, request, sizeof request) > 0)
            ;
    }
    return NULL;
}

static void nor_is_half_an_answer_one(void **state)
{
    (void)state;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    pthread_t back_end;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    assert_int_equal(pthread_create(&back_end, NULL, answer_all, &fd), 0);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(at.sin_port));
    const struct tables_options o = {.url = url, .call_ms = 5000, .connections = 1};
    bool failed = true;
    for (size_t nth = 0; failed; nth++) {
        kith_problem why = {""};
        alloc_fail(nth, 1);
        kith_err e = http_source_check(&o, &why);
        failed = alloc_heal() > nth;
        assert_int_equal(e, failed ? KITH_NOMEM : KITH_OK);
    }
    shutdown(fd, SHUT_RDWR);
    pthread_join(back_end, NULL);
    close(fd);
}

static void it_starts_or_it_does_not(void **state)
{
    (void)state;
    struct mailbox box;
    assert_int_equal(mailbox_init(&box), KITH_OK);
    bool failed = true;
    for (size_t nth = 0; failed; nth++) {
        struct http_source *h = NULL;
        alloc_fail(nth, 1);
        kith_err e = http_source_start(&options, &box, &h);
        failed = alloc_heal() > nth;
        assert_true((e == KITH_OK) == (h != NULL));
        assert_true(failed ? e == KITH_NOMEM : h != NULL);
        http_source_stop(h);
    }
    http_source_stop(NULL);
    mailbox_fini(&box);
}

static struct mail *answer(struct mailbox *box)
{
    struct mail_queue in = {0};
    while (!in.first) {
        struct pollfd p = {.fd = box->event_fd, .events = POLLIN};
        assert_int_equal(poll(&p, 1, 60000), 1);
        in = mailbox_take(box);
    }
    return mail_take(&in);
}

static void whoever_asked_hears_of_it_in_any_case(void **state)
{
    (void)state;
    struct mailbox box;
    struct http_source *h = NULL;
    assert_int_equal(mailbox_init(&box), KITH_OK);
    assert_int_equal(http_source_start(&options, &box, &h), KITH_OK);
    bool failed = true;
    for (size_t nth = 0; failed; nth++) {
        struct mail *m = mail_new(MAIL_READ, KITH_LIT("ann.a"), (kith_slice){0}, (kith_slice){0});
        assert_non_null(m);
        m->serial = 9;
        alloc_fail(nth, 1);
        http_source_read(h, 0, m);
        m = answer(&box);
        failed = alloc_heal() > nth;
        assert_true(m->failed && m->serial == 9 && slice_is(mail_a(m), "ann.a"));
        assert_int_equal(m->lost, !failed);
        mail_free(m);
    }
    http_source_stop(h);
    mailbox_fini(&box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_read_or_nothing_is),
        cmocka_unit_test(a_check_says_so),
        cmocka_unit_test(nor_is_half_an_answer_one),
        cmocka_unit_test(it_starts_or_it_does_not),
        cmocka_unit_test(whoever_asked_hears_of_it_in_any_case),
    };
    return cmocka_run_group_tests_name("http_memory", tests, NULL, NULL);
}
