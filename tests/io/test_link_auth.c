/* tests/io/test_link_auth.c -- how a link proves itself to NATS and NATS to it, and what it says of
 * a NATS that does not let it in; several servers. */
#include "link_fixture.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static struct link_options to(const char *url)
{
    return (struct link_options){.urls = {url}, .url_count = 1, .cluster = "c", .inc = 1};
}

static void comes_in(const struct link_options *o)
{
    struct link *a = open_with(o);
    until_connected(a);
    say_to(a, LINK_HEARTBEAT, 0, "in");
    hears(a, LINK_HEARTBEAT, "in");
    link_close(a);
}

/* It says why, in one line for as long as it stays so, and goes on trying. */
static void stays_out(const struct link_options *o, const char *because, uint64_t ms)
{
    struct caught_log log = log_begin();
    struct link *a = open_with(o);
    bool in = false;
    /* A handshake may take long, under a sanitizer beside others. */
    for (uint64_t end = system_now().mono_ms + PATIENCE_MS;
         !strstr(log_so_far(&log), because) && system_now().mono_ms < end; turn(a, 50))
        in |= link_connected(a, LINK_LIVE);
    for (uint64_t end = system_now().mono_ms + ms; system_now().mono_ms < end; turn(a, 50))
        in |= link_connected(a, LINK_LIVE);
    link_close(a);
    log_so_far(&log);
    log_end(&log);
    assert_false(in);
    if (!strstr(log.text, because)) fail_msg("no '%s' in: %s", because, log.text);
    assert_null(strstr(log.text, "secret"));
    assert_ptr_equal(strchr(log.text, '\n'), log.text + strlen(log.text) - 1);
}

static void a_user_with_a_password_comes_in_and_with_another_not(void **state)
{
    (void)state;
    struct nats n = {0};
    nats_start(&n, "authorization { user: kith, password: secret1 }");
    struct link_options o = to(n.url);
    o.user = "kith";
    o.password = slice_str("secret1");
    comes_in(&o);
    o.password = slice_str("secret2");
    stays_out(&o, "Authorization Violation", 1500);
    o.user = NULL;
    stays_out(&o, "Authorization Violation", 500);
    nats_remove(&n);
}

static void a_token_comes_in_and_another_not(void **state)
{
    (void)state;
    struct nats n = {0};
    nats_start(&n, "authorization { token: secret1 }");
    struct link_options o = to(n.url);
    o.token = slice_str("secret1");
    comes_in(&o);
    o.token = slice_str("secret2");
    stays_out(&o, "Authorization Violation", 500);
    nats_remove(&n);
}

static void who_may_not_use_the_subjects_is_told_which_to_allow(void **state)
{
    (void)state;
    struct nats n = {0};
    nats_start(&n, "authorization { users: [{ user: kith, password: secret1, permissions: {\n"
                   "  publish: \"p.c.>\", subscribe: [\"p.c.n.*\", \"p.c.b.*\"] } }] }");
    struct link_options o = to(n.url);
    o.user = "kith";
    o.password = slice_str("secret1");
    stays_out(&o, "allow this user to publish and subscribe to p.c.>", 1000);
    nats_remove(&n);
}

static void credentials_that_are_no_file_are_said_to_be_so(void **state)
{
    struct nats *n = *state;
    struct link_options o = to(n->url);
    o.credentials_file = "/no/such/kith.creds";
    struct link *l = NULL;
    kith_problem why = {""};
    struct caught_log log = log_begin();
    kith_err e = link_open(&o, &l, &why); /* it may be put there later */
    link_close(l);
    log_end(&log);
    assert_int_equal(e, KITH_OK);
}

/* A CA of our own, and what it signs */

struct papers {
    char folder[64], ca[96], other_ca[96], cert[96], key[96];
};

static void run(const char *command)
{
    if (system(command) != 0) fail_msg("%s", command);
}

static void make_papers(struct papers *p)
{
    char command[1024];
    (void)snprintf(p->folder, sizeof p->folder, "/tmp/kith-papers-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    (void)snprintf(p->ca, sizeof p->ca, "%s/ca.pem", p->folder);
    (void)snprintf(p->other_ca, sizeof p->other_ca, "%s/other.pem", p->folder);
    (void)snprintf(p->cert, sizeof p->cert, "%s/cert.pem", p->folder);
    (void)snprintf(p->key, sizeof p->key, "%s/key.pem", p->folder);
    (void)snprintf(command, sizeof command,
                   "cd %s && exec 2>log && ca() { openssl req -x509 -newkey ec -pkeyopt "
                   "ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=$1 -keyout $1.key -out "
                   "$1.pem; } && ca ca && ca other && openssl req -newkey ec -pkeyopt "
                   "ec_paramgen_curve:P-256 -nodes -subj /CN=nats -keyout key.pem -out csr && "
                   "printf 'subjectAltName=DNS:localhost' >ext && openssl x509 -req -in csr -CA "
                   "ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out cert.pem",
                   p->folder);
    run(command);
}

static void remove_papers(const struct papers *p)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -r %s", p->folder);
    run(command);
}

/* A server with TLS, and a link's way to it. */
struct tls {
    struct nats nats;
    struct papers papers;
    char url[64];
    struct link_options options;
};

static void start_tls(struct tls *t, bool verify)
{
    char settings[512];
    const struct papers *p = &t->papers;
    (void)snprintf(settings, sizeof settings,
                   "tls { cert_file: \"%s\", key_file: \"%s\", ca_file: \"%s\", verify: %s }",
                   p->cert, p->key, p->ca, verify ? "true" : "false");
    nats_start(&t->nats, settings);
    (void)snprintf(t->url, sizeof t->url, "tls://localhost:%u", t->nats.port);
    t->options = to(t->url);
    t->options.ca_file = p->ca;
}

static void begin_tls(struct tls *t, bool verify)
{
    *t = (struct tls){0};
    make_papers(&t->papers);
    start_tls(t, verify);
}

static void end_tls(struct tls *t)
{
    nats_remove(&t->nats);
    remove_papers(&t->papers);
}

static void with_tls_the_server_must_have_the_name_from_a_ca_that_is_trusted(void **state)
{
    (void)state;
    struct tls t;
    char by_number[64];
    begin_tls(&t, false);
    (void)snprintf(by_number, sizeof by_number, "tls://127.0.0.1:%u", t.nats.port);
    struct link_options o = t.options;
    comes_in(&o);
    o.ca_file = t.papers.other_ca;
    stays_out(&o, "certificate", 500);
    o.ca_file = NULL;
    stays_out(&o, "certificate", 500);
    o.ca_file = t.papers.ca;
    o.urls[0] = by_number; /* the certificate is another's */
    stays_out(&o, "mismatch", 500);
    end_tls(&t);
}

static void with_tls_both_may_show_a_certificate(void **state)
{
    (void)state;
    struct tls t;
    begin_tls(&t, true);
    t.options.cert_file = t.papers.cert;
    t.options.key_file = t.papers.key;
    comes_in(&t.options);
    end_tls(&t);
}

static void who_asks_for_tls_speaks_to_nobody_without(void **state)
{
    struct nats *n = *state;
    char url[64];
    (void)snprintf(url, sizeof url, "tls://localhost:%u", n->port);
    struct link_options o = to(url);
    stays_out(&o, "Secure Connection", 500);
}

static void a_large_message_comes_through_tls_in_its_many_records(void **state)
{
    (void)state;
    static uint8_t big[65536];
    struct tls t;
    begin_tls(&t, false);
    struct link *a = open_with(&t.options);
    until_connected(a);
    for (int i = 0; i < 300; i++) {
        memset(big, i, sizeof big);
        assert_int_equal(link_publish(a, LINK_LIVE, LINK_ALL, 0, slice_of(big, sizeof big)),
                         KITH_OK);
        struct link_message m = hear(a);
        assert_true(slice_eq(m.bytes, slice_of(big, sizeof big)));
    }
    link_close(a);
    end_tls(&t);
}

/* The thread of a lane waits for the end of the handshake; its user does not. */
static void a_server_that_stops_with_tls_holds_up_nobody(void **state)
{
    (void)state;
    struct tls t;
    begin_tls(&t, false);
    struct caught_log log = log_begin();
    struct link *a = open_with(&t.options);
    until_connected(a);
    nats_signal(&t.nats, SIGSTOP);
    uint64_t begin = system_now().mono_ms, longest = 0;
    unsigned taken = 0;
    while (system_now().mono_ms - begin < 2 * LINK_SILENT_MS) {
        uint64_t before = system_now().mono_ms;
        taken += link_publish(a, LINK_LIVE, LINK_ALL, 0, slice_str("x")) == KITH_OK;
        turn(a, 0);
        uint64_t took = system_now().mono_ms - before;
        if (took > longest) longest = took;
        poll(NULL, 0, 5);
    }
    bool lost = !link_connected(a, LINK_LIVE);
    nats_signal(&t.nats, SIGCONT);
    until_connected(a);
    log_end(&log);
    assert_true(lost && taken);
    assert_true(longest < BLOCKED_MS);
    link_close(a);
    end_tls(&t);
}

/* Says that it wants TLS, and then nothing: libnats waits for good. */
static int hanging_server(uint16_t *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof a;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

static int hang_one(int listening)
{
    static const char info[] =
        "INFO {\"server_id\":\"x\",\"max_payload\":1048576,\"tls_required\":true}\r\n";
    int fd = accept(listening, NULL, NULL);
    if (fd >= 0) assert_int_equal(write(fd, info, sizeof info - 1), sizeof info - 1);
    return fd;
}

static void a_connection_that_hangs_in_a_handshake_is_replaced(void **state)
{
    (void)state;
    struct tls t = {0};
    char url[64];
    int hung[LINK_LANES], count = 0;
    make_papers(&t.papers);
    int listening = hanging_server(&t.nats.port);
    (void)snprintf(url, sizeof url, "tls://localhost:%u", t.nats.port);
    struct link_options o = to(url);
    o.ca_file = t.papers.ca;
    struct caught_log log = log_begin();
    struct link *a = open_with(&o);
    for (uint64_t end = system_now().mono_ms + PATIENCE_MS; count < LINK_LANES; turn(a, 10)) {
        assert_true(system_now().mono_ms < end);
        if ((hung[count] = hang_one(listening)) >= 0) count++;
    }
    close(listening);
    start_tls(&t, false); /* on its port */
    for (uint64_t end = system_now().mono_ms + LINK_STUCK_MS; system_now().mono_ms < end;)
        turn(a, 100);
    until_connected(a);
    say_to(a, LINK_ALL, 0, "anew");
    hears(a, LINK_ALL, "anew");
    log_so_far(&log);
    log_end(&log);
    assert_non_null(strstr(log.text, "a connection hangs"));
    uint64_t begin = system_now().mono_ms;
    link_close(a);
    assert_true(system_now().mono_ms - begin < LINK_CLOSE_MS + BLOCKED_MS);
    while (count)
        close(hung[--count]); /* their threads end */
    poll(NULL, 0, 200);
    end_tls(&t);
}

static void what_one_server_of_a_cluster_hears_comes_to_the_links_of_another(void **state)
{
    (void)state;
    struct nats first = {0}, second = {0};
    char settings[256];
    uint16_t route = nats_free_port();
    (void)snprintf(settings, sizeof settings, "cluster { name: t, listen: \"127.0.0.1:%u\" }",
                   route);
    nats_start(&first, settings);
    (void)snprintf(settings, sizeof settings,
                   "cluster { name: t, listen: \"127.0.0.1:-1\", routes: "
                   "[\"nats://127.0.0.1:%u\"] }",
                   route);
    nats_start(&second, settings);
    struct link *a = open_link(first.url, 1), *b = open_link(second.url, 2);
    until_connected(a);
    until_connected(b);
    struct link_message m;
    uint64_t end = system_now().mono_ms + PATIENCE_MS;
    do { /* the servers tell each other what is subscribed, some time */
        say_to(a, LINK_INBOX, 2, "hello");
        turn(b, 50);
        assert_true(system_now().mono_ms < end);
    } while (!link_next(b, &m));
    assert_true(slice_is(m.bytes, "hello"));
    struct caught_log log = log_begin();
    nats_stop(&first);
    until_lost(a);
    say_to(b, LINK_HEARTBEAT, 0, "still here");
    while (!link_next(b, &m) || m.where != LINK_HEARTBEAT) {
        assert_true(system_now().mono_ms < end);
        turn(b, 50);
    }
    log_end(&log);
    link_close(a);
    link_close(b);
    nats_remove(&first);
    nats_remove(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_with_a_password_comes_in_and_with_another_not),
        cmocka_unit_test(a_token_comes_in_and_another_not),
        cmocka_unit_test(who_may_not_use_the_subjects_is_told_which_to_allow),
        cmocka_unit_test(credentials_that_are_no_file_are_said_to_be_so),
        cmocka_unit_test(with_tls_the_server_must_have_the_name_from_a_ca_that_is_trusted),
        cmocka_unit_test(with_tls_both_may_show_a_certificate),
        cmocka_unit_test(who_asks_for_tls_speaks_to_nobody_without),
        cmocka_unit_test(a_large_message_comes_through_tls_in_its_many_records),
        cmocka_unit_test(a_server_that_stops_with_tls_holds_up_nobody),
        cmocka_unit_test(a_connection_that_hangs_in_a_handshake_is_replaced),
        cmocka_unit_test(what_one_server_of_a_cluster_hears_comes_to_the_links_of_another),
    };
    return cmocka_run_group_tests_name("link_auth", tests, start_one, remove_one);
}
