/* tests/sim/main.c -- many trials, on all cores: sim --seeds N [--from S] [--nodes N] [--users N]
 * [--quiet] [--verbose]. A trial that fails is played again, with its transcript. */
#include "base/mutant.h"
#include "sim/trial.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS_MAX = 64, FAILED_MAX = 32, HISTOGRAM_MAX = 32000 };

/* What the workers share. */
struct board {
    uint64_t next, end; /* seeds */
    uint64_t current[WORKERS_MAX];
    uint64_t failed[FAILED_MAX];
    char why[FAILED_MAX][512];
    uint32_t failed_count, good;
    uint64_t frames, steps;
    uint32_t converged[HISTOGRAM_MAX / 100 + 1]; /* by tenths of a second */
};

struct options {
    uint64_t seeds, from;
    unsigned jobs, stop_after;
    bool verbose, mutants;
    struct trial_options trial;
};

static struct trial trial;

static void note_failed(struct board *b, uint64_t seed, const char *why)
{
    uint32_t i = __atomic_fetch_add(&b->failed_count, 1, __ATOMIC_RELAXED);
    if (i >= FAILED_MAX) return;
    b->failed[i] = seed;
    snprintf(b->why[i], sizeof b->why[i], "%s", why);
}

static void note_good(struct board *b)
{
    uint64_t ms = trial.result.converged_ms;
    if (ms > HISTOGRAM_MAX) ms = HISTOGRAM_MAX;
    __atomic_fetch_add(&b->converged[ms / 100], 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&b->good, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&b->frames, trial.result.frames, __ATOMIC_RELAXED);
    __atomic_fetch_add(&b->steps, trial.result.steps, __ATOMIC_RELAXED);
}

/* Leaves with 1 after a trial that fails: what it leaves behind is anybody's guess. */
static int work(struct board *b, unsigned worker, const struct options *o)
{
    struct trial_options to = o->trial;
    for (;;) {
        if (__atomic_load_n(&b->failed_count, __ATOMIC_RELAXED) >= o->stop_after) return 0;
        to.seed = __atomic_fetch_add(&b->next, 1, __ATOMIC_RELAXED);
        if (to.seed >= b->end) return 0;
        b->current[worker] = to.seed;
        bool good = trial_play(&trial, &to);
        if (good) {
            note_good(b);
            continue;
        }
        note_failed(b, to.seed, trial.why);
        return 1;
    }
}

static pid_t spawn(struct board *b, unsigned worker, const struct options *o)
{
    b->current[worker] = UINT64_MAX;
    pid_t pid = fork();
    if (pid == 0) _exit(work(b, worker, o));
    return pid;
}

/* One that has ended, and not because there was nothing to do, is replaced. */
static void work_all(struct board *b, const struct options *o)
{
    pid_t pids[WORKERS_MAX];
    unsigned left = o->jobs;
    for (unsigned i = 0; i < o->jobs; i++)
        pids[i] = spawn(b, i, o);
    while (left) {
        int status;
        pid_t pid = wait(&status);
        unsigned worker = 0;
        while (worker < o->jobs && pids[worker] != pid)
            worker++;
        if (worker == o->jobs) continue;
        bool crashed = !WIFEXITED(status) || WEXITSTATUS(status) > 1;
        if (crashed) note_failed(b, b->current[worker], "it crashed");
        if (crashed || WEXITSTATUS(status) == 1)
            pids[worker] = spawn(b, worker, o);
        else
            left--;
    }
}

static uint64_t quantile(const struct board *b, uint64_t per_thousand)
{
    uint64_t seen = 0, wanted = (b->good * per_thousand + 999) / 1000;
    for (unsigned i = 0; i <= HISTOGRAM_MAX / 100; i++)
        if ((seen += b->converged[i]) >= wanted) return i * 100;
    return 0;
}

/* The same again, in a process of its own: it may crash. */
static void show(const struct options *o, uint64_t seed)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        struct trial_options to = o->trial;
        to.seed = seed;
        to.transcript = true;
        bool good = trial_play(&trial, &to);
        trial_print(&trial, o->verbose);
        printf("seed %llu: %s\n", (unsigned long long)seed, good ? "good" : trial.why);
        fflush(stdout);
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    if (!WIFEXITED(status)) printf("seed %llu: crashed\n", (unsigned long long)seed);
}

static void usage(void)
{
    fputs("Usage: sim [--seeds N] [--from SEED] [--nodes N] [--users N] [--jobs N] [--all]\n"
          "           [--quiet] [--steady] [--constant] [--verbose] [--mutants]\n",
          stderr);
    exit(64);
}

/* A number that is none would try nothing, and find all good. */
static uint64_t number(const char *option, const char *text, uint64_t least, uint64_t most)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (*text >= '0' && *text <= '9' && !*end && !errno && n >= least && n <= most) return n;
    fprintf(stderr, "sim: --%s %s will not do; write a number from %llu to %llu\n", option, text,
            (unsigned long long)least, (unsigned long long)most);
    exit(64);
}

static struct options read_options(int argc, char **argv)
{
    static const struct option known[] = {
        {"seeds", 1, 0, 's'},   {"from", 1, 0, 'f'},     {"nodes", 1, 0, 'n'},
        {"users", 1, 0, 'u'},   {"jobs", 1, 0, 'j'},     {"all", 0, 0, 'a'},
        {"quiet", 0, 0, 'q'},   {"constant", 0, 0, 'c'}, {"steady", 0, 0, 't'},
        {"verbose", 0, 0, 'v'}, {"mutants", 0, 0, 'm'},  {0, 0, 0, 0}};
    struct options o = {.seeds = 100, .from = 1, .stop_after = 1};
    o.jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;)
        switch (c) {
        case 's': o.seeds = number("seeds", optarg, 1, UINT32_MAX); break;
        case 'f': o.from = number("from", optarg, 0, INT64_MAX); break;
        case 'n': o.trial.nodes = (unsigned)number("nodes", optarg, 2, NODES_MAX); break;
        case 'u': o.trial.users = (unsigned)number("users", optarg, 2, PEOPLE_MAX); break;
        case 'j': o.jobs = (unsigned)number("jobs", optarg, 1, WORKERS_MAX); break;
        case 'a': o.stop_after = FAILED_MAX; break;
        case 'q': o.trial.quiet = true; break;
        case 'c': o.trial.constant = true; break;
        case 't': o.trial.steady = true; break;
        case 'm': o.mutants = true; break;
        case 'v': o.verbose = true; break;
        default: usage();
        }
    if (optind != argc) usage();
    return o;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void begin(struct board *b, const struct options *o)
{
    memset(b, 0, sizeof *b);
    b->next = o->from;
    b->end = o->from + o->seeds;
    work_all(b, o);
}

static int play_all(struct board *b, const struct options *o)
{
    double began = seconds();
    begin(b, o);
    printf("%u seeds good, %u not; %.1f s; %llu frames, %llu turns; all is the truth after "
           "%.1f s (p50), %.1f s (p99), %.1f s (max)\n",
           b->good, b->failed_count, seconds() - began, (unsigned long long)b->frames,
           (unsigned long long)b->steps, (double)quantile(b, 500) / 1000,
           (double)quantile(b, 990) / 1000, (double)quantile(b, 1000) / 1000);
    for (uint32_t i = 0; i < b->failed_count && i < FAILED_MAX; i++)
        if (i == 0 || o->verbose)
            show(o, b->failed[i]);
        else
            printf("seed %llu: %s\n", (unsigned long long)b->failed[i], b->why[i]);
    if (o->verbose && o->seeds == 1 && !b->failed_count) show(o, o->from);
    return b->failed_count > 0;
}

#ifdef KITH_MUTANTS
enum mutant mutant;

/* Each error that is planted makes a seed fail. */
static int play_mutants(struct board *b, const struct options *o)
{
    static const char *const names[MUTANTS] = {"none",
                                               "no base check",
                                               "no tombstones",
                                               "a cut ends late",
                                               "no order of runs",
                                               "digest too soon",
                                               "one pull",
                                               "replaced shown",
                                               "claim lives",
                                               "rules unheard"};
    int missed = 0;
    for (unsigned i = MUTANT_NONE + 1; i < MUTANTS; i++) {
        double began = seconds();
        mutant = (enum mutant)i;
        begin(b, o);
        missed += !b->failed_count;
        printf("%-16s %s among %u seeds, in %.1f s; %s\n", names[i],
               b->failed_count ? "found" : "NOT FOUND", b->good + b->failed_count,
               seconds() - began, b->failed_count ? b->why[0] : "");
        fflush(stdout);
    }
    return missed > 0;
}
#else
static int play_mutants(struct board *b, const struct options *o)
{
    (void)b, (void)o;
    fputs("sim: there are no errors planted in this program\n", stderr);
    return 64;
}
#endif

int main(int argc, char **argv)
{
    struct options o = read_options(argc, argv);
    struct board *b =
        mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (b == MAP_FAILED) return 71;
    return o.mutants ? play_mutants(b, &o) : play_all(b, &o);
}
