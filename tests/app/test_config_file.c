/* tests/app/test_config_file.c -- kith.conf as a file: what it may look like, and that what is
 * printed is read. */
#include "config_fixture.h"

#include "app/config_print.h"

static void sections_hold_keys(void **state)
{
    (void)state;
    struct kith_config *c = config_of("# a server\n"
                                      "[server]\n"
                                      "listen = 127.0.0.1:1\n"
                                      "  api=127.0.0.1:2 \t\n"
                                      "; another comment\n"
                                      "\n"
                                      "[presence]\r\n"
                                      "grace_s = 0.5\r\n"
                                      "[server]\n" /* may go on later */
                                      "workers = 2");
    const struct settings *s = kith_config_settings(c);
    assert_string_equal(s->listen, "127.0.0.1:1");
    assert_string_equal(s->api, "127.0.0.1:2");
    assert_int_equal(s->grace_ms, 500);
    assert_int_equal(s->workers, 2);
    kith_config_free(c);
}

static void a_byte_order_mark_is_passed_over(void **state)
{
    (void)state;
    struct kith_config *c = config_of("\xef\xbb\xbf[server]\nworkers = 3\n");
    assert_int_equal(kith_config_settings(c)->workers, 3);
    kith_config_free(c);
}

static void tokens_have_a_section_each(void **state)
{
    (void)state;
    struct kith_config *c = config_of("[token web]\n"
                                      "kind = jwt\n"
                                      "kid = 2024-05\n"
                                      "secret = " SECRET "\n"
                                      "issuer = https://login.example\n"
                                      "[token phx]\n"
                                      "kind = phoenix\n"
                                      "salt = user socket\n"
                                      "user = user.id\n"
                                      "max_age_s = 86400\n"
                                      "secret = " SECRET SECRET "\n");
    const struct settings *s = kith_config_settings(c);
    assert_int_equal(s->key_count, 2);
    const struct token_key_options *web = &s->keys[0].options, *phx = &s->keys[1].options;
    assert_string_equal(s->keys[0].name, "web");
    assert_string_equal(web->kid, "2024-05");
    assert_string_equal(web->issuer, "https://login.example");
    assert_null(web->audience);
    assert_true(slice_is(web->secret, SECRET));
    assert_string_equal(phx->salt, "user socket");
    assert_string_equal(phx->user_path, "user.id");
    assert_int_equal(phx->max_age_s, 86400);
    kith_problem why;
    assert_int_equal(kith_config_check(c, &why), KITH_OK);
    kith_config_free(c);
}

static void keys_of_the_api_have_a_section_each(void **state)
{
    (void)state;
    struct kith_config *c = config_of("[key backend]\n"
                                      "role = write\n"
                                      "secret = " SECRET "\n"
                                      "[token backend]\n" /* a name of another kind */
                                      "kind = jwt\n"
                                      "secret = " SECRET "\n"
                                      "[key ops]\n"
                                      "role = admin\n"
                                      "secret = x" SECRET "\n");
    const struct settings *s = kith_config_settings(c);
    assert_int_equal(s->key_count, 1);
    assert_int_equal(s->api_key_count, 2);
    assert_string_equal(s->api_keys[0].name, "backend");
    assert_int_equal(API_READ + s->api_keys[0].role, API_WRITE);
    assert_true(slice_is(s->api_keys[0].secret, SECRET));
    assert_string_equal(s->api_keys[1].name, "ops");
    assert_int_equal(API_READ + s->api_keys[1].role, API_ADMIN);
    kith_problem why;
    assert_int_equal(kith_config_check(c, &why), KITH_OK);
    kith_config_free(c);
}

static void a_list_may_have_several_lines(void **state)
{
    (void)state;
    struct kith_config *c = config_of("[origins]\n"
                                      "allow = https://a.example https://b.example\n"
                                      "allow = https://c.example\n");
    const struct settings *s = kith_config_settings(c);
    assert_int_equal(s->origin_count, 3);
    assert_string_equal(s->origins[2], "https://c.example");
    assert_string_equal(kith_config_get(c, "origins.allow"),
                        "https://a.example https://b.example https://c.example");
    kith_config_free(c);
}

static void a_file_takes_the_place_of_a_list_that_was_set(void **state)
{
    (void)state;
    struct kith_config *c = fresh();
    kith_problem why;
    set(c, "origins.allow", "https://a.example");
    assert_int_equal(read_text(c, KITH_LIT("[origins]\nallow = https://b.example\n"), &why),
                     KITH_OK);
    assert_string_equal(kith_config_get(c, "origins.allow"), "https://b.example");
    set(c, "origins.allow", "https://c.example");
    assert_string_equal(kith_config_get(c, "origins.allow"), "https://c.example");
    kith_config_free(c);
}

static void load_reads_a_file_or_changes_nothing(void **state)
{
    (void)state;
    char good[64], bad[64];
    make_file(good, KITH_LIT("[server]\nworkers = 2\n"), 0644);
    make_file(bad, KITH_LIT("[presence]\ngrace_s = 9\n[token t]\nkind = jwt\nalg = HS1\n"), 0644);
    struct kith_config *c = fresh();
    kith_problem why;
    set(c, "presence.grace_s", "7");
    set(c, "token old.secret", SECRET);
    set(c, "key old.secret", SECRET);
    assert_int_equal(kith_config_load(c, good, &why), KITH_OK);
    assert_int_equal(kith_config_settings(c)->workers, 2);
    assert_int_equal(kith_config_settings(c)->grace_ms, 7000);
    assert_int_equal(kith_config_settings(c)->key_count, 1);
    assert_true(slice_is(kith_config_settings(c)->keys[0].options.secret, SECRET));
    assert_true(slice_is(kith_config_settings(c)->api_keys[0].secret, SECRET));

    assert_int_equal(kith_config_load(c, bad, &why), KITH_BAD);
    assert_non_null(strstr(why.text, ":5: token t.alg: \"HS1\" will not do"));
    assert_int_equal(strncmp(why.text, bad, strlen(bad)), 0);
    assert_string_equal(kith_config_get(c, "presence.grace_s"), "7");
    assert_int_equal(kith_config_settings(c)->key_count, 1);

    assert_int_equal(kith_config_load(c, good, &why), KITH_OK); /* may be read again */
    assert_int_equal(kith_config_load(c, "/no/such.conf", &why), KITH_IO);
    assert_non_null(strstr(why.text, "/no/such.conf: No such file or directory"));
    assert_int_equal(kith_config_settings(c)->workers, 2);
    (void)unlink(good);
    (void)unlink(bad);

    /* A name begins in the file's folder, but for one that begins at the root. */
    make_file(good, KITH_LIT(SECRET), 0600);
    const char *const names[] = {good, strrchr(good, '/') + 1};
    for (size_t i = 0; i < 2; i++) {
        make_file(bad, KITH_LIT(""), 0600);
        FILE *f = fopen(bad, "w");
        assert_non_null(f);
        assert_true(fprintf(f, "[token t]\nkind = jwt\nsecret_file = %s\n", names[i]) > 0);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(kith_config_load(c, bad, &why), KITH_OK);
        assert_string_equal(kith_config_get(c, "token t.secret_file"), good);
        (void)unlink(bad);
    }
    kith_config_free(c);
    (void)unlink(good);
}

static void what_init_prints_is_read_back(void **state)
{
    (void)state;
    struct buf text = {0};
    char key[64];
    make_file(key, KITH_LIT("key-" SECRET "\n"), 0600);
    config_print(&text, SECRET, key);
    buf_putc(&text, '\0');
    struct kith_config *c = config_of((const char *)text.ptr);
    kith_problem why;
    assert_int_equal(kith_config_check(c, &why), KITH_OK);
    assert_string_equal(kith_config_settings(c)->keys[0].name, "app");
    assert_string_equal(kith_config_settings(c)->api_keys[0].name, "admin");
    assert_true(slice_is(kith_config_settings(c)->api_keys[0].secret, "key-" SECRET));
    kith_config_free(c);
    (void)unlink(key);
    buf_fini(&text);
}

/* Every setting that init shows as a comment holds what it shows, or is an example that would do.
 */
static void what_init_shows_would_do(void **state)
{
    (void)state;
    struct buf text = {0}, live = {0};
    config_print(&text, NULL, NULL);
    for (kith_slice line, rest = buf_slice(&text); rest.len;) {
        rest = slice_cut(rest, '\n', &line);
        bool shown = line.len > 1 && line.ptr[0] == '#' && line.ptr[1] != ' ';
        bool file = memmem(line.ptr, line.len, "_file =", 7) != NULL;
        if (!file) buf_put(&live, shown ? slice_from(line, 1) : line);
        buf_putc(&live, '\n');
        assert_true(line.len <= 80);
    }
    buf_putc(&live, '\0');
    struct kith_config *c = config_of((const char *)live.ptr);
    for (int i = 0; i < config_keys_count; i++) {
        const struct config_key *k = &config_keys[i];
        char key[64];
        (void)snprintf(key, sizeof key, "%s%s.%s", k->section,
                       config_key_group(k) == CONFIG_TOP      ? ""
                       : config_key_group(k) == CONFIG_TOKENS ? " app"
                                                              : " admin",
                       k->name);
        if (k->initial) assert_string_equal(kith_config_get(c, key), k->initial);
    }
    kith_config_free(c);
    buf_fini(&text);
    buf_fini(&live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_hold_keys),
        cmocka_unit_test(a_byte_order_mark_is_passed_over),
        cmocka_unit_test(tokens_have_a_section_each),
        cmocka_unit_test(keys_of_the_api_have_a_section_each),
        cmocka_unit_test(a_list_may_have_several_lines),
        cmocka_unit_test(a_file_takes_the_place_of_a_list_that_was_set),
        cmocka_unit_test(load_reads_a_file_or_changes_nothing),
        cmocka_unit_test(what_init_prints_is_read_back),
        cmocka_unit_test(what_init_shows_would_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
