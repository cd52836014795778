/* tests/app/test_config_tls.c -- TLS and [certificate NAME]: what goes together, and what is said
 * of certificates that will not do, or not for long. */
#include "config_fixture.h"

#include "app/config_tls.h"
#include "certs.h"

#include <time.h>

static struct certs certs;

static int set_up(void **state)
{
    (void)state;
    certs_begin(&certs);
    certs_make(&certs, "a", "a.example", 90, CERT_EC);
    certs_make(&certs, "b", "b.example", 90, CERT_EC);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    certs_end(&certs);
    return 0;
}

/* @ stands for the folder of the certificates. */
static struct kith_config *tls_of(const char *lines)
{
    char text[2048];
    size_t at = 0;
    for (; *lines; lines++) {
        if (*lines == '@')
            at += (size_t)snprintf(text + at, sizeof text - at, "%s", certs.dir);
        else
            text[at++] = *lines;
    }
    text[at] = 0;
    return config_of(text);
}

#define A "[certificate a]\ncert_file = @/a.pem\nkey_file = @/a.key\n"
#define B "[certificate b]\ncert_file = @/b.pem\nkey_file = @/b.key\n"

static void is_right(const char *lines)
{
    struct kith_config *c = tls_of(lines);
    kith_problem why = {""};
    if (config_check_tls(c, &why) != KITH_OK) fail_msg("%s", why.text);
    kith_config_free(c);
}

static void is_wrong(const char *lines, const char *want)
{
    struct kith_config *c = tls_of(lines);
    kith_problem why = {""};
    assert_int_equal(config_check_tls(c, &why), KITH_BAD);
    if (!strstr(why.text, want)) fail_msg("%s", why.text);
    kith_config_free(c);
}

static void without_the_section_nobody_speaks_tls(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    kith_problem why;
    assert_int_equal(config_check_tls(c, &why), KITH_OK);
    assert_false(kith_config_settings(c)->tls.listen);
    assert_false(kith_config_settings(c)->tls.api);
    assert_int_equal(config_tls(kith_config_settings(c)).count, 0);
    kith_config_free(c);
}

static void certificates_keep_their_order(void **state)
{
    (void)state;
    struct kith_config *c = tls_of("[server]\nlisten_tls = on\n" B A);
    struct tls_options o = config_tls(kith_config_settings(c));
    kith_problem why = {""};
    assert_int_equal(config_check_tls(c, &why), KITH_OK);
    assert_int_equal(o.count, 2);
    assert_non_null(strstr(o.pairs[0].cert_file, "/b.pem"));
    assert_non_null(strstr(o.pairs[1].key_file, "/a.key"));
    kith_config_free(c);
    is_right("[server]\napi_tls = on\n" A);
    is_right("[server]\nlisten_tls = on\napi_tls = on\n" A);
}

static void what_goes_together_is_asked_for(void **state)
{
    (void)state;
    is_wrong("[server]\nlisten_tls = on\n",
             "kith.conf:2: server.listen_tls = on needs a certificate; add a [certificate NAME]");
    is_wrong("[server]\napi_tls = on\n", "kith.conf:2: server.api_tls = on needs a certificate");
    is_wrong(A,
             "kith.conf:1: [certificate a] is shown to nobody; write listen_tls = on in [server]");
    is_wrong("[server]\napi = off\napi_tls = on\n" A,
             "kith.conf:3: server.api_tls = on, and server.api = off");
    is_wrong("[server]\nlisten_tls = on\n[certificate a]\nkey_file = @/a.key\n",
             "kith.conf:3: [certificate a]: no certificate; write cert_file = FILE");
    is_wrong("[server]\nlisten_tls = on\n[certificate a]\ncert_file = @/a.pem\n",
             "kith.conf:3: [certificate a]: no private key; write key_file = FILE");
}

static void files_are_looked_into(void **state)
{
    (void)state;
    char text[256], path[64];
    is_wrong("[server]\nlisten_tls = on\n" A
             "[certificate b]\ncert_file = @/b.pem\nkey_file = @/a.key\n",
             "kith.conf:6: [certificate b]: the key in ");
    struct kith_config *c = fresh();
    kith_problem why = {""};
    (void)snprintf(text, sizeof text, "[certificate a]\ncert_file = %s/none.pem\n", certs.dir);
    assert_int_equal(read_text(c, slice_str(text), &why), KITH_BAD);
    assert_non_null(strstr(why.text, "kith.conf:2: certificate a.cert_file: "));
    kith_config_free(c);
    c = fresh();
    make_file(path, KITH_LIT("key"), 0644);
    (void)snprintf(text, sizeof text, "[certificate a]\nkey_file = %s\n", path);
    assert_int_equal(read_text(c, slice_str(text), &why), KITH_BAD);
    assert_non_null(strstr(why.text, "make it private: chmod 600"));
    kith_config_free(c);
    unlink(path);
}

/* Of whoever is to be trusted: the application's back end, NATS. */
static void so_are_those_of_a_ca(void **state)
{
    (void)state;
    static const char *const of[][2] = {
        {"[hooks]\nurl = https://app.example/\nsecret_file = @/a.key\n", "hooks.ca_file"},
        {"[source]\nurl = https://app.example/\n", "source.ca_file"},
        {"[store]\nurl = postgresql://kith@127.0.0.1/kith\n[cluster]\nname = x\n"
         "urls = tls://nats.example\nsecret_file = @/a.key\ntls_cert_file = @/a.pem\n"
         "tls_key_file = @/a.key\n",
         "cluster.tls_ca_file"},
    };
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
        for (int good = 0; good < 2; good++) {
            char lines[512], want[128];
            kith_problem why = {""};
            (void)snprintf(lines, sizeof lines,
                           "[server]\nauth = none\nlisten = 127.0.0.1:4000\n%s%s = @/%s\n",
                           of[i][0], strchr(of[i][1], '.') + 1, good ? "a.pem" : "a.key");
            (void)snprintf(want, sizeof want, "%s: %s/a.key holds no certificate as PEM", of[i][1],
                           certs.dir);
            struct kith_config *c = tls_of(lines);
            kith_err e = kith_config_check(c, &why);
            if (e != (good ? KITH_OK : KITH_BAD)) fail_msg("%s: %s", of[i][1], why.text);
            if (!good && !strstr(why.text, want)) fail_msg("%s", why.text);
            kith_config_free(c);
        }
}

static void seventeen_are_too_many(void **state)
{
    (void)state;
    char text[2048] = "";
    struct kith_config *c = fresh();
    kith_problem why = {""};
    for (int i = 0; i < TLS_CERTIFICATES_MAX + 1; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "[certificate c%d]\n", i);
    assert_int_equal(read_text(c, slice_str(text), &why), KITH_FULL);
    assert_non_null(strstr(why.text, "more than 16 [certificate NAME] sections"));
    kith_config_free(c);
}

static void a_section_wants_a_name(void **state)
{
    (void)state;
    assert_file_refused(KITH_LIT("[certificate]\ncert_file = a\n"),
                        "kith.conf:1: no section [certificate]; did you mean [certificate NAME]?");
}

static char warnings[1024];
static void keep(const char *text)
{
    (void)snprintf(warnings + strlen(warnings), sizeof warnings - strlen(warnings), "%s\n", text);
}

static void who_expires_within_two_weeks_is_named(void **state)
{
    (void)state;
    certs_make(&certs, "b", "b.example", 13, CERT_EC);
    struct kith_config *c = tls_of("[server]\nlisten_tls = on\n" A B);
    warnings[0] = 0;
    config_tls_warn(kith_config_settings(c), (uint64_t)time(NULL), keep);
    assert_null(strstr(warnings, "[certificate a]"));
    assert_non_null(strstr(warnings, "[certificate b]: "));
    assert_non_null(strstr(warnings, "/b.pem expires on 20"));
    assert_null(strstr(warnings, "expired"));
    warnings[0] = 0;
    assert_int_equal(unlink(certs_path(&certs, "b", "pem")),
                     0); /* while it is served, of what was read */
    config_tls_warn(kith_config_settings(c), (uint64_t)time(NULL), keep);
    assert_string_equal(warnings, "");
    kith_config_free(c);
}

static void who_has_expired_is_named_and_let_be(void **state)
{
    (void)state;
    certs_make(&certs, "a", "a.example", -1, CERT_EC);
    is_right("[server]\nlisten_tls = on\n" A);
    struct kith_config *c = tls_of("[server]\nlisten_tls = on\n" A);
    warnings[0] = 0;
    config_tls_warn(kith_config_settings(c), (uint64_t)time(NULL), keep);
    assert_non_null(strstr(warnings, "/a.pem expired on 20"));
    assert_non_null(strstr(warnings, ", and clients refuse it; renew it\n"));
    kith_config_free(c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_the_section_nobody_speaks_tls),
        TEST(certificates_keep_their_order),
        TEST(what_goes_together_is_asked_for),
        TEST(files_are_looked_into),
        TEST(so_are_those_of_a_ca),
        TEST(seventeen_are_too_many),
        TEST(a_section_wants_a_name),
        TEST(who_expires_within_two_weeks_is_named),
        TEST(who_has_expired_is_named_and_let_be),
    };
    return cmocka_run_group_tests_name("config_tls", tests, NULL, NULL);
}
