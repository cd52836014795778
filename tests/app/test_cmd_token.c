/* tests/app/test_cmd_token.c -- `kith token`, run as the program would: what it prints, what it
 * exits with. */
#include "app/commands.h"
#include "app/settings.h"
#include "io/system.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#define LISTEN "[server]\nlisten = 127.0.0.1:4000\n"
#define HMAC   "[token web]\nkind = jwt\nsecret = a shared secret of some 40 characters...\n"
#define PHOENIX                                                                                    \
    "[token app]\nkind = phoenix\nsalt = user socket\nuser = id\n"                                 \
    "secret = secret-key-base-secret-key-base-secret-key-base-secret-key-base-\n"

static char folder[] = "/tmp/kith-test-XXXXXX";
static char out[9000], err[4000]; /* of the last run */

static void read_back(FILE *file, char *to, size_t size)
{
    rewind(file);
    to[fread(to, 1, size - 1, file)] = 0;
    (void)fclose(file);
}

/* In a process of its own, in the test's folder; `words` end with NULL. */
static int run(char *const words[])
{
    FILE *o = tmpfile(), *e = tmpfile();
    char *argv[12] = {"kith token"};
    int argc = 1, status = 0;
    while ((argv[argc] = words[argc - 1]))
        argc++;
    pid_t child = fork();
    assert_true(child >= 0 && o && e);
    if (child == 0) {
        (void)dup2(fileno(o), STDOUT_FILENO);
        (void)dup2(fileno(e), STDERR_FILENO);
        exit(chdir(folder) ? EX_OSERR : cmd_token(argc, argv));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    read_back(o, out, sizeof out);
    read_back(e, err, sizeof err);
    return WEXITSTATUS(status);
}

#define RUN(...) run((char *const[]){__VA_ARGS__, NULL})

static void write_config(const char *name, const char *text)
{
    char path[64];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(chmod(path, 0600), 0);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* What was printed is one line, a token that the config's own keys take. */
static void assert_token(const char *config, const char *user, uint64_t ttl_s)
{
    char path[64];
    struct kith_config *c = kith_config_new();
    kith_problem why;
    (void)snprintf(path, sizeof path, "%s/%s", folder, config);
    assert_int_equal(kith_config_load(c, path, &why), KITH_OK);
    const struct settings *s = kith_config_settings(c);
    struct token_keys *keys = token_keys_new();
    for (unsigned i = 0; i < s->key_count; i++)
        assert_int_equal(token_keys_add(keys, &s->keys[i].options, &why), KITH_OK);

    struct buf scratch = {0};
    struct token_claims claims;
    const char *reason;
    uint64_t now_ms = system_now().unix_ms;
    size_t n = strlen(out);
    assert_true(n > 1 && out[n - 1] == '\n');
    if (token_verify(keys, slice_of(out, n - 1), now_ms, &scratch, &claims, &reason) != KITH_OK)
        fail_msg("%s", reason);
    assert_true(slice_is(claims.user, user));
    assert_true(claims.expires_at_ms <= now_ms + ttl_s * 1000);
    assert_true(claims.expires_at_ms + 10000 > now_ms + ttl_s * 1000);
    buf_fini(&scratch);
    token_keys_free(keys);
    kith_config_free(c);
}

static void the_token_alone_is_printed(void **state)
{
    (void)state;
    write_config("both.conf", LISTEN PHOENIX HMAC);
    assert_int_equal(RUN("--user", "42", "--config", "both.conf"), EX_OK);
    assert_string_equal(err, "");
    assert_memory_equal(out, "eyJ", 3);
    assert_token("both.conf", "42", 3600);
}

static void the_kind_may_be_chosen(void **state)
{
    (void)state;
    write_config("both.conf", LISTEN PHOENIX HMAC);
    assert_int_equal(RUN("--user=42", "--config=both.conf", "--kind=phoenix"), EX_OK);
    assert_memory_equal(out, "SFMyNTY.", 8);
    assert_token("both.conf", "42", 3600);
    assert_int_equal(RUN("--user=42", "--config=both.conf", "--kind=jwt"), EX_OK);
    assert_memory_equal(out, "eyJ", 3);
}

static void without_a_kind_it_is_the_one_that_a_key_can_sign(void **state)
{
    (void)state;
    write_config("phoenix.conf", LISTEN PHOENIX);
    assert_int_equal(RUN("--user", "J\303\274rgen", "--config", "phoenix.conf"), EX_OK);
    assert_memory_equal(out, "SFMyNTY.", 8);
    assert_token("phoenix.conf", "J\303\274rgen", 3600);
}

static void the_time_has_units(void **state)
{
    (void)state;
    static const struct {
        char *ttl;
        uint64_t seconds;
    } times[] = {{"45", 45}, {"90s", 90}, {"15m", 900}, {"2h", 7200}, {"49710d", 4294944000}};
    write_config("both.conf", LISTEN HMAC);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        assert_int_equal(RUN("--user", "42", "--config", "both.conf", "--ttl", times[i].ttl),
                         EX_OK);
        assert_token("both.conf", "42", times[i].seconds);
    }
}

static void another_time_is_a_mistake_of_usage(void **state)
{
    (void)state;
    static char *const times[] = {"",    "0",   "0h", "h",          "1w",     "-1", "1.5h",
                                  "1h ", "01h", "1H", "4294967296", "49711d", "1hh"};
    write_config("kith.conf", LISTEN HMAC);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        assert_int_equal(RUN("--user", "42", "--ttl", times[i]), EX_USAGE);
        assert_string_equal(out, "");
        assert_non_null(strstr(err, "write 90s, 15m, 1h or 30d"));
    }
}

static void mistakes_of_usage_say_what_to_do(void **state)
{
    (void)state;
    assert_int_equal(run((char *const[]){NULL}), EX_USAGE);
    assert_non_null(strstr(err, "--user ID"));
    assert_int_equal(RUN("--user", "42", "--kind", "opaque"), EX_USAGE);
    assert_non_null(strstr(err, "jwt or phoenix"));
    assert_int_equal(RUN("--user", "42", "43"), EX_USAGE);
    assert_non_null(strstr(err, "'43' is one argument too many"));
    assert_int_equal(RUN("--user", "42", "--nix"), EX_USAGE);
    assert_string_equal(out, "");
}

static void a_config_is_needed(void **state)
{
    (void)state;
    char path[64];
    (void)snprintf(path, sizeof path, "%s/kith.conf", folder);
    (void)unlink(path);
    assert_int_equal(RUN("--user", "42"), EX_CONFIG);
    assert_non_null(strstr(err, "kith config init kith.conf"));
    assert_int_equal(RUN("--user", "42", "--config", "nix.conf"), EX_CONFIG);
    assert_non_null(strstr(err, "nix.conf: No such file"));
    write_config("kith.conf", LISTEN HMAC);
    assert_int_equal(RUN("--user", "42"), EX_OK);
    assert_token("kith.conf", "42", 3600);
}

static void a_config_that_is_wrong_says_where(void **state)
{
    (void)state;
    write_config("short.conf", LISTEN "[token web]\nkind = jwt\nsecret = short\n");
    assert_int_equal(RUN("--user", "42", "--config", "short.conf"), EX_CONFIG);
    assert_non_null(strstr(err, "short.conf:3: [token web]: the secret has 5 bytes"));
    assert_string_equal(out, "");
}

static void without_a_key_that_signs_it_says_which_to_add(void **state)
{
    (void)state;
    write_config("none.conf", LISTEN "auth = none\n");
    assert_int_equal(RUN("--user", "42", "--config", "none.conf"), EX_CONFIG);
    assert_non_null(strstr(err, "no key that can sign; add a [token NAME] section with"));
    write_config("both.conf", LISTEN HMAC);
    assert_int_equal(RUN("--user=42", "--config=both.conf", "--kind=phoenix"), EX_CONFIG);
    assert_non_null(strstr(err, "no key that can sign a Phoenix.Token; add"));
    write_config("phoenix.conf", LISTEN PHOENIX);
    assert_int_equal(RUN("--user=42", "--config=phoenix.conf", "--kind=jwt"), EX_CONFIG);
    assert_non_null(strstr(err, "no key that can sign a JWT; add"));
}

static void what_is_no_id_gets_no_token(void **state)
{
    (void)state;
    static char long_id[130];
    memset(long_id, 'x', 129);
    char *const ids[] = {"", "\377", long_id};
    write_config("kith.conf", LISTEN HMAC);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(RUN("--user", ids[i]), EX_USAGE);
        assert_non_null(strstr(err, "1 to 128 bytes of UTF-8"));
        assert_string_equal(out, "");
    }
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"both.conf", "phoenix.conf", "kith.conf", "short.conf",
                                        "none.conf"};
    char path[64];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_token_alone_is_printed),
        cmocka_unit_test(the_kind_may_be_chosen),
        cmocka_unit_test(without_a_kind_it_is_the_one_that_a_key_can_sign),
        cmocka_unit_test(the_time_has_units),
        cmocka_unit_test(another_time_is_a_mistake_of_usage),
        cmocka_unit_test(mistakes_of_usage_say_what_to_do),
        cmocka_unit_test(a_config_is_needed),
        cmocka_unit_test(a_config_that_is_wrong_says_where),
        cmocka_unit_test(without_a_key_that_signs_it_says_which_to_add),
        cmocka_unit_test(what_is_no_id_gets_no_token),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
