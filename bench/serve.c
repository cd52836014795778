/* bench/serve.c -- drives a real server from outside and prints what it costs: memory, joins,
 * deliveries, latency. Ratios to the bare loop travel from machine to machine; the rest is this
 * machine's. */
#include "options.h"
#include "scenes.h"
#include "tool.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum {
    OPT_USERS = 256,
    OPT_FRIENDS,
    OPT_SECONDS,
    OPT_RATES,
    OPT_ROUNDS,
    OPT_WINDOW,
    OPT_WORKERS,
    OPT_SCENES,
    OPT_QUICK,
    OPT_JSON,
    OPT_KITH
};

static const struct argp_option options[] = {
    {"kith", OPT_KITH, "FILE", 0, "The program; else $KITH, else build/kith", 0},
    {"users", OPT_USERS, "N", 0, "10000 if not said; each takes a descriptor of the server", 0},
    {"friends", OPT_FRIENDS, "N", 0, "Of each user; 100", 0},
    {"rates", OPT_RATES, "N,N..", 0, "Status changes a second; 50,100,500", 0},
    {"seconds", OPT_SECONDS, "S", 0, "Of each measurement at a rate; 8", 0},
    {"rounds", OPT_ROUNDS, "N", 0, "The table has their medians; 3", 0},
    {"window", OPT_WINDOW, "N", 0, "Joins under way at once in the storm; 100", 0},
    {"workers", OPT_WORKERS, "N", 0,
     "Threads of the server; 1. More are on any core, the generator's too", 0},
    {"scenes", OPT_SCENES, "NAME,NAME..", 0,
     "Only these, beside the storm: idle, flips, capacity, churn, vanish", 0},
    {"quick", OPT_QUICK, NULL, 0, "A small round of about ten seconds: does it all run?", 0},
    {"json", OPT_JSON, NULL, 0, "JSON instead of a table", 0},
    {0}};

static unsigned scene_called(const char *word, struct argp_state *state)
{
    static const char *const names[] = {"idle", "flips", "capacity", "churn", "vanish"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(word, names[i]) == 0) return 1u << i;
    argp_error(state, "'%s' is no scene", word);
    return 0;
}

static void take_scenes(struct plan *p, char *text, struct argp_state *state)
{
    p->scenes = 0;
    for (char *word, *rest = text; (word = strtok_r(rest, ",", &rest));)
        p->scenes |= scene_called(word, state);
}

static void make_quick(struct plan *p)
{
    p->scenes &= ~(unsigned)SCENE_CAPACITY;
    p->users = 1000;
    p->friends = 50;
    p->seconds = 0.8;
    p->rates[0] = 100, p->rates[1] = 500, p->rate_count = 2;
    p->rounds = 1;
    p->grace_s = 0.2;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct plan *p = state->input;
    switch (key) {
    case OPT_KITH: p->kith = arg; break;
    case OPT_USERS: p->users = (uint32_t)option_number(arg, 20, 1e6, state); break;
    case OPT_FRIENDS: p->friends = (uint32_t)option_number(arg, 2, 5000, state); break;
    case OPT_RATES: p->rate_count = option_numbers(arg, 1, 100000, p->rates, 8, state); break;
    case OPT_SECONDS: p->seconds = option_number(arg, 0.1, 3600, state); break;
    case OPT_ROUNDS: p->rounds = (uint32_t)option_number(arg, 1, ROUNDS_MAX, state); break;
    case OPT_WINDOW: p->window = (uint32_t)option_number(arg, 1, 1000, state); break;
    case OPT_WORKERS: p->workers = (uint32_t)option_number(arg, 1, 64, state); break;
    case OPT_SCENES: take_scenes(p, arg, state); break;
    case OPT_QUICK: make_quick(p); break;
    case OPT_JSON: p->json = true; break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp argp = {
    .options = options, .parser = parse, .doc = "What a kith server costs, measured from outside."};

/* The data folders: one without anybody, one with the graph. */
struct folders {
    char root[256], empty[280], full[280], graph[280];
};

static void make_folders(struct folders *f, const struct plan *p, const struct graph *g)
{
    folder_make(f->root);
    snprintf(f->empty, sizeof f->empty, "%s/empty", f->root);
    snprintf(f->full, sizeof f->full, "%s/full", f->root);
    snprintf(f->graph, sizeof f->graph, "%s/graph.txt", f->root);
    FILE *out = fopen(f->graph, "w");
    if (!out) die("cannot write %s", f->graph);
    graph_write(g, LOAD_FIRST_ID, false, out);
    if (fclose(out) != 0) die("cannot write %s", f->graph);
    server_import(p->kith, f->full, f->graph);
}

static void play_without_friends(struct stage *s, const char *data)
{
    stage_open(s, data);
    stage_warm(s);
    scene_idle(s);
    stage_close(s);
}

static void play_round(struct stage *s, const struct folders *f)
{
    unsigned scenes = s->plan->scenes;
    if (scenes & SCENE_IDLE) play_without_friends(s, f->empty);
    stage_open(s, f->full);
    stage_warm(s);
    scene_storm(s);
    if (scenes & SCENE_FLIPS) scene_flips(s);
    if (scenes & SCENE_CAPACITY) scene_capacity(s);
    if (scenes & SCENE_CHURN) scene_churn(s);
    if (scenes & SCENE_VANISH) scene_vanish(s);
    stage_close(s);
}

static void print_limits(const struct figures *f)
{
    for (unsigned i = 0; i < f->count; i++)
        if (strstr(f->list[i].name, "generator busy") && figure_median(&f->list[i]) > 95)
            printf("\nThe generator, not the server, was the limit: %s.\n", f->list[i].name);
}

static void print(const struct plan *p, const struct figures *f)
{
    if (p->json) {
        printf("{\"users\":%u,\"friends\":%u,\"workers\":%u,\"rounds\":%u,\"seconds\":%g,"
               "\"figures\":",
               p->users, p->friends, p->workers, p->rounds, p->seconds);
        figures_json(f, stdout);
        puts("}");
        return;
    }
    printf("%u users, %u friends each, %u rounds of %g s a rate; ", p->users, p->friends, p->rounds,
           p->seconds);
    if (p->workers == 1)
        printf("one worker on core %d", SERVER_CORE);
    else
        printf("%u workers on any core", p->workers);
    printf(", the generator on core %d.\n\n", LOAD_CORE);
    figures_table(f, stdout);
    print_limits(f);
}

int main(int argc, char **argv)
{
    static struct figures figures;
    struct plan plan = {.kith = getenv("KITH"),
                        .users = 10000,
                        .friends = 100,
                        .window = 100,
                        .seconds = 8,
                        .grace_s = 1,
                        .rates = {50, 100, 500},
                        .rate_count = 3,
                        .workers = 1,
                        .scenes = ~0u,
                        .rounds = 3};
    struct graph graph;
    struct folders folders;
    argp_err_exit_status = EX_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &plan);
    if (!plan.kith) plan.kith = "build/kith";
    need_descriptors(plan.users + 100);
    graph_init(&graph, plan.users, plan.friends);
    make_folders(&folders, &plan, &graph);
    struct stage stage = {.plan = &plan, .graph = &graph, .figures = &figures};
    stage.bare = bare_start(&graph, SERVER_CORE, LOAD_CORE);
    if (!pin(LOAD_CORE)) fprintf(stderr, "bench: one core: server and generator share it\n");
    for (uint32_t round = 1; round <= plan.rounds; round++) {
        fprintf(stderr, "round %u of %u\n", round, plan.rounds);
        play_round(&stage, &folders);
    }
    bare_stop(stage.bare);
    folder_remove(folders.root);
    graph_fini(&graph);
    print(&plan, &figures);
    return 0;
}
