/* tests/edge/test_whence.c -- whose request it is behind proxies, what others claim, and how many
 * may come from one address. */
#include "edge/heard.h"

#include "address_shown.h"

#include "edge/crowds.h"
#include "edge/whence.h"

static struct rig rig;

static int set_up(void **state)
{
    (void)state;
    assert_true(rig_init(&rig, 1, ""));
    rig.options.crowds = crowds_new((struct siphash_key){1, 2});
    assert_non_null(rig.options.crowds);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    struct crowds *c = rig.options.crowds;
    rig_fini(&rig);
    crowds_free(c);
    return 0;
}

static void trust(const char *network)
{
    struct proxies *p = &rig.options.proxies;
    assert_true(network_parse(slice_str(network), &p->all[p->count++]));
}

static struct address address(const char *text)
{
    struct address a;
    assert_true(address_parse(slice_str(text), &a));
    return a;
}

/* The client that these X-Forwarded-For come to, in this order, or "". */
static const char *client_of(const char *const fields[])
{
    static char out[ADDRESS_TEXT_MAX];
    struct http_request r = {0};
    struct address a;
    for (; fields[r.header_count]; r.header_count++)
        r.headers[r.header_count] = (struct http_header){
            r.header_count & 1 ? KITH_LIT("X-Forwarded-For") : KITH_LIT("x-forwarded-for"),
            slice_str(fields[r.header_count])};
    bool named = forwarded_client(&rig.options.proxies, &r, &a);
    return named ? address_text(&a, out) : "";
}

#define CLIENT(...) client_of((const char *const[]){__VA_ARGS__, NULL})

static void the_last_who_is_no_proxy_is_the_client(void **state)
{
    (void)state;
    trust("10.0.0.0/8");
    assert_string_equal(CLIENT("192.0.2.1"), "192.0.2.1");
    assert_string_equal(CLIENT("192.0.2.1, 10.0.0.2, 10.0.0.3"), "192.0.2.1");
    assert_string_equal(CLIENT("192.0.2.1:4711 \t,\t10.0.0.2"), "192.0.2.1");
    assert_string_equal(CLIENT("192.0.2.1", "10.0.0.2"), "192.0.2.1");
    assert_string_equal(CLIENT("10.0.0.1, 10.0.0.2"), "10.0.0.1");
}

static void what_stands_before_it_anybody_may_have_written(void **state)
{
    (void)state;
    trust("10.0.0.0/8");
    assert_string_equal(CLIENT("198.51.100.7, 192.0.2.1"), "192.0.2.1");
    assert_string_equal(CLIENT("10.0.0.9, 192.0.2.1, 10.0.0.2"), "192.0.2.1");
    assert_string_equal(CLIENT("198.51.100.7", "192.0.2.1"), "192.0.2.1");
}

static void where_a_word_is_no_address_the_last_known_counts(void **state)
{
    (void)state;
    trust("10.0.0.0/8");
    assert_string_equal(CLIENT("192.0.2.1, unknown, 10.0.0.2"), "10.0.0.2");
    assert_string_equal(CLIENT("192.0.2.1, unknown"), "");
    assert_string_equal(CLIENT("192.0.2.1,"), "192.0.2.1");
    assert_string_equal(CLIENT(",192.0.2.1"), "192.0.2.1");
    assert_string_equal(CLIENT("192.0.2.1,,10.0.0.2"), "192.0.2.1");
    assert_string_equal(CLIENT(""), "");
    assert_string_equal(CLIENT("unknown"), "");
    assert_string_equal(client_of((const char *const[]){NULL}), "");
}

/* Opens a client whose peer is this. */
static bool comes(unsigned client, const char *peer)
{
    struct address from = address(peer);
    assert_true(rig_open(&rig, client, 0, false));
    return whence_begin(&rig.clients[client].edge, &from);
}

#define UPGRADE(forwarded)                                                                         \
    KITH_LIT("GET /socket/websocket?user_id=1&vsn=2.0.0 HTTP/1.1\r\nhost: a\r\n"                   \
             "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"          \
             "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n" forwarded "\r\n")
#define CROWDED "429 too many connections from one address\n"

static void so_many_may_come_from_one_address(void **state)
{
    (void)state;
    rig.options.per_address_max = 2;
    assert_true(comes(0, "192.0.2.1"));
    assert_true(comes(1, "192.0.2.1"));
    assert_false(comes(2, "192.0.2.1"));
    assert_int_equal(rig.worlds[0]->stats.connections_crowded, 1);
    assert_true(comes(3, "192.0.2.2"));
    rig_drop(&rig, 0);
    assert_true(comes(4, "192.0.2.1"));
    assert_true(comes(5, "2001:db8::1"));
    assert_true(comes(6, "2001:db8::ffff:ffff:ffff:ffff"));
    assert_false(comes(7, "2001:db8::2")); /* one customer's network */
}

static void without_a_bound_nobody_is_counted(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++)
        assert_true(comes(i, "192.0.2.1"));
    assert_int_equal(rig.clients[7].edge.crowd, 0);
}

/* Who measures comes again and again, and may be behind one address with all others. */
static void operators_are_not_counted(void **state)
{
    (void)state;
    struct address from = address("192.0.2.1");
    rig.options.per_address_max = 1;
    for (unsigned i = 0; i < 3; i++) {
        assert_true(rig_open(&rig, i, 0, true));
        assert_true(whence_begin(&rig.clients[i].edge, &from));
    }
    assert_true(comes(3, "192.0.2.1"));
}

static void behind_a_proxy_its_clients_are_counted(void **state)
{
    (void)state;
    trust("127.0.0.1");
    rig.options.per_address_max = 1;
    for (unsigned i = 0; i < 4; i++)
        assert_true(comes(i, "127.0.0.1"));
    rig_feed(&rig, 0, UPGRADE("x-forwarded-for: 192.0.2.1\r\n"));
    HEARS(&rig, 0, "101");
    rig_feed(&rig, 1, /* other names may pass a proxy as they came */
             UPGRADE("x-forwarded-for: 198.51.100.7, 192.0.2.1\r\n"
                     "x-real-ip: 192.0.2.9\r\nforwarded: for=192.0.2.9\r\n"));
    HEARS(&rig, 1, CROWDED, "end");
    rig_feed(&rig, 2, UPGRADE("x-forwarded-for: 192.0.2.2\r\n"));
    HEARS(&rig, 2, "101");
    rig_drop(&rig, 0);
    rig_feed(&rig, 3, UPGRADE("x-forwarded-for: 192.0.2.1\r\n"));
    HEARS(&rig, 3, "101");
}

static void what_somebody_else_forwards_is_not_heeded(void **state)
{
    (void)state;
    trust("127.0.0.1");
    rig.options.per_address_max = 1;
    assert_true(comes(0, "192.0.2.1"));
    rig_feed(&rig, 0, UPGRADE("x-forwarded-for: 198.51.100.7\r\n"));
    HEARS(&rig, 0, "101");
    assert_false(comes(1, "192.0.2.1"));
    assert_true(comes(2, "198.51.100.7"));
}

static void of_one_connection_of_a_proxy_the_latest_request_counts(void **state)
{
    (void)state;
    trust("127.0.0.1");
    rig.options.per_address_max = 1;
    assert_true(comes(0, "127.0.0.1"));
    rig_feed(&rig, 0, KITH_LIT("GET / HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 192.0.2.1\r\n\r\n"));
    HEARS(&rig, 0, "404 not found");
    assert_false(comes(1, "192.0.2.1"));
    rig_feed(&rig, 0, KITH_LIT("GET / HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 192.0.2.2\r\n\r\n"));
    HEARS(&rig, 0, "404 not found");
    assert_true(comes(2, "192.0.2.1"));
    assert_false(comes(3, "192.0.2.2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_last_who_is_no_proxy_is_the_client, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_stands_before_it_anybody_may_have_written, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(where_a_word_is_no_address_the_last_known_counts, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(so_many_may_come_from_one_address, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_bound_nobody_is_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(operators_are_not_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(behind_a_proxy_its_clients_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_somebody_else_forwards_is_not_heeded, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(of_one_connection_of_a_proxy_the_latest_request_counts,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests_name("whence", tests, NULL, NULL);
}
