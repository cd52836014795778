/* bench/strategies.c -- the ways of doing presence that the article "Phoenix Presence for social
 * networks" weighs, measured against each other: the same users, friendships and churn, for growing
 * numbers of users. Each is a program of examples/. */
#include "claims.h"
#include "options.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>

struct plan {
    const char *examples, *out;
    struct trial trial;
    bool skip[WAYS], json;
};

enum {
    OPT_USERS = 256,
    OPT_FRIENDS,
    OPT_WAYS,
    OPT_FLIPS,
    OPT_RATE,
    OPT_ROUNDS,
    OPT_WINDOW,
    OPT_BOUND,
    OPT_QUICK,
    OPT_JSON,
    OPT_OUT,
    OPT_EXAMPLES
};

static const struct argp_option options[] = {
    {"examples", OPT_EXAMPLES, "FOLDER", 0, "Where the programs are; build/examples", 0},
    {"users", OPT_USERS, "N,N..", 0,
     "Ascending; 100 to 18000, near what 20000 descriptors allow, if not said", 0},
    {"friends", OPT_FRIENDS, "N", 0, "Of each user, mutual, half of them a circle; 20", 0},
    {"ways", OPT_WAYS, "NAME,NAME..", 0,
     "Only these: social, single_room, intercept, friend_rooms, before_social", 0},
    {"flips", OPT_FLIPS, "N", 0, "So many users go and come back, one after the other; 50", 0},
    {"rate", OPT_RATE, "R", 0, "At most so many a second; 50", 0},
    {"rounds", OPT_ROUNDS, "N", 0, "The tables have their medians; 3", 0},
    {"window", OPT_WINDOW, "N", 0, "Joins under way at once in the storm; 100", 0},
    {"bound", OPT_BOUND, "S", 0,
     "A storm, or the flips, that take longer are stopped, and larger sizes of that way not "
     "tried; 60",
     0},
    {"quick", OPT_QUICK, NULL, 0, "Tiny numbers: does it all run?", 0},
    {"json", OPT_JSON, NULL, 0, "JSON instead of tables", 0},
    {"out", OPT_OUT, "FOLDER", 0, "Each table, and data for plots, into files there, too", 0},
    {0}};

static void take_ways(struct plan *p, const char *text, struct argp_state *state)
{
    memset(p->skip, true, sizeof p->skip);
    for (size_t len; *text; text += len + (text[len] == ',')) {
        len = strcspn(text, ",");
        const struct way *way = way_called(text, len);
        if (!way) argp_error(state, "'%.*s' is no way", (int)len, text);
        p->skip[way - ways] = false;
    }
}

static void take_users(struct results *r, char *text, struct argp_state *state)
{
    r->sizes = option_numbers(text, 3, 1e6, r->users, SIZES_MAX, state);
    for (unsigned i = 1; i < r->sizes; i++)
        if (r->users[i] <= r->users[i - 1]) argp_error(state, "the numbers of users must ascend");
}

static struct results results = {.friends = 20,
                                 .rounds = 3,
                                 .users = {100, 200, 500, 1000, 2000, 5000, 10000, 18000},
                                 .sizes = 8};

static void make_quick(struct plan *p)
{
    static const uint32_t users[] = {20, 40, 80};
    memcpy(results.users, users, sizeof users);
    results.sizes = 3;
    results.friends = 6;
    results.rounds = 1;
    p->trial.flips = 10;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct plan *p = state->input;
    struct trial *t = &p->trial;
    switch (key) {
    case OPT_EXAMPLES: t->examples = arg; break;
    case OPT_USERS: take_users(&results, arg, state); break;
    case OPT_FRIENDS: results.friends = (uint32_t)option_number(arg, 2, 100, state) / 2 * 2; break;
    case OPT_WAYS: take_ways(p, arg, state); break;
    case OPT_FLIPS: t->flips = (uint32_t)option_number(arg, 1, 100000, state); break;
    case OPT_RATE: t->rate = (uint32_t)option_number(arg, 1, 10000, state); break;
    case OPT_ROUNDS: results.rounds = (uint32_t)option_number(arg, 1, ROUNDS_MAX, state); break;
    case OPT_WINDOW: t->window = (uint32_t)option_number(arg, 1, 1000, state); break;
    case OPT_BOUND: t->bound_s = option_number(arg, 1, 3600, state); break;
    case OPT_QUICK: make_quick(p); break;
    case OPT_JSON: p->json = true; break;
    case OPT_OUT: p->out = arg; break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "What each way of doing presence costs, for growing numbers of users."};

/* One size */

static void stop(struct results *r, unsigned way, unsigned size, const char *why)
{
    snprintf(r->cells[way][size].stopped, sizeof r->cells[way][size].stopped, "%s", why);
    for (unsigned larger = size + 1; larger < r->sizes; larger++)
        snprintf(r->cells[way][larger].stopped, sizeof r->cells[way][larger].stopped, NOT_TRIED);
}

static void play_way(const struct trial *t, struct results *r, unsigned way, unsigned size)
{
    char why[96];
    double values[MEASURES];
    struct cell *cell = &r->cells[way][size];
    if (cell->stopped[0]) return;
    fprintf(stderr, "  %s, %u users\n", t->way->name, r->users[size]);
    if (!trial_play(t, values, why)) {
        fprintf(stderr, "  stopped: %s\n", why);
        stop(r, way, size, why);
        return;
    }
    for (unsigned m = 0; m < MEASURES; m++)
        cell->of[m].rounds[cell->of[m].count++] = values[m];
}

static void write_graph(const struct ring *g, const char *file)
{
    FILE *out = fopen(file, "w");
    if (!out) die("cannot write %s", file);
    ring_write(g, true, out);
    if (fclose(out) != 0) die("cannot write %s", file);
}

static void play_size(const struct plan *p, struct results *r, unsigned size)
{
    char folder[256], file[280];
    struct ring ring;
    struct trial t = p->trial;
    ring_init(&ring, r->users[size], r->friends);
    ring_cluster(&ring);
    folder_make(folder);
    snprintf(file, sizeof file, "%s/graph.txt", folder);
    write_graph(&ring, file);
    t.ring = &ring;
    t.file = file;
    for (unsigned w = 0; w < WAYS; w++) {
        t.way = &ways[w];
        if (!p->skip[w]) play_way(&t, r, w, size);
    }
    folder_remove(folder);
    ring_fini(&ring);
}

/* What is printed */

static FILE *open_in(const char *folder, const char *name, const char *ending)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.%s", folder, name, ending);
    FILE *out = fopen(path, "w");
    if (!out) die("cannot write %s", path);
    return out;
}

static void close_all(FILE *out)
{
    if (fclose(out) != 0) die("a file cannot be written");
}

static void write_files(const struct results *r, const char *folder)
{
    static const struct {
        const char *name, *ending;
        void (*print)(const struct results *r, FILE *out);
    } parts[] = {{"claims", "md", claims_table},
                 {"summary", "md", results_summary},
                 {"stops", "md", results_stops},
                 {"figures", "tsv", results_data}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        FILE *out = open_in(folder, parts[i].name, parts[i].ending);
        parts[i].print(r, out);
        close_all(out);
    }
    for (unsigned m = 0; m < MEASURES; m++) {
        FILE *out = open_in(folder, measure_texts[m].key, "md");
        results_table(r, m, out);
        close_all(out);
    }
}

static void print(const struct results *r)
{
    for (unsigned m = 0; m < MEASURES; m++) {
        results_table(r, m, stdout);
        putchar('\n');
    }
    results_summary(r, stdout);
    putchar('\n');
    results_stops(r, stdout);
    claims_table(r, stdout);
}

int main(int argc, char **argv)
{
    struct plan plan = {
        .trial = {
            .examples = "build/examples", .window = 100, .flips = 50, .rate = 50, .bound_s = 60}};
    options_take(&argp, argc, argv, &plan);
    need_descriptors(results.users[results.sizes - 1] + 100);
    if (!pin(LOAD_CORE)) fprintf(stderr, "bench: one core: server and generator share it\n");
    for (uint32_t round = 1; round <= results.rounds; round++) {
        fprintf(stderr, "round %u of %u\n", round, results.rounds);
        for (unsigned s = 0; s < results.sizes; s++)
            play_size(&plan, &results, s);
    }
    if (plan.out) write_files(&results, plan.out);
    if (plan.json)
        results_json(&results, stdout);
    else
        print(&results);
    return 0;
}
