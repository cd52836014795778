/* bench/stage.c -- a server with its clients. */
#include "stage.h"

#include "tool.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static struct server serve(const struct plan *p, const char *data, uint16_t port)
{
    return server_start(&(struct server_options){.kith = p->kith,
                                                 .data = data,
                                                 .grace_s = p->grace_s,
                                                 .restart_grace_s = p->restart_grace_s,
                                                 .port = port,
                                                 .workers = p->workers,
                                                 .core = p->workers == 1 ? SERVER_CORE : -1});
}

void stage_open(struct stage *s, const char *data)
{
    s->server = serve(s->plan, data, 0);
    s->load = load_new(s->plan->users, s->server.port, false);
    s->flips = 0;
}

void stage_restart(struct stage *s, const char *data)
{
    s->server = serve(s->plan, data, s->server.port);
}

void stage_close(struct stage *s)
{
    load_free(s->load);
    s->load = NULL;
    server_stop(&s->server);
}

struct filling {
    struct load *load;
    enum fill what;
    uint32_t flying, done;
    double *began_us;
    struct percentiles *took;
};

static void on_fill(void *ctx, const struct load_event *e)
{
    struct filling *f = ctx;
    if (e->kind == LOAD_REFUSED || e->kind == LOAD_CLOSED)
        die("the server refused client %u: are there too few descriptors?", e->who);
    if (e->kind == LOAD_OPEN && f->what == FILL_ALL) load_join(f->load, e->who);
    if (e->kind != (f->what == FILL_OPEN ? LOAD_OPEN : LOAD_STATE)) return;
    percentiles_add(f->took, now_us() - f->began_us[e->who]);
    f->flying--;
    f->done++;
}

static void begin(struct filling *f, uint32_t who)
{
    f->began_us[who] = now_us();
    f->flying++;
    if (f->what == FILL_JOIN)
        load_join(f->load, who);
    else
        load_dial(f->load, who);
}

void stage_fill(struct stage *s, enum fill what, struct filled *out)
{
    const struct plan *p = s->plan;
    *out = (struct filled){0};
    struct filling f = {.load = s->load,
                        .what = what,
                        .began_us = calloc(p->users, sizeof(double)),
                        .took = &out->took};
    if (!f.began_us) die("out of memory");
    double start = now_us();
    load_listen(s->load, on_fill, &f);
    for (uint32_t next = s->first; f.done < p->users - s->first; load_poll(s->load, 1e5)) {
        while (next < p->users && f.flying < p->window)
            begin(&f, s->graph->user[next++]);
        if (now_us() - start > 300e6) die("the server does not answer: %u joins done", f.done);
    }
    load_listen(s->load, NULL, NULL);
    out->seconds = (now_us() - start) / 1e6;
    free(f.began_us);
}

/* Until `kind` has come `count` times, if that is sooner. */
static void listen_on(struct stage *s, double quiet_s, enum load_kind kind, uint64_t count)
{
    const struct load_stats *now = load_stats(s->load);
    struct load_stats last = *now;
    double since = now_us();
    while (now->count[kind] < count && now_us() - since < quiet_s * 1e6) {
        load_poll(s->load, 2e4);
        if (memcmp(&last, now, sizeof last) == 0) continue;
        last = *now;
        since = now_us();
    }
}

void stage_await(struct stage *s, enum load_kind kind, uint64_t count)
{
    listen_on(s, 10, kind, count);
}

void stage_settle(struct stage *s, double quiet_s) { listen_on(s, quiet_s, LOAD_OPEN, UINT64_MAX); }

void stage_warm(struct stage *s)
{
    const struct load_stats *now = load_stats(s->load);
    load_dial(s->load, 0);
    stage_await(s, LOAD_OPEN, now->count[LOAD_OPEN] + 1);
    load_join(s->load, 0);
    stage_await(s, LOAD_STATE, now->count[LOAD_STATE] + 1);
    load_drop(s->load, 0);
    stage_settle(s, s->plan->grace_s + 0.3);
}

void meter_start(struct meter *m, const struct stage *s)
{
    *m = (struct meter){.wall_us = now_us(),
                        .server_us = server_cpu_us(&s->server),
                        .load_us = cpu_us(0),
                        .stats = *load_stats(s->load)};
}

void meter_stop(struct meter *m, const struct stage *s)
{
    const struct load_stats *now = load_stats(s->load);
    m->wall_us = now_us() - m->wall_us;
    m->server_us = server_cpu_us(&s->server) - m->server_us;
    m->load_us = cpu_us(0) - m->load_us;
    for (int i = 0; i < LOAD_KINDS; i++)
        m->stats.count[i] = now->count[i] - m->stats.count[i];
    m->stats.diff_bytes = now->diff_bytes - m->stats.diff_bytes;
}

void meter_add(struct meter *sum, const struct meter *m)
{
    sum->wall_us += m->wall_us;
    sum->server_us += m->server_us;
    sum->load_us += m->load_us;
    for (int i = 0; i < LOAD_KINDS; i++)
        sum->stats.count[i] += m->stats.count[i];
    sum->stats.diff_bytes += m->stats.diff_bytes;
}

void note(struct stage *s, const char *unit, double value, struct target target, const char *fmt,
          ...)
{
    char name[sizeof s->figures->list[0].name];
    va_list args;
    va_start(args, fmt);
    vsnprintf(name, sizeof name, fmt, args);
    va_end(args);
    figures_add(s->figures, unit, value, target, name);
}

void note_busy(struct stage *s, const struct meter *m, const char *scene)
{
    note(s, "%", 100 * m->server_us / m->wall_us, none, "%s: server busy", scene);
    note(s, "%", 100 * m->load_us / m->wall_us, none, "%s: generator busy", scene);
}
