/* app/target.c -- where a command does its work. */
#include "app/target.h"

#include "app/commands.h"
#include "io/http_client.h"
#include "io/system.h"

#include <string.h>
#include <sysexits.h>

#define USUAL_API  "http://127.0.0.1:4001"
#define USUAL_DATA "./data"

enum { OPT_API = 512, OPT_KEY_FILE, OPT_CACERT, OPT_DATA, OPT_STORE };

#define API_OPTIONS                                                                                \
    {"api", OPT_API, "URL", 0, "A running server's API, as " USUAL_API, 10},                       \
        {"key-file", OPT_KEY_FILE, "FILE", 0, "The key for it; KITH_KEY_FILE if not said", 10},    \
    {                                                                                              \
        "cacert", OPT_CACERT, "FILE", 0, "Whose certificate https:// may show, as PEM", 10         \
    }

static const struct argp_option options[] = {
    API_OPTIONS,
    {"data", OPT_DATA, "DIR", 0, "A data folder instead, while no server has it", 10},
    {"store", OPT_STORE, "URL", 0,
     "Or postgresql://..., as store.url of the config; a password is better kept in ~/.pgpass", 10},
    {0}};

static const struct argp_option server_options[] = {
    API_OPTIONS,
    {"data", OPT_DATA, "DIR", OPTION_HIDDEN, "", 10},
    {"store", OPT_STORE, "URL", OPTION_HIDDEN, "", 10},
    {0}};

void target_check_url(const char *option, const char *url, struct argp_state *state)
{
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        argp_error(state, "%s'%s' will not do; write it as " USUAL_API, option, url);
}

static void take_place(struct target *t, const char *where, struct argp_state *state)
{
    if (t->data && store_is_url(t->data) != store_is_url(where))
        argp_error(state, "--data and --store are two places; say one");
    t->data = where;
}

static void check_store(const char *url, struct argp_state *state)
{
    if (!store_is_url(url) || store_possible(url, NULL) != KITH_OK)
        argp_error(state, "--store will not do; write it as postgresql://USER@HOST:PORT/DATABASE");
}

static void check(const struct target *t, struct argp_state *state)
{
    if (t->api && t->data)
        argp_error(state, "--api and --%s are two places; say one",
                   store_is_url(t->data) ? "store" : "data");
    if (t->key_file && t->data)
        argp_error(state, "--key-file is for --api; a folder or database asks for none");
    if (t->ca_file && t->data)
        argp_error(state, "--cacert is for --api; a folder or database shows no certificate");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct target *t = state->input;
    switch (key) {
    case OPT_API: target_check_url("--api ", t->api = arg, state); return 0;
    case OPT_KEY_FILE: t->key_file = arg; return 0;
    case OPT_CACERT: t->ca_file = arg; return 0;
    case OPT_STORE: check_store(arg, state); /* fallthrough */
    case OPT_DATA: take_place(t, arg, state); return 0;
    case ARGP_KEY_END: check(t, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_server(int key, char *arg, struct argp_state *state)
{
    if (key == OPT_DATA || key == OPT_STORE)
        argp_error(state, "a folder does not know who is online; start kith serve on it, and say "
                          "--api URL if that is not " USUAL_API);
    return parse(key, arg, state);
}

const struct argp target_argp = {.options = options, .parser = parse};
const struct argp target_server_argp = {.options = server_options, .parser = parse_server};

static const char *usual_api(void)
{
    const char *named = system_variable("KITH_API");
    return named ? named : USUAL_API;
}

void target_settle_server(struct target *t)
{
    t->guessed = !t->api;
    if (!t->api) t->api = usual_api();
    if (!t->key_file) t->key_file = system_variable("KITH_KEY_FILE");
    if (!t->ca_file) t->ca_file = system_variable("KITH_CACERT");
}

/* The port that the URL names of this machine's usual addresses; else 0. */
static uint64_t port_here(const char *url)
{
    static const char *const here[] = {"127.0.0.1:", "localhost:", "[::1]:"};
    const char *host = strstr(url, "://");
    kith_slice authority;
    uint64_t port;
    (void)slice_cut(slice_str(host ? host + 3 : url), '/', &authority);
    for (size_t i = 0; i < sizeof here / sizeof *here; i++) {
        size_t len = strlen(here[i]);
        if (authority.len > len && slice_is(slice_head(authority, len), here[i]))
            return slice_u64(slice_from(authority, len), &port) ? port : 0;
    }
    return 0;
}

/* Whether the server at `api` is the one that has ./data. */
static bool has_data(const char *api)
{
    uint16_t port;
    return store_told_port(USUAL_DATA, &port) && port && port == port_here(api);
}

/* A block that is kept where nobody asks for it looks like one that holds: so a server goes before
 * a folder, and where both could be meant neither is taken. */
static int guess(struct target *t, const char *command)
{
    const char *api = usual_api();
    bool server = http_client_reaches(api), folder = store_exists(USUAL_DATA);
    if (server && folder && !has_data(api))
        return complain(EX_USAGE, command,
                        "a server answers at %s, and there is " USUAL_DATA
                        " here, which %s has: say which is meant, --api %s or "
                        "--data " USUAL_DATA,
                        api, store_held(USUAL_DATA) ? "another" : "no server", api);
    if (!server && !folder)
        return complain(EX_NOINPUT, command,
                        "no server answers at %s, and there is no " USUAL_DATA
                        "/kith.db here: start kith serve, or say --api URL or --data DIR",
                        api);
    t->guessed = true;
    if (server)
        target_settle_server(t);
    else
        t->data = USUAL_DATA;
    return EX_OK;
}

/* Who names a key means a server. */
int target_settle(struct target *t, const char *command)
{
    t->either = true;
    if (t->data) return EX_OK;
    if (!t->api && !t->key_file) return guess(t, command);
    target_settle_server(t);
    return EX_OK;
}

void target_tell(const struct target *t, const char *command)
{
    if (!t->guessed) return;
    if (t->api)
        (void)complain(EX_OK, command, "at %s", t->api);
    else
        (void)complain(EX_OK, command, "in %s%s", t->data,
                       store_held(t->data) ? "" : ", which no server has");
}

static int lock(struct store *s, const char *command)
{
    kith_problem why;
    kith_err e = store_lock(s, &why);
    if (e == KITH_REFUSED)
        return complain(EX_UNAVAILABLE, command,
                        "%s; or let the server do it: --api URL, as " USUAL_API, why.text);
    return e ? complain(EX_CANTCREAT, command, "%s", why.text) : EX_OK;
}

static int code_of(kith_err e, enum target_use use, bool url)
{
    if (url && (e == KITH_BAD || e == KITH_IO)) return e == KITH_BAD ? EX_CONFIG : EX_UNAVAILABLE;
    switch (e) {
    case KITH_BAD: return EX_DATAERR;
    case KITH_FULL: return EX_IOERR;
    case KITH_NOMEM: return EX_OSERR;
    default: return use == TARGET_READ ? EX_IOERR : EX_CANTCREAT;
    }
}

int target_open(const struct target *t, const char *command, enum target_use use,
                struct store **out)
{
    kith_problem why;
    bool url = store_is_url(t->data);
    if (!url && use != TARGET_MAKE && !store_exists(t->data))
        return complain(EX_NOINPUT, command,
                        "%s holds no kith.db, or an empty one; name the server's data folder with "
                        "--data, or its API with --api (a new folder: kith graph import)",
                        t->data);
    target_tell(t, command);
    kith_err e = store_open(t->data, out, &why);
    if (e) return complain(code_of(e, use, url), command, "%s", why.text);
    int code = use == TARGET_READ ? EX_OK : lock(*out, command);
    if (code) store_close(*out);
    return code;
}
