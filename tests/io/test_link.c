/* tests/io/test_link.c -- messages by way of a real nats-server: what arrives. */
#include "link_fixture.h"
#include "shard/mail.h"

#include <netinet/in.h>
#include <sys/socket.h>

static void what_is_for_all_comes_to_all_and_an_inbox_to_one(void **state)
{
    struct nats *n = *state;
    struct link *a = open_link(n->url, 0xa), *b = open_link(n->url, 0xb0000000000000b1);
    until_connected(a);
    until_connected(b);
    say_to(a, LINK_HEARTBEAT, 0, "I am here");
    hears(a, LINK_HEARTBEAT, "I am here");
    hears(b, LINK_HEARTBEAT, "I am here");
    say_to(b, LINK_ALL, 0, "news");
    hears(a, LINK_ALL, "news");
    hears(b, LINK_ALL, "news");
    say_to(a, LINK_INBOX, 0xb0000000000000b1, "for you");
    hears(b, LINK_INBOX, "for you");
    hears_nothing(a, 50);
    hears_nothing(b, 50);
    struct link_stats s = link_stats(a);
    assert_int_equal(s.out, 2);
    assert_int_equal(s.in, 2);
    assert_int_equal(s.out_bytes, 16);
    assert_int_equal(s.in_bytes, 13);
    link_close(a);
    link_close(b);
}

static void a_bulk_message_comes_by_the_other_lane(void **state)
{
    struct nats *n = *state;
    struct link *a = open_link(n->url, 1), *b = open_link(n->url, 2);
    until_connected(a);
    until_connected(b);
    assert_int_equal(link_publish(a, LINK_BULK, LINK_INBOX, 2, slice_str("all I have")), KITH_OK);
    link_flush(a);
    struct link_message m = hear(b);
    assert_int_equal(m.lane, LINK_BULK);
    assert_int_equal(m.where, LINK_INBOX);
    assert_true(slice_is(m.bytes, "all I have"));
    link_close(a);
    link_close(b);
}

static void a_message_that_is_mail_already_goes_as_it_is(void **state)
{
    struct nats *n = *state;
    struct link *a = open_link(n->url, 1), *b = open_link(n->url, 2);
    struct link *nowhere = open_link("nats://127.0.0.1:1", 3);
    struct mail *mails[3];
    for (int i = 0; i < 3; i++) {
        kith_slice bytes = i == 1 ? (kith_slice){0} : slice_str("a letter");
        mails[i] = mail_new(MAIL_FRAME, bytes, slice_str("a name"), (kith_slice){0});
        assert_non_null(mails[i]);
    }
    assert_int_equal(link_post(nowhere, LINK_LIVE, LINK_INBOX, 2, mails[0]), KITH_LATER);
    until_connected(a);
    until_connected(b);
    assert_int_equal(link_post(a, LINK_LIVE, LINK_INBOX, 2, mails[1]), KITH_BAD);
    assert_int_equal(link_post(a, LINK_BULK, LINK_INBOX, 2, mails[2]), KITH_OK);
    link_flush(a);
    struct link_message m = hear(b);
    assert_int_equal(m.lane, LINK_BULK);
    assert_true(slice_is(m.bytes, "a letter"));
    link_close(a);
    link_close(b);
    link_close(nowhere);
}

static void other_clusters_of_the_same_nats_are_not_heard(void **state)
{
    struct nats *n = *state;
    struct link_options o = {.urls = {n->url}, .url_count = 1, .cluster = "others", .inc = 1};
    kith_problem why;
    struct link *a = open_link(n->url, 1), *other = NULL;
    assert_int_equal(link_open(&o, &other, &why), KITH_OK);
    until_connected(a);
    until_connected(other);
    say_to(other, LINK_HEARTBEAT, 0, "x");
    say_to(other, LINK_INBOX, 1, "y");
    hears_nothing(a, 100);
    link_close(a);
    link_close(other);
}

static void a_message_has_a_size(void **state)
{
    struct nats *n = *state;
    static uint8_t big[LINK_BYTES_MAX + 1];
    struct link *a = open_link(n->url, 1);
    memset(big, 'x', sizeof big);
    until_connected(a);
    kith_err empty = link_publish(a, LINK_LIVE, LINK_ALL, 0, slice_of(big, 0)),
             huge = link_publish(a, LINK_LIVE, LINK_ALL, 0, slice_of(big, sizeof big));
    assert_int_equal(empty, KITH_BAD);
    assert_int_equal(huge, KITH_BAD);
    big[0] = 'a';
    big[LINK_BYTES_MAX - 1] = 'z';
    assert_int_equal(link_publish(a, LINK_LIVE, LINK_ALL, 0, slice_of(big, LINK_BYTES_MAX)),
                     KITH_OK);
    struct link_message m = hear(a);
    assert_true(slice_eq(m.bytes, slice_of(big, LINK_BYTES_MAX)));
    link_close(a);
}

/* What others say under the same name, without our limits. */
static int raw_client(const struct nats *n)
{
    static const char hello[] = "CONNECT {\"verbose\":false}\r\n";
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(n->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(write(fd, hello, sizeof hello - 1), sizeof hello - 1);
    return fd;
}

static void what_strangers_send_is_bounded_and_counted(void **state)
{
    struct nats *n = *state;
    static char big[LINK_BYTES_MAX + 64];
    struct link *a = open_link(n->url, 1);
    until_connected(a);
    int fd = raw_client(n);
    int len = snprintf(big, sizeof big, "PUB p.people.d %d\r\n", LINK_BYTES_MAX + 1);
    memset(big + len, 'x', LINK_BYTES_MAX + 1);
    memcpy(big + len + LINK_BYTES_MAX + 1, "\r\n", 2);
    size_t all = (size_t)len + LINK_BYTES_MAX + 3;
    for (size_t at = 0; at < all;) {
        ssize_t sent = write(fd, big + at, all - at);
        assert_true(sent > 0);
        at += (size_t)sent;
    }
    static const char others[] = "PUB p.people.else 1\r\nx\r\nPUB p.people.hb 0\r\n\r\n"
                                 "PUB p.people.hb 2\r\nhb\r\n";
    assert_int_equal(write(fd, others, sizeof others - 1), sizeof others - 1);
    hears(a, LINK_HEARTBEAT, "hb");
    assert_int_equal(link_stats(a).huge, 1);
    close(fd);
    link_close(a);
}

static void a_hundred_thousand_messages_come_in_their_order(void **state)
{
    enum { MESSAGES = 100000 };
    struct nats *n = *state;
    struct link *a = open_link(n->url, 1), *b = open_link(n->url, 2);
    until_connected(a);
    until_connected(b);
    uint32_t sent = 0, heard = 0, refused = 0;
    uint64_t end = system_now().mono_ms + 3 * PATIENCE_MS;
    while (heard < MESSAGES && system_now().mono_ms < end) {
        struct link_message m;
        for (int burst = 0; burst < 1000 && sent < MESSAGES; burst++) {
            kith_err e = link_publish(a, LINK_LIVE, LINK_INBOX, 2, slice_of(&sent, sizeof sent));
            refused += e == KITH_LATER;
            if (e) break;
            sent++;
        }
        turn(a, 0);
        turn(b, sent == MESSAGES ? 10 : 0);
        while (link_next(b, &m)) {
            uint32_t number;
            memcpy(&number, m.bytes.ptr, sizeof number);
            if (number != heard) fail_msg("%u after %u", number, heard);
            heard++;
        }
    }
    assert_int_equal(heard, MESSAGES);
    assert_int_equal(link_stats(a).refused, refused);
    link_close(a);
    link_close(b);
}

static void what_is_published_before_the_end_is_sent(void **state)
{
    struct nats *n = *state;
    struct link *a = open_link(n->url, 1), *b = open_link(n->url, 2);
    until_connected(a);
    until_connected(b);
    assert_int_equal(link_publish(a, LINK_LIVE, LINK_ALL, 0, slice_str("good bye")), KITH_OK);
    link_close(a); /* nobody flushed */
    hears(b, LINK_ALL, "good bye");
    link_close(b);
}

static void what_cannot_be_a_link_is_said_when_it_is_opened(void **state)
{
    (void)state;
    static char long_url[LINK_URL_BYTES_MAX + 1];
    memset(long_url, 'n', sizeof long_url - 1);
    const struct link_options bad[] = {
        {.urls = {"nats://x"}, .url_count = 1, .cluster = "a.b"},
        {.urls = {"nats://x"}, .url_count = 1, .cluster = "a>"},
        {.urls = {"nats://x"}, .url_count = 1, .cluster = "*"},
        {.urls = {"nats://x"}, .url_count = 1, .cluster = ""},
        {.urls = {"nats://x"}, .url_count = 1, .cluster = "a b\r\nPUB x"},
        {.urls = {"nats://x"}, .url_count = 1},
        {.urls = {"nats://x"}, .url_count = 1, .cluster = "a234567890123456789012345678901234"},
        {.cluster = "c"},
        {.urls = {long_url}, .url_count = 1, .cluster = "c"},
        {.urls = {"nats://x"}, .url_count = 1, .cluster = "c", .ca_file = "/no/such/file"},
        {.urls = {"tls://x"},
         .url_count = 1,
         .cluster = "c",
         .cert_file = "/no/such",
         .key_file = "/no/such"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        kith_problem why = {""};
        struct link *l = NULL;
        assert_int_equal(link_open(&bad[i], &l, &why), KITH_BAD);
        assert_null(l);
        assert_true(why.text[0]);
    }
    link_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_for_all_comes_to_all_and_an_inbox_to_one),
        cmocka_unit_test(a_bulk_message_comes_by_the_other_lane),
        cmocka_unit_test(a_message_that_is_mail_already_goes_as_it_is),
        cmocka_unit_test(other_clusters_of_the_same_nats_are_not_heard),
        cmocka_unit_test(a_message_has_a_size),
        cmocka_unit_test(what_strangers_send_is_bounded_and_counted),
        cmocka_unit_test(a_hundred_thousand_messages_come_in_their_order),
        cmocka_unit_test(what_is_published_before_the_end_is_sent),
        cmocka_unit_test(what_cannot_be_a_link_is_said_when_it_is_opened),
    };
    return cmocka_run_group_tests_name("link", tests, start_one, remove_one);
}
