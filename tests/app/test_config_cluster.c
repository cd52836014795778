/* tests/app/test_config_cluster.c -- [cluster]: what it needs, what goes together, a node's name,
 * and the keys that come from the secret. */
#include "config_fixture.h"

#include "app/config_cluster.h"

#include <sched.h>

static char secret_path[64], short_path[64], empty_path[64], nul_path[64], open_path[64];

#define STORE "[store]\nurl = postgresql://kith@127.0.0.1/kith\n"

/* A config with [cluster] and these lines in it; files by a letter: S secret, T short, E empty, N
 * of more than text, O open to everybody. */
static struct kith_config *cluster_of(const char *lines, bool store)
{
    char text[2048] = "[cluster]\n";
    size_t at = strlen(text);
    for (; *lines; lines++) {
        const char *path = *lines != '@'     ? NULL
                           : lines[1] == 'S' ? secret_path
                           : lines[1] == 'T' ? short_path
                           : lines[1] == 'E' ? empty_path
                           : lines[1] == 'N' ? nul_path
                                             : open_path;
        if (path) {
            at += (size_t)snprintf(text + at, sizeof text - at, "%s", path);
            lines++;
        } else {
            text[at++] = *lines;
        }
        text[at] = 0;
    }
    if (store) (void)snprintf(text + at, sizeof text - at, STORE);
    return config_of(text);
}

#define WHOLE "name = people\nnode = kith-1\nurls = nats://127.0.0.1:4222\nsecret_file = @S\n"

static void is_right(const char *lines)
{
    struct kith_config *c = cluster_of(lines, true);
    kith_problem why = {""};
    if (config_check_cluster(c, &why) != KITH_OK) fail_msg("%s", why.text);
    kith_config_free(c);
}

static void is_wrong(const char *lines, const char *want)
{
    struct kith_config *c = cluster_of(lines, true);
    kith_problem why = {""};
    assert_int_equal(config_check_cluster(c, &why), KITH_BAD);
    if (!strstr(why.text, want)) fail_msg("%s", why.text);
    kith_config_free(c);
}

static void a_server_without_the_section_is_alone(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    kith_problem why;
    assert_int_equal(config_check_cluster(c, &why), KITH_OK);
    assert_null(kith_config_settings(c)->cluster.name);
    kith_config_free(c);
    is_right(""); /* a heading says nothing */
}

static void a_whole_one_has_its_values(void **state)
{
    (void)state;
    struct kith_config *c = cluster_of(WHOLE "urls = tls://nats.example nats://[::1]:4222\n", true);
    const struct settings_cluster *s = &kith_config_settings(c)->cluster;
    kith_problem why = {""};
    if (config_check_cluster(c, &why) != KITH_OK) fail_msg("%s", why.text);
    assert_string_equal(s->name, "people");
    assert_string_equal(s->node, "kith-1");
    assert_int_equal(s->url_count, 3);
    assert_string_equal(s->urls[0], "nats://127.0.0.1:4222");
    assert_string_equal(s->urls[1], "tls://nats.example");
    assert_string_equal(s->urls[2], "nats://[::1]:4222");
    assert_true(slice_is(s->secret, SECRET));
    assert_int_equal(s->heartbeat_ms, 1000);
    assert_int_equal(s->node_grace_ms, 4000);
    assert_int_equal(s->stale_hold_ms, 60000);
    assert_int_equal(s->leave_ms, 20000);
    kith_config_free(c);
}

static void b17_without_a_name_it_is_refused_with_what_to_write(void **state)
{
    (void)state;
    is_wrong("\nheartbeat_s = 2\n", "kith.conf:3: [cluster] has no name; write name = NAME");
}

static void what_else_it_needs_is_asked_for_at_its_line(void **state)
{
    (void)state;
    is_wrong("name = people\n", "kith.conf:2: [cluster] has no urls; write urls = nats://");
    is_wrong("name = people\nurls = nats://h\n", "kith.conf:2: [cluster] has no secret; write");
    is_wrong("name = people\nurls = nats://h\nsecret_file = @T\n",
             "kith.conf:4: cluster.secret_file: 5 bytes are too few");
    is_wrong("name = people\nurls = nats://h\nsecret_file = @E\n",
             "kith.conf:4: cluster.secret_file: 0 bytes are too few");
}

static void it_needs_a_store_that_nodes_can_share(void **state)
{
    (void)state;
    struct kith_config *c = cluster_of(WHOLE, false);
    kith_problem why = {""};
    assert_int_equal(config_check_cluster(c, &why), KITH_BAD);
    assert_string_equal(why.text, "kith.conf:2: [cluster] needs a database that all nodes share; "
                                  "write [store] with url = postgresql://HOST/DATABASE, or leave "
                                  "[cluster] out");
    kith_config_free(c);
}

static void one_proves_oneself_to_nats_in_one_way(void **state)
{
    (void)state;
    is_right(WHOLE "user = kith\npassword_file = @T\n");
    is_right(WHOLE "token_file = @T\n");
    is_right(WHOLE "credentials_file = @T\n");
    is_wrong(WHOLE "user = kith\n", "kith.conf:6: cluster.user and cluster.password_file go");
    is_wrong(WHOLE "password_file = @T\n", "kith.conf:6: cluster.user and cluster.password_file");
    is_wrong(WHOLE "user = kith\npassword_file = @T\ntoken_file = @T\n", "kith.conf:8: NATS takes");
    is_wrong(WHOLE "user = kith\npassword_file = @T\ncredentials_file = @T\n",
             "kith.conf:6: NATS takes one way");
    is_wrong(WHOLE "user = kith\npassword_file = @E\n",
             "kith.conf:7: cluster.password_file: the file is empty");
    is_wrong(WHOLE "token_file = @E\n", "kith.conf:6: cluster.token_file: the file is empty");
    is_wrong(WHOLE "token_file = @N\n", "cluster.token_file: the file is empty or no text");
}

static void files_of_tls_are_for_tls(void **state)
{
    (void)state;
    is_wrong(WHOLE "urls = tls://nats.example\ntls_cert_file = @O\ntls_key_file = @S\n",
             "kith.conf:7: cluster.tls_cert_file: ");
    is_wrong(WHOLE "tls_ca_file = @O\n", "kith.conf:6: cluster.tls_ca_file is for TLS");
    is_wrong(WHOLE "urls = tls://nats.example\ntls_cert_file = @O\n",
             "kith.conf:7: cluster.tls_cert_file and cluster.tls_key_file go together");
    is_wrong(WHOLE "urls = tls://nats.example\ntls_key_file = @S\n",
             "kith.conf:7: cluster.tls_cert_file and cluster.tls_key_file go together");
}

static void a_secret_that_everybody_may_read_is_refused(void **state)
{
    (void)state;
    static const char *const keys[] = {"secret_file", "credentials_file", "password_file",
                                       "token_file", "tls_key_file"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char key[64], want[300];
        (void)snprintf(key, sizeof key, "cluster.%s", keys[i]);
        (void)snprintf(want, sizeof want,
                       "%s: everybody may read %s; make it private: chmod 600 %s", key, open_path,
                       open_path);
        assert_set_refused(key, open_path, want);
    }
    assert_set_refused("cluster.tls_ca_file", "/no/such",
                       "cluster.tls_ca_file: /no/such: No such file or directory; check the path, "
                       "which begins where kith is started, and its rights");
}

static void a_name_is_what_a_subject_can_carry(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "a.b", "a b", "*", ">", "a>", "p\u00e4", "a23456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char want[200];
        (void)snprintf(want, sizeof want,
                       "cluster.name: \"%s\" will not do; write 1 to 32 letters, digits, - and _",
                       bad[i]);
        assert_set_refused("cluster.name", bad[i], want);
    }
    assert_set_refused("cluster.node", "a b",
                       "cluster.node: \"a b\" will not do; write 1 to 64 letters, digits, dots, - "
                       "and _");
    struct kith_config *c = fresh();
    set(c, "cluster.name", "a2345678901234567890123456789-_2");
    set(c, "cluster.node", "kith-1.example");
    kith_config_free(c);
}

static void servers_of_nats_have_a_scheme_and_no_password(void **state)
{
    (void)state;
    static const char *const good[] = {"nats://10.0.0.1:4222", "nats://nats", "nats://[fd00::1]",
                                       "tls://nats.example:4222", "nats://a:1 tls://b:2"};
    static const char *const bad[] = {"nats.example:4222",
                                      "http://nats.example",
                                      "nats://",
                                      "nats://u:p@nats.example:4222",
                                      "nats://nats.example:4222/x",
                                      "nats://nats.example:99999",
                                      "nats://*.example",
                                      "nats://a:1,nats://b:2",
                                      "tls://10.0.0.1:4222",
                                      "tls://[fd00::1]:4222"};
    struct kith_config *c = fresh();
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        set(c, "cluster.urls", good[i]);
    assert_int_equal(kith_config_settings(c)->cluster.url_count, 2);
    kith_config_free(c);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char want[200];
        (void)snprintf(want, sizeof want,
                       "cluster.urls: \"%s\" will not do; write nats://HOST:PORT, or "
                       "tls://NAME:PORT; a user and a password have keys of their own",
                       bad[i]);
        assert_set_refused("cluster.urls", bad[i], want);
    }
    assert_set_refused("cluster.urls",
                       "nats://1 nats://2 nats://3 nats://4 nats://5 nats://6 nats://7 nats://8 "
                       "nats://9",
                       "cluster.urls: more than 8 servers; one that answers is enough");
}

static void a_node_has_its_name_or_the_machines(void **state)
{
    (void)state;
    char name[NODE_NAME_BYTES_MAX + 1], host[NODE_NAME_BYTES_MAX + 1];
    struct kith_config *c = fresh();
    kith_problem why;
    assert_int_equal(gethostname(host, sizeof host), 0);
    kith_err e = config_node(c, name, &why);
    if (!e) assert_string_equal(name, host);
    set(c, "cluster.node", "kith-1");
    assert_int_equal(config_node(c, name, &why), KITH_OK);
    assert_string_equal(name, "kith-1");
    kith_config_free(c);
}

/* In a namespace of its own, for which it has to be root. */
static void a_machine_may_have_no_name_that_will_do(void **state)
{
    (void)state;
    static const char *const bad[] = {"a b", ""};
    if (unshare(CLONE_NEWUTS) != 0) skip();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(sethostname(bad[i], strlen(bad[i])), 0);
        is_wrong("name = people\nurls = nats://127.0.0.1:4222\nsecret_file = @S\n",
                 "the name of this machine is none that a node may have; write cluster.node");
    }
}

static void keys_are_as_the_secret_and_the_use(void **state)
{
    (void)state;
    struct siphash_key a, b;
    struct kith_config *c = cluster_of(WHOLE, true);
    assert_int_equal(config_cluster_key(c, "frames", &a), KITH_OK);
    /* printf 'kith cluster frames' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef */
    const uint8_t want[16] = {0x25, 0x78, 0x25, 0x93, 0xef, 0xd7, 0x0c, 0x12,
                              0x6d, 0x67, 0x78, 0x6f, 0x20, 0x30, 0x19, 0xb4};
    assert_memory_equal(&a, want, sizeof want);
    assert_int_equal(config_cluster_key(c, "frames", &b), KITH_OK);
    assert_memory_equal(&a, &b, sizeof a);
    assert_int_equal(config_cluster_key(c, "refs", &b), KITH_OK);
    assert_memory_not_equal(&a, &b, sizeof a);
    kith_config_free(c);
}

static int make_files(void **state)
{
    (void)state;
    make_file(secret_path, KITH_LIT(SECRET "\n"), 0640);
    make_file(short_path, KITH_LIT("short\n"), 0600);
    make_file(empty_path, KITH_LIT("\n"), 0600);
    make_file(nul_path, KITH_LIT("a\0b\n"), 0600);
    make_file(open_path, KITH_LIT(SECRET "\n"), 0644);
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    (void)unlink(secret_path);
    (void)unlink(short_path);
    (void)unlink(empty_path);
    (void)unlink(nul_path);
    (void)unlink(open_path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_without_the_section_is_alone),
        cmocka_unit_test(a_whole_one_has_its_values),
        cmocka_unit_test(b17_without_a_name_it_is_refused_with_what_to_write),
        cmocka_unit_test(what_else_it_needs_is_asked_for_at_its_line),
        cmocka_unit_test(it_needs_a_store_that_nodes_can_share),
        cmocka_unit_test(one_proves_oneself_to_nats_in_one_way),
        cmocka_unit_test(files_of_tls_are_for_tls),
        cmocka_unit_test(a_secret_that_everybody_may_read_is_refused),
        cmocka_unit_test(a_name_is_what_a_subject_can_carry),
        cmocka_unit_test(servers_of_nats_have_a_scheme_and_no_password),
        cmocka_unit_test(a_node_has_its_name_or_the_machines),
        cmocka_unit_test(a_machine_may_have_no_name_that_will_do),
        cmocka_unit_test(keys_are_as_the_secret_and_the_use),
    };
    return cmocka_run_group_tests_name("config_cluster", tests, make_files, remove_files);
}
