/* bench/stage.c -- a server with its clients. */
#include "stage.h"

#include "tool.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEED = 1, HOT = 1000 /* from so many watchers on kith leaves out old statuses */ };

void stage_init(struct stage *s, const struct plan *p, struct figures *f)
{
    *s =
        (struct stage){.plan = p, .figures = f, .names = {.first_id = FIRST_ID, .count = p->users}};
    if (user_order_init(&s->order, p->users, SEED)) die("out of memory");
}

void stage_fini(struct stage *s) { user_order_fini(&s->order); }

struct load_options stage_options(const struct stage *s, const struct graph *g)
{
    return (struct load_options){.graph = g,
                                 .names = &s->names,
                                 .processes = 1,
                                 .seed = SEED,
                                 .hot = HOT,
                                 .beside = UINT32_MAX,
                                 .vsn = PHX_V2,
                                 .own_topic = true,
                                 .progress = isatty(STDERR_FILENO),
                                 .name = "bench"};
}

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

void stage_open(struct stage *s, const char *data, const struct load_options *o)
{
    s->server = serve(s->plan, data, 0);
    driver_start(&s->driver, o, s->server.port, s->server.pid);
}

/* Its clients have to have seen the end before they come back. */
void stage_end_server(struct stage *s)
{
    driver_watch(&s->driver, 0);
    server_stop(&s->server);
    while (driver_play(&s->driver, &(struct phase){.kind = PHASE_HOLD, .lasts_us = 10000})->online)
        continue;
}

void stage_begin_server(struct stage *s, const char *data)
{
    s->server = serve(s->plan, data, s->server.port);
    driver_watch(&s->driver, s->server.pid);
}

void stage_close(struct stage *s)
{
    driver_end(&s->driver);
    server_stop(&s->server);
}

const struct load_phase *stage_play(struct stage *s, struct phase p)
{
    p.grace_us = (uint64_t)(s->plan->grace_s * 1e6);
    const struct load_phase *played = driver_play(&s->driver, &p);
    s->ghosts += played->tally.ghosts;
    s->wrong += tally_wrong(&played->tally);
    return played;
}

const struct load_phase *stage_fill(struct stage *s, enum phase_kind kind)
{
    const struct plan *p = s->plan;
    const struct load_phase *filled =
        stage_play(s, (struct phase){.kind = kind, .count = p->users, .window = p->window});
    if (filled->tally.refused)
        die("the server refused %u clients: are there too few descriptors?",
            (unsigned)filled->tally.refused);
    return filled;
}

const struct load_phase *stage_hold(struct stage *s, double seconds)
{
    return stage_play(s, (struct phase){.kind = PHASE_HOLD, .lasts_us = (uint64_t)(seconds * 1e6)});
}

const struct load_phase *stage_flips(struct stage *s, uint32_t rate, double seconds)
{
    return stage_play(s, (struct phase){.kind = PHASE_STEADY,
                                        .count = (uint32_t)(rate * seconds),
                                        .period_ns = 1000000000 / rate,
                                        .lasts_us = (uint64_t)(seconds * 1e6)});
}

struct memory stage_memory(struct stage *s)
{
    const struct load_phase *p = stage_hold(s, 0.5);
    return (struct memory){p->server.rss_bytes, p->server.pss_bytes};
}

void stage_warm(struct stage *s)
{
    (void)stage_play(s, (struct phase){.kind = PHASE_STORM, .count = 1, .window = 1});
    (void)stage_play(s, (struct phase){.kind = PHASE_DROP, .count = 1});
    (void)stage_hold(s, s->plan->grace_s + 0.3);
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

void note_limit(struct stage *s, const char *scene)
{
    for (unsigned i = 0; i < s->limit_count; i++)
        if (strcmp(s->limits[i], scene) == 0) return;
    if (s->limit_count < LIMITS_MAX)
        snprintf(s->limits[s->limit_count++], sizeof s->limits[0], "%s", scene);
}

void note_busy(struct stage *s, const struct load_phase *p, const char *scene)
{
    double wall_us = p->seconds > 0 ? p->seconds * 1e6 : 1;
    note(s, "%", 100 * p->server.doing_us / wall_us, none, "%s: server busy", scene);
    note(s, "%", 100 * p->busy, none, "%s: generator busy", scene);
    if (load_is_limit(p)) note_limit(s, scene);
}

void note_wrong(struct stage *s)
{
    note(s, "", (double)s->ghosts, never, "shown online who is not, of all phases");
    note(s, "", (double)s->wrong, never,
         "lost, leaked, stale, told twice or wrongly, of all phases");
    s->ghosts = s->wrong = 0;
}
