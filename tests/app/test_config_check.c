/* tests/app/test_config_check.c -- settings that do not go together. */
#include "config_fixture.h"
#include "failures.h"

static void assert_checks(const char *text)
{
    struct kith_config *c = config_of(text);
    kith_problem why = {""};
    if (kith_config_check(c, &why) != KITH_OK) fail_msg("%s", why.text);
    kith_config_free(c);
}

static void assert_check_refused(const char *text, const char *want)
{
    struct kith_config *c = config_of(text);
    kith_problem why = {""};
    assert_int_equal(kith_config_check(c, &why), KITH_BAD);
    assert_string_equal(why.text, want);
    kith_config_free(c);
}

#define KEY      "[token t]\nkind = jwt\nsecret = " SECRET "\n"
#define LOOPBACK "listen = 127.0.0.1:4000\n"

static void a_key_makes_a_config_whole(void **state)
{
    (void)state;
    assert_checks(KEY);
    assert_checks("[server]\nlisten = 0.0.0.0:0\napi = 127.0.0.1:0\n" KEY);
    assert_checks("[server]\nlisten = 127.0.0.1:0\napi = 127.0.0.1:0\n" KEY);
}

static void tokens_need_a_key(void **state)
{
    (void)state;
    assert_check_refused(
        "[server]\n",
        "kith.conf: server.auth = token needs a [token NAME] section with a key; "
        "`kith config init FILE` writes a file with one, for --config FILE (for a first look: kith "
        "serve --demo)");
    assert_check_refused(
        "[server]\nauth = token\n",
        "kith.conf:2: server.auth = token needs a [token NAME] section with a key; "
        "`kith config init FILE` writes a file with one, for --config FILE (for a first look: kith "
        "serve --demo)");
    assert_checks("[server]\ndemo = on\n" LOOPBACK); /* the demo makes its own */
    assert_checks("[server]\nauth = none\n" LOOPBACK);
}

static void what_trusts_anybody_stays_on_loopback(void **state)
{
    (void)state;
    assert_check_refused("[server]\nauth = none\n",
                         "kith.conf:2: server.auth = none is for this machine only, and "
                         "server.listen = 0.0.0.0:4000 can be reached from others; write listen = "
                         "127.0.0.1:4000 (--listen 127.0.0.1:4000)");
    assert_check_refused("[server]\nlisten = [::]:1\ndemo = on\n",
                         "kith.conf:3: server.demo = on is for this machine only, and "
                         "server.listen = [::]:1 can be reached from others; write listen = "
                         "127.0.0.1:1 (--listen 127.0.0.1:1)");
    assert_check_refused("[server]\nlisten = 10.1.2.3:1\necho = on\n" KEY,
                         "kith.conf:3: server.echo = on is for this machine only, and "
                         "server.listen = 10.1.2.3:1 can be reached from others; write listen = "
                         "127.0.0.1:1 (--listen 127.0.0.1:1)");
    assert_checks("[server]\necho = on\nlisten = [::1]:1\n" KEY);
}

#define BEYOND  "[server]\napi = 0.0.0.0:4001\n"
#define API_KEY "[key ops]\nrole = admin\nsecret = api-" SECRET "\n"

static void beyond_loopback_the_api_wants_a_key(void **state)
{
    (void)state;
    assert_check_refused(BEYOND KEY,
                         "kith.conf:2: server.api: 0.0.0.0:4001 can be reached from other "
                         "machines, and there is no key to ask for; add a [key NAME] section with "
                         "role = admin and secret_file = FILE, or write an address on loopback, "
                         "as 127.0.0.1:4001");
    assert_checks(BEYOND KEY API_KEY);
    assert_checks("[server]\napi = off\n" KEY);
}

/* It asks for no key, whether there are some or not. */
static void in_development_the_api_stays_on_loopback(void **state)
{
    (void)state;
    assert_check_refused(BEYOND LOOPBACK "auth = none\n" API_KEY,
                         "kith.conf:4: server.auth = none is for this machine only, and server.api "
                         "= 0.0.0.0:4001 can be reached from others; write api = 127.0.0.1:4001 "
                         "(--api 127.0.0.1:4001)");
    assert_check_refused(BEYOND LOOPBACK "demo = on\n" API_KEY,
                         "kith.conf:4: server.demo = on is for this machine only, and server.api = "
                         "0.0.0.0:4001 can be reached from others; write api = 127.0.0.1:4001 "
                         "(--api 127.0.0.1:4001)");
    assert_checks("[server]\nauth = none\n" LOOPBACK "api = [::1]:1\n");
}

static void an_api_key_has_a_role_and_one_secret(void **state)
{
    (void)state;
    assert_checks(KEY API_KEY);
    assert_check_refused(KEY "[key ops]\nsecret = " SECRET "\n",
                         "kith.conf:4: [key ops]: no role; write role = read, write or admin");
    assert_check_refused(KEY "[key ops]\nrole = read\n[key two]\n",
                         "kith.conf:4: [key ops]: no secret; write secret = ..., or secret_file = "
                         "FILE");
    char path[64], text[300];
    make_file(path, KITH_LIT(SECRET "\n"), 0600);
    (void)snprintf(text, sizeof text, KEY "[key ops]\nrole = read\nsecret_file = %s\n", path);
    assert_checks(text);
    (void)snprintf(text, sizeof text, KEY API_KEY "secret_file = %s\n", path);
    assert_check_refused(text, "kith.conf:4: [key ops]: two secrets; write secret = ..., or "
                               "secret_file = FILE");
    (void)unlink(path);
}

static void an_api_key_is_good_and_nobody_elses(void **state)
{
    (void)state;
    assert_check_refused(KEY "[key ops]\nrole = read\nsecret = short\n",
                         "kith.conf:4: [key ops]: the secret has 5 bytes and needs at least 32; "
                         "make one: openssl rand -base64 48");
    assert_check_refused(KEY API_KEY "[key two]\nrole = read\nsecret = api-" SECRET "\n",
                         "kith.conf:7: [key two]: another key has this secret already; give each "
                         "key its own");
}

static void clients_and_operators_have_different_doors(void **state)
{
    (void)state;
    assert_check_refused("[server]\nlisten = 127.0.0.1:4001\n" KEY,
                         "kith.conf:2: server.api: 127.0.0.1:4001 is where clients connect "
                         "(server.listen = 127.0.0.1:4001); write another port");
    assert_check_refused("[server]\nlisten = 0.0.0.0:4000\napi = 127.0.0.1:4000\n" KEY,
                         "kith.conf:3: server.api: 127.0.0.1:4000 is where clients connect "
                         "(server.listen = 0.0.0.0:4000); write another port");
    assert_checks("[server]\nlisten = 127.0.0.2:4000\napi = 127.0.0.1:4000\n" KEY);
    assert_checks("[server]\nlisten = 0.0.0.0:0\napi = 127.0.0.1:0\n" KEY);
}

static void the_demo_has_no_database(void **state)
{
    (void)state;
    assert_check_refused("[server]\n" LOOPBACK "demo = on\n[store]\nurl = postgresql://db/kith\n",
                         "kith.conf:5: store.url: the demo's people are not to come among real "
                         "ones; leave it out, or demo");
}

static void a_ping_must_fit_before_the_end(void **state)
{
    (void)state;
    assert_check_refused("[server]\nidle_s = 30\n" KEY,
                         "kith.conf:2: server.idle_s: 30 s is over before a ping after 30 s could "
                         "be answered; write more than server.ping_s, best twice as much");
    assert_checks("[server]\nidle_s = 0.5\nping_s = 0.2\n" KEY);
}

static void a_token_says_what_it_is(void **state)
{
    (void)state;
    assert_check_refused("[server]\n\n[token t]\n",
                         "kith.conf:3: [token t]: no kind; write kind = phoenix, or kind = jwt");
    assert_check_refused("[token t]\nkind = jwt\n",
                         "kith.conf:1: [token t]: no secret; write secret = ..., or secret_file = "
                         "FILE");
    assert_check_refused("[token t]\nkind = phoenix\nsalt = s\n",
                         "kith.conf:1: [token t]: no secret; write secret = ..., or secret_file = "
                         "FILE");
    assert_check_refused("[token t]\nkind = jwt\nalg = ES256\n",
                         "kith.conf:1: [token t]: no key; write public_key_file = FILE with a PEM "
                         "public key");
}

static void kinds_do_not_mix(void **state)
{
    (void)state;
    assert_check_refused("[token t]\nkind = phoenix\nsalt = s\nsecret = " SECRET "\nalg = HS256\n",
                         "kith.conf:1: [token t]: alg is for kind = jwt; leave it out, or change "
                         "the kind");
    assert_check_refused(KEY "salt = s\n",
                         "kith.conf:1: [token t]: salt is for kind = phoenix; leave it out, or "
                         "change the kind");
    assert_check_refused(KEY "alg = RS256\n",
                         "kith.conf:1: [token t]: RS256, ES256 and EdDSA take no secret; write a "
                         "public_key_file");
}

static void a_token_has_one_key(void **state)
{
    (void)state;
    char path[64], text[300];
    make_file(path, KITH_LIT(SECRET), 0600);
    (void)snprintf(text, sizeof text, KEY "secret_file = %s\n", path);
    assert_check_refused(text, "kith.conf:1: [token t]: two secrets; write secret = ..., or "
                               "secret_file = FILE");
    (void)snprintf(text, sizeof text, KEY "public_key_file = %s\n", path);
    assert_check_refused(text, "kith.conf:1: [token t]: a public_key_file belongs to alg = RS256, "
                               "ES256 or EdDSA; write that alg, or a secret");
    (void)snprintf(text, sizeof text, "[token t]\nkind = jwt\nsecret_file = %s\n", path);
    assert_checks(text);
    (void)snprintf(text, sizeof text, "[token t]\nkind = jwt\nalg = RS256\nsecret_file = %s\n",
                   path);
    assert_check_refused(text, "kith.conf:1: [token t]: RS256, ES256 and EdDSA take no secret; "
                               "write a public_key_file");
    (void)unlink(path);
}

/* The texts behind the place are the verifier's own. */
static void the_verifier_judges_the_key(void **state)
{
    (void)state;
    char path[64], text[300];
    make_file(path, KITH_LIT("no PEM"), 0644);
    (void)snprintf(text, sizeof text, "[token t]\nkind = jwt\nalg = EdDSA\npublic_key_file = %s\n",
                   path);
    const char *const bad[] = {"[token t]\nkind = jwt\nsecret = short\n",
                               "[token t]\nkind = phoenix\nsecret = " SECRET "\n", text,
                               "[token t]\nkind = jwt\nsecret = short\n[token u]\n",
                               KEY "[token u]\nkind = jwt\nsecret = short\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct kith_config *c = config_of(bad[i]);
        kith_problem why = {""};
        assert_int_equal(kith_config_check(c, &why), KITH_BAD);
        const char *want = i == 4 ? "kith.conf:4: [token u]: " : "kith.conf:1: [token t]: ";
        assert_int_equal(strncmp(why.text, want, strlen(want)), 0);
        assert_null(strstr(why.text, "short\"")); /* a secret is never shown */
        kith_config_free(c);
    }
    (void)unlink(path);
}

static void without_memory_nothing_is_right(void **state)
{
    (void)state;
    struct kith_config *c = config_of(KEY API_KEY);
    kith_problem why;
    for (unsigned nth = 0; nth < 2; nth++) {
        alloc_fail(nth, 1);
        assert_int_equal(kith_config_check(c, &why), KITH_NOMEM);
        alloc_heal();
        assert_string_equal(why.text, "out of memory");
    }
    assert_int_equal(kith_config_check(c, &why), KITH_OK);
    kith_config_free(c);
}

static void without_a_file_no_place_is_named(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    kith_problem why;
    set(c, "server.auth", "none");
    assert_int_equal(kith_config_check(c, &why), KITH_BAD);
    assert_int_equal(strncmp(why.text, "server.auth = none is", 21), 0);
    kith_config_free(c);
}

static void where_data_cannot_be_is_said(void **state)
{
    (void)state;
    struct kith_config *c = config_of("[server]\ndata = /dev/null/kith\n");
    kith_problem why;
    assert_int_equal(config_check_data(c, &why), KITH_BAD);
    assert_int_equal(strncmp(why.text, "kith.conf:2: server.data: ", 26), 0);
    kith_config_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_makes_a_config_whole),
        cmocka_unit_test(where_data_cannot_be_is_said),
        cmocka_unit_test(tokens_need_a_key),
        cmocka_unit_test(what_trusts_anybody_stays_on_loopback),
        cmocka_unit_test(beyond_loopback_the_api_wants_a_key),
        cmocka_unit_test(in_development_the_api_stays_on_loopback),
        cmocka_unit_test(an_api_key_has_a_role_and_one_secret),
        cmocka_unit_test(an_api_key_is_good_and_nobody_elses),
        cmocka_unit_test(clients_and_operators_have_different_doors),
        cmocka_unit_test(the_demo_has_no_database),
        cmocka_unit_test(a_ping_must_fit_before_the_end),
        cmocka_unit_test(a_token_says_what_it_is),
        cmocka_unit_test(kinds_do_not_mix),
        cmocka_unit_test(a_token_has_one_key),
        cmocka_unit_test(the_verifier_judges_the_key),
        cmocka_unit_test(without_memory_nothing_is_right),
        cmocka_unit_test(without_a_file_no_place_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
