/* tests/app/test_config.c -- single settings: their defaults, what they take, what they refuse. */
#include "config_fixture.h"
#include "failures.h"

static const struct settings *settings_of(const struct kith_config *c)
{
    return kith_config_settings(c);
}

static void c24_the_defaults_are_those_of_a_server(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    const struct settings *s = settings_of(c);
    assert_string_equal(s->listen, "0.0.0.0:4000");
    assert_string_equal(s->api, "127.0.0.1:4001");
    assert_string_equal(s->data, "./data");
    assert_int_equal(s->workers, 0);
    assert_int_equal(s->auth, AUTH_TOKEN);
    assert_false(s->demo || s->echo);
    assert_int_equal(s->ping_ms, PING_MS);
    assert_int_equal(s->idle_ms, IDLE_MS);
    assert_int_equal(s->handshake_ms, HANDSHAKE_MS);
    assert_int_equal(s->longpoll_ms, LONGPOLL_MS);
    assert_int_equal(s->grace_ms, GRACE_MS);
    assert_int_equal(s->restart_grace_ms, RESTART_GRACE_MS);
    assert_int_equal(s->message_bytes_max, MESSAGE_BYTES_MAX);
    assert_int_equal(s->outbox_bytes_max, OUTBOX_BYTES_MAX);
    assert_int_equal(s->connections_max, 100000);
    assert_int_equal(s->drain_ms, DRAIN_MS);
    assert_int_equal(s->origin_count, 0);
    assert_int_equal(s->key_count, 0);
    kith_config_free(c);
    kith_config_free(NULL);
}

static void get_tells_what_holds(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    assert_string_equal(kith_config_get(c, "server.demo"), "off");
    assert_string_equal(kith_config_get(c, "presence.grace_s"), "5");
    assert_string_equal(kith_config_get(c, "origins.allow"), "");
    set(c, "presence.grace_s", "0.5");
    assert_string_equal(kith_config_get(c, "presence.grace_s"), "0.5");
    assert_null(kith_config_get(c, "presence.grace"));
    assert_null(kith_config_get(c, "grace_s"));
    assert_null(kith_config_get(c, ""));
    assert_null(kith_config_get(c, "token web.kind"));
    set(c, "token web.kind", "jwt");
    assert_string_equal(kith_config_get(c, "token web.kind"), "jwt");
    assert_string_equal(kith_config_get(c, "token web.alg"), "HS256");
    assert_null(kith_config_get(c, "token app.kind"));
    kith_config_free(c);
}

static void every_key_has_its_value(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    assert_in_range(config_keys_count, 1, CONFIG_KEYS_MAX);
    for (int i = 0; i < config_keys_count; i++) { /* no holes, and each key says why */
        const struct config_key *k = &config_keys[i];
        assert_true(k->section && k->name && k->help && (k->initial || k->example));
        bool named = config_key_group(k) != CONFIG_TOP;
        char section[64];
        (void)snprintf(section, sizeof section, "%s%s", k->section, named ? " t" : "");
        assert_ptr_equal(config_key_find(section, k->name), k);
    }
    kith_config_free(c);
}

static void an_unknown_key_names_the_one_that_is_meant(void **state)
{
    (void)state;
    assert_set_refused("server.lisen", "x",
                       "server.lisen: no such key; did you mean server.listen?");
    assert_set_refused("server.grace_s", "1",
                       "server.grace_s: no such key; did you mean presence.grace_s?");
    assert_set_refused("token web.secretfile", "x",
                       "token web.secretfile: no such key; did you mean token NAME.secret_file?");
    assert_set_refused("cluster.secret", "x",
                       "cluster.secret: no such key; did you mean cluster.secret_file?");
    assert_set_refused("server.quux", "x",
                       "server.quux: no such key; `kith config init` shows them all");
    assert_set_refused("sever.listen", "x", "no section [sever]; did you mean [server]?");
    assert_set_refused("token.kind", "jwt", "no section [token]; did you mean [token NAME]?");
    assert_set_refused("token a b.kind", "jwt",
                       "no section [token a b]; did you mean [token "
                       "NAME]?");
    assert_set_refused("zebra.kind", "x", "no section [zebra]; `kith config init` shows them all");
    assert_set_refused("listen", "x", "a key is written section.key, as server.listen");
    assert_set_refused("", "x", "a key is written section.key, as server.listen");
    assert_set_refused("server.\x1b[2J", "x", "no such key; `kith config init` shows them all");
}

static void a_long_unknown_key_is_cut(void **state)
{
    (void)state;
    char key[400] = "server.";
    memset(key + 7, 'x', 300);
    struct kith_config *c = fresh();
    kith_problem why;
    assert_int_equal(kith_config_set(c, key, "1", &why), KITH_BAD);
    assert_true(strlen(why.text) < 200);
    memset(key, 'x', 300);
    key[300] = '.';
    assert_int_equal(kith_config_set(c, key, "1", &why), KITH_BAD);
    kith_config_free(c);
}

static void numbers_are_whole_and_in_range(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    set(c, "server.workers", "64");
    assert_int_equal(settings_of(c)->workers, 64);
    static const char *const bad[] = {"65",   "-1",  "x",   "1.5", " 1",
                                      "0x10", "1e2", "007", "+1",  "99999999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char want[160];
        (void)snprintf(want, sizeof want,
                       "server.workers: \"%s\" will not do; write a whole number from 0 to 64",
                       bad[i]);
        assert_set_refused("server.workers", bad[i], want);
    }
    assert_set_refused("server.max_connections", "0",
                       "server.max_connections: \"0\" will not do; write a whole number from 1 to "
                       "10000000");
    kith_config_free(c);
}

static void seconds_have_three_decimals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t ms;
    } good[] = {{"0", 0},       {"5", 5000},  {"0.5", 500},      {"0.05", 50},
                {"1.25", 1250}, {"0.001", 1}, {"3600", 3600000}, {"3600.000", 3600000}};
    struct kith_config *c = fresh();
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        set(c, "presence.grace_s", good[i].text);
        assert_int_equal(settings_of(c)->grace_ms, good[i].ms);
    }
    static const char *const bad[] = {"3600.001", "3601",   "-1",   "5s",           ".5",
                                      "5.",       "0.0001", "1,5",  "1.2.3",        "inf",
                                      "nan",      "1e1",    "00.5", "4294967296000"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char want[160];
        (void)snprintf(want, sizeof want,
                       "presence.grace_s: \"%s\" will not do; write seconds from 0 to 3600, as 30 "
                       "or 0.5",
                       bad[i]);
        assert_set_refused("presence.grace_s", bad[i], want);
    }
    assert_set_refused("server.idle_s", "0.05",
                       "server.idle_s: \"0.05\" will not do; write seconds from 0.2 to 7200, as 30 "
                       "or 0.5");
    kith_config_free(c);
}

static void ages_are_whole_seconds(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    set(c, "token t.max_age_s", "1209600");
    assert_int_equal(settings_of(c)->keys[0].options.max_age_s, 1209600);
    assert_set_refused("token t.max_age_s", "2w",
                       "token t.max_age_s: \"2w\" will not do; write whole seconds, as 86400");
    assert_set_refused("token t.max_age_s", "10000000001",
                       "token t.max_age_s: \"10000000001\" will not do; write whole seconds, as "
                       "86400");
    kith_config_free(c);
}

static void switches_and_choices_take_their_words(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    set(c, "server.demo", "on");
    assert_true(settings_of(c)->demo);
    set(c, "server.demo", "off");
    assert_false(settings_of(c)->demo);
    set(c, "server.auth", "none");
    assert_int_equal(settings_of(c)->auth, AUTH_NONE);
    assert_set_refused("server.demo", "yes", "server.demo: \"yes\" will not do; write on or off");
    assert_set_refused("server.auth", "None",
                       "server.auth: \"None\" will not do; write one of: token none app");
    assert_set_refused("token t.alg", "none",
                       "token t.alg: \"none\" will not do; write one of: HS256 HS384 HS512 RS256 "
                       "ES256 EdDSA");
    kith_config_free(c);
}

static void choices_are_what_the_verifier_calls_so(void **state)
{
    (void)state;
    static const char *const names[] = {"HS256", "HS384", "HS512", "RS256", "ES256", "EdDSA"};
    static const enum token_alg algs[] = {TOKEN_HS256, TOKEN_HS384, TOKEN_HS512,
                                          TOKEN_RS256, TOKEN_ES256, TOKEN_EDDSA};
    struct kith_config *c = fresh();
    for (size_t i = 0; i < 6; i++) {
        set(c, "token t.alg", names[i]);
        assert_int_equal(settings_of(c)->keys[0].options.alg, algs[i]);
    }
    set(c, "token t.kind", "phoenix");
    assert_int_equal(settings_of(c)->keys[0].options.kind, TOKEN_PHOENIX);
    set(c, "token t.kind", "jwt");
    assert_int_equal(settings_of(c)->keys[0].options.kind, TOKEN_JWT);
    kith_config_free(c);
}

static void no_value_is_empty_quoted_or_of_control_characters(void **state)
{
    (void)state;
    assert_set_refused("server.data", "",
                       "server.data: is empty; write a value, or leave the line out");
    assert_set_refused("server.data", "a\x1b[2J",
                       "server.data: holds a tab or control character; write plain text");
    assert_set_refused("token t.salt", "\"user socket\"",
                       "token t.salt: stands in quotes, which would be part of it; write it "
                       "without");
    char path[300];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_set_refused("server.data", path, "server.data: longer than 255 bytes; write less");
}

static void what_is_refused_leaves_the_former_value(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    set(c, "presence.grace_s", "7");
    assert_int_equal(kith_config_set(c, "presence.grace_s", "x", NULL), KITH_BAD);
    assert_string_equal(kith_config_get(c, "presence.grace_s"), "7");
    assert_int_equal(settings_of(c)->grace_ms, 7000);
    kith_config_free(c);
}

static void without_memory_nothing_is_set(void **state)
{
    (void)state;
    char path[64];
    make_file(path, KITH_LIT(SECRET), 0600);
    alloc_fail(0, 1);
    assert_null(kith_config_new());
    alloc_heal();
    struct kith_config *c = fresh();
    for (size_t nth = 0; nth < 2; nth++) { /* the path's, and the file's */
        alloc_fail(nth, 1);
        assert_int_equal(kith_config_set(c, "token t.secret_file", path, NULL), KITH_NOMEM);
        alloc_heal();
        assert_string_equal(kith_config_get(c, "token t.secret_file"), "");
    }
    alloc_fail(0, 1);
    assert_int_equal(kith_config_load(c, path, NULL), KITH_NOMEM);
    alloc_heal();
    kith_config_free(c);
    (void)unlink(path);
}

static void tokens_have_names_and_a_bound(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    kith_problem why;
    for (int i = 0; i < TOKEN_KEYS_CONFIGURED_MAX; i++) {
        char key[64];
        (void)snprintf(key, sizeof key, "token t%d.secret", i);
        set(c, key, SECRET);
    }
    assert_int_equal(settings_of(c)->key_count, TOKEN_KEYS_CONFIGURED_MAX);
    assert_string_equal(settings_of(c)->keys[3].name, "t3");
    assert_int_equal(kith_config_set(c, "token one-more.kind", "jwt", &why), KITH_FULL);
    assert_non_null(strstr(why.text, "more than 16"));
    set(c, "token t3.kid", "k"); /* those that are there can still be changed */
    assert_string_equal(settings_of(c)->keys[3].options.kid, "k");
    kith_config_free(c);
    assert_set_refused("token 123456789012345678901234567890123.kind", "jwt",
                       "no section [token 123456789012345678901234567890123]; did you mean [token "
                       "NAME]?");
    assert_set_refused("token .kind", "jwt", "no section [token ]; did you mean [token NAME]?");
}

static void keys_of_the_api_have_a_bound_of_their_own(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    kith_problem why;
    for (int i = 0; i < API_KEYS_MAX; i++) {
        char key[64];
        (void)snprintf(key, sizeof key, "key k%d.secret", i);
        set(c, key, SECRET);
    }
    assert_int_equal(settings_of(c)->api_key_count, API_KEYS_MAX);
    assert_int_equal(settings_of(c)->key_count, 0);
    assert_int_equal(kith_config_set(c, "key one-more.role", "read", &why), KITH_FULL);
    assert_string_equal(why.text, "more than 16 [key NAME] sections; drop an old one");
    set(c, "key k3.role", "write");
    assert_string_equal(kith_config_get(c, "key k3.role"), "write");
    assert_null(kith_config_get(c, "key one-more.role"));
    kith_config_free(c);
    assert_set_refused("key k.role", "root",
                       "key k.role: \"root\" will not do; write one of: read write admin");
}

static void a_secret_file_is_read_without_its_newline(void **state)
{
    (void)state;
    char path[64];
    make_file(path, KITH_LIT("\0binary secret\r\n"), 0640);
    struct kith_config *c = fresh();
    set(c, "token t.secret_file", path);
    assert_true(slice_eq(settings_of(c)->keys[0].options.secret, KITH_LIT("\0binary secret")));
    assert_string_equal(kith_config_get(c, "token t.secret_file"), path);
    (void)unlink(path);
    make_file(path, KITH_LIT(""), 0600);
    set(c, "token t.secret_file", path);
    assert_int_equal(settings_of(c)->keys[0].options.secret.len, 0);
    (void)unlink(path);
    kith_config_free(c);
}

static void a_secret_that_everybody_may_read_is_refused(void **state)
{
    (void)state;
    char path[64], want[300];
    make_file(path, KITH_LIT(SECRET), 0644);
    (void)snprintf(want, sizeof want,
                   "token t.secret_file: everybody may read %s; make it private: chmod 600 %s",
                   path, path);
    assert_set_refused("token t.secret_file", path, want);
    struct kith_config *c = fresh();
    set(c, "token t.public_key_file", path); /* a public key is nobody's secret */
    kith_config_free(c);
    (void)unlink(path);
}

static void a_key_file_that_cannot_be_read_is_named(void **state)
{
    (void)state;
    assert_set_refused("token t.secret_file", "/no/such/file",
                       "token t.secret_file: /no/such/file: No such file or directory; check the "
                       "path, which begins where kith is started, and its rights");
    assert_set_refused("token t.public_key_file", "/tmp",
                       "token t.public_key_file: /tmp: Is a directory; check the path, which "
                       "begins where kith is started, and its rights");
    assert_set_refused("token t.secret_file", "/dev/zero",
                       "token t.secret_file: /dev/zero: more than 65536 bytes; is it the right "
                       "file?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c24_the_defaults_are_those_of_a_server),
        cmocka_unit_test(get_tells_what_holds),
        cmocka_unit_test(every_key_has_its_value),
        cmocka_unit_test(an_unknown_key_names_the_one_that_is_meant),
        cmocka_unit_test(a_long_unknown_key_is_cut),
        cmocka_unit_test(numbers_are_whole_and_in_range),
        cmocka_unit_test(seconds_have_three_decimals),
        cmocka_unit_test(ages_are_whole_seconds),
        cmocka_unit_test(switches_and_choices_take_their_words),
        cmocka_unit_test(choices_are_what_the_verifier_calls_so),
        cmocka_unit_test(no_value_is_empty_quoted_or_of_control_characters),
        cmocka_unit_test(what_is_refused_leaves_the_former_value),
        cmocka_unit_test(without_memory_nothing_is_set),
        cmocka_unit_test(tokens_have_names_and_a_bound),
        cmocka_unit_test(keys_of_the_api_have_a_bound_of_their_own),
        cmocka_unit_test(a_secret_file_is_read_without_its_newline),
        cmocka_unit_test(a_secret_that_everybody_may_read_is_refused),
        cmocka_unit_test(a_key_file_that_cannot_be_read_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
