/* app/cmd_token.c -- `kith token`: a token for a user, signed with a key of the config. */
#include "app/argument.h"
#include "app/commands.h"
#include "app/options.h"
#include "app/settings.h"
#include "io/system.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define NAME     "kith token"
#define ANY_KIND (-1)

struct arguments {
    const char *user, *config;
    int kind; /* enum token_kind, or ANY_KIND */
    uint32_t ttl_s;
};

enum { OPT_USER = 256, OPT_TTL, OPT_KIND, OPT_CONFIG };

static const struct argp_option options[] = {
    {"user", OPT_USER, "ID", 0, "Whom the token is for", 0},
    {"ttl", OPT_TTL, "TIME", 0, "How long it is good: 90s, 15m, 1h (the default), 30d", 0},
    {"kind", OPT_KIND, "jwt|phoenix", 0, "Its kind; jwt if a key can sign one, else phoenix", 0},
    {"config", OPT_CONFIG, "FILE", 0, "The server's config, kith.conf if not said", 0},
    {0}};

static void take_kind(struct arguments *a, const char *word, struct argp_state *state)
{
    bool jwt = strcmp(word, "jwt") == 0;
    if (!jwt && strcmp(word, "phoenix") != 0)
        argp_error(state, "--kind is jwt or phoenix, not '%s'", word);
    a->kind = jwt ? TOKEN_JWT : TOKEN_PHOENIX;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case OPT_USER: a->user = arg; return 0;
    case OPT_KIND: take_kind(a, arg, state); return 0;
    case OPT_CONFIG: a->config = arg; return 0;
    case OPT_TTL:
        a->ttl_s = argument_seconds(arg);
        if (!a->ttl_s) argp_error(state, "--ttl '%s' will not do; write 90s, 15m, 1h or 30d", arg);
        return 0;
    case ARGP_KEY_ARG: argp_error(state, "'%s' is one argument too many", arg); return 0;
    case ARGP_KEY_END:
        if (!a->user) argp_error(state, "for whom? Say --user ID");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "A token, to connect as a user.\v"
           "The token is signed with the config's first key that can sign: kind = phoenix, or jwt "
           "with a secret. It is all that is written to standard output.\n\n"
           "  kith token --user 42\n"
           "  kith token --user 42 --ttl 15m --kind phoenix --config /etc/kith/kith.conf"};

static int no_key(int kind)
{
    const char *lines = kind == TOKEN_PHOENIX
                            ? "kind = phoenix, secret = (the app's secret_key_base) and salt"
                            : "kind = jwt, alg = HS256 and secret = (openssl rand -base64 48)";
    return complain(EX_CONFIG, NAME, "no key that can sign%s; add a [token NAME] section with %s",
                    kind == TOKEN_PHOENIX ? " a Phoenix.Token"
                    : kind == TOKEN_JWT   ? " a JWT"
                                          : "",
                    lines);
}

static int print(const struct buf *token)
{
    (void)fwrite(token->ptr, 1, token->len, stdout);
    (void)putchar('\n');
    return finish_output(EX_OK, NAME);
}

static int mint(const struct token_keys *keys, const struct arguments *a)
{
    struct buf token = {0};
    enum token_kind first = a->kind == ANY_KIND ? TOKEN_JWT : (enum token_kind)a->kind;
    uint64_t now_ms = system_now().unix_ms;
    kith_slice user = slice_str(a->user);
    kith_err e = token_mint(keys, first, user, now_ms, a->ttl_s, &token);
    if (e == KITH_NONE && a->kind == ANY_KIND)
        e = token_mint(keys, TOKEN_PHOENIX, user, now_ms, a->ttl_s, &token);
    int code = e == KITH_OK     ? print(&token)
               : e == KITH_NONE ? no_key(a->kind)
               : e == KITH_BAD
                   ? complain(EX_USAGE, NAME, "--user is no id; an id is 1 to 128 bytes of UTF-8")
                   : complain(EX_OSERR, NAME, "%s", kith_err_text(e));
    buf_fini(&token);
    return code;
}

/* The config is good, so each key is one that the set takes. */
static int mint_with(const struct settings *s, const struct arguments *a)
{
    struct token_keys *keys = token_keys_new();
    kith_err e = keys ? KITH_OK : KITH_NOMEM;
    kith_problem why = {"out of memory"};
    for (unsigned i = 0; i < s->key_count && !e; i++)
        e = token_keys_add(keys, &s->keys[i].options, &why);
    int code = e ? complain(EX_OSERR, NAME, "%s", why.text) : mint(keys, a);
    token_keys_free(keys);
    return code;
}

/* A file that nobody named and that is not there is a beginner's, not a typist's, problem. */
static int no_config(kith_err e, const char *path, const kith_problem *why)
{
    if (e == KITH_IO && !path)
        return complain(EX_CONFIG, NAME,
                        "no kith.conf to be read here; name the server's config with --config "
                        "FILE, or make one: kith config init kith.conf");
    return complain(e == KITH_NOMEM ? EX_OSERR : EX_CONFIG, NAME, "%s", why->text);
}

int cmd_token(int argc, char **argv)
{
    struct arguments a = {.kind = ANY_KIND, .ttl_s = 3600};
    int code = options_parse(&argp, argc, argv, &a);
    if (code) return code;
    struct kith_config *c = kith_config_new();
    kith_problem why = {"out of memory"};
    kith_err e = c ? kith_config_load(c, a.config ? a.config : "kith.conf", &why) : KITH_NOMEM;
    if (!e) e = kith_config_check(c, &why);
    code = e ? no_config(e, a.config, &why) : mint_with(kith_config_settings(c), &a);
    kith_config_free(c);
    return code;
}
