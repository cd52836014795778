/* tests/io/test_webhook.c -- what is sent to the back end is signed as Standard Webhooks says, and
 * what came of it is told, whatever that is. */
#include "io/webhook.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* By Python: base64(hmac(secret, b"1-2.1700000000.{}", sha256)). */
static void the_signature_is_over_id_time_and_body(void **state)
{
    (void)state;
    char out[WEBHOOK_SIGNATURE_BYTES];
    assert_int_equal(webhook_sign(KITH_LIT("0123456789abcdef0123456789abcdef"), KITH_LIT("1-2"),
                                  1700000000, KITH_LIT("{}"), out),
                     KITH_OK);
    assert_string_equal(out, "v1,eraFYscESVXKjbcXZlagIjohoJwcc8LLJyocJrtcE8M=");
}

static void another_time_or_body_has_another(void **state)
{
    (void)state;
    char a[WEBHOOK_SIGNATURE_BYTES], b[WEBHOOK_SIGNATURE_BYTES], c[WEBHOOK_SIGNATURE_BYTES];
    kith_slice secret = KITH_LIT("0123456789abcdef0123456789abcdef"), id = KITH_LIT("1-2");
    assert_int_equal(webhook_sign(secret, id, 1, KITH_LIT("{}"), a), KITH_OK);
    assert_int_equal(webhook_sign(secret, id, 2, KITH_LIT("{}"), b), KITH_OK);
    assert_int_equal(webhook_sign(secret, id, 1, KITH_LIT("{ }"), c), KITH_OK);
    assert_string_not_equal(a, b);
    assert_string_not_equal(a, c);
}

/* A back end that answers one connection's requests so, or not at all. */

struct back_end {
    int fd;
    pthread_t thread;
    const char *answer; /* NULL: none */
    char url[64];
    char heard[4096];
};

static void *serve(void *arg)
{
    struct back_end *b = arg;
    size_t len = 0;
    int fd = accept(b->fd, NULL, NULL);
    for (ssize_t n; fd >= 0 && (n = read(fd, b->heard + len, sizeof b->heard - 1 - len)) > 0;) {
        len += (size_t)n;
        if (!strstr(b->heard, "{}") || !b->answer) continue;
        if (write(fd, b->answer, strlen(b->answer)) < 0) break;
    }
    if (fd >= 0) (void)close(fd);
    return NULL;
}

static void begin(struct back_end *b, const char *answer)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    memset(b, 0, sizeof *b);
    b->answer = answer;
    b->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(b->fd >= 0);
    assert_int_equal(bind(b->fd, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(b->fd, 4), 0);
    assert_int_equal(getsockname(b->fd, (struct sockaddr *)&at, &len), 0);
    (void)snprintf(b->url, sizeof b->url, "http://127.0.0.1:%d/kith", ntohs(at.sin_port));
    assert_int_equal(pthread_create(&b->thread, NULL, serve, b), 0);
}

static void end(struct back_end *b)
{
    (void)shutdown(b->fd, SHUT_RDWR);
    pthread_join(b->thread, NULL);
    (void)close(b->fd);
}

static struct mailbox box;

static struct webhook *start(const char *url, uint32_t call_ms)
{
    static struct hook_options o;
    struct webhook *h = NULL;
    o = (struct hook_options){
        .url = url, .secret = KITH_LIT("0123456789abcdef0123456789abcdef"), .call_ms = call_ms};
    assert_int_equal(mailbox_init(&box), KITH_OK);
    assert_int_equal(webhook_start(&o, &box, &h), KITH_OK);
    return h;
}

static void stop(struct webhook *h)
{
    webhook_stop(h);
    mailbox_fini(&box);
}

static void post(struct webhook *h)
{
    struct mail *m = mail_new(MAIL_HOOK, KITH_LIT("7-8"), (kith_slice){0}, KITH_LIT("{}"));
    assert_non_null(m);
    webhook_post(h, m);
}

static struct mail *answered(void)
{
    struct mail_queue in = {0};
    while (!in.first) {
        struct pollfd p = {.fd = box.event_fd, .events = POLLIN};
        assert_int_equal(poll(&p, 1, 20000), 1);
        in = mailbox_take(&box);
    }
    return mail_take(&in);
}

static void a_status_is_told_whatever_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        uint64_t status;
    } cases[] = {{"HTTP/1.1 204 No Content\r\n\r\n", 204},
                 {"HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\nno", 500},
                 {"HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n", 302}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct back_end b;
        begin(&b, cases[i].answer);
        struct webhook *h = start(b.url, 20000);
        post(h);
        struct mail *m = answered();
        assert_int_equal(m->type, MAIL_HOOK);
        assert_false(m->failed);
        assert_int_equal(m->status, cases[i].status);
        mail_free(m);
        stop(h);
        end(&b);
        assert_non_null(strstr(b.heard, "POST /kith HTTP/1.1\r\n"));
        assert_non_null(strstr(b.heard, "webhook-id: 7-8\r\n"));
        assert_non_null(strstr(b.heard, "webhook-signature: v1,"));
    }
}

static void of_an_answer_no_more_is_read_than_its_bound(void **state)
{
    (void)state;
    static char answer[HOOK_ANSWER_BYTES + 128];
    (void)snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n%0*d",
                   HOOK_ANSWER_BYTES + 1, 0);
    struct back_end b;
    begin(&b, answer);
    struct webhook *h = start(b.url, 20000);
    post(h);
    struct mail *m = answered();
    assert_false(m->failed);
    assert_int_equal(m->status, 200);
    mail_free(m);
    stop(h);
    end(&b);
}

static void that_nobody_is_there_or_answers_is_told(void **state)
{
    (void)state;
    struct webhook *h = start("http://127.0.0.1:1/", 20000);
    post(h);
    struct mail *m = answered();
    assert_true(m->failed);
    assert_true(slice_is(mail_b(m), "nobody listens there"));
    mail_free(m);
    stop(h);
    struct back_end b;
    begin(&b, NULL);
    h = start(b.url, 50);
    post(h);
    m = answered();
    assert_true(m->failed);
    assert_true(slice_is(mail_b(m), "no answer in time"));
    mail_free(m);
    stop(h);
    end(&b);
}

static void it_stops_while_it_waits(void **state)
{
    (void)state;
    struct back_end b;
    begin(&b, NULL);
    struct webhook *h = start(b.url, 60000);
    post(h);
    (void)poll(NULL, 0, 50);
    stop(h);
    end(&b);
    webhook_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_signature_is_over_id_time_and_body),
        cmocka_unit_test(another_time_or_body_has_another),
        cmocka_unit_test(a_status_is_told_whatever_it_is),
        cmocka_unit_test(of_an_answer_no_more_is_read_than_its_bound),
        cmocka_unit_test(that_nobody_is_there_or_answers_is_told),
        cmocka_unit_test(it_stops_while_it_waits),
    };
    return cmocka_run_group_tests_name("webhook", tests, NULL, NULL);
}
