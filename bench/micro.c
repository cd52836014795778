/* bench/micro.c -- small jobs, timed beside their floors, or counted. */
#include "micro.h"

#include "allocations.h"
#include "options.h"
#include "tool.h"

#include "base/chance.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_JSON = 256, OPT_COUNT, OPT_LIST, OPT_ROUNDS };

static const struct argp_option options[] = {
    {"json", OPT_JSON, NULL, 0, "JSON instead of a table", 0},
    {"rounds", OPT_ROUNDS, "N", 0, "The table has their medians; 11", 0},
    {"list", OPT_LIST, NULL, 0, "Only the names of the jobs", 0},
    {"count", OPT_COUNT, NULL, 0,
     "No figures: each job is done as often as is said behind its name, with so many "
     "allocations in all, in the function micro_counted, for valgrind --tool=callgrind "
     "--toggle-collect=micro_counted",
     0},
    {0}};

enum act { MEASURE, COUNT, LIST };

struct asked {
    enum act act;
    bool json;
    uint32_t rounds;
    char **names; /* of jobs; none: all */
    int name_count;
    const struct micro_set *sets;
    uint32_t set_count;
    struct figures figures;
};

static bool is_job(const struct asked *a, const char *name)
{
    for (uint32_t s = 0; s < a->set_count; s++)
        for (uint32_t i = 0; i < a->sets[s].count; i++)
            if (strcmp(a->sets[s].jobs[i].name, name) == 0) return true;
    return false;
}

static void take_names(struct asked *a, struct argp_state *state)
{
    a->names = state->argv + state->next;
    a->name_count = state->argc - state->next;
    state->next = state->argc;
    for (int i = 0; i < a->name_count; i++)
        if (!is_job(a, a->names[i])) argp_error(state, "no such job: %s; see --list", a->names[i]);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct asked *a = state->input;
    switch (key) {
    case OPT_JSON: a->json = true; break;
    case OPT_ROUNDS: a->rounds = (uint32_t)option_number(arg, 1, ROUNDS_MAX, state); break;
    case OPT_LIST: a->act = LIST; break;
    case OPT_COUNT: a->act = COUNT; break;
    case ARGP_KEY_ARGS: take_names(a, state); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static bool is_asked(const struct asked *a, const struct micro *job)
{
    bool found = a->name_count == 0;
    for (int i = 0; i < a->name_count; i++)
        found = found || strcmp(a->names[i], job->name) == 0;
    return found;
}

/* Chance */

static uint64_t seed;

uint64_t micro_chance(void) { return chance_next(&seed); }
/* Without a division, which would cost more than many a floor. */
uint32_t micro_below(uint32_t end) { return (uint32_t)(((micro_chance() >> 32) * end) >> 32); }

void micro_must(kith_err e)
{
    if (e) die("%s", kith_err_text(e));
}

void *micro_have(void *p)
{
    if (!p) die("out of memory");
    return p;
}

double micro_heap_bytes(void)
{
    struct mallinfo2 m = mallinfo2();
    return (double)m.uordblks + (double)m.hblkhd;
}

/* Counting */

/* The only thing that valgrind looks into. */
__attribute__((noinline)) static void micro_counted(const struct micro *job)
{
    job->run(job->counted);
    micro_use(job);
}

/* A first time fills what is filled once. */
static void count_job(const struct micro_set *set, const struct micro *job)
{
    seed = 1;
    if (set->begin) set->begin(set->held_counted);
    for (int time = 0; time < 2; time++) {
        if (job->before) job->before(job->counted);
        if (time == 0) job->run(job->counted);
    }
    uint64_t before = allocations();
    micro_counted(job);
    before = allocations() - before;
    if (set->end) set->end();
    printf("%s %u %llu\n", job->name, job->counted, (unsigned long long)before);
}

static void count(const struct asked *a)
{
    for (uint32_t s = 0; s < a->set_count; s++)
        for (uint32_t i = 0; i < a->sets[s].count; i++)
            if (a->sets[s].jobs[i].counted && is_asked(a, &a->sets[s].jobs[i]))
                count_job(&a->sets[s], &a->sets[s].jobs[i]);
}

/* Measuring */

static bool is_elsewhere;

void micro_is_elsewhere(void) { is_elsewhere = true; }

static double spent_us(void) { return is_elsewhere ? now_us() : cpu_us(0); }

static double time_ns(void (*run)(uint32_t ops), uint32_t ops)
{
    double began = spent_us();
    run(ops);
    return (spent_us() - began) * 1e3 / ops;
}

__attribute__((format(printf, 4, 5))) static void add(struct asked *a, const char *unit, double v,
                                                      const char *fmt, ...)
{
    char name[sizeof a->figures.list[0].name];
    va_list args;
    va_start(args, fmt);
    vsnprintf(name, sizeof name, fmt, args);
    va_end(args);
    figures_add(&a->figures, unit, v, none, name);
}

/* Job and floor take turns, so that both see the same machine. The first turn only warms. */
static void measure_job(struct asked *a, const struct micro *job)
{
    seed = 1;
    for (uint32_t round = 0; round <= a->rounds; round++) {
        if (job->before) job->before(job->ops);
        double ns = time_ns(job->run, job->ops), floor = time_ns(job->bare, job->ops);
        if (round == 0) continue;
        add(a, "ns", ns, "%s: %s", job->name, job->what);
        add(a, "ns", floor, "%s: bare, %s", job->name, job->floor);
        add(a, "", ns / floor, "%s: ratio", job->name);
    }
}

static bool any_asked(const struct asked *a, const struct micro_set *set)
{
    bool any = false;
    for (uint32_t i = 0; i < set->count; i++)
        any = any || is_asked(a, &set->jobs[i]);
    return any;
}

static void measure_set(struct asked *a, const struct micro_set *set)
{
    if (!any_asked(a, set)) return;
    if (set->begin) set->begin(set->held);
    for (uint32_t i = 0; i < set->count; i++)
        if (is_asked(a, &set->jobs[i])) measure_job(a, &set->jobs[i]);
    if (set->notes) set->notes(&a->figures, set->held);
    if (set->end) set->end();
}

static void measure(struct asked *a)
{
    for (uint32_t s = 0; s < a->set_count; s++)
        measure_set(a, &a->sets[s]);
    if (a->json)
        figures_json(&a->figures, stdout), putchar('\n');
    else
        figures_table(&a->figures, stdout);
}

static void list(const struct asked *a)
{
    for (uint32_t s = 0; s < a->set_count; s++)
        for (uint32_t i = 0; i < a->sets[s].count; i++)
            puts(a->sets[s].jobs[i].name);
}

int micro_main(int argc, char **argv, const char *about, const struct micro_set sets[],
               uint32_t set_count)
{
    static struct asked asked;
    const struct argp argp = {
        .options = options, .parser = parse, .args_doc = "[JOB...]", .doc = about};
    asked = (struct asked){.rounds = 11, .sets = sets, .set_count = set_count};
    options_take(&argp, argc, argv, &asked);
    if (asked.act == LIST)
        list(&asked);
    else if (asked.act == COUNT)
        count(&asked);
    else
        measure(&asked);
    return 0;
}
