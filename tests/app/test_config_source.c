/* tests/app/test_config_source.c -- [source]: what it needs, and what goes together. */
#include "config_fixture.h"

#include "app/config_source.h"

#define URL     "url = postgresql://kith@127.0.0.1/app\n"
#define FRIENDS "friends = SELECT b FROM friends WHERE a = $1\n"
#define WATCHES "watches = SELECT b FROM follows WHERE a = $1\n"

static void is_wrong(const char *lines, const char *want)
{
    char text[2048];
    kith_problem why = {""};
    (void)snprintf(text, sizeof text, "[source]\n%s", lines);
    struct kith_config *c = config_of(text);
    assert_int_equal(config_check_source(c, &why), KITH_BAD);
    if (!strstr(why.text, want)) fail_msg("%s", why.text);
    kith_config_free(c);
}

static struct kith_config *is_right(const char *lines)
{
    char text[2048];
    kith_problem why = {""};
    (void)snprintf(text, sizeof text, "[source]\n%s", lines);
    struct kith_config *c = config_of(text);
    if (config_check_source(c, &why) != KITH_OK) fail_msg("%s", why.text);
    return c;
}

static void a_server_without_the_section_has_edges_of_its_own(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    kith_problem why;
    assert_int_equal(config_check_source(c, &why), KITH_OK);
    assert_null(kith_config_settings(c)->source.url);
    kith_config_free(c);
}

static void a_query_goes_on_in_further_lines(void **state)
{
    (void)state;
    struct kith_config *c = is_right(URL "friends = SELECT b FROM friends\n"
                                         "friends = WHERE a = $1\n");
    const struct settings_source *s = &kith_config_settings(c)->source;
    assert_string_equal(s->friends, "SELECT b FROM friends WHERE a = $1");
    assert_string_equal(s->channel, "kith_edges");
    assert_int_equal(s->sweep_ms, 60000);
    assert_int_equal(s->connections, 4);
    kith_config_free(c);
    c = is_right(URL WATCHES "channel = off\n");
    assert_null(kith_config_settings(c)->source.channel);
    kith_config_free(c);
}

static void what_is_missing_or_too_much_is_said(void **state)
{
    (void)state;
    is_wrong(FRIENDS, "does not say where the tables are");
    is_wrong("sweep_s = 5\n", "does not say where the tables are");
    is_wrong(URL, "does not say what to ask");
    is_wrong(URL "watchers = SELECT a FROM follows WHERE b = $1\n", "does not say what to ask");
    is_wrong(URL FRIENDS "watchers = SELECT a FROM follows WHERE b = $1\n",
             "source.watchers of one way; write the one");
    is_wrong(URL FRIENDS WATCHES,
             "source.watches of one way; write the one, or watches and watchers");
    is_wrong(URL WATCHES "[presence]\nreciprocity = on\n", "needs both directions");
    is_wrong(URL FRIENDS "[server]\ndemo = on\n", "the demo's people");
}

static void over_http_there_is_nothing_of_tables(void **state)
{
    (void)state;
    struct kith_config *c = is_right("url = https://app.example/kith\ncache_s = 5\n");
    assert_string_equal(kith_config_settings(c)->source.url, "https://app.example/kith");
    struct tables_options o = config_tables(kith_config_settings(c), "node");
    assert_int_equal(o.cache_ms, 5000);
    assert_null(o.channel);
    kith_config_free(c);
    is_wrong("url = https://app.example/kith\n" FRIENDS, "source.friends is of tables");
    is_wrong("url = https://app.example/kith\nchannel = x\n", "source.channel is of tables");
    is_wrong("url = http://127.0.0.1:80/\nca_file = /etc/hostname\n", "source.ca_file is for");
    c = is_right(URL FRIENDS);
    assert_int_equal(config_tables(kith_config_settings(c), "node").cache_ms, 0);
    kith_config_free(c);
}

static void a_key_that_goes_into_a_header_is_visible(void **state)
{
    (void)state;
    static const kith_slice bad[] = {KITH_LIT("a b\n"), KITH_LIT("a\r\nb"), KITH_LIT("a\x7f"),
                                     KITH_LIT("\xc3\xa9")};
    char key[64], lines[256];
    for (size_t i = 0; i <= sizeof bad / sizeof bad[0]; i++) {
        bool good = i == sizeof bad / sizeof bad[0];
        make_file(key, good ? KITH_LIT("!a~\n") : bad[i], 0600);
        (void)snprintf(lines, sizeof lines, "url = https://app.example/\nkey_file = %s\n", key);
        if (good)
            kith_config_free(is_right(lines));
        else
            is_wrong(lines, "source.key_file: a key is one line of visible ASCII");
        (void)unlink(key);
    }
}

static void a_url_that_holds_a_key_or_no_host_is_refused(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    kith_problem why;
    assert_int_equal(kith_config_set(c, "source.url", "https://me:word@app.example/", &why),
                     KITH_BAD);
    assert_non_null(strstr(why.text, "source.key_file"));
    assert_null(strstr(why.text, "word"));
    assert_int_equal(kith_config_set(c, "source.url", "http:///x", &why), KITH_BAD);
    assert_int_equal(kith_config_set(c, "source.url", "ftp://app.example/", &why), KITH_BAD);
    kith_config_free(c);
}

static void a_channel_has_no_more_bytes_than_the_database_takes(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    kith_problem why;
    char name[70];
    memset(name, 'x', sizeof name);
    name[63] = 0;
    assert_int_equal(kith_config_set(c, "source.channel", name, &why), KITH_OK);
    name[63] = 'x', name[64] = 0;
    assert_int_equal(kith_config_set(c, "source.channel", name, &why), KITH_BAD);
    kith_config_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_without_the_section_has_edges_of_its_own),
        cmocka_unit_test(a_query_goes_on_in_further_lines),
        cmocka_unit_test(what_is_missing_or_too_much_is_said),
        cmocka_unit_test(over_http_there_is_nothing_of_tables),
        cmocka_unit_test(a_key_that_goes_into_a_header_is_visible),
        cmocka_unit_test(a_url_that_holds_a_key_or_no_host_is_refused),
        cmocka_unit_test(a_channel_has_no_more_bytes_than_the_database_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
