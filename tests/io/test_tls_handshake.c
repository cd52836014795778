/* tests/io/test_tls_handshake.c -- handshakes, good and bad: versions, names, protocols, tickets,
 * and what is done about many and about slow ones. */
#include "tls_fixture.h"

static void clients_of_1_2_and_of_1_3_are_served(void **state)
{
    (void)state;
    assert_true(shakes_by(TLS1_3_VERSION, TLS1_3_VERSION));
    upgrade();
    heartbeats();
    begin_anew();
    assert_true(shakes_by(TLS1_2_VERSION, TLS1_2_VERSION));
    upgrade();
    heartbeats();
    assert_int_equal(world->stats.tls_handshakes, 2);
    assert_int_equal(world->stats.tls_handshakes_failed, 0);
}

static void older_ones_are_refused(void **state)
{
    (void)state;
    SSL_CTX_set_security_level(client_ctx, 0);
    assert_false(shakes_by(TLS1_VERSION, TLS1_1_VERSION));
    assert_string_equal(alerted(), "tlsv1 alert protocol version");
    assert_int_equal(world->stats.tls_handshakes_failed, 1);
}

static void ciphers_without_forward_secrecy_are_refused(void **state)
{
    (void)state;
    const char *const weak[] = {"AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA",
                                "ECDHE-ECDSA-AES128-SHA256"};
    for (size_t i = 0; i < 3; i++) {
        peer_new();
        SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
        assert_int_equal(SSL_set_cipher_list(ssl, weak[i]), 1);
        assert_false(shakes());
        begin_anew();
    }
}

static void the_host_that_is_named_picks_the_certificate(void **state)
{
    (void)state;
    const char *const named[] = {"a.example", "b.example", "x.w.example", "w.example",
                                 "other.example"},
                      *const shown[] = {"a.example", "b.example", "y.w.example", "a.example",
                                        "a.example"};
    certs_make(&certs, "b", "b.example", 30, CERT_RSA);
    certs_make(&certs, "w", "*.w.example", 30, CERT_EC);
    struct tls_options o = {.count = 3};
    char paths[6][96];
    for (unsigned i = 0; i < 3; i++) {
        const char *name = i == 0 ? "a" : i == 1 ? "b" : "w";
        strcpy(paths[2 * i], certs_path(&certs, name, "pem"));
        strcpy(paths[2 * i + 1], certs_path(&certs, name, "key"));
        o.pairs[i] = (struct tls_pair){paths[2 * i], paths[2 * i + 1]};
    }
    assert_int_equal(tls_shows(tls, &o), KITH_OK);
    for (size_t i = 0; i < 5; i++) {
        peer_new();
        assert_int_equal(SSL_set_tlsext_host_name(ssl, named[i]), 1);
        assert_true(shakes());
        assert_true(shows(shown[i]));
        begin_anew();
    }
    peer_new();
    assert_true(shakes());
    assert_true(shows("a.example")); /* who names none */
}

static bool shakes_for(const char *protocols, size_t len)
{
    peer_new();
    assert_int_equal(SSL_set_alpn_protos(ssl, (const uint8_t *)protocols, (unsigned)len), 0);
    return shakes();
}

static void http_1_1_is_what_is_spoken(void **state)
{
    (void)state;
    const unsigned char *picked;
    unsigned len;
    assert_true(shakes_for("\2h2\x8http/1.1", 12));
    SSL_get0_alpn_selected(ssl, &picked, &len);
    assert_int_equal(len, 8);
    assert_memory_equal(picked, "http/1.1", 8);
    begin_anew();
    assert_false(shakes_for("\2h2", 3));
    assert_string_equal(alerted(), "tlsv1 alert no application protocol");
}

static void no_certificate_is_asked_of_a_client(void **state)
{
    (void)state;
    assert_int_equal(
        SSL_CTX_use_certificate_file(client_ctx, certs_path(&certs, "a", "pem"), SSL_FILETYPE_PEM),
        1);
    assert_int_equal(
        SSL_CTX_use_PrivateKey_file(client_ctx, certs_path(&certs, "a", "key"), SSL_FILETYPE_PEM),
        1);
    peer_new();
    assert_true(shakes());
    assert_null(SSL_get0_peer_certificate(whole.tls.ssl));
}

static void a_handshake_may_come_byte_by_byte(void **state)
{
    (void)state;
    char byte;
    peer_new();
    for (int i = 0; !whole.tls.established; i++) {
        assert_true(i < 10000);
        peer_fetch(1);
        (void)SSL_do_handshake(ssl);
        if (BIO_read(out, &byte, 1) == 1) assert_int_equal(send(peer, &byte, 1, 0), 1);
        handshakes.spent_us = 0;
        assert_int_not_equal(turn(), CONN_CLOSED);
    }
    while (!SSL_is_init_finished(ssl))
        (void)peer_fetch(1), (void)SSL_do_handshake(ssl);
    upgrade();
    heartbeats();
}

/* A chain of 60 certificates is more than the socket takes at once. */
static void a_handshake_that_does_not_fit_goes_on_when_there_is_room(void **state)
{
    (void)state;
    bool waited = false;
    certs_make(&certs, "ca", "ca.example", 30, CERT_RSA);
    for (int i = 0; i < 60; i++)
        certs_chain(&certs, "a", "ca");
    tls_shows_a(tls);
    peer_new();
    (void)SSL_do_handshake(ssl);
    for (int i = 0; !SSL_is_init_finished(ssl) || !whole.tls.established; i++) {
        assert_true(i < 1000);
        peer_pump();
        handshakes.spent_us = 0;
        assert_int_equal(conn_read(&conn, scratch, READ_BYTES_MAX), CONN_OPEN);
        if (conn.blocked) {
            waited = true;
            assert_int_equal(conn_wrote(&conn, 0), CONN_BLOCKED); /* so that the loop is asked */
            conn_unblock(&conn);
        }
        (void)peer_fetch(1000);
        (void)SSL_do_handshake(ssl);
    }
    assert_true(waited);
    upgrade();
    heartbeats();
}

static void a_turn_has_time_for_a_few(void **state)
{
    (void)state;
    peer_new();
    assert_int_equal(peer_step(), 0);
    handshakes.spent_us = TLS_TURN_US;
    assert_int_equal(turn(), CONN_OPEN);
    assert_null(whole.tls.ssl);
    handshakes.spent_us = TLS_TURN_US - 1;
    assert_int_equal(turn(), CONN_OPEN);
    assert_non_null(whole.tls.ssl);
    assert_true(handshakes.spent_us > TLS_TURN_US - 1);
    assert_int_equal(handshakes.count, 1);
}

static void a_handshake_has_as_long_as_a_request(void **state)
{
    (void)state;
    peer_new();
    assert_int_equal(peer_step(), 0);
    assert_int_equal(turn(), CONN_OPEN);
    assert_int_equal(handshakes.count, 1);
    hurry(HANDSHAKE_MS - 1);
    assert_int_equal(tick(), CONN_OPEN);
    assert_int_equal(flush(), CONN_OPEN);
    hurry(1);
    assert_int_equal(tick(), CONN_OPEN);
    assert_int_equal(flush(), CONN_CLOSED);
    tls_conn_fini(&whole.tls);
    assert_int_equal(world->stats.tls_handshakes_failed, 1);
}

static void who_says_nothing_costs_nothing_and_is_cut_as_well(void **state)
{
    (void)state;
    assert_int_equal(conn_read(&conn, scratch, READ_BYTES_MAX), CONN_OPEN);
    assert_null(whole.tls.ssl);
    assert_int_equal(handshakes.count, 0);
    hurry(HANDSHAKE_MS);
    assert_int_equal(tick(), CONN_OPEN);
    assert_int_equal(flush(), CONN_CLOSED);
    assert_int_equal(world->stats.tls_handshakes_failed, 0);
}

static void who_goes_without_a_word_is_closed(void **state)
{
    (void)state;
    assert_int_equal(shutdown(peer, SHUT_WR), 0);
    errno = EAGAIN; /* as the last accept has left it */
    assert_int_equal(conn_read(&conn, scratch, READ_BYTES_MAX), CONN_CLOSED);
    assert_int_equal(world->stats.tls_handshakes_failed, 0);
}

/* One more, by a pair of sockets of its own. */
static void begin_another(struct tls_conn *t, int pair[2])
{
    char hello[4096];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    tls_conn_init(t, pair[0], tls, &handshakes);
    SSL *other = SSL_new(client_ctx);
    BIO *said = BIO_new(BIO_s_mem());
    SSL_set_bio(other, BIO_new(BIO_s_mem()), said);
    SSL_set_connect_state(other);
    (void)SSL_do_handshake(other);
    int len = BIO_read(said, hello, sizeof hello);
    assert_int_equal(send(pair[1], hello, (size_t)len, 0), len);
    SSL_free(other);
    handshakes.spent_us = 0;
    assert_int_equal(tls_conn_read(t, scratch, READ_BYTES_MAX), -EAGAIN);
}

static void end_another(struct tls_conn *t, int pair[2])
{
    tls_conn_fini(t);
    close(pair[0]);
    close(pair[1]);
}

static void of_too_many_the_eldest_makes_room(void **state)
{
    (void)state;
    int pairs[2][2];
    char end, some[4096];
    struct tls_conn second, third;
    peer_new();
    assert_int_equal(peer_step(), 0);
    assert_int_equal(turn(), CONN_OPEN);
    begin_another(&second, pairs[0]);
    assert_ptr_equal(handshakes.eldest, &whole.tls);
    handshakes.count += TLS_HANDSHAKES_MAX - 2; /* as if there were others behind it */
    begin_another(&third, pairs[1]);
    handshakes.count -= TLS_HANDSHAKES_MAX - 2;
    assert_int_equal(handshakes.count, 2);
    assert_ptr_equal(handshakes.eldest, &second);
    assert_ptr_equal(handshakes.newest, &third);
    assert_int_equal(world->stats.tls_handshakes_failed, 1);
    assert_int_equal(conn_read(&conn, scratch, READ_BYTES_MAX), CONN_CLOSED);
    while (recv(peer, some, sizeof some, 0) > 0)
        ;
    assert_int_equal(recv(peer, &end, 1, 0), 0); /* the client is told at once */
    end_another(&second, pairs[0]);
    end_another(&third, pairs[1]);
    assert_int_equal(world->stats.tls_handshakes_failed, 3);
}

static void garbage_is_closed(void **state)
{
    (void)state;
    uint8_t junk[600];
    const uint8_t huge[] = {22, 3, 1, 0xff, 0xff, 1, 0};
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = (uint8_t)(i * 37 + 11);
    assert_int_equal(send(peer, junk, sizeof junk, 0), sizeof junk);
    assert_int_equal(conn_read(&conn, scratch, READ_BYTES_MAX), CONN_CLOSED);
    begin_anew();
    assert_int_equal(send(peer, huge, sizeof huge, 0), sizeof huge);
    assert_int_equal(conn_read(&conn, scratch, READ_BYTES_MAX), CONN_CLOSED);
    assert_int_equal(world->stats.tls_handshakes_failed, 2);
    assert_int_equal(world->stats.messages_received, 0);
}

static void who_forgot_the_s_is_told(void **state)
{
    (void)state;
    char answer[512] = {0};
    assert_int_equal(send(peer, "GET / HTTP/1.1\r\nhost: a\r\n\r\n", 27, 0), 27);
    assert_int_equal(conn_read(&conn, scratch, READ_BYTES_MAX), CONN_CLOSED);
    assert_true(recv(peer, answer, sizeof answer - 1, 0) > 0);
    assert_memory_equal(answer, "HTTP/1.1 400 Bad Request\r\n", 26);
    const char *body = strstr(answer, "\r\n\r\n");
    assert_non_null(body);
    assert_string_equal(body + 4, "this port speaks TLS: say https or wss\n");
    assert_int_equal(strlen(body + 4), 39); /* as the head says */
}

/* Resuming */

static SSL_SESSION *ticket;

static int keep_ticket(SSL *s, SSL_SESSION *session)
{
    (void)s;
    SSL_SESSION_free(ticket);
    ticket = session;
    return 1;
}

static bool resumes(int version)
{
    peer_new();
    SSL_set_max_proto_version(ssl, version);
    if (ticket) assert_int_equal(SSL_set_session(ssl, ticket), 1);
    assert_true(shakes());
    upgrade(); /* a ticket of 1.3 comes behind the handshake */
    bool resumed = SSL_session_reused(ssl) == 1;
    begin_anew();
    return resumed;
}

static void who_comes_back_resumes(void **state)
{
    (void)state;
    const int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION};
    SSL_CTX_set_session_cache_mode(client_ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(client_ctx, keep_ticket);
    for (int i = 0; i < 2; i++) {
        assert_false(resumes(versions[i]));
        assert_non_null(ticket);
        assert_int_equal(SSL_SESSION_get_max_early_data(ticket), 0); /* it could be replayed */
        assert_true(resumes(versions[i]));
        tls_shows_a(tls);
        assert_true(resumes(versions[i]));
        SSL_SESSION_free(ticket);
        ticket = NULL;
    }
    assert_int_equal(world->stats.tls_handshakes, 6);
    assert_int_equal(world->stats.tls_resumed, 4);
}

static void a_ticket_of_another_server_is_as_none(void **state)
{
    (void)state;
    SSL_CTX_set_session_cache_mode(client_ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(client_ctx, keep_ticket);
    assert_false(resumes(TLS1_3_VERSION));
    struct tls *other = tls_new();
    assert_non_null(other);
    tls_shows_a(other);
    whole.tls.tls = other;
    assert_false(resumes(TLS1_3_VERSION));
    whole.tls.tls = tls;
    tls_free(other);
    SSL_SESSION_free(ticket);
    ticket = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(clients_of_1_2_and_of_1_3_are_served),
        TEST(older_ones_are_refused),
        TEST(ciphers_without_forward_secrecy_are_refused),
        TEST(the_host_that_is_named_picks_the_certificate),
        TEST(http_1_1_is_what_is_spoken),
        TEST(no_certificate_is_asked_of_a_client),
        TEST(a_handshake_may_come_byte_by_byte),
        TEST(a_handshake_that_does_not_fit_goes_on_when_there_is_room),
        TEST(a_turn_has_time_for_a_few),
        TEST(a_handshake_has_as_long_as_a_request),
        TEST(who_says_nothing_costs_nothing_and_is_cut_as_well),
        TEST(who_goes_without_a_word_is_closed),
        TEST(of_too_many_the_eldest_makes_room),
        TEST(garbage_is_closed),
        TEST(who_forgot_the_s_is_told),
        TEST(who_comes_back_resumes),
        TEST(a_ticket_of_another_server_is_as_none),
    };
    return cmocka_run_group_tests_name("tls_handshake", tests, NULL, NULL);
}
