/* app/cmd_bench.c -- `kith bench`: drives a server with many clients, and measures it. */
#include "app/bench_graph.h"
#include "app/bench_plan.h"
#include "app/commands.h"
#include "app/config_value.h"
#include "app/options.h"
#include "edge/token.h"
#include "io/file.h"
#include "io/load_run.h"
#include "io/system.h"
#include "load/report.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define NAME "kith bench"

enum {
    INTERRUPTED = 130, /* as a shell has it of who is ended by Ctrl-C */
    WRONG = 1,
    BEAT_S = 30, /* as phoenix.js */
    HOT = 1000,  /* from so many watchers on Kith leaves out statuses that are old already */
    SECRET_BYTES_MAX = 4096
};

struct arguments {
    struct url urls[LOAD_URLS_MAX];
    struct crowd_param params[LOAD_PARAMS_MAX];
    pid_t pids[LOAD_PIDS_MAX];
    struct phase phases[2 * LOAD_PHASES_MAX];
    struct bench_plan plan;
    struct load_options load;
    const char *graph, *secret_file;
    uint64_t first_id, seed;
    bool only_graph, json;
};

enum {
    OPT_USERS = 256,
    OPT_GRAPH,
    OPT_SEED,
    OPT_FIRST_ID,
    OPT_PHASES,
    OPT_RATE,
    OPT_SECONDS,
    OPT_CONNECT_RATE,
    OPT_WINDOW,
    OPT_CHURN_RATE,
    OPT_DROP,
    OPT_STALLED,
    OPT_NOTE,
    OPT_HEARTBEAT,
    OPT_GRACE_MS,
    OPT_HOT,
    OPT_PROCESSES,
    OPT_TOPIC,
    OPT_HOLD,
    OPT_VSN,
    OPT_TOKEN_SECRET,
    OPT_CACERT,
    OPT_PARAM,
    OPT_SERVER_PID,
    OPT_JSON
};

static const struct argp_option options[] = {
    {"users", OPT_USERS, "N", 0, "So many, each with a socket; 1000 if not said", 1},
    {"graph", OPT_GRAPH, "KIND", 0,
     "Who watches whom: friends (the default), regular:K, ring:K, follow, file:PATH", 1},
    {"seed", OPT_SEED, "N", 0, "Of the graph and of the order of users; 1", 1},
    {"first-id", OPT_FIRST_ID, "N", 0, "Users are called N, N + 1, ..; 1", 1},
    {"phases", OPT_PHASES, "LIST", 0,
     "Of open, storm, hold, steady, ramp, churn, drop and read; storm,steady", 2},
    {"seconds", OPT_SECONDS, "SECONDS", 0,
     "How long hold, steady, each rate of ramp, and churn last; 10", 2},
    {"rate", OPT_RATE, "N", 0,
     "steady, and where ramp begins: status changes a second, over all users; 100", 2},
    {"connect-rate", OPT_CONNECT_RATE, "N", 0, "storm: connects a second; as fast as may be", 2},
    {"window", OPT_WINDOW, "N", 0, "storm, as fast as may be: joins under way at once; 100", 2},
    {"churn-rate", OPT_CHURN_RATE, "N", 0, "churn: sockets that close a second; 50", 2},
    {"drop", OPT_DROP, "N", 0, "drop: sockets that vanish at once; a twentieth of the users", 2},
    {"stalled", OPT_STALLED, "N", 0, "So many read nothing from join until read; 0", 2},
    {"note", OPT_NOTE, "BYTES", 0, "Of text in each status; 0", 2},
    {"heartbeat", OPT_HEARTBEAT, "SECONDS", 0, "Of each client; 0: none; 30, as phoenix.js", 2},
    {"grace-ms", OPT_GRACE_MS, "MS", 0, "Its grace_s, in ms; 0 if it has none; 5000", 3},
    {"hot", OPT_HOT, "N", 0, "It may leave out old statuses of whom N or more watch; 1000", 3},
    {"topic", OPT_TOPIC, "friends|user", 0, "What is joined: friends (the default), or user:<id>",
     3},
    {"hold", OPT_HOLD, NULL, 0,
     "Clients hold back diffs until their state has come, as Presence of phoenix.js does", 3},
    {"vsn", OPT_VSN, "VERSION", 0, "Of the wire: 2.0.0 (the default), or 1.0.0", 3},
    {"token-secret", OPT_TOKEN_SECRET, "FILE", 0,
     "Sends JWTs (HS256) signed with it, to a server that asks for tokens, in place of user_id", 3},
    {"cacert", OPT_CACERT, "FILE", 0,
     "Whose certificate wss:// may show, as PEM; those whom the system trusts", 3},
    {"param", OPT_PARAM, "NAME=VALUE", 0,
     "One more parameter of the connect; %u in it is the user's id", 3},
    {"server-pid", OPT_SERVER_PID, "PID,..", 0, "Measures these processes: CPU, memory", 3},
    {"processes", OPT_PROCESSES, "N", 0,
     "Of the generator; cores less one, or as descriptors require", 4},
    {"json", OPT_JSON, NULL, 0, "Prints JSON", 4},
    {0}};

static double number(const char *name, const char *text, double least, double most,
                     struct argp_state *state)
{
    char *end;
    double n = strtod(text, &end);
    if (end == text || *end || !(n >= least && n <= most))
        argp_error(state, "--%s '%s' will not do; write a number from %g to %.15g", name, text,
                   least, most);
    return n;
}

static uint32_t whole(const char *name, const char *text, uint32_t least, uint32_t most,
                      struct argp_state *state)
{
    uint64_t n;
    if (!slice_u64(slice_str(text), &n) || n < least || n > most)
        argp_error(state, "--%s '%s' will not do; write a whole number from %u to %u", name, text,
                   least, most);
    return (uint32_t)n;
}

static void take_pids(struct arguments *a, const char *text, struct argp_state *state)
{
    kith_slice word, rest = slice_str(text);
    while (rest.ptr) {
        uint64_t pid = 0;
        rest = slice_cut(rest, ',', &word);
        if (a->load.pid_count == LOAD_PIDS_MAX || !slice_u64(word, &pid) || pid == 0 ||
            pid > INT32_MAX)
            argp_error(state, "--server-pid '%s' will not do; write process ids: 812,813", text);
        a->pids[a->load.pid_count++] = (pid_t)pid;
    }
}

static void take_param(struct arguments *a, char *text, struct argp_state *state)
{
    char *equals = strchr(text, '=');
    if (!equals || equals == text || a->load.param_count == LOAD_PARAMS_MAX)
        argp_error(state, "--param '%s' will not do; write NAME=VALUE, at most %d times", text,
                   LOAD_PARAMS_MAX);
    *equals = '\0';
    a->params[a->load.param_count++] = (struct crowd_param){text, equals + 1};
}

static void take_graph(struct arguments *a, const char *text, struct argp_state *state)
{
    if (!bench_graph_known(text))
        argp_error(state,
                   "--graph '%s' will not do; write friends, friends:MEAN, follow, "
                   "follow:MEAN, regular:K, ring:K (K even), or file:PATH",
                   text);
    a->graph = text;
}

static void take_url(struct arguments *a, const char *text, struct argp_state *state)
{
    kith_problem why;
    if (state->arg_num == 0 && strcmp(text, "graph") == 0) {
        a->only_graph = true;
        return;
    }
    if (a->only_graph)
        argp_error(state, "'%s' is one argument too many: a graph needs no server", text);
    if (a->load.url_count == LOAD_URLS_MAX) argp_error(state, "more than %d URLs", LOAD_URLS_MAX);
    if (url_read(text, &a->urls[a->load.url_count], &why)) argp_error(state, "%s", why.text);
    a->load.url_count++;
}

static void take_vsn(struct arguments *a, const char *text, struct argp_state *state)
{
    if (phx_vsn_parse(slice_str(text), &a->load.vsn))
        argp_error(state, "--vsn is 2.0.0 or 1.0.0, not '%s'", text);
}

static void take_topic(struct arguments *a, const char *text, struct argp_state *state)
{
    a->load.own_topic = strcmp(text, "user") == 0;
    if (!a->load.own_topic && strcmp(text, "friends") != 0)
        argp_error(state, "--topic is friends or user, not '%s'", text);
}

static void take_seconds(struct arguments *a, const char *text, struct argp_state *state)
{
    uint64_t ms;
    if (!config_seconds(text, &ms) || ms < 100 || ms > 86400000)
        argp_error(state, "--seconds '%s' will not do; write seconds from 0.1 to 86400", text);
    a->plan.seconds_us = ms * 1000;
}

static error_t parse_what(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    struct bench_plan *p = &a->plan;
    switch (key) {
    case OPT_PHASES: p->names = arg; return 0;
    case OPT_SECONDS: take_seconds(a, arg, state); return 0;
    case OPT_RATE: p->rate = number("rate", arg, 0.01, 1e6, state); return 0;
    case OPT_CONNECT_RATE:
        p->connect_rate = number("connect-rate", arg, 0.01, 1e6, state);
        return 0;
    case OPT_WINDOW: p->window = whole("window", arg, 1, PHASE_WINDOW_MAX, state); return 0;
    case OPT_CHURN_RATE: p->churn_rate = number("churn-rate", arg, 0.01, 1e5, state); return 0;
    case OPT_DROP: p->drop = whole("drop", arg, 1, LOAD_USERS_MAX, state); return 0;
    case OPT_STALLED:
        a->load.stalled = p->stalled = whole("stalled", arg, 0, LOAD_USERS_MAX, state);
        return 0;
    case OPT_NOTE: a->load.note_bytes = whole("note", arg, 0, LOAD_NOTE_MAX, state); return 0;
    case OPT_HEARTBEAT:
        a->load.beat_us = whole("heartbeat", arg, 0, 86400, state) * 1000000ull;
        return 0;
    case OPT_GRACE_MS: p->grace_us = whole("grace-ms", arg, 0, 3600000, state) * 1000ull; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case OPT_USERS: a->plan.users = whole("users", arg, 2, LOAD_USERS_MAX, state); return 0;
    case OPT_GRAPH: take_graph(a, arg, state); return 0;
    case OPT_SEED: a->seed = whole("seed", arg, 0, UINT32_MAX, state); return 0;
    case OPT_FIRST_ID: a->first_id = whole("first-id", arg, 0, UINT32_MAX, state); return 0;
    case OPT_HOT: a->load.hot = whole("hot", arg, 1, UINT32_MAX, state); return 0;
    case OPT_PROCESSES:
        a->load.processes = whole("processes", arg, 1, LOAD_PROCESSES_MAX, state);
        return 0;
    case OPT_TOPIC: take_topic(a, arg, state); return 0;
    case OPT_HOLD: a->load.hold = true; return 0;
    case OPT_VSN: take_vsn(a, arg, state); return 0;
    case OPT_TOKEN_SECRET: a->secret_file = arg; return 0;
    case OPT_CACERT: a->load.ca_file = arg; return 0;
    case OPT_PARAM: take_param(a, arg, state); return 0;
    case OPT_SERVER_PID: take_pids(a, arg, state); return 0;
    case OPT_JSON: a->json = true; return 0;
    case ARGP_KEY_ARG: take_url(a, arg, state); return 0;
    case ARGP_KEY_END:
        if (!a->only_graph && a->load.url_count == 0)
            argp_error(
                state,
                "which server? Say ws://127.0.0.1:4000/socket, or as `kith serve` prints it");
        return 0;
    default: return parse_what(key, arg, state);
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "URL...\ngraph",
    .doc =
        "Drives a server with many clients, and measures it: any server of this wire, Kith, a "
        "Phoenix application or another.\v"
        "Each user has a socket, joins, and keeps count of what it is told. What is due, and when, "
        "is fixed in advance: who is told late is counted from when it was due, and what is told "
        "is held against what the graph says, so that nothing is lost, told twice, or told to "
        "somebody who may not know. The phases:\n\n"
        "  open     all connect, and join nothing: what a connection takes\n"
        "  storm    all connect and join, as fast as may be or at --connect-rate\n"
        "  hold     nothing happens: what idle users take\n"
        "  steady   status changes at --rate, user after user\n"
        "  ramp     the same at --rate, a quarter more, and so on, until p99 is above\n"
        "           100 ms: the most deliveries a second\n"
        "  churn    sockets close: one is back within grace, and nobody may be told;\n"
        "           the next only behind it, and all friends must be\n"
        "  drop     many sockets vanish at once, and all friends must be told\n"
        "  read     --stalled clients read on, and must come to know what is true\n\n"
        "What no phase needs to be told comes by itself: who is not there is brought before, and "
        "that is told of only where something was wrong. "
        "The graph comes from the seed and is the same everywhere; the server has to have it. "
        "Ids are numbers from --first-id on.\n\n"
        "  friends[:MEAN]  as in a social network: the median is half the mean (190),\n"
        "                  a few have very many; most friends of a user know each\n"
        "                  other\n"
        "  follow[:MEAN]   one way, with a few celebrities, of whom the first is\n"
        "                  followed by half\n"
        "  regular:K       K each, who lie anywhere\n"
        "  ring:K          the K next on a ring\n"
        "  file:PATH       edges as kith graph export writes them, with their users\n\n"
        "Latencies are in milliseconds. Of many URLs, as of the nodes of a cluster, each has its "
        "part of the users. Where the generator was more than 85 % busy, or sent what was due "
        "more than 5 ms late (p99), it says that the figures are its own limit: more cores, or "
        "another machine, would show more.\n\n"
        "It exits with 1 if anything was wrong: lost, leaked, shown who is not there, not shown "
        "who is, told twice, closed or refused by the server; with 130 if it was interrupted "
        "(what was measured is printed), else as sysexits.h has it.\n\n"
        "A server for it, and, once that has said ready, two runs:\n\n"
        "  kith bench graph --users 10000 > graph.txt\n"
        "  kith graph import graph.txt --data bench\n"
        "  kith serve --auth none --data bench &\n\n"
        "  kith bench ws://127.0.0.1:4000/socket --users 10000 --server-pid $!\n"
        "  kith bench ws://10.0.0.5:4000/socket ws://10.0.0.6:4000/socket \\\n"
        "      --users 40000 --phases storm,churn,drop --token-secret jwt.key \\\n"
        "      --json > figures.json"};

/* Running */

static int make_keys(const struct arguments *a, struct token_keys **out)
{
    struct buf secret = {0};
    bool exposed;
    kith_problem why = {"out of memory"};
    if (!a->secret_file) return EX_OK;
    kith_err e = file_read(a->secret_file, SECRET_BYTES_MAX, &secret, &exposed, &why);
    while (secret.len && (secret.ptr[secret.len - 1] == '\n' || secret.ptr[secret.len - 1] == '\r'))
        secret.len--;
    struct token_key_options o = {
        .kind = TOKEN_JWT, .alg = TOKEN_HS256, .secret = buf_slice(&secret)};
    *out = e ? NULL : token_keys_new();
    if (!e) e = *out ? token_keys_add(*out, &o, &why) : KITH_NOMEM;
    if (secret.ptr) OPENSSL_cleanse(secret.ptr, secret.len);
    buf_fini(&secret);
    return e ? complain(e == KITH_IO ? EX_NOINPUT : EX_DATAERR, NAME, "--token-secret: %s",
                        why.text)
             : EX_OK;
}

static int print(const struct load_results *r, const struct arguments *a)
{
    struct buf text = {0};
    if (a->json)
        report_json(&text, r, a->graph);
    else
        report_text(&text, r);
    bool failed = text.failed;
    (void)fwrite(text.ptr, 1, text.len, stdout);
    buf_fini(&text);
    if (failed) return complain(EX_OSERR, NAME, "out of memory");
    return finish_output(load_wrong(r) ? WRONG : EX_OK, NAME);
}

static int code_of(kith_err e)
{
    return e == KITH_NONE  ? EX_NOHOST
           : e == KITH_BAD ? EX_USAGE
           : e == KITH_IO  ? EX_UNAVAILABLE
                           : EX_OSERR;
}

static int run(struct arguments *a, const struct bench_graph *g)
{
    struct load_results *r = calloc(1, sizeof *r);
    kith_problem why = {"out of memory"};
    a->load.graph = &g->graph;
    a->load.names = &g->names;
    a->plan.users = g->graph.users;
    a->load.phase_count = bench_plan_phases(&a->plan, a->phases, &why);
    int code = a->load.phase_count ? EX_OK : complain(EX_USAGE, NAME, "--phases: %s", why.text);
    kith_err e = KITH_NOMEM;
    if (!code && r) e = load_run(&a->load, r, &why);
    bool cut = e && e != KITH_EXPIRED; /* what was measured before is printed all the same */
    if (!code && (!cut || (r && r->count))) code = print(r, a);
    if (cut && (code == EX_OK || code == WRONG)) code = complain(code_of(e), NAME, "%s", why.text);
    free(r);
    return code == EX_OK && e == KITH_EXPIRED ? INTERRUPTED : code;
}

static void settle(struct arguments *a)
{
    a->load.urls = a->urls;
    a->load.params = a->params;
    a->load.pids = a->pids;
    a->load.phases = a->phases;
    a->load.seed = a->seed;
    if (!a->load.ca_file) a->load.ca_file = system_variable("KITH_CACERT");
    a->load.progress = system_on_terminal();
}

int cmd_bench(int argc, char **argv)
{
    static struct arguments a = {
        .plan = {.names = "storm,steady",
                 .rate = 100,
                 .churn_rate = 50,
                 .seconds_us = 10000000,
                 .grace_us = GRACE_MS * 1000ull,
                 .users = 1000,
                 .window = LOAD_WINDOW},
        .load = {.vsn = PHX_V2, .hot = HOT, .beside = UINT32_MAX, .beat_us = BEAT_S * 1000000ull},
        .graph = "friends",
        .first_id = 1,
        .seed = 1};
    struct token_keys *keys = NULL;
    struct bench_graph g;
    int code = options_parse(&argp, argc, argv, &a);
    if (code) return code;
    settle(&a);
    code = bench_graph_make(&g, a.graph, a.plan.users, a.first_id, a.seed);
    if (!code && !a.only_graph) code = make_keys(&a, &keys);
    a.load.keys = keys;
    if (!code) code = a.only_graph ? bench_graph_write(&g) : run(&a, &g);
    token_keys_free(keys);
    bench_graph_fini(&g);
    return code;
}
