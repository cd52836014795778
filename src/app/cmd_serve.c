/* app/cmd_serve.c -- `kith serve`: its command line, and how it ends. */
#include "app/commands.h"
#include "app/config_keys.h"
#include "app/options.h"
#include "app/settings.h"
#include "io/log.h"
#include "io/store.h"
#include "io/user.h"

#include <kith/config.h>
#include <kith/server.h>

#include <argp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define NAME "kith serve"

extern const size_t kith_demo_page_count;

/* A program may be built without the pages of the demo. */
static kith_err check_demo(const struct settings *s, kith_problem *why)
{
    if (!s->demo || kith_demo_page_count) return KITH_OK;
    return problem(KITH_NONE, why,
                   "server.demo: this kith was built without the demo page; script/build makes one "
                   "that has it, if the network is up");
}

static kith_err prepare(struct kith_server **s, const struct kith_config *config, kith_problem *why)
{
    kith_err e = check_demo(kith_config_settings(config), why);
    if (!e) e = kith_server_new(config, s, why);
    /* The server has the folder: one that is started twice has heard that, which says more. */
    if (!e) e = kith_config_check_listen(config, why);
    if (!e) e = serve_offer(*s, config, why);
    return e;
}

static int code_of(kith_err e, bool running)
{
    switch (e) {
    case KITH_OK: return EX_OK;
    case KITH_BAD:
    case KITH_EXISTS: return EX_CONFIG;
    case KITH_REFUSED: return running ? EX_CONFIG : EX_UNAVAILABLE;
    case KITH_IO: return running ? EX_IOERR : EX_UNAVAILABLE;
    case KITH_FULL: return EX_IOERR;
    default: return EX_UNAVAILABLE;
    }
}

/* A data folder whose name is mistyped begins anew, and should not do so in silence. */
static void say_new(const struct settings *s)
{
    (void)complain(EX_OK, NAME, "%s is new: nobody watches anybody yet; kith graph import FILE",
                   s->data);
}

/* Of one that is tried out on this machine nothing else is asked. */
static void say_root(const struct settings *s)
{
    if (user_is_root() && s->auth != AUTH_NONE && !s->demo)
        log_warn("it runs as root, which it need not: --user NAME, or User= of a service");
}

static int serve(const struct kith_config *config)
{
    struct kith_server *s = NULL;
    kith_problem why = {.text = "out of memory"};
    const struct settings *settings = kith_config_settings(config);
    bool fresh = !settings->demo && !settings->store_url &&
                 strcmp(settings->data, ":memory:") != 0 && !store_exists(settings->data);
    kith_err e = prepare(&s, config, &why);
    if (!e && fresh) say_new(settings);
    if (!e) say_root(settings);
    bool running = !e;
    if (!e) e = kith_server_run(s, &why);
    kith_server_free(s);
    return e ? complain(code_of(e, running), NAME, "%s", why.text) : EX_OK;
}

/* The command line: each flag sets a key of the config. */

enum { OPT_API = 256, OPT_DATA, OPT_AUTH, OPT_WORKERS, OPT_DEMO, OPT_SET, OPT_USER, OPT_PORT };

static const struct argp_option options[] = {
    {"config", 'c', "FILE", 0, "Read this kith.conf (see `kith config init`)", 0},
    {"listen", 'l', "ADDR:PORT", 0, "Where clients connect; port 0 takes a free one", 0},
    {"api", OPT_API, "ADDR:PORT", 0, "Where the REST API, health and metrics are; keep it private",
     0},
    {"data", OPT_DATA, "DIR", 0, "Folder of kith.db; made on first use", 0},
    {"auth", OPT_AUTH, "none", 0,
     "Development: the user is what ?user_id= says; on this machine only", 0},
    {"workers", OPT_WORKERS, "N", 0, "Threads; 0 for one a core", 0},
    {"demo", OPT_DEMO, NULL, 0,
     "Serve the demo page with a small graph of its own, in ./demo-data if no --data is said; on "
     "this machine only",
     0},
    {"user", OPT_USER, "NAME", 0,
     "Started as root: become this user first, for good; all is opened and read as it", 0},
    {"port", OPT_PORT, "PORT", OPTION_HIDDEN, "", 0},
    {"set", OPT_SET, "KEY=VALUE", 0, "Set any key of the config, as presence.grace_s=2", 0},
    {0}};

/* What the command line asks for, to be set over what the file says, wherever --config stands. */
struct arguments {
    const char *file;
    const char *user; /* to become; NULL: whoever it is */
    struct {
        const char *key, *value;
    } sets[64];
    unsigned count;
    bool demo;  /* as a flag */
    bool local; /* what is asked for is for this machine only */
};

static void set(struct argp_state *state, const char *key, const char *value)
{
    struct arguments *a = state->input;
    if (a->count == sizeof a->sets / sizeof a->sets[0]) argp_error(state, "too many settings");
    a->sets[a->count].key = key;
    a->sets[a->count++].value = value;
}

/* KEY=VALUE becomes two strings where it stands: argv is ours. */
static void set_pair(struct argp_state *state, char *pair)
{
    char *equals = strchr(pair, '=');
    if (!equals) argp_error(state, "--set takes KEY=VALUE, as presence.grace_s=2");
    *equals = 0;
    set(state, pair, equals + 1);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case 'c': a->file = arg; break;
    case 'l': set(state, "server.listen", arg); break;
    case OPT_API: set(state, "server.api", arg); break;
    case OPT_DATA: set(state, "server.data", arg); break;
    case OPT_AUTH:
        set(state, "server.auth", arg);
        a->local |= strcmp(arg, "none") == 0;
        break;
    case OPT_WORKERS: set(state, "server.workers", arg); break;
    case OPT_DEMO: set(state, "server.demo", "on"), a->demo = a->local = true; break;
    case OPT_SET: set_pair(state, arg); break;
    case OPT_USER: a->user = arg; break;
    case OPT_PORT:
        argp_error(state, "an address goes with a port: --listen 0.0.0.0:%s, or 127.0.0.1:%s", arg,
                   arg);
        break;
    case ARGP_KEY_ARG: argp_error(state, "'%s' is not an option", arg); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Serve friends' presence to Phoenix Channels clients.\v"
           "Try it:   kith serve --demo\n"
           "For real: kith config init kith.conf, edit it, kith serve --config kith.conf\n"
           "Several as one: [cluster] of kith.conf, the same on all nodes but for its node\n"
           "Stops on SIGTERM or Ctrl-C: clients are told to come back, and whoever is back in time "
           "was "
           "never gone."};

static int configure(struct kith_config *config, const struct arguments *a, kith_problem *why)
{
    if (a->local && kith_config_set(config, "server.listen", "127.0.0.1:4000", why) != KITH_OK)
        return EX_CONFIG;
    /* The demo's people are not to come among real ones. */
    if (a->demo && kith_config_set(config, "server.data", "./demo-data", why) != KITH_OK)
        return EX_CONFIG;
    if (a->file && kith_config_load(config, a->file, why) != KITH_OK) return EX_CONFIG;
    for (unsigned i = 0; i < a->count; i++)
        if (kith_config_set(config, a->sets[i].key, a->sets[i].value, why) != KITH_OK)
            return EX_USAGE;
    return EX_OK;
}

/* Whoever may list processes reads their arguments: a secret among them is wiped out. */
static void wipe_secrets(const struct arguments *a)
{
    for (unsigned i = 0; i < a->count; i++) {
        char section[64];
        const char *key = a->sets[i].key, *dot = strrchr(key, '.');
        if (!dot || dot - key >= (ptrdiff_t)sizeof section) continue;
        (void)snprintf(section, sizeof section, "%.*s", (int)(dot - key), key);
        const struct config_key *k = config_key_find(section, dot + 1);
        if (!k || !config_key_is_private(k)) continue;
        char *value = (char *)(uintptr_t)a->sets[i].value; /* in argv */
        memset(value, '*', strlen(value));
    }
}

int cmd_serve(int argc, char **argv)
{
    struct arguments a = {0};
    kith_problem why = {.text = "out of memory"};
    int code = options_parse(&argp, argc, argv, &a);
    if (code) return code;
    kith_err e = a.user ? user_become(a.user, &why) : KITH_OK;
    if (e) return complain(e == KITH_IO ? EX_OSERR : EX_USAGE, NAME, "--user: %s", why.text);
    struct kith_config *config = kith_config_new();
    code = config ? configure(config, &a, &why) : EX_OSERR;
    wipe_secrets(&a);
    code = code ? complain(code, NAME, "%s", why.text) : serve(config);
    kith_config_free(config);
    return code;
}
