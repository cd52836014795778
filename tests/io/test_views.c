/* tests/io/test_views.c -- two hundred clients on a real server, who come, change and go by chance:
 * whenever they are quiet, each sees exactly who of its people is there. Then a restart, which
 * nobody sees. */
#include "server.h"
#include "store_fixture.h"
#include "talker.h"

#include "chance.h"

#include <signal.h>
#include <sys/wait.h>

enum { USERS = 60, CLIENTS = 200, PATIENCE_MS = 30000 };

static struct server server;
static struct talker talkers[CLIENTS];
static uint64_t seed;
static bool watches[USERS][USERS];
static char graph[USERS * USERS * 8];

/* What is true of each client. */
static struct {
    bool here; /* connected, and joined */
    char status[12];
} truth[CLIENTS];

static unsigned user_of(size_t client) { return (unsigned)client % USERS; }

static void make_graph(const struct folder *f)
{
    graph[0] = 0;
    memset(watches, 0, sizeof watches);
    size_t n = 0;
    for (unsigned a = 0; a < USERS; a++)
        for (unsigned i = 0; i < 8; i++) {
            unsigned b = chance_below(&seed, USERS); /* oneself, at times */
            watches[a][b] = true;
            n += (size_t)snprintf(graph + n, sizeof graph - n, "%u %u\n", a, b);
        }
    server_graph(f->data, graph);
}

static void say_status(size_t i, const char *event)
{
    static unsigned count;
    snprintf(truth[i].status, sizeof truth[i].status, "s%u", ++count);
    talker_say(&talkers[i], "['%zu','%s','friends','%s',{'status':'%s'}]", i, event, event,
               truth[i].status);
}

static void come(size_t i)
{
    char query[64];
    snprintf(query, sizeof query, "user_id=%u&device=d%zu", user_of(i), i);
    talker_connect(&talkers[i], server.port, query);
    talker_await_upgrade(&talkers[i]);
    assert_int_equal(talkers[i].status, 101);
    say_status(i, "phx_join");
    truth[i].here = true;
}

static void go(size_t i)
{
    switch (chance_below(&seed, 4)) {
    case 0: talker_say(&talkers[i], "['%zu','l','friends','phx_leave',{}]", i); break;
    case 1: talker_reset(&talkers[i]); break;
    case 2: talker_half_close(&talkers[i]); break;
    default: break;
    }
    talker_cut(&talkers[i]);
    truth[i].here = false;
}

static void step(void)
{
    size_t i = chance_below(&seed, CLIENTS);
    if (!truth[i].here)
        come(i);
    else if (chance_below(&seed, 5) == 0)
        go(i);
    else
        say_status(i, chance_below(&seed, 6) ? "status" : "phx_join");
}

static int by_text(const void *a, const void *b) { return strcmp(a, b); }

/* The statuses of a user's clients, as talker_sees has them. */
static const char *true_statuses(unsigned user, char out[256])
{
    char list[CLIENTS / USERS + 1][12];
    size_t n = 0;
    for (size_t i = user; i < CLIENTS; i += USERS)
        if (truth[i].here) memcpy(list[n++], truth[i].status, sizeof list[0]);
    qsort(list, n, sizeof list[0], by_text);
    out[0] = 0;
    for (size_t i = 0; i < n; i++) {
        strcat(out, list[i]);
        strcat(out, " ");
    }
    return out;
}

static bool view_is_true(size_t i)
{
    char seen[256], is[256];
    for (unsigned u = 0; u < USERS; u++) {
        char id[16];
        snprintf(id, sizeof id, "%u", u);
        talker_sees(&talkers[i], id, seen);
        true_statuses(u, is);
        if (strcmp(seen, watches[user_of(i)][u] ? is : "") != 0) return false;
    }
    return true;
}

static bool all_views_are_true(void *ctx)
{
    for (size_t i = 0; i < CLIENTS; i++)
        if (truth[i].here && !view_is_true(i)) {
            *(size_t *)ctx = i;
            return false;
        }
    return true;
}

static void all_quiet(void)
{
    size_t who = 0;
    if (!talkers_hear(talkers, CLIENTS, PATIENCE_MS, all_views_are_true, &who))
        fail_msg("client %zu of user %u does not see the truth", who, user_of(who));
    talkers_hear(talkers, CLIENTS, 100, NULL, NULL); /* and it stays so */
    assert_true(all_views_are_true(&who));
}

static void a_day_of(const struct folder *f, unsigned workers)
{
    seed = workers;
    memset(truth, 0, sizeof truth);
    make_graph(f);
    struct server_options o = {
        .data = f->data, .workers = workers, .grace_ms = 200, .restart_grace_ms = 120000};
    server_start(&server, &o);
    for (size_t i = 0; i < CLIENTS; i++)
        come(i);
    all_quiet();
    for (uint32_t round = 0; round < rounds(4); round++) {
        for (int i = 0; i < 400; i++) {
            step();
            if (i % 20 == 0) talkers_hear(talkers, CLIENTS, 0, NULL, NULL);
        }
        all_quiet();
    }
    server_signal(&server, SIGTERM);
    for (size_t i = 0; i < CLIENTS; i++) {
        if (!truth[i].here) continue;
        talker_await_end(&talkers[i]);
        assert_int_equal(talkers[i].close_code, 1012);
        talker_cut(&talkers[i]);
    }
    int status = server_wait(&server);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    server_start(&server, &o);
}

/* Each comes back as it was, and from its first state on sees all as they were. */
static void nobody_was_ever_away(void)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        if (!truth[i].here) continue;
        char query[64];
        snprintf(query, sizeof query, "user_id=%u&device=d%zu", user_of(i), i);
        talker_connect(&talkers[i], server.port, query);
        talker_say(&talkers[i], "['%zu','1','friends','phx_join',{}]", i);
        talker_await_states(&talkers[i], 1);
        assert_true(view_is_true(i));
    }
    all_quiet();
    for (size_t i = 0; i < CLIENTS; i++)
        if (truth[i].here) assert_int_equal(talkers[i].leaves, 0);
}

static void whole_day(void **state, unsigned workers)
{
    a_day_of(*state, workers);
    nobody_was_ever_away();
    for (size_t i = 0; i < CLIENTS; i++)
        talker_free(&talkers[i]);
    server_stop(&server);
}

static void one_worker_shows_the_truth(void **state) { whole_day(state, 1); }
static void two_workers_show_the_truth(void **state) { whole_day(state, 2); }
static void four_workers_show_the_truth(void **state) { whole_day(state, 4); }

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(one_worker_shows_the_truth),
        in_a_folder(two_workers_show_the_truth),
        in_a_folder(four_workers_show_the_truth),
    };
    return cmocka_run_group_tests_name("views", tests, NULL, NULL);
}
