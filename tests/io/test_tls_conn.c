/* tests/io/test_tls_conn.c -- TLS on a socket behind its handshake: what may come, and how it ends.
 * What is the same with TLS as without is in test_conn.c and test_conn_end.c, which run with both.
 */
#include "tls_fixture.h"

static void a_reload_changes_nothing_for_who_is_there(void **state)
{
    (void)state;
    peer_new();
    assert_true(shakes());
    upgrade();
    certs_make(&certs, "a", "new.example", 30, CERT_RSA);
    tls_shows_a(tls);
    heartbeats();
    assert_true(shows("a.example"));
    begin_anew();
    peer_new();
    assert_true(shakes());
    assert_true(shows("new.example"));
}

static void keys_may_change_while_much_waits(void **state)
{
    (void)state;
    peer_new();
    assert_true(shakes());
    upgrade();
    size_t asked = 0;
    for (int i = 0; i < 20; i++) {
        asked += flood(30);
        assert_int_equal(SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED), 1);
        assert_int_not_equal(turn(), CONN_CLOSED);
    }
    while (client()->outbox.count || times_heard("phx_reply") < asked) {
        assert_true(peer_reads(1000));
        assert_int_not_equal(turn(), CONN_CLOSED);
    }
    assert_int_equal(times_heard("phx_reply"), asked);
}

static void nobody_renegotiates(void **state)
{
    (void)state;
    assert_true(shakes_by(TLS1_2_VERSION, TLS1_2_VERSION));
    upgrade();
    assert_int_equal(SSL_renegotiate(ssl), 1);
    (void)SSL_do_handshake(ssl);
    peer_pump();
    assert_int_not_equal(turn(), CONN_CLOSED);
    assert_int_equal(peer_step(), -1);
    assert_string_equal(ERR_reason_error_string(ERR_peek_error()), "no renegotiation");
    assert_int_equal(world->stats.tls_handshakes, 1);
}

/* How many of `most` records, which `make` puts down and which carry no data, are taken. */
static unsigned taken(unsigned most, void (*make)(void))
{
    for (unsigned i = 0; i < most; i++) {
        make();
        peer_pump();
        if (turn() == CONN_CLOSED) return i;
        (void)peer_step(); /* what it is answered */
        ERR_clear_error();
    }
    return most;
}

static void make_new_keys(void)
{
    assert_int_equal(SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED), 1);
    assert_int_equal(SSL_do_handshake(ssl), 1);
}

static void keys_change_so_often_and_no_more(void **state)
{
    (void)state;
    peer_new();
    assert_true(shakes());
    upgrade();
    assert_int_equal(taken(2 * TLS_IDLE_RECORDS_MAX, make_new_keys), TLS_IDLE_RECORDS_MAX);
}

/* A message behind each does not make them good: it is told apart from nothing. */
static void however_much_is_said_in_between(void **state)
{
    (void)state;
    peer_new();
    assert_true(shakes());
    upgrade();
    for (unsigned i = 0; i < TLS_IDLE_RECORDS_MAX; i++) {
        make_new_keys();
        heartbeats();
    }
    assert_int_equal(taken(1, make_new_keys), 0);
}

static void bytes_may_come_one_by_one(void **state)
{
    (void)state;
    uint8_t frame[200];
    char *bytes;
    peer_new();
    assert_true(shakes());
    upgrade();
    size_t n = put_frame(frame, 0x81, HEARTBEAT, sizeof HEARTBEAT - 1);
    assert_int_equal(SSL_write(ssl, frame, (int)n), n);
    long len = BIO_get_mem_data(out, &bytes);
    for (long i = 0; i < len; i++) {
        assert_int_equal(send(peer, bytes + i, 1, 0), 1);
        assert_int_equal(turn(), CONN_OPEN);
        assert_int_equal(conn.rest.len, 0); /* OpenSSL's to keep */
    }
    assert_true(BIO_reset(out) == 1);
    assert_true(peer_reads(SIZE_MAX));
    assert_int_equal(times_heard("phx_reply"), 1);
}

static void all_that_has_come_is_read_at_once(void **state)
{
    (void)state;
    peer_new();
    assert_true(shakes());
    upgrade();
    for (int i = 0; i < 40; i++)
        peer_says(HEARTBEAT);
    assert_int_equal(conn_read(&conn, scratch, READ_BYTES_MAX), CONN_OPEN);
    assert_int_equal(world->stats.messages_received, 40);
    assert_int_equal(conn_read(&conn, scratch, READ_BYTES_MAX), CONN_OPEN);
    assert_int_equal(SSL_has_pending(whole.tls.ssl), 0);
}

static void a_damaged_record_closes(void **state)
{
    (void)state;
    char *bytes;
    peer_new();
    assert_true(shakes());
    upgrade();
    assert_int_equal(SSL_write(ssl, "\x89\x80\0\0\0\0", 6), 6);
    long len = BIO_get_mem_data(out, &bytes);
    bytes[len - 1] ^= 1;
    peer_pump();
    assert_int_equal(conn_read(&conn, scratch, READ_BYTES_MAX), CONN_CLOSED);
    peer_reads(SIZE_MAX);
    assert_string_equal(alerted(), "");
    assert_int_equal(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
}

static void a_good_record_before_a_damaged_one_counts(void **state)
{
    (void)state;
    peer_new();
    assert_true(shakes());
    upgrade();
    peer_says(HEARTBEAT);
    assert_int_equal(send(peer, "\x17\x03\x03\x00\x20 this is not what was encrypted.", 37, 0), 37);
    assert_int_equal(conn_read(&conn, scratch, READ_BYTES_MAX), CONN_CLOSED);
    assert_int_equal(world->stats.messages_received, 1);
}

static void an_end_without_goodbye_is_no_end_in_order(void **state)
{
    (void)state;
    peer_new();
    assert_true(shakes());
    upgrade();
    peer_says(HEARTBEAT);
    assert_int_equal(shutdown(peer, SHUT_WR), 0);
    assert_int_equal(turn(), CONN_OPEN);
    assert_int_equal(turn(), CONN_CLOSED);
    assert_int_equal(world->stats.messages_received, 1);
}

static bool heard_goodbye(void)
{
    peer_reads(SIZE_MAX);
    return (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

static void who_says_goodbye_hears_one(void **state)
{
    (void)state;
    peer_new();
    assert_true(shakes());
    upgrade();
    peer_stops();
    assert_int_equal(turn(), CONN_CLOSED);
    assert_false(heard_goodbye());
    tls_conn_fini(&whole.tls);
    assert_true(heard_goodbye());
}

static void we_say_goodbye_behind_the_last_bytes(void **state)
{
    (void)state;
    peer_new();
    assert_true(shakes());
    upgrade();
    edge_shutdown(&conn.edge, 0);
    assert_int_equal(flush(), CONN_OPEN);
    assert_true(conn.lingering);
    assert_true(heard_goodbye());
    assert_int_equal(got_len, 4); /* the close frame */
    assert_memory_equal(got, "\x88\2\3\xf4", 4);
}

static void goodbye_waits_for_room_as_well(void **state)
{
    (void)state;
    peer_new();
    assert_true(shakes());
    upgrade();
    while (turn() == CONN_OPEN)
        flood(30);
    edge_shutdown(&conn.edge, 0);
    for (int i = 0; !conn.lingering; i++) {
        assert_true(i < 10000);
        assert_int_not_equal(flush(), CONN_CLOSED);
        assert_true(peer_reads(500) || conn.lingering);
    }
    assert_true(heard_goodbye());
    assert_memory_equal(got + got_len - 4, "\x88\2\3\xf4", 4);
}

/* Memory */

static void without_memory_at_any_point_it_is_closed_or_goes_on(void **state)
{
    (void)state;
    unsigned closed = 0, through = 0;
    for (size_t n = 0; through < 20; n++) {
        assert_true(n < 5000);
        peer_new();
        enum conn_state s = CONN_OPEN;
        for (int step = 0; step < 3 && s != CONN_CLOSED; step++) {
            (void)peer_step();
            handshakes.spent_us = 0;
            if (step == (int)(n % 3)) alloc_fail(n / 3, 1);
            s = conn_read(&conn, scratch, READ_BYTES_MAX);
            alloc_heal();
        }
        if (s == CONN_CLOSED)
            closed++, through = 0;
        else
            through++;
        begin_anew();
    }
    assert_true(closed > 50);
    peer_new();
    assert_true(shakes());
    upgrade();
    heartbeats();
}

static void *get(size_t len, const char *file, int line)
{
    (void)file, (void)line;
    return malloc(len);
}
static void *get_more(void *p, size_t len, const char *file, int line)
{
    (void)file, (void)line;
    return realloc(p, len);
}
static void give(void *p, const char *file, int line)
{
    (void)file, (void)line;
    free(p);
}

int main(void)
{
    /* So that OpenSSL's memory fails with ours. */
    if (CRYPTO_set_mem_functions(get, get_more, give) != 1) return 1;
    const struct CMUnitTest tests[] = {
        TEST(a_reload_changes_nothing_for_who_is_there),
        TEST(keys_may_change_while_much_waits),
        TEST(nobody_renegotiates),
        TEST(keys_change_so_often_and_no_more),
        TEST(however_much_is_said_in_between),
        TEST(bytes_may_come_one_by_one),
        TEST(all_that_has_come_is_read_at_once),
        TEST(a_damaged_record_closes),
        TEST(a_good_record_before_a_damaged_one_counts),
        TEST(an_end_without_goodbye_is_no_end_in_order),
        TEST(who_says_goodbye_hears_one),
        TEST(we_say_goodbye_behind_the_last_bytes),
        TEST(goodbye_waits_for_room_as_well),
        TEST(without_memory_at_any_point_it_is_closed_or_goes_on),
    };
    return cmocka_run_group_tests_name("tls_conn", tests, NULL, NULL);
}
