/* app/cmd_config.c -- `kith config`: a kith.conf to begin with, and whether one is right. */
#include "app/commands.h"
#include "app/config_print.h"
#include "app/config_source.h"
#include "app/config_tls.h"
#include "app/options.h"
#include "app/settings.h"
#include "io/file.h"
#include "io/store.h"
#include "io/system.h"
#include "wire/base64.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define NAME         "kith config"
#define SECRET_BYTES 48
#define SECRET_TEXT  (SECRET_BYTES / 3 * 4 + 1)
#define KEY_PATH_MAX 160 /* a line of a config has 198 bytes */

struct arguments {
    const char *verb, *file;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            a->verb = arg;
        else if (state->arg_num == 1)
            a->file = arg;
        else
            argp_error(state, "'%s' is one argument too many", arg);
        return 0;
    case ARGP_KEY_END:
        if (!a->verb) argp_error(state, "say init or check");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "init [FILE]\ncheck [FILE]",
    .doc = "Make a config, or check one.\v"
           "init shows every setting with its default and explanation; with FILE it makes that "
           "file, with a fresh secret for tokens in it, and beside it FILE.key, the key of its API "
           "that the commands take, and never overwrites one.\n"
           "check reads FILE (kith.conf) as the server would, and names what is wrong by its "
           "line, be it a port that another program has, or a database that lets nobody in.\n\n"
           "  kith config init kith.conf\n"
           "  kith config check kith.conf\n"
           "  kith serve --config kith.conf\n"
           "  kith who 42 --key-file kith.conf.key"};

static void draw_secret(char out[SECRET_TEXT])
{
    uint8_t bytes[SECRET_BYTES];
    system_random(bytes, sizeof bytes);
    base64_encode(slice_of(bytes, sizeof bytes), out);
    out[SECRET_TEXT - 1] = '\0';
}

static int show(const struct buf *text)
{
    (void)fwrite(text->ptr, 1, text->len, stdout);
    return finish_output(EX_OK, NAME);
}

static int show_all(void)
{
    struct buf text = {0};
    config_print(&text, NULL, NULL);
    int code = text.failed ? complain(EX_OSERR, NAME, "out of memory") : show(&text);
    buf_fini(&text);
    return code;
}

/* Both files or none. */
static kith_err make_both(const char *path, const char *key_path, kith_problem *why)
{
    struct buf text = {0}, key = {0};
    char secret[SECRET_TEXT], key_secret[SECRET_TEXT];
    draw_secret(secret);
    draw_secret(key_secret);
    const char *slash = strrchr(key_path, '/');
    config_print(&text, secret, slash ? slash + 1 : key_path); /* they lie side by side */
    buf_printf(&key, "%s\n", key_secret);
    kith_err e = text.failed || key.failed ? problem(KITH_NOMEM, why, "out of memory")
                                           : file_make(path, buf_slice(&text), why);
    if (!e && (e = file_make(key_path, buf_slice(&key), why)) != KITH_OK) file_remove(path);
    buf_fini(&text);
    buf_fini(&key);
    return e;
}

static int make(const char *path)
{
    kith_problem why;
    char key_path[KEY_PATH_MAX];
    if ((size_t)snprintf(key_path, sizeof key_path, "%s.key", path) >= sizeof key_path)
        return complain(EX_USAGE, NAME, "%.40s...: a name of so many bytes is too long", path);
    kith_err e = make_both(path, key_path, &why);
    if (e) return complain(e == KITH_NOMEM ? EX_OSERR : EX_CANTCREAT, NAME, "%s", why.text);
    (void)printf("%s is there, with a secret of its own, and %s, the key of its API. Next: kith "
                 "serve --config %s\n",
                 path, key_path, path);
    return finish_output(EX_OK, NAME);
}

/* Beside the server that runs with this config its ports are taken, and that is right. */
static kith_err check_all(const struct kith_config *c, kith_problem *why)
{
    kith_err e = kith_config_check(c, why);
    if (!e) e = config_check_data(c, why);
    if (!e) e = kith_config_check_listen(c, why);
    return e == KITH_EXISTS && store_held(kith_config_settings(c)->data) ? KITH_OK : e;
}

static void print_api(const struct settings *s)
{
    const char *tls = s->tls.api ? " by TLS" : "";
    if (strcmp(s->api, "off") == 0)
        (void)printf("API nowhere");
    else if (s->auth == AUTH_NONE || s->demo)
        (void)printf("API on %s%s, which asks for no key", s->api, tls);
    else if (s->api_key_count)
        (void)printf("API on %s%s, keys: %u", s->api, tls, s->api_key_count);
    else
        (void)printf("API on %s%s, for health and metrics only: there is no [key NAME]", s->api,
                     tls);
}

static void print_cluster(const struct kith_config *c)
{
    const struct settings_cluster *s = &kith_config_settings(c)->cluster;
    char node[NODE_NAME_BYTES_MAX + 1];
    if (s->name && config_node(c, node, NULL) == KITH_OK)
        (void)printf(", node %s of cluster %s", node, s->name);
}

/* Databases that are away make no config wrong. */
struct away {
    bool store, tables;
};

static void print_database(const char *what, const char *where, bool away)
{
    char name[512];
    store_name(where, name, sizeof name);
    (void)printf(", %s %s%s", what, name, away ? ", which cannot be reached just now" : "");
}

static void warn(const char *text) { (void)complain(EX_OK, NAME, "%s", text); }

static int say_right(const char *path, const struct kith_config *c, const struct away *away)
{
    const struct settings *s = kith_config_settings(c);
    config_tls_warn(s, system_now().unix_ms / 1000, warn);
    (void)printf("%s is right: clients on %s%s, ", path, s->listen, s->tls.listen ? " by TLS" : "");
    print_api(s);
    print_database("data in", settings_store(s), away->store);
    if (s->source.url) print_database("friends from", s->source.url, away->tables);
    print_cluster(c);
    (void)printf("\n");
    return finish_output(EX_OK, NAME);
}

static kith_err unless_away(kith_err e, bool *away)
{
    *away = e == KITH_IO;
    return *away ? KITH_OK : e;
}

static int check(const char *path)
{
    struct away away = {0};
    kith_problem why = {.text = "out of memory"};
    struct kith_config *c = kith_config_new();
    kith_err e = c ? kith_config_load(c, path, &why) : KITH_NOMEM;
    if (!e) e = check_all(c, &why);
    if (!e) e = unless_away(config_try_store(c, &why), &away.store);
    if (!e) e = unless_away(config_try_tables(c, &why), &away.tables);
    int code = e ? complain(EX_CONFIG, NAME, "%s", why.text) : say_right(path, c, &away);
    kith_config_free(c);
    return code;
}

int cmd_config(int argc, char **argv)
{
    struct arguments a = {0};
    int code = options_parse(&argp, argc, argv, &a);
    if (code) return code;
    if (strcmp(a.verb, "init") == 0) return a.file ? make(a.file) : show_all();
    if (strcmp(a.verb, "check") == 0) return check(a.file ? a.file : "kith.conf");
    return complain(EX_USAGE, NAME, "'%.60s' is neither init nor check", a.verb);
}
