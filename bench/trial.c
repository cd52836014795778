/* bench/trial.c -- one way of doing presence with so many users. */
#include "trial.h"

#include "apps.h"
#include "server.h"
#include "tool.h"

#include <stdio.h>
#include <string.h>

enum {
    FLIPS_MIN = 10,         /* fewer are no measurement */
    PATIENCE_US = 10000000, /* while nothing comes */
    MARK_US = 100000        /* the longest sleep */
};

const struct measure_text measure_texts[MEASURES] = {
    [STORM_MESSAGES] = {"storm-messages", "messages to clients for each join", ""},
    [STORM_BYTES] = {"storm-bytes", "bytes to clients for each join", "kB"},
    [STORM_CPU] = {"storm-cpu", "server CPU for each join", "ms"},
    [STORM_RATE] = {"storm-rate", "joins a second", ""},
    [STORM_BUSY] = {"storm-busy", "generator busy while all join", "%"},
    [FLIP_MESSAGES] = {"flip-messages", "messages to clients for each flip", ""},
    [FLIP_BYTES] = {"flip-bytes", "bytes to clients for each flip", "kB"},
    [FLIP_CPU] = {"flip-cpu", "server CPU for each flip", "ms"},
    [FLIP_ENCODINGS] = {"flip-encodings", "frames encoded for announcements, each flip", ""},
    [USER_BYTES] = {"user-bytes", "resident memory for each user", "kB"},
    [USER_PRESENCES] = {"user-presences", "presences tracked for each user", ""},
    [USER_CHANNELS] = {"user-channels", "channels of each client", ""},
    [USER_STRANGERS] = {"user-strangers", "strangers of whom each client was told", ""},
    [USER_MISSED] = {"user-missed", "friends online whom each client does not see", ""},
};

struct play {
    const struct trial *t;
    struct server server;
    struct apps *apps;
    double *values;
    char *why;
    /* Of the storm: */
    uint32_t flying, in;
    /* Of a flip: */
    uint32_t who, came, went;
};

static void on_app(void *ctx, enum app_kind kind, uint32_t who, uint32_t about)
{
    struct play *p = ctx;
    p->flying -= kind == APP_IN;
    p->in += kind == APP_IN;
    p->came += kind == APP_CAME && about == p->who;
    p->went += kind == APP_WENT && about == p->who;
    (void)who;
}

static void settle(struct play *p, double quiet_us)
{
    uint64_t last = apps_told(p->apps).messages;
    for (double since = now_us(); now_us() - since < quiet_us;) {
        apps_poll(p->apps, MARK_US / 10);
        if (apps_told(p->apps).messages == last) continue;
        last = apps_told(p->apps).messages;
        since = now_us();
    }
}

/* One user comes and goes, so that the code that this takes is in memory before it is measured. */
static void warm(struct play *p)
{
    double end = now_us() + PATIENCE_US;
    p->flying = 1;
    apps_enter(p->apps, 0);
    while (!p->in && now_us() < end)
        apps_poll(p->apps, MARK_US);
    settle(p, 2 * MARK_US);
    apps_drop(p->apps, 0);
    settle(p, 2 * MARK_US);
}

/* What a stretch of time cost. */
struct cost {
    double wall_us, server_us, load_us;
    struct apps_told told;
};

static struct cost so_far(const struct play *p)
{
    return (struct cost){.wall_us = now_us(),
                         .server_us = server_cpu_us(&p->server),
                         .load_us = cpu_us(0),
                         .told = apps_told(p->apps)};
}

static struct cost since(const struct play *p, const struct cost *before)
{
    struct cost c = so_far(p);
    c.wall_us -= before->wall_us;
    c.server_us -= before->server_us;
    c.load_us -= before->load_us;
    c.told.messages -= before->told.messages;
    c.told.bytes -= before->told.bytes;
    return c;
}

/* All come, as fast as it goes */

/* A join is under way until the newcomer has its state and all who are to be told have been. */
static uint64_t under_way(const struct play *p)
{
    uint32_t audience = apps_audience(p->apps);
    return p->flying + (audience ? (apps_owed(p->apps) + audience - 1) / audience : 0);
}

static void expect_nobody_missed(const struct play *p, const char *when)
{
    if (apps_owed(p->apps))
        die("%s, %u users: after the %s %llu are online and not shown to whom they should be",
            p->t->way->name, p->t->ring->users, when, (unsigned long long)apps_owed(p->apps));
}

static bool fill(struct play *p, double deadline_us)
{
    const struct trial *t = p->t;
    uint32_t next = 0;
    uint64_t messages = 0;
    double heard_us = now_us();
    p->in = p->flying = 0;
    while (next < t->ring->users || under_way(p)) {
        for (; next < t->ring->users && under_way(p) < t->window; p->flying++)
            apps_enter(p->apps, next++);
        apps_poll(p->apps, MARK_US);
        double now = now_us();
        if (apps_told(p->apps).messages != messages) heard_us = now;
        messages = apps_told(p->apps).messages;
        if (now - heard_us > PATIENCE_US) expect_nobody_missed(p, "storm");
        if (now > deadline_us) return false;
    }
    return true;
}

static bool storm(struct play *p)
{
    double users = p->t->ring->users, *v = p->values;
    double rss = server_memory(&p->server).rss;
    struct cost before = so_far(p);
    bool all = fill(p, before.wall_us + p->t->bound_s * 1e6);
    struct cost fast = since(p, &before);
    if (!all) {
        snprintf(p->why, 96, "after %.0f s %u were in, and %llu not yet told of each other",
                 p->t->bound_s, p->in, (unsigned long long)apps_owed(p->apps));
        return false;
    }
    settle(p, 3 * MARK_US);
    struct cost c = since(p, &before);
    v[STORM_MESSAGES] = (double)c.told.messages / users;
    v[STORM_BYTES] = (double)c.told.bytes / users / 1e3;
    v[STORM_CPU] = c.server_us / users / 1e3;
    v[STORM_RATE] = users / fast.wall_us * 1e6;
    v[STORM_BUSY] = 100 * fast.load_us / fast.wall_us;
    v[USER_BYTES] = (server_memory(&p->server).rss - rss) / users / 1e3;
    v[USER_PRESENCES] = server_metric(&p->server, "kith_presences") / users;
    v[USER_CHANNELS] = apps_channels(p->apps);
    expect_nobody_missed(p, "storm");
    return true;
}

/* One goes and comes back */

static void wait_until(struct play *p, double due_us)
{
    for (double now = now_us(); now < due_us; now = now_us())
        apps_poll(p->apps, due_us - now < MARK_US ? due_us - now : MARK_US);
}

static void wait_for(struct play *p, const uint32_t *count, uint32_t expected, const char *what)
{
    double end = now_us() + PATIENCE_US;
    while (*count < expected) {
        apps_poll(p->apps, MARK_US);
        if (now_us() > end)
            die("%s, %u users: %u of %u %s", p->t->way->name, p->t->ring->users, *count, expected,
                what);
    }
}

static void flip(struct play *p, uint32_t who, double due_us, double period_us)
{
    p->who = who;
    p->came = p->went = p->in = 0;
    wait_until(p, due_us);
    apps_drop(p->apps, who);
    wait_for(p, &p->went, apps_audience(p->apps), "were told of a leave");
    wait_until(p, due_us + period_us / 2);
    p->flying = 1;
    apps_enter(p->apps, who);
    wait_for(p, &p->in, 1, "came back");
    wait_for(p, &p->came, apps_audience(p->apps), "were told of a join");
}

static bool flips(struct play *p)
{
    const struct trial *t = p->t;
    double period_us = 1e6 / t->rate, *v = p->values;
    double encodings = server_metric(&p->server, "kith_encodings_total");
    struct cost before = so_far(p);
    uint32_t n = 0;
    for (; n < t->flips && now_us() - before.wall_us < t->bound_s * 1e6; n++)
        flip(p, t->ring->user[n % t->ring->users], before.wall_us + n * period_us, period_us);
    settle(p, MARK_US);
    struct cost c = since(p, &before);
    if (n < FLIPS_MIN && n < t->flips) {
        snprintf(p->why, 96, "%u flips took %.0f s", n, c.wall_us / 1e6);
        return false;
    }
    v[FLIP_MESSAGES] = (double)c.told.messages / n;
    v[FLIP_BYTES] = (double)c.told.bytes / n / 1e3;
    v[FLIP_CPU] = c.server_us / n / 1e3;
    v[FLIP_ENCODINGS] = (server_metric(&p->server, "kith_encodings_total") - encodings) / n;
    expect_nobody_missed(p, "flips");
    return true;
}

static void look(struct play *p)
{
    struct apps_views views = apps_views(p->apps);
    enum audience audience = p->t->way->audience;
    if ((audience == AUDIENCE_FRIENDS && views.strangers) ||
        (audience != AUDIENCE_NOBODY && views.missed))
        die("%s, %u users: clients were told of strangers, %llu of them, and miss %llu friends",
            p->t->way->name, p->t->ring->users, (unsigned long long)views.strangers,
            (unsigned long long)views.missed);
    p->values[USER_STRANGERS] = (double)views.strangers / p->t->ring->users;
    p->values[USER_MISSED] = (double)views.missed / p->t->ring->users;
}

bool trial_play(const struct trial *t, double values[MEASURES], char why[96])
{
    char program[512];
    struct play p = {.t = t, .values = values, .why = why, .who = UINT32_MAX};
    snprintf(program, sizeof program, "%s/%s", t->examples, t->way->name);
    p.server = server_start_example(program, t->file, SERVER_CORE);
    p.apps =
        apps_new(&(struct apps_options){.way = t->way, .ring = t->ring, .port = p.server.port});
    apps_listen(p.apps, on_app, &p);
    warm(&p);
    bool played = storm(&p) && flips(&p);
    if (played) look(&p);
    apps_free(p.apps);
    server_stop(&p.server);
    return played;
}
