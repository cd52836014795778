/* tests/app/test_config_refused.c -- what is no config: the place and the advice in each refusal.
 */
#include "config_fixture.h"

#define REFUSED(text, want) assert_file_refused(KITH_LIT(text), want)

static void what_is_unknown_is_refused_at_its_line(void **state)
{
    (void)state;
    REFUSED("[server]\n\n# x\nlisen = x\n",
            "kith.conf:4: server.lisen: no such key; did you mean server.listen?");
    REFUSED("[sever]\n", "kith.conf:1: no section [sever]; did you mean [server]?");
    REFUSED("[token]\n", "kith.conf:1: no section [token]; did you mean [token NAME]?");
    REFUSED("[token a.b]\nkind = jwt\n",
            "kith.conf:1: no section [token a.b]; did you mean [token NAME]?");
    REFUSED("[key]\n", "kith.conf:1: no section [key]; did you mean [key NAME]?");
    REFUSED("[key a.b]\n", "kith.conf:1: no section [key a.b]; did you mean [key NAME]?");
    REFUSED("[key a]\nkind = jwt\n",
            "kith.conf:2: key a.kind: no such key; did you mean token NAME.kind?");
    REFUSED("[]\n", "kith.conf:1: no section []; `kith config init` shows them all");
    REFUSED("workers = 1\n", "kith.conf:1: a key before any heading; begin with [server]");
}

static void a_bad_value_is_refused_at_its_line(void **state)
{
    (void)state;
    REFUSED("[server]\nworkers = many\n", "kith.conf:2: server.workers: \"many\" will not do; "
                                          "write a whole number from 0 to 64");
    REFUSED("[presence]\r\ngrace_s = -1\r\n",
            "kith.conf:2: presence.grace_s: \"-1\" will not do; write seconds from 0 to 3600, as "
            "30 or 0.5");
    REFUSED("[server]\ndata =\n",
            "kith.conf:2: server.data: is empty; write a value, or leave the line out");
    REFUSED("[token t]\nkind = jwt\nsecret_file = /no/such\n",
            "kith.conf:3: token t.secret_file: /no/such: No such file or directory; check the "
            "path, which begins where kith is started, and its rights");
}

static void what_stands_twice_is_refused(void **state)
{
    (void)state;
    REFUSED("[server]\nworkers = 1\n[presence]\n[server]\nworkers = 1\n",
            "kith.conf:5: server.workers: stands on line 2 already; keep one of them");
    REFUSED("[token a]\nkind = jwt\n[token b]\nkind = jwt\n[token a]\nkid = x\n",
            "kith.conf:5: this section stands on line 1 already; join the two");
    REFUSED("[key a]\nrole = read\n[token a]\nkind = jwt\n[key a]\nrole = read\n",
            "kith.conf:5: this section stands on line 1 already; join the two");
}

static void what_is_not_a_setting_is_refused(void **state)
{
    (void)state;
    REFUSED("[server]\nworkers\n",
            "kith.conf:2: neither a heading nor a setting; write key = value");
    REFUSED("[server\nworkers = 1\n", "kith.conf:1: a heading is not closed; write [server]");
    REFUSED("[server] workers = 1\n",
            "kith.conf:1: something stands behind the heading; begin a new line");
    REFUSED("[server]\n= 1\n",
            "kith.conf:2: server.: no such key; `kith config init` shows them all");
    REFUSED("[0123456789012345678901234567890123456789012345678901234567890123]\n",
            "kith.conf:1: a heading of more than 63 bytes");
}

/* A control character would be repeated on somebody's terminal. */
static void what_is_set_by_hand_is_judged_likewise(void **state)
{
    (void)state;
    char label[200] = "";
    memset(label, 'a', sizeof label - 1);
    char section[sizeof label + 20];
    (void)snprintf(section, sizeof section, "token %.*s.kid", SETTINGS_NAME_MAX + 1, label);
    const char *const bad[][2] = {
        {"server.\x01", "1"},
        {"ser\x01ver.workers", "1"},
        {"presence.grace_s", "1./"},
        {"presence.grace_s", "1.:"},
        {"server.listen", label},
        {"server.api_hosts", label},
        {section, "k1"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct kith_config *c = fresh();
        kith_problem why = {""};
        if (kith_config_set(c, bad[i][0], bad[i][1], &why) != KITH_BAD) fail_msg("%zu", i);
        assert_true(why.text[0] && !strchr(why.text, '\x01'));
        kith_config_free(c);
    }
}

static void a_single_quote_is_part_of_a_value(void **state)
{
    (void)state;
    static const char *const kids[] = {"\"", "\"a", "a\""};
    for (size_t i = 0; i < sizeof kids / sizeof kids[0]; i++) {
        struct kith_config *c = fresh();
        set(c, "token t.kid", kids[i]);
        assert_string_equal(kith_config_get(c, "token t.kid"), kids[i]);
        kith_config_free(c);
    }
}

static void a_comment_behind_a_value_is_refused(void **state)
{
    (void)state;
    REFUSED("[server]\nworkers = 1 # one\n", "kith.conf:2: a comment needs a line of its own");
    REFUSED("[server]\nworkers = 1\t; one\n", "kith.conf:2: a comment needs a line of its own");
    struct kith_config *c = config_of("[token t]\nkid = a#b;c\n");
    assert_string_equal(kith_config_get(c, "token t.kid"), "a#b;c");
    kith_config_free(c);
}

static void an_empty_file_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "\n", "# only a comment\n", "\xef\xbb\xbf", "\r\n \t"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct kith_config *c = fresh();
        kith_problem why = {""};
        assert_int_equal(read_text(c, slice_str(texts[i]), &why), KITH_BAD);
        assert_string_equal(why.text, "kith.conf:1: nothing is set in this file; `kith config "
                                      "init` shows what can be");
        kith_config_free(c);
    }
}

static void binary_junk_is_refused(void **state)
{
    (void)state;
    static const kith_slice junk[] = {
        {(const uint8_t *)"\x7f"
                          "ELF\x02\x01\x01\0\0",
         9},
        {(const uint8_t *)"[server]\0\n", 10},
        {(const uint8_t *)"\xff\xfe[\0s\0", 6},
        {(const uint8_t *)"# \x1b[2J\n", 7},
    };
    for (size_t i = 0; i < sizeof junk / sizeof junk[0]; i++)
        assert_file_refused(junk[i], "kith.conf:1: this is not text; is it the right file?");
    REFUSED("[server]\ndata = \xc3(\n", "kith.conf:2: this is not text; is it the right file?");
}

/* inih would cut it, and take what is left for a line of its own. */
static void a_long_line_is_refused(void **state)
{
    (void)state;
    char text[600];
    for (int value = 100; value < 400; value++) {
        int n =
            snprintf(text, sizeof text, "[token t]\nkid = %0*d\n[server]\nworkers = 7\n", value, 1);
        struct kith_config *c = fresh();
        kith_problem why = {""};
        kith_err e = read_text(c, slice_of(text, (size_t)n), &why);
        if (value + 6 <= 198) {
            assert_int_equal(e, KITH_OK);
            assert_int_equal(strlen(kith_config_get(c, "token t.kid")), value);
            assert_int_equal(kith_config_settings(c)->workers, 7);
        } else {
            assert_int_equal(e, KITH_BAD);
            assert_string_equal(why.text, "kith.conf:2: a line of more than 198 bytes; put a long "
                                          "secret into a secret_file, and origins on several "
                                          "lines");
        }
        kith_config_free(c);
    }
    memset(text, 'x', 500);
    memcpy(text, "# a comment may be long ", 24);
    memcpy(text + 500, "\n[server]\n", 11);
    kith_config_free(config_of(text));
}

/* inih would join it to the line before. */
static void an_indented_line_is_a_line(void **state)
{
    (void)state;
    struct kith_config *c = config_of("[server]\ndata = a\n  workers = 2\n");
    assert_string_equal(kith_config_get(c, "server.data"), "a");
    assert_int_equal(kith_config_settings(c)->workers, 2);
    kith_config_free(c);
}

static void a_secret_needs_a_private_file(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    kith_problem why;
    kith_slice text = KITH_LIT("[token t]\nkind = jwt\nsecret = " SECRET "\n");
    assert_int_equal(config_read(c, "kith.conf", text, true, &why), KITH_BAD);
    assert_string_equal(why.text, "kith.conf:3: a secret in a file that everybody may read; make "
                                  "it private: chmod 600 kith.conf");
    kith_config_free(c);
}

static void a_password_of_the_store_needs_a_private_file(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    kith_problem why;
    kith_slice with = KITH_LIT("[store]\nurl = postgresql://kith:pw@db/kith\n");
    kith_slice without = KITH_LIT("[store]\nurl = postgresql://kith@db/kith\n");
    assert_int_equal(config_read(c, "kith.conf", with, true, &why), KITH_BAD);
    assert_string_equal(why.text,
                        "kith.conf:2: a password in a file that everybody may read; put it into "
                        "~/.pgpass, or make this file private: chmod 600 kith.conf");
    assert_int_equal(config_read(c, "kith.conf", without, true, &why), KITH_OK);
    assert_string_equal(settings_store(kith_config_settings(c)), "postgresql://kith@db/kith");
    kith_config_free(c);
    c = fresh();
    assert_int_equal(config_read(c, "kith.conf", with, false, &why), KITH_OK);
    kith_config_free(c);
}

static void a_back_end_over_http_has_no_password_in_its_url(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    kith_problem why;
    kith_slice source = KITH_LIT("[source]\nurl = https://app.internal/kith\n");
    assert_int_equal(config_read(c, "kith.conf", source, true, &why), KITH_OK);
    kith_config_free(c);
}

static void a_url_that_will_not_do_is_not_repeated(void **state)
{
    (void)state;
    assert_set_refused("store.url", "mysql://kith:pw@db",
                       "store.url: is no URL of PostgreSQL; write it as "
                       "postgresql://USER@HOST:PORT/DATABASE");
    assert_set_refused("store.url", "postgresql://kith:p@w@db/kith",
                       "store.url: the store's URL cannot be read; write it as "
                       "postgresql://USER@HOST:PORT/DATABASE, and %40 for an @ in a password");
    assert_set_refused("store.timeout_s", "9",
                       "store.timeout_s: \"9\" will not do; write seconds from 0.1 to 4, as 30 or "
                       "0.5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_unknown_is_refused_at_its_line),
        cmocka_unit_test(a_bad_value_is_refused_at_its_line),
        cmocka_unit_test(what_stands_twice_is_refused),
        cmocka_unit_test(what_is_not_a_setting_is_refused),
        cmocka_unit_test(what_is_set_by_hand_is_judged_likewise),
        cmocka_unit_test(a_single_quote_is_part_of_a_value),
        cmocka_unit_test(a_comment_behind_a_value_is_refused),
        cmocka_unit_test(an_empty_file_is_refused),
        cmocka_unit_test(binary_junk_is_refused),
        cmocka_unit_test(a_long_line_is_refused),
        cmocka_unit_test(an_indented_line_is_a_line),
        cmocka_unit_test(a_secret_needs_a_private_file),
        cmocka_unit_test(a_password_of_the_store_needs_a_private_file),
        cmocka_unit_test(a_back_end_over_http_has_no_password_in_its_url),
        cmocka_unit_test(a_url_that_will_not_do_is_not_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
