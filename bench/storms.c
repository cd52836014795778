/* bench/storms.c -- what others notice while much happens at once: everybody comes back after a
 * restart, a thousand clients read nothing, a star comes and goes. */
#include "edges_file.h"
#include "options.h"
#include "stage.h"
#include "tool.h"

#include "base/limits.h"

#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

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
    uint32_t star;       /* a user whom all watch, and of whom no flip is */
    uint32_t note_bytes; /* of text in each status of the star's */
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

/* Everybody has so many friends, and is one of the star's audience. */
static void make_graph(struct storms *t)
{
    struct graph_pairs p = {0};
    struct graph friends;
    kith_err e = graph_regular(&friends, t->plan.users, t->plan.friends, 2);
    if (e) die("no graph: %s", kith_err_text(e));
    for (uint32_t u = 0; u < friends.users; u++) {
        for (uint64_t i = friends.first[u]; i < friends.first[u + 1]; i++)
            graph_pairs_add(&p, u, friends.watched[i]);
        if (u != t->star) graph_pairs_add(&p, u, t->star);
    }
    e = graph_build(&t->graph, friends.users, &p);
    graph_fini(&friends);
    if (e) die("no graph: %s", kith_err_text(e));
}

static void make_data(struct storms *t)
{
    folder_make(t->root);
    snprintf(t->data, sizeof t->data, "%s/data", t->root);
    snprintf(t->edges, sizeof t->edges, "%s/edges.txt", t->root);
    edges_write_file(t->edges, &t->graph, FIRST_ID);
    server_import_edges(t->plan.kith, t->data, t->edges);
}

/* What the star is told to do is not these clients' doing. */
static struct load_options clients(const struct storms *t, uint32_t stalled)
{
    struct load_options o = stage_options(&t->stage, &t->graph);
    o.beside = t->star;
    o.stalled = stalled;
    return o;
}

/* What bystanders see of each other's changes. Returns the p99 in ms. */
static double bystanders(struct storms *t, const char *when)
{
    struct stage *s = &t->stage;
    const struct load_phase *p = stage_flips(s, t->rate, t->plan.seconds);
    double p99 = part_ms(&p->tally.told_us, 0.99);
    note(s, "ms", part_ms(&p->tally.told_us, 0.5), none, "bystanders, p50: %s", when);
    note(s, "ms", p99, none, "bystanders, p99: %s", when);
    note(s, "", (double)p->tally.met / (double)p->tally.due, always(1),
         "bystanders, told of those due: %s", when);
    note(s, "%", 100 * p->server.doing_us / p->seconds / 1e6, none, "server busy: %s", when);
    if (load_is_limit(p)) note_limit(s, when);
    return p99;
}

static void note_joins(struct stage *s, const struct load_phase *p, const char *when)
{
    note(s, "/s", (double)p->tally.joined / p->seconds, none, "joins: %s", when);
    note(s, "ms", part_ms(&p->tally.join_us, 0.99), none, "dial to state, p99: %s", when);
}

/* A star */

enum { STAR_FLIPS_PER_S = 50 };

/* A second session of the star's, in a process of its own: so many statuses a second, and every
 * second it goes for longer than grace. Never returns. */
static _Noreturn void flap(const struct storms *t)
{
    static struct driver star;
    struct graph_pairs nobody = {0};
    struct graph alone;
    const struct names name = {.first_id = FIRST_ID + t->star, .count = 1};
    if (graph_build(&alone, 1, &nobody)) die("out of memory");
    struct load_options o = stage_options(&t->stage, &alone);
    o.names = &name;
    o.note_bytes = t->note_bytes;
    o.progress = false;
    driver_start(&star, &o, t->stage.server.port, 0);
    const struct phase turn[] = {
        {.kind = PHASE_STORM, .count = 1, .window = 1, .unjudged = true},
        {.kind = PHASE_STEADY,
         .count = STAR_FLIPS_PER_S,
         .period_ns = 1000000000 / STAR_FLIPS_PER_S,
         .lasts_us = 1000000,
         .unjudged = true},
        {.kind = PHASE_DROP, .count = 1, .unjudged = true},
        {.kind = PHASE_HOLD,
         .lasts_us = (uint64_t)((t->plan.grace_s + 0.1) * 1e6),
         .unjudged = true},
    };
    for (size_t i = 0;; i = (i + 1) % (sizeof turn / sizeof turn[0]))
        (void)driver_play(&star, &turn[i]);
}

/* Bystanders while the star flaps, whom all of them watch. */
static double beside_star(struct storms *t, const char *when)
{
    struct stage *s = &t->stage;
    double before = server_metric(&s->server, "kith_deliveries_total"), from = now_us();
    pid_t flapping = fork_child();
    if (flapping == 0) flap(t);
    double p99 = bystanders(t, when);
    double told = server_metric(&s->server, "kith_deliveries_total") - before;
    double seconds = (now_us() - from) / 1e6;
    kill(flapping, SIGKILL);
    (void)waitpid(flapping, NULL, 0);
    note(s, "/s", told / seconds, none, "deliveries: %s", when);
    return p99;
}

static void come(struct storms *t, uint32_t stalled, const char *when)
{
    struct load_options o = clients(t, stalled);
    stage_open(&t->stage, t->data, &o);
    note_joins(&t->stage, stage_fill(&t->stage, PHASE_STORM), when);
    (void)stage_hold(&t->stage, 0.5);
}

/* The server cuts who takes nothing for longer, and then what it lost is no fault: so it may be
 * where all takes much more than its time. */
static bool cut_by_right(double since_us)
{
    double s = (now_us() - since_us) / 1e6;
    if (s < WRITE_STALL_MS / 1e3) return false;
    fprintf(stderr,
            "bench: some read nothing for %.0f s, and after %d a server cuts them off: what went "
            "wrong meanwhile is not counted; let it have the machine for itself\n",
            s, WRITE_STALL_MS / 1000);
    return true;
}

/* They get a state each in the place of what was withheld, and nobody was cut off. */
static void read_again(struct storms *t)
{
    struct stage *s = &t->stage;
    double before = server_metric(&s->server, "kith_resyncs_total");
    const struct load_phase *p =
        stage_play(s, (struct phase){.kind = PHASE_READ, .count = t->stalled});
    uint64_t closed = p->tally.closed + p->tally.refused;
    p = stage_hold(s, 1);
    closed += p->tally.closed;
    note(s, "", (server_metric(&s->server, "kith_resyncs_total") - before) / t->stalled, none,
         "fresh states of one that reads again");
    note(s, "", (double)closed, none, "connections cut off");
}

static void play_star(struct storms *t)
{
    struct stage *s = &t->stage;
    come(t, 0, "all read");
    double quiet = bystanders(t, "no star");
    double star = beside_star(t, "a star flaps");
    double rss = stage_memory(s).rss;
    note(s, "", star / quiet, none, "bystanders' p99, of that without the star");
    stage_close(s);

    come(t, t->stalled, "some read nothing");
    double since_us = now_us();
    uint64_t ghosts = s->ghosts, wrong = s->wrong;
    (void)beside_star(t, "until their systems are full");
    double stalled = beside_star(t, "a star flaps, some read nothing");
    note(s, "", stalled / star, none, "bystanders' p99, of that when all read");
    note(s, "B", (stage_memory(s).rss - rss) / t->stalled, at_most(65536),
         "memory of one that reads nothing, beyond the others'");
    note(s, "", server_metric(&s->server, "kith_deliveries_dropped_total") / t->stalled, none,
         "frames withheld from one that reads nothing");
    bool late = cut_by_right(since_us);
    read_again(t);
    if (late) s->ghosts = ghosts, s->wrong = wrong;
    note_wrong(s);
    stage_close(s);
}

/* A restart */

static void come_back(struct storms *t)
{
    struct stage *s = &t->stage;
    const char *when = "all come back at once";
    struct memory memory = server_memory(&s->server);
    const struct load_phase *p = stage_fill(s, PHASE_STORM);
    uint64_t gone = p->tally.gone;
    note_joins(s, p, when);
    note(s, "s", p->seconds, none, "until the last one is back");
    note(s, "ms", p->server.doing_us / t->plan.users / 1e3, none, "CPU for each who comes back");
    note_busy(s, p, when);
    p = stage_hold(s, t->plan.restart_grace_s + 1);
    note(s, "", (double)(gone + p->tally.gone), none, "friends told to have gone, who came back");
    note(s, "", server_metric(&s->server, "kith_presences") / t->plan.users, always(1),
         "of all users there afterwards");
    note(s, "B", (p->server.rss_bytes - memory.rss) / t->plan.users, none,
         "memory of each who came back");
}

static void play_restart(struct storms *t)
{
    struct stage *s = &t->stage;
    come(t, 0, "all come for the first time");
    double from = now_us();
    stage_end_server(s);
    stage_begin_server(s, t->data);
    note(s, "s", (now_us() - from) / 1e6, none, "from SIGTERM until the next server is ready");
    come_back(t);
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
                              .note_bytes = 900};
    t.plan.kith = getenv("KITH");
    options_take(&argp, argc, argv, &t);
    if (!t.plan.kith) t.plan.kith = "build/kith";
    need_descriptors(t.plan.users + 100);
    stage_init(&t.stage, &t.plan, &t.figures);
    t.star = t.stage.order.user[t.plan.users - 1];
    make_graph(&t);
    make_data(&t);
    if (!pin(LOAD_CORE)) fprintf(stderr, "bench: one core: server and generator share it\n");
    for (uint32_t round = 0; round < t.plan.rounds; round++) {
        play_restart(&t);
        play_star(&t);
    }
    print(&t);
    folder_remove(t.root);
    graph_fini(&t.graph);
    stage_fini(&t.stage);
    return 0;
}
