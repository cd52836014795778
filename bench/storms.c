/* bench/storms.c -- what others notice while much happens at once: everybody comes back after a
 * restart, a thousand clients read nothing, a star comes and goes. */
#include "flips.h"
#include "options.h"
#include "scenes.h"
#include "tool.h"

#include <argp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

enum { OPT_USERS = 256, OPT_STALLED, OPT_SECONDS, OPT_ROUNDS, OPT_QUICK, OPT_JSON, OPT_KITH };

static const struct argp_option options[] = {
    {"kith", OPT_KITH, "FILE", 0, "The program; else $KITH, else build/kith", 0},
    {"users", OPT_USERS, "N", 0, "18000 if not said; each takes a descriptor of the server", 0},
    {"stalled", OPT_STALLED, "N", 0, "Clients that read nothing; 1000", 0},
    {"seconds", OPT_SECONDS, "S", 0, "Of each measurement of bystanders; 10", 0},
    {"rounds", OPT_ROUNDS, "N", 0, "The table has their medians; 1", 0},
    {"quick", OPT_QUICK, NULL, 0, "A small round of some seconds: does it all run?", 0},
    {"json", OPT_JSON, NULL, 0, "JSON instead of a table", 0},
    {0}};

struct storms {
    struct plan plan;
    uint32_t stalled, rate;
    int note; /* bytes of text in each status of the star's */
    struct graph graph;
    struct figures figures;
    struct stage stage;
    char root[256], data[280], edges[280];
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct storms *t = state->input;
    struct plan *p = &t->plan;
    switch (key) {
    case OPT_KITH: p->kith = arg; break;
    case OPT_USERS: p->users = (uint32_t)option_number(arg, 200, 1e6, state); break;
    case OPT_STALLED: t->stalled = (uint32_t)option_number(arg, 1, 1e5, state); break;
    case OPT_SECONDS: p->seconds = option_number(arg, 0.5, 3600, state); break;
    case OPT_ROUNDS: p->rounds = (uint32_t)option_number(arg, 1, ROUNDS_MAX, state); break;
    case OPT_QUICK:
        p->users = 600, t->stalled = 60, p->seconds = 1;
        p->friends = 20, p->restart_grace_s = 2;
        break;
    case OPT_JSON: p->json = true; break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp argp = {
    .options = options, .parser = parse, .doc = "What others notice of a server's storms."};

/* Everybody is watched by so many; the last one on the ring, whom no flip is of, by all. */
static uint32_t star_of(const struct storms *t) { return t->graph.user[t->plan.users - 1]; }

static void make_data(struct storms *t)
{
    folder_make(t->root);
    snprintf(t->data, sizeof t->data, "%s/data", t->root);
    snprintf(t->edges, sizeof t->edges, "%s/edges.txt", t->root);
    FILE *out = fopen(t->edges, "w");
    if (!out) die("cannot write %s", t->edges);
    graph_write(&t->graph, LOAD_FIRST_ID, true, out);
    for (uint32_t u = 0; u < t->plan.users; u++)
        if (u != star_of(t)) fprintf(out, "%u %u\n", LOAD_FIRST_ID + u, LOAD_FIRST_ID + star_of(t));
    if (fclose(out) != 0) die("cannot write %s", t->edges);
    server_import_edges(t->plan.kith, t->data, t->edges);
}

static double p99_ms(const struct percentiles *p) { return percentiles_us(p, 0.99) / 1e3; }

/* What bystanders see of each other's changes. Returns the p99 in ms. */
static double bystanders(struct storms *t, uint32_t deaf, const char *when)
{
    struct stage *s = &t->stage;
    struct flips f;
    if (s->flips < deaf) s->flips = deaf;
    flips_init(&f, s, t->rate, deaf);
    flips_run(&f, (uint32_t)(t->rate * t->plan.seconds));
    double p99 = p99_ms(&f.late);
    note(s, "ms", percentiles_us(&f.late, 0.5) / 1e3, none, "bystanders, p50: %s", when);
    note(s, "ms", p99, none, "bystanders, p99: %s", when);
    note(s, "", (double)f.told / (double)f.expected, always(1), "bystanders, told of those due: %s",
         when);
    note(s, "%", 100 * f.sum.server_us / f.sum.wall_us, none, "server busy: %s", when);
    flips_fini(&f);
    return p99;
}

static void note_joins(struct stage *s, const struct filled *f, const char *when)
{
    note(s, "/s", (double)f->took.count / f->seconds, none, "joins: %s", when);
    note(s, "ms", p99_ms(&f->took), none, "dial to state, p99: %s", when);
}

/* A star */

/* A second session of the star's, in a process of its own: 50 statuses a second, and every second
 * it goes for longer than grace. Never returns. */
static _Noreturn void flap(const struct storms *t)
{
    struct load *l = load_new(t->plan.users, t->stage.server.port, false);
    double away_us = (t->plan.grace_s + 0.2) * 1e6;
    for (uint32_t star = star_of(t);;) {
        uint64_t open = load_stats(l)->count[LOAD_OPEN];
        load_dial(l, star);
        while (load_stats(l)->count[LOAD_OPEN] == open)
            load_poll(l, 1e4);
        load_join(l, star);
        double end = now_us() + 1e6;
        for (unsigned n = 0; now_us() < end; n++) {
            load_note(l, star, n % 2 ? "idle" : "away", t->note);
            for (double next = now_us() + 2e4; now_us() < next;)
                load_poll(l, next - now_us());
        }
        load_drop(l, star);
        sleep_until(now_us() + away_us);
    }
}

/* Bystanders while the star flaps, whom all of them watch. */
static double beside_star(struct storms *t, uint32_t deaf, const char *when)
{
    struct stage *s = &t->stage;
    double before = server_metric(&s->server, "kith_deliveries_total"), from = now_us();
    pid_t flapping = fork_child();
    if (flapping == 0) flap(t);
    double p99 = bystanders(t, deaf, when);
    double told = server_metric(&s->server, "kith_deliveries_total") - before;
    double seconds = (now_us() - from) / 1e6;
    kill(flapping, SIGKILL);
    (void)waitpid(flapping, NULL, 0);
    note(s, "/s", told / seconds, none, "deliveries: %s", when);
    return p99;
}

/* Those at the first places join, and read nothing any more; then come the others. */
static void fill(struct storms *t, uint32_t deaf, const char *when)
{
    struct stage *s = &t->stage;
    struct filled filled;
    for (uint32_t i = 0; i < deaf; i++) {
        load_make_small(s->load, t->graph.user[i]);
        load_dial(s->load, t->graph.user[i]);
        stage_await(s, LOAD_OPEN, load_stats(s->load)->count[LOAD_OPEN] + 1);
        load_stall(s->load, t->graph.user[i], true);
        load_join(s->load, t->graph.user[i]);
    }
    s->first = deaf;
    stage_fill(s, FILL_ALL, &filled);
    s->first = 0;
    note_joins(s, &filled, when);
    stage_settle(s, 0.5);
}

/* They get a state each in the place of what was withheld, and nobody was cut off. */
static void read_again(struct storms *t)
{
    struct stage *s = &t->stage;
    double before = server_metric(&s->server, "kith_resyncs_total");
    for (uint32_t i = 0; i < t->stalled; i++)
        load_stall(s->load, t->graph.user[i], false);
    stage_settle(s, 1);
    note(s, "", (server_metric(&s->server, "kith_resyncs_total") - before) / t->stalled, none,
         "fresh states of one that reads again");
    note(s, "", (double)load_stats(s->load)->count[LOAD_CLOSED], none, "connections cut off");
}

static void play_star(struct storms *t)
{
    struct stage *s = &t->stage;
    stage_open(s, t->data);
    fill(t, 0, "all read");
    double quiet = bystanders(t, 0, "no star");
    double star = beside_star(t, 0, "a star flaps");
    double rss = server_memory(&s->server).rss;
    note(s, "", star / quiet, none, "bystanders' p99, of that without the star");
    stage_close(s);

    stage_open(s, t->data);
    fill(t, t->stalled, "some read nothing");
    (void)beside_star(t, t->stalled, "until their systems are full");
    double stalled = beside_star(t, t->stalled, "a star flaps, some read nothing");
    note(s, "", stalled / star, none, "bystanders' p99, of that when all read");
    note(s, "B", (server_memory(&s->server).rss - rss) / t->stalled, at_most(65536),
         "memory of one that reads nothing, beyond the others'");
    note(s, "", server_metric(&s->server, "kith_deliveries_dropped_total") / t->stalled, none,
         "frames withheld from one that reads nothing");
    read_again(t);
    stage_close(s);
}

/* A restart */

static void play_restart(struct storms *t)
{
    struct stage *s = &t->stage;
    struct filled filled;
    struct meter m;
    stage_open(s, t->data);
    stage_fill(s, FILL_ALL, &filled);
    note_joins(s, &filled, "all come for the first time");
    stage_settle(s, 0.5);
    double from = now_us();
    server_stop(&s->server);
    stage_await(s, LOAD_CLOSED, t->plan.users);
    stage_restart(s, t->data);
    note(s, "s", (now_us() - from) / 1e6, none, "from SIGTERM until the next server is ready");
    struct memory memory = server_memory(&s->server);
    meter_start(&m, s);
    stage_fill(s, FILL_ALL, &filled);
    meter_stop(&m, s);
    note_joins(s, &filled, "all come back at once");
    note(s, "s", filled.seconds, none, "until the last one is back");
    note(s, "ms", m.server_us / t->plan.users / 1e3, none, "CPU for each who comes back");
    note_busy(s, &m, "all come back at once");
    stage_settle(s, t->plan.restart_grace_s + 1);
    meter_stop(&m, s);
    uint64_t told = load_stats(s->load)->count[LOAD_WENT];
    note(s, "", (double)told, none, "friends told to have gone, who came back");
    note(s, "", server_metric(&s->server, "kith_presences") / t->plan.users, always(1),
         "of all users there afterwards");
    note(s, "B", (server_memory(&s->server).rss - memory.rss) / t->plan.users, none,
         "memory of each who came back");
    stage_close(s);
}

static void print(const struct storms *t)
{
    const struct plan *p = &t->plan;
    if (p->json) {
        printf("{\"users\":%u,\"friends\":%u,\"stalled\":%u,\"rounds\":%u,\"figures\":", p->users,
               p->friends, t->stalled, p->rounds);
        figures_json(&t->figures, stdout);
        puts("}");
        return;
    }
    printf("%u users, %u friends each, %u who read nothing; changes of bystanders at %u a second, "
           "%g s each.\n\n",
           p->users, p->friends, t->stalled, t->rate, p->seconds);
    figures_table(&t->figures, stdout);
}

int main(int argc, char **argv)
{
    static struct storms t = {.plan = {.kith = NULL,
                                       .users = 18000,
                                       .friends = 50,
                                       .window = 2000,
                                       .seconds = 10,
                                       .grace_s = 0.5,
                                       .restart_grace_s = 10,
                                       .workers = 1,
                                       .rounds = 1},
                              .stalled = 1000,
                              .rate = 200,
                              .note = 900};
    t.plan.kith = getenv("KITH");
    argp_err_exit_status = EX_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &t);
    if (!t.plan.kith) t.plan.kith = "build/kith";
    need_descriptors(t.plan.users + 100);
    graph_init(&t.graph, t.plan.users, t.plan.friends);
    make_data(&t);
    t.stage = (struct stage){.plan = &t.plan, .graph = &t.graph, .figures = &t.figures};
    if (!pin(LOAD_CORE)) fprintf(stderr, "bench: one core: server and generator share it\n");
    for (uint32_t round = 0; round < t.plan.rounds; round++) {
        play_restart(&t);
        play_star(&t);
    }
    print(&t);
    folder_remove(t.root);
    graph_fini(&t.graph);
    return 0;
}
