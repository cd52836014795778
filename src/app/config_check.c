/* app/config_check.c -- what one setting cannot know of another, nor of the machine. */
#include "app/config_address.h"
#include "app/config_cluster.h"
#include "app/config_hooks.h"
#include "app/config_said.h"
#include "app/config_source.h"
#include "app/config_tls.h"
#include "io/file.h"
#include "io/listener.h"
#include "io/store.h"

#include <string.h>

#define ANY_TOKEN "token any" /* each has the same keys */
#define ANY_KEY   "key any"

static bool is_off(const char *address) { return strcmp(address, "off") == 0; }

/* What of the settings trusts anybody who comes, or NULL. */
static const char *trusting(const struct settings *s)
{
    return s->auth == AUTH_NONE ? "auth" : s->demo ? "demo" : NULL;
}

static kith_err check_private(const struct kith_config *c, const char *what, const char *name,
                              const char *address, kith_problem *why)
{
    if (!what || is_off(address) || address_loopback(slice_str(address))) return KITH_OK;
    return config_fault(
        c, config_line_of(c, "server", what), why,
        "server.%s = %s is for this machine only, and server.%s = %s can be reached from "
        "others; write %s = 127.0.0.1:%s (--%s 127.0.0.1:%s)",
        what, strcmp(what, "auth") == 0 ? "none" : "on", name, address, name,
        strrchr(address, ':') + 1, name, strrchr(address, ':') + 1);
}

/* What trusts anybody may be reached from this machine only. */
static kith_err check_loopback(const struct kith_config *c, kith_problem *why)
{
    const struct settings *s = &c->now;
    const char *trusts = trusting(s);
    kith_err e = check_private(c,
                               trusts    ? trusts
                               : s->echo ? "echo"
                                         : NULL,
                               "listen", s->listen, why);
    if (!e) e = check_private(c, trusts, "api", s->api, why);
    if (e || is_off(s->api) || address_loopback(slice_str(s->api)) || s->api_key_count) return e;
    return config_fault(
        c, config_line_of(c, "server", "api"), why,
        "server.api: %s can be reached from other machines, and there is no key to ask "
        "for; add a [key NAME] section with role = admin and secret_file = FILE, or write "
        "an address on loopback, as 127.0.0.1:4001",
        s->api);
}

static kith_err check_server(const struct kith_config *c, kith_problem *why)
{
    const struct settings *s = &c->now;
    unsigned api_line = config_line_of(c, "server", "api");
    if (!is_off(s->api) && address_overlaps(slice_str(s->listen), slice_str(s->api)))
        return config_fault(
            c, api_line ? api_line : config_line_of(c, "server", "listen"), why,
            "server.api: %s is where clients connect (server.listen = %s); write another "
            "port",
            s->api, s->listen);
    if (s->idle_ms <= s->ping_ms)
        return config_fault(
            c, config_line_of(c, "server", "idle_s"), why,
            "server.idle_s: %g s is over before a ping after %g s could be answered; "
            "write more than server.ping_s, best twice as much",
            s->idle_ms / 1000.0, s->ping_ms / 1000.0);
    if (s->demo && s->store_url)
        return config_fault(
            c, config_line_of(c, "store", "url"), why,
            "store.url: the demo's people are not to come among real ones; leave it out, "
            "or demo");
    if (s->auth == AUTH_TOKEN && !s->key_count && !s->demo)
        return config_fault(
            c, config_line_of(c, "server", "auth"), why,
            "server.auth = token needs a [token NAME] section with a key; `kith config "
            "init FILE` writes a file with one, for --config FILE (for a first look: kith "
            "serve --demo)");
    return KITH_OK;
}

/* The first setting of the token that its kind does not know, or NULL. */
static const char *stranger(const struct config_scope *scope, enum token_kind kind)
{
    static const char *const jwt[] = {"alg",    "kid",      "public_key_file",
                                      "issuer", "audience", "exp_optional"};
    static const char *const phoenix[] = {"salt", "max_age_s"};
    for (size_t i = 0; kind == TOKEN_PHOENIX && i < sizeof jwt / sizeof jwt[0]; i++)
        if (config_is_set(scope, ANY_TOKEN, jwt[i])) return jwt[i];
    for (size_t i = 0; kind == TOKEN_JWT && i < sizeof phoenix / sizeof phoenix[0]; i++)
        if (config_is_set(scope, ANY_TOKEN, phoenix[i])) return phoenix[i];
    return NULL;
}

/* Which of the three ways to say the key this token needs, and whether it is said in just this. */
static kith_err check_key_source(const struct config_scope *scope,
                                 const struct token_key_options *o, kith_problem *why)
{
    bool public = config_is_set(scope, ANY_TOKEN, "public_key_file");
    bool secret = config_is_set(scope, ANY_TOKEN, "secret"),
         file = config_is_set(scope, ANY_TOKEN, "secret_file");
    bool needs_public = o->kind == TOKEN_JWT && o->alg >= TOKEN_RS256;
    if (needs_public && (secret || file))
        return problem(KITH_BAD, why,
                       "RS256, ES256 and EdDSA take no secret; write a "
                       "public_key_file");
    if (needs_public && !public)
        return problem(KITH_BAD, why, "no key; write public_key_file = FILE with a PEM public key");
    if (!needs_public && public)
        return problem(KITH_BAD, why,
                       "a public_key_file belongs to alg = RS256, ES256 or EdDSA; "
                       "write that alg, or a secret");
    if (!needs_public && secret == file)
        return problem(KITH_BAD, why, "%s; write secret = ..., or secret_file = FILE",
                       secret ? "two secrets" : "no secret");
    return KITH_OK;
}

static kith_err check_token(const struct config_scope *scope, const struct token_key_options *o,
                            kith_problem *why)
{
    if (!config_is_set(scope, ANY_TOKEN, "kind"))
        return problem(KITH_BAD, why, "no kind; write kind = phoenix, or kind = jwt");
    const char *other = stranger(scope, o->kind);
    if (other)
        return problem(KITH_BAD, why, "%s is for kind = %s; leave it out, or change the kind",
                       other, o->kind == TOKEN_PHOENIX ? "jwt" : "phoenix");
    return check_key_source(scope, o, why);
}

/* The verifier itself is the judge of keys; it is asked here, and again when the server starts. */
static kith_err check_tokens(const struct kith_config *c, struct token_keys *keys,
                             kith_problem *why)
{
    kith_err e = KITH_OK;
    for (unsigned i = 0; i < c->now.key_count && !e; i++) {
        kith_problem what;
        const struct settings_key *key = &c->now.keys[i];
        e = check_token(&c->tokens[i], &key->options, &what);
        if (!e) e = token_keys_add(keys, &key->options, &what);
        if (e == KITH_NOMEM) return problem(e, why, "%s", what.text);
        if (e) e = config_fault(c, c->tokens[i].line, why, "[token %s]: %s", key->name, what.text);
    }
    return e;
}

static kith_err check_api_key(const struct config_scope *scope, const struct settings_api_key *key,
                              struct api_keys *keys, kith_problem *why)
{
    bool secret = config_is_set(scope, ANY_KEY, "secret"),
         file = config_is_set(scope, ANY_KEY, "secret_file");
    if (!config_is_set(scope, ANY_KEY, "role"))
        return problem(KITH_BAD, why, "no role; write role = read, write or admin");
    if (secret == file)
        return problem(KITH_BAD, why, "%s; write secret = ..., or secret_file = FILE",
                       secret ? "two secrets" : "no secret");
    return api_keys_add(keys, API_READ + key->role, key->secret, why);
}

static kith_err check_api_keys(const struct kith_config *c, struct api_keys *keys,
                               kith_problem *why)
{
    kith_err e = KITH_OK;
    for (unsigned i = 0; i < c->now.api_key_count && !e; i++) {
        kith_problem what;
        const struct settings_api_key *key = &c->now.api_keys[i];
        e = check_api_key(&c->api_keys[i], key, keys, &what);
        if (e) e = config_fault(c, c->api_keys[i].line, why, "[key %s]: %s", key->name, what.text);
    }
    return e;
}

kith_err kith_config_check(const struct kith_config *c, kith_problem *why)
{
    if (!c) return problem(KITH_BAD, why, "no configuration");
    kith_err e = check_loopback(c, why);
    if (!e) e = check_server(c, why);
    if (!e) e = config_check_tls(c, why);
    if (!e) e = config_check_cluster(c, why);
    if (!e) e = config_check_source(c, why);
    if (!e) e = config_check_hooks(c, why);
    if (e) return e;
    struct token_keys *keys = token_keys_new();
    struct api_keys *api_keys = api_keys_new();
    if (!keys || !api_keys) e = problem(KITH_NOMEM, why, "out of memory");
    if (!e) e = check_tokens(c, keys, why);
    if (!e) e = check_api_keys(c, api_keys, why);
    token_keys_free(keys);
    api_keys_free(api_keys);
    return e;
}

static kith_err try_listen(const struct kith_config *c, const char *name, const char *address,
                           kith_problem *why)
{
    int fd;
    kith_problem what;
    if (is_off(address)) return KITH_OK;
    kith_err e = listener_open(address, LISTENER_TRIED, &fd, &what);
    if (!e) file_close(fd);
    if (!e) return KITH_OK;
    kith_err bad = config_fault(c, config_line_of(c, "server", name), why, "server.%s: %s (--%s)",
                                name, what.text, name);
    return e == KITH_EXISTS ? e : bad;
}

/* Both are tried: whoever mends the one is not to meet the other next. */
kith_err kith_config_check_listen(const struct kith_config *c, kith_problem *why)
{
    kith_problem first, second;
    if (!c) return problem(KITH_BAD, why, "no configuration");
    kith_err e = try_listen(c, "listen", c->now.listen, &first);
    kith_err of_api = try_listen(c, "api", c->now.api, &second);
    if (e && of_api) return problem(e, why, "%s; and %s", first.text, second.text);
    if (e) return problem(e, why, "%s", first.text);
    return of_api ? problem(of_api, why, "%s", second.text) : KITH_OK;
}

kith_err config_check_data(const struct kith_config *c, kith_problem *why)
{
    kith_problem what;
    if (c->now.store_url) return KITH_OK;
    if (store_possible(c->now.data, &what) == KITH_OK) return KITH_OK;
    return config_fault(c, config_line_of(c, "server", "data"), why, "server.data: %s", what.text);
}

kith_err config_try_store(const struct kith_config *c, kith_problem *why)
{
    kith_problem what;
    kith_err e = store_try(
        &(struct store_options){.where = settings_store(&c->now), .call_ms = c->now.store_ms},
        &what);
    if (e == KITH_BAD)
        return config_fault(c, config_line_of(c, "store", "url"), why, "store.url: %s", what.text);
    return e ? problem(e, why, "%s", what.text) : KITH_OK;
}
