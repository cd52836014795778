/* bench/star.c -- a star with very many watchers, who changes as often as it can, in one process on
 * two threads, beside others and their changes: the code of kith serve from bytes in to bytes out,
 * without sockets. What it shows is how often the star is announced, that each watcher has its last
 * change, and what others notice of it; bench/storms has the same with sockets, and as many
 * watchers as those are. */
#include "desk.h"
#include "figures.h"
#include "options.h"
#include "tool.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPT_USERS = 256,
    OPT_FRIENDS,
    OPT_WATCHERS,
    OPT_FLIPS,
    OPT_SECONDS,
    OPT_SEED,
    OPT_QUICK,
    OPT_JSON
};

struct plan {
    uint32_t users, watchers;
    double friends, flips, seconds;
    uint64_t seed;
    bool json;
};

static const struct argp_option options[] = {
    {"users", OPT_USERS, "N", 0, "1000 to 10 million, beside the star; 200000", 0},
    {"friends", OPT_FRIENDS, "N", 0, "Of each user, on average; 50", 0},
    {"watchers", OPT_WATCHERS, "N", 0, "Of the star, among the users; 100000", 0},
    {"flips", OPT_FLIPS, "R", 0, "Status changes a second of all others; 1000", 0},
    {"seconds", OPT_SECONDS, "S", 0, "Of each scene; 20", 0},
    {"seed", OPT_SEED, "N", 0, "Of the graph, and of who comes when; 1", 0},
    {"quick", OPT_QUICK, NULL, 0, "4000 users, 2000 watchers, 1 second each: does it all run?", 0},
    {"json", OPT_JSON, NULL, 0, "JSON instead of a table", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct plan *p = state->input;
    switch (key) {
    case OPT_USERS: p->users = (uint32_t)option_number(arg, 1000, 1e7, state); break;
    case OPT_FRIENDS: p->friends = option_number(arg, 4, 1000, state); break;
    case OPT_WATCHERS: p->watchers = (uint32_t)option_number(arg, 1, 1e7, state); break;
    case OPT_FLIPS: p->flips = option_number(arg, 1, 1e6, state); break;
    case OPT_SECONDS: p->seconds = option_number(arg, 0.1, 3600, state); break;
    case OPT_SEED: p->seed = (uint64_t)option_number(arg, 0, 1e15, state); break;
    case OPT_QUICK: p->users = 4000, p->watchers = 2000, p->friends = 20, p->seconds = 1; break;
    case OPT_JSON: p->json = true; break;
    case ARGP_KEY_END:
        if (p->watchers > p->users) argp_error(state, "there are not so many to watch the star");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp argp = {.options = options,
                                 .parser = parse,
                                 .doc = "What others notice of a star with very many watchers."};

/* What was measured */

static struct desks desks;
static struct friends friends;
static struct figures figures;

/* One scene: what the star does, and how often it would. */
struct scene {
    const char *name;
    enum desk_work work;
    double changes_s;
};
static const struct scene scenes[] = {{"no star", DESK_FLIP, 0},
                                      {"10 changes a second", DESK_FLIP, 10},
                                      {"100 changes a second", DESK_FLIP, 100},
                                      {"it goes 5 times a second", DESK_GO, 5}};

static bool changes(const struct scene *s) { return s->changes_s > 0; }

__attribute__((format(printf, 4, 5))) static void note(const char *unit, double value,
                                                       struct target target, const char *fmt, ...)
{
    char name[96];
    va_list args;
    va_start(args, fmt);
    vsnprintf(name, sizeof name, fmt, args);
    va_end(args);
    figures_add(&figures, unit, value, target, name);
}

/* The most that the process has had, since this was asked last; bytes. */
static double memory_peak(void)
{
    char line[128];
    double kb = 0;
    FILE *status = fopen("/proc/self/status", "r"), *clear = fopen("/proc/self/clear_refs", "w");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %lf", &kb) == 1) break;
    if (!status || !clear || fputs("5", clear) < 0) die("the process's memory is not to be seen");
    fclose(status);
    fclose(clear);
    return kb * 1024;
}

static struct histogram *bystanders(struct desk *d) { return &d->sink.flip_us; }
static struct histogram *turns(struct desk *d) { return &d->turn_us; }

static double quantile_us(struct histogram *(*of)(struct desk *), double part)
{
    struct histogram all = {0};
    for (unsigned i = 0; i < DESKS; i++)
        histogram_merge(&all, of(&desks.desk[i]));
    return (double)histogram_at(&all, part);
}

static void join_all(void)
{
    desks_work(&desks, DESK_JOIN);
    while (desks_made(&desks) < friends.users)
        sleep_until(now_us() + 10000);
    desks_rest(&desks);
}

/* What all desks have of one number. */
static uint64_t sum(uint64_t (*of)(const struct desk *))
{
    uint64_t all = 0;
    for (unsigned i = 0; i < DESKS; i++)
        all += of(&desks.desk[i]);
    return all;
}

static uint64_t most(uint64_t (*of)(const struct desk *))
{
    uint64_t all = 0;
    for (unsigned i = 0; i < DESKS; i++)
        if (of(&desks.desk[i]) > all) all = of(&desks.desk[i]);
    return all;
}

static uint64_t announced(const struct desk *d) { return d->sink.star.announced; }
static uint64_t backward(const struct desk *d) { return d->sink.star.backward; }
static uint64_t outbox_bytes(const struct desk *d) { return d->outbox_bytes; }
static uint64_t outboxes(const struct desk *d) { return d->outboxes; }
static uint64_t looked(const struct desk *d) { return d->sink.looked; }
static uint64_t leaks(const struct desk *d) { return d->sink.leaks; }

static bool watches(uint32_t user) { return friends_has(&friends, user, desks.star); }

/* Deliveries of what was announced, to each who is to have it. */
static uint64_t due(const struct desk *d)
{
    uint64_t watchers = 0;
    for (uint32_t u = d->id; u < friends.users; u += DESKS)
        watchers += watches(u);
    return d->sink.star.announced * watchers;
}

static uint64_t with_the_latest(void)
{
    uint64_t right = 0;
    for (uint32_t u = 0; u < friends.users; u++)
        right += watches(u) && desks.star_shown[u] == 2 * desks.star_asked;
    return right;
}

static double latest_us(void)
{
    double at = 0;
    for (unsigned i = 0; i < DESKS; i++)
        if (desks.desk[i].sink.star.latest_us > at) at = desks.desk[i].sink.star.latest_us;
    return at;
}

static double part(uint64_t of, uint64_t all) { return all ? (double)of / (double)all : 0; }

/* Without the star, for what comes with it to be held against. */
struct quiet {
    double p99_us, cpu_us;
};

static void note_bystanders(const struct scene *s, struct quiet *quiet)
{
    double p99 = quantile_us(bystanders, 0.99);
    note("µs", quantile_us(bystanders, 0.5), none, "bystanders, p50: %s", s->name);
    note("µs", p99, none, "bystanders, p99: %s", s->name);
    note("µs", quantile_us(bystanders, 0.999), none, "bystanders, p99.9: %s", s->name);
    note("", part(desks_told(&desks), desks_due(&desks)), always(1),
         "bystanders, told of those due: %s", s->name);
    note("ms", quantile_us(turns, 1) / 1e3, none, "longest turn: %s", s->name);
    if (!changes(s)) *quiet = (struct quiet){p99, desks_server_us(&desks)};
    if (changes(s))
        note("", p99 / quiet->p99_us, none, "bystanders' p99, of that without: %s", s->name);
}

static void note_star(const struct scene *s, const struct quiet *quiet, double seconds)
{
    double told = (double)desks_star_told(&desks);
    note("/s", (double)most(announced) / seconds, none, "announced: %s", s->name);
    note("/s", told / seconds, none, "deliveries of the star: %s", s->name);
    note("ns", (desks_server_us(&desks) - quiet->cpu_us) * 1e3 / told, none,
         "CPU for each delivery of the star: %s", s->name);
    note("", part(desks_star_told(&desks), sum(due)), always(1), "told of those announced: %s",
         s->name);
    note("", part(with_the_latest(), sum(due) / most(announced)), always(1),
         "watchers who have its last change: %s", s->name);
    note("ms", (latest_us() - desks.star_asked_us) / 1e3, none,
         "until the last watcher has its last change: %s", s->name);
    note("", 1 - part(sum(backward), desks_star_told(&desks)), always(1),
         "not told behind a later one: %s", s->name);
}

/* The longest that an announcement may have to wait for the ones before. */
static double patience_us(const struct plan *p)
{
    double interval_us = 1e6 * p->watchers / HOT_DELIVERIES_S;
    return interval_us < HOT_INTERVAL_MS_MAX * 1e3 ? 2 * interval_us : 2e3 * HOT_INTERVAL_MS_MAX;
}

static void play(const struct plan *p, const struct scene *s, struct quiet *quiet)
{
    (void)memory_peak(); /* begins anew */
    double before = memory_peak(), began = now_us();
    for (unsigned i = 0; i < DESKS; i++)
        desks.desk[i].sink.star.announced = desks.desk[i].sink.star.backward = 0;
    desks.star_flips_s = s->changes_s;
    desks_work(&desks, s->work);
    sleep_until(began + p->seconds * 1e6);
    desks_rest(&desks);
    if (changes(s)) sleep_until(now_us() + patience_us(p));
    desks_rest(&desks);
    note_bystanders(s, quiet);
    if (changes(s)) note_star(s, quiet, p->seconds);
    note("B", (double)most(outbox_bytes), at_most(OUTBOX_BYTES_MAX), "longest outbox: %s", s->name);
    note("", (double)most(outboxes), none, "outboxes that wait at once, the most: %s", s->name);
    note("MB", (memory_peak() - before) / 1e6, none, "more memory than before: %s", s->name);
}

static void print(const struct plan *p)
{
    if (p->json) {
        fputs("{\"figures\":", stdout);
        figures_json(&figures, stdout);
        puts("}");
        return;
    }
    printf(
        "%u users in one process, on %u threads; %u watch the star; %g status changes of others a "
        "second, %g s for each scene.\n\n",
        p->users, (unsigned)DESKS, p->watchers, p->flips, p->seconds);
    figures_table(&figures, stdout);
}

int main(int argc, char **argv)
{
    static struct plan p = {.users = 200000,
                            .watchers = 100000,
                            .friends = 50,
                            .flips = 1000,
                            .seconds = 20,
                            .seed = 1};
    struct quiet quiet = {0};
    options_take(&argp, argc, argv, &p);
    friends_init(&friends, p.users, p.friends, p.users / 4 < 5000 ? p.users / 4 : 5000, p.seed);
    uint32_t star = friends_add_star(&friends, p.watchers, p.seed);
    desks_init(&desks, &friends, star, p.seed);
    desks.flips_s = p.flips;
    desks_start(&desks);
    join_all();
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
        play(&p, &scenes[i], &quiet);
    note("", 1 - part(sum(leaks), sum(looked)), always(1), "of frames looked at, about a friend");
    desks_end(&desks);
    print(&p);
    return 0;
}
