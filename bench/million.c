/* bench/million.c -- a million users with a mean of a hundred friends, in one process on two
 * threads: the code of kith serve from bytes in to bytes out, without sockets and without a
 * database. What it shows is what the server itself takes; system calls come on top. */
#include "desk.h"
#include "lines.h"
#include "million_memory.h"
#include "options.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>

enum { OPT_USERS = 256, OPT_FRIENDS, OPT_FLIPS, OPT_SECONDS, OPT_SEED, OPT_QUICK, OPT_JSON };

enum { FRIENDS_MAX = 5000 };

struct plan {
    uint32_t users;
    double friends, flips, seconds;
    uint64_t seed;
    bool json;
};

static const struct argp_option options[] = {
    {"users", OPT_USERS, "N", 0, "1000 to 10 million; 1 million", 0},
    {"friends", OPT_FRIENDS, "N", 0, "Of each user, on average; at most 5000; 100", 0},
    {"flips", OPT_FLIPS, "R", 0, "Status changes a second; 3000", 0},
    {"seconds", OPT_SECONDS, "S", 0, "So long at that rate, and so long without a bound; 20", 0},
    {"seed", OPT_SEED, "N", 0, "Of the graph, and of who comes when; 1", 0},
    {"quick", OPT_QUICK, NULL, 0, "20000 users, 1.5 seconds each: does it all run?", 0},
    {"json", OPT_JSON, NULL, 0, "JSON instead of a table", 0},
    {0}};

static void make_quick(struct plan *p)
{
    p->users = 20000;
    p->friends = 50;
    p->seconds = 1.5;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct plan *p = state->input;
    switch (key) {
    case OPT_USERS: p->users = (uint32_t)option_number(arg, 1000, 1e7, state); break;
    case OPT_FRIENDS: p->friends = option_number(arg, 4, 1000, state); break;
    case OPT_FLIPS: p->flips = option_number(arg, 1, 1e6, state); break;
    case OPT_SECONDS: p->seconds = option_number(arg, 0.1, 3600, state); break;
    case OPT_SEED: p->seed = (uint64_t)option_number(arg, 0, 1e15, state); break;
    case OPT_QUICK: make_quick(p); break;
    case OPT_JSON: p->json = true; break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp argp = {
    .options = options, .parser = parse, .doc = "What very many users in one process cost."};

/* What was measured */

static struct desks desks;
static struct friends friends;
static struct figures figures;

static void note(const char *unit, double value, struct target target, const char *name)
{
    figures_add(&figures, unit, value, target, name);
}

static double part(uint64_t of, uint64_t all) { return all ? (double)of / (double)all : 0; }

static void note_graph(void)
{
    note("users", friends.users, none, "users");
    note("edges", (double)friends.edges, none, "edges");
    note("users", (double)friends.edges / friends.users, none, "friends of a user, mean");
    note("users", friends_quantile(&friends, 0.5), none, "friends of a user, p50");
    note("users", friends_quantile(&friends, 0.99), none, "friends of a user, p99");
    note("users", friends_quantile(&friends, 1), none, "friends of a user, the most");
}

/* Of both threads. */
static struct histogram both(struct histogram *(*of)(struct desk *))
{
    struct histogram all = {0};
    for (unsigned i = 0; i < DESKS; i++)
        histogram_merge(&all, of(&desks.desk[i]));
    return all;
}

static struct histogram *turns(struct desk *d) { return &d->turn_us; }
static struct histogram *joins(struct desk *d) { return &d->sink.join_us; }
static struct histogram *flips(struct desk *d) { return &d->sink.flip_us; }

static void note_times(const char *what, struct histogram *(*of)(struct desk *))
{
    char name[96];
    const struct histogram p = both(of);
    snprintf(name, sizeof name, "%s, p50", what);
    note("µs", (double)histogram_at(&p, 0.5), none, name);
    snprintf(name, sizeof name, "%s, p99", what);
    note("µs", (double)histogram_at(&p, 0.99), none, name);
}

/* Who was shown each friend once. */
static uint64_t right_views(void)
{
    uint64_t right = 0;
    for (uint32_t u = 0; u < friends.users; u++)
        right += desks.shown[u] == sink_sum(&friends, u);
    return right;
}

static void join_all(void)
{
    double began = now_us(), users = friends.users;
    desks_work(&desks, DESK_JOIN);
    while (desks_made(&desks) < friends.users)
        sleep_until(now_us() + 10000);
    double took = now_us() - began;
    desks_rest(&desks);
    uint64_t entries = 0, diffs = 0;
    for (unsigned i = 0; i < DESKS; i++) {
        entries += desks.desk[i].sink.entries;
        diffs += desks.desk[i].sink.count[HEARD_JOIN];
    }
    note("/s", users / took * 1e6, none, "all come: joins");
    note("µs", desks_server_us(&desks) / users, none, "all come: CPU for each join");
    note("users", (double)diffs / users, none, "all come: friends told of each join");
    note_times("all come: first byte to state", joins);
    note("", part(entries + diffs, friends.edges), always(1),
         "all come: friends shown of those to be shown");
    note("", part(right_views(), friends.users), always(1),
         "all come: users who were shown each friend once");
}

static void note_flips(const char *when, double seconds)
{
    char name[96];
    double told = (double)desks_told(&desks);
    snprintf(name, sizeof name, "%s: flips", when);
    note("/s", (double)desks_made(&desks) / seconds, none, name);
    snprintf(name, sizeof name, "%s: deliveries", when);
    note("/s", told / seconds, none, name);
    snprintf(name, sizeof name, "%s: CPU for each delivery", when);
    note("ns", desks_server_us(&desks) * 1e3 / told, none, name);
    snprintf(name, sizeof name, "%s: server's part, of both cores", when);
    note("%", desks_server_us(&desks) / seconds / 1e4 / DESKS, none, name);
    snprintf(name, sizeof name, "%s: server's part of a turn", when);
    note_times(name, turns);
    snprintf(name, sizeof name, "%s: due to outbox", when);
    note_times(name, flips);
    snprintf(name, sizeof name, "%s: diffs received of those expected", when);
    note("", part(desks_told(&desks), desks_due(&desks)), always(1), name);
}

static void flip(const struct plan *p, enum desk_work work, const char *when)
{
    double began = now_us();
    desks_work(&desks, work);
    sleep_until(began + p->seconds * 1e6);
    double seconds = (now_us() - began) / 1e6;
    desks_rest(&desks);
    note_flips(when, seconds);
    if (work != DESK_FLIP) return;
    double made = (double)desks_made(&desks) / seconds / p->flips;
    note("", made, at_least(0.99), "in time: flips of those that were due");
}

static void note_lines(const struct plan *p)
{
    double ns = lines_ns(&friends, 100000, p->seed), told = (double)desks_told(&desks);
    note("ns", ns, none, "bare: six lines of memory for each delivery");
    note("", desks_server_us(&desks) * 1e3 / told / ns, none,
         "as fast as it can: a delivery, in those");
}

static void note_leaks(void)
{
    uint64_t looked = 0, leaks = 0;
    for (unsigned i = 0; i < DESKS; i++) {
        looked += desks.desk[i].sink.looked;
        leaks += desks.desk[i].sink.leaks;
    }
    note("times", (double)looked, none, "entries and diffs held against the graph");
    note("", part(looked - leaks, looked), always(1), "of these, about a friend");
}

static void print(const struct plan *p)
{
    if (p->json) {
        fputs("{\"figures\":", stdout);
        figures_json(&figures, stdout);
        puts("}");
        return;
    }
    printf("%u users in one process, on %u threads; %g status changes a second for %g s.\n\n",
           p->users, (unsigned)DESKS, p->flips, p->seconds);
    figures_table(&figures, stdout);
}

int main(int argc, char **argv)
{
    static struct plan p = {
        .users = 1000000, .friends = 100, .flips = 3000, .seconds = 20, .seed = 1};
    options_take(&argp, argc, argv, &p);
    uint32_t most = p.users / 4 < FRIENDS_MAX ? p.users / 4 : FRIENDS_MAX;
    friends_init(&friends, p.users, p.friends, most, p.seed);
    note_graph();
    desks_init(&desks, &friends, UINT32_MAX, p.seed);
    desks.flips_s = p.flips;
    desks_start(&desks);
    struct memory before = memory_now();
    join_all();
    memory_figures(&desks, &before, &figures);
    flip(&p, DESK_FLIP, "in time");
    flip(&p, DESK_FLOOD, "as fast as it can");
    note_lines(&p);
    note_leaks();
    desks_end(&desks);
    print(&p);
    return 0;
}
