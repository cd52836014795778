/* bench/serve.c -- drives a real server from outside and prints what it costs: memory, joins,
 * deliveries, latency. Ratios to the bare loop travel from machine to machine; the rest is this
 * machine's. */
#include "edges_file.h"
#include "options.h"
#include "scenes.h"
#include "tool.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    case OPT_FRIENDS: p->friends = (uint32_t)option_number(arg, 2, 5000, state) / 2 * 2; break;
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
    char root[256], empty[280], full[280], edges[280];
};

struct graphs {
    struct graph none, friends;
};

static void make_graphs(struct graphs *g, const struct plan *p)
{
    struct graph_pairs nobody = {0};
    kith_err e = graph_build(&g->none, p->users, &nobody);
    if (!e) e = graph_regular(&g->friends, p->users, p->friends, 2);
    if (e == KITH_BAD) die("%u users cannot have %u friends", p->users, p->friends);
    if (e) die("out of memory");
}

static void make_folders(struct folders *f, const struct plan *p, const struct graph *g)
{
    folder_make(f->root);
    snprintf(f->empty, sizeof f->empty, "%s/empty", f->root);
    snprintf(f->full, sizeof f->full, "%s/full", f->root);
    snprintf(f->edges, sizeof f->edges, "%s/edges.txt", f->root);
    edges_write_file(f->edges, g, FIRST_ID);
    server_import_edges(p->kith, f->full, f->edges);
}

static void play_without_friends(struct stage *s, const char *data, const struct graph *g)
{
    struct load_options o = stage_options(s, g);
    stage_open(s, data, &o);
    stage_warm(s);
    scene_idle(s);
    stage_close(s);
}

static void play_round(struct stage *s, const struct folders *f, const struct graphs *g)
{
    unsigned scenes = s->plan->scenes;
    struct load_options o = stage_options(s, &g->friends);
    if (scenes & SCENE_IDLE) play_without_friends(s, f->empty, &g->none);
    stage_open(s, f->full, &o);
    stage_warm(s);
    scene_storm(s);
    if (scenes & SCENE_FLIPS) scene_flips(s);
    if (scenes & SCENE_CAPACITY) scene_capacity(s);
    if (scenes & SCENE_CHURN) scene_churn(s);
    if (scenes & SCENE_VANISH) scene_vanish(s);
    note_wrong(s);
    stage_close(s);
}

static void print_limits(const struct stage *s)
{
    if (s->limit_count)
        printf("\nThe generator was the limit, busier than %.0f %% or late by more than %.0f ms "
               "(p99), in a round or more of:\n\n",
               LOAD_BUSY_MAX * 100, LOAD_LATE_US_MAX / 1e3);
    for (unsigned i = 0; i < s->limit_count; i++)
        printf("- %s\n", s->limits[i]);
}

static void print(const struct stage *s)
{
    const struct plan *p = s->plan;
    const struct figures *f = s->figures;
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
    print_limits(s);
}

static void play(struct stage *s, const struct folders *f, const struct graphs *g)
{
    struct load_options o = stage_options(s, &g->friends);
    if (!pin(LOAD_CORE)) fprintf(stderr, "bench: one core: server and generator share it\n");
    if (s->plan->scenes & (SCENE_FLIPS | SCENE_CHURN))
        s->bare = bare_start(&o, &s->order, SERVER_CORE);
    for (uint32_t round = 1; round <= s->plan->rounds; round++) {
        fprintf(stderr, "round %u of %u\n", round, s->plan->rounds);
        play_round(s, f, g);
    }
    bare_stop(s->bare);
}

int main(int argc, char **argv)
{
    static struct figures figures;
    static struct stage stage;
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
    struct graphs graphs;
    struct folders folders;
    options_take(&argp, argc, argv, &plan);
    if (!plan.kith) plan.kith = "build/kith";
    need_descriptors(plan.users + 100);
    make_graphs(&graphs, &plan);
    make_folders(&folders, &plan, &graphs.friends);
    stage_init(&stage, &plan, &figures);
    play(&stage, &folders, &graphs);
    folder_remove(folders.root);
    print(&stage);
    stage_fini(&stage);
    graph_fini(&graphs.none);
    graph_fini(&graphs.friends);
    return 0;
}
