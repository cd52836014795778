/* bench/cluster.c -- what presence costs where several nodes are one, and how soon they tell each
 * other, beside what it is to cost. */
#include "cluster.h"

#include "options.h"
#include "tool.h"

#include <argp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_KITH = 256, OPT_POSTGRES, OPT_NATS, OPT_PARTS, OPT_QUICK, OPT_JSON };

enum part { INSIDE = 1, TRACKERS = 2, REAL = 4 };

struct arguments {
    struct cluster_plan plan;
    unsigned parts; /* enum part, together */
};

static const struct argp_option options[] = {
    {"kith", OPT_KITH, "FILE", 0, "The program; else $KITH, else build/kith", 0},
    {"postgres", OPT_POSTGRES, "URL", 0,
     "An empty database; else $KITH_BENCH_POSTGRES. Without it there are no real nodes", 0},
    {"nats", OPT_NATS, "URL", 0, "A NATS server; else $KITH_BENCH_NATS", 0},
    {"parts", OPT_PARTS, "NAME,NAME..", 0, "Only these: inside, trackers, real", 0},
    {"quick", OPT_QUICK, NULL, 0, "A small round of half a minute: does it all run?", 0},
    {"json", OPT_JSON, NULL, 0, "JSON instead of a table", 0},
    {0}};

void cluster_note(struct figures *f, const char *unit, double value, struct target target,
                  const char *fmt, ...)
{
    char name[96];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(name, sizeof name, fmt, ap);
    va_end(ap);
    figures_add(f, unit, value, target, name);
}

static void take_parts(struct arguments *a, char *text, struct argp_state *state)
{
    static const char *const names[] = {"inside", "trackers", "real"};
    a->parts = 0;
    for (char *word, *rest = text; (word = strtok_r(rest, ",", &rest));) {
        unsigned i = 0;
        while (i < 3 && strcmp(word, names[i]) != 0)
            i++;
        if (i == 3) argp_error(state, "'%s' is no part", word);
        a->parts |= 1u << i;
    }
}

static void make_quick(struct cluster_plan *p)
{
    p->few = 5000, p->many = 20000, p->unsent = 1000, p->ops = 5000;
    p->users = 200, p->friends = 10;
    p->seconds = 1, p->stopped_s = 4, p->calm_s = 1;
    p->heartbeat_s = 0.25, p->node_grace_s = 1, p->grace_s = 2;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case OPT_KITH: a->plan.kith = arg; break;
    case OPT_POSTGRES: a->plan.postgres = arg; break;
    case OPT_NATS: a->plan.nats = arg; break;
    case OPT_PARTS: take_parts(a, arg, state); break;
    case OPT_QUICK: make_quick(&a->plan); break;
    case OPT_JSON: a->plan.json = true; break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp argp = {
    .options = options, .parser = parse, .doc = "What several nodes as one cost."};

static void print(const struct cluster_plan *p, bool real, const struct figures *f)
{
    if (p->json) {
        fputs("{\"figures\":", stdout);
        figures_json(f, stdout);
        puts("}");
        return;
    }
    puts("Nodes that are not called real are in one process, on one core, through the code of kith "
         "serve\nwith a queue for NATS.");
    if (real)
        printf("Two real ones have %u users each, of %u friends on both, a NATS server and a "
               "PostgreSQL beside\nthem on this machine; heartbeats of %g s, node_grace_s %g, "
               "grace_s %g.\n",
               p->users / 2, p->friends, p->heartbeat_s, p->node_grace_s, p->grace_s);
    else
        puts("There are no real ones: that takes a NATS server and a PostgreSQL, as script/bench "
             "starts them.");
    putchar('\n');
    figures_table(f, stdout);
}

int main(int argc, char **argv)
{
    static struct figures figures;
    struct arguments a = {.parts = INSIDE | TRACKERS | REAL,
                          .plan = {.kith = getenv("KITH"),
                                   .postgres = getenv("KITH_BENCH_POSTGRES"),
                                   .nats = getenv("KITH_BENCH_NATS"),
                                   .few = 100000,
                                   .many = 1000000,
                                   .unsent = 20000,
                                   .ops = 100000,
                                   .users = 2000,
                                   .friends = 50,
                                   .rate = 100,
                                   .seconds = 18,
                                   .stopped_s = 40,
                                   .calm_s = 2,
                                   .heartbeat_s = 1,
                                   .node_grace_s = 4,
                                   .grace_s = 5}};
    options_take(&argp, argc, argv, &a);
    struct cluster_plan *p = &a.plan;
    if (!p->kith) p->kith = "build/kith";
    bool real = (a.parts & REAL) && p->postgres && p->nats;
    if (a.parts & INSIDE) cluster_inside(p, &figures);
    if (a.parts & TRACKERS) cluster_trackers(p, &figures);
    if (real) cluster_real(p, &figures);
    print(p, real, &figures);
    return 0;
}
