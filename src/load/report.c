/* load/report.c -- what a run has measured, for a person. */
#include "load/report.h"

#include <inttypes.h>
#include <string.h>

/* One line: a figure under its name. */
static void begin_line(struct buf *b, const char *name) { buf_printf(b, "  %-26s", name); }

static void line_count(struct buf *b, const char *name, uint64_t count)
{
    begin_line(b, name);
    buf_printf(b, "%" PRIu64 "\n", count);
}

static const double parts[] = {0.5, 0.9, 0.99, 0.999};

/* p50 p90 p99 p99.9 max, in ms. */
static void line_times(struct buf *b, const char *name, const struct histogram *h)
{
    if (h->count == 0) return;
    begin_line(b, name);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        buf_printf(b, "%10.2f", (double)histogram_at(h, parts[i]) / 1e3);
    buf_printf(b, "%10.2f\n", (double)h->max / 1e3);
}

static void line_rate(struct buf *b, const char *name, uint64_t count, double seconds)
{
    begin_line(b, name);
    buf_printf(b, "%" PRIu64 " in %.2f s: %.0f a second\n", count, seconds,
               seconds > 0 ? (double)count / seconds : 0);
}

/* What was wrong, by its name and what it means. */
struct wrong {
    uint64_t count;
    const char *what;
};

static void lines_wrong(struct buf *b, const struct tally *t, uint64_t edges)
{
    const struct wrong list[] = {
        {tally_lost(t), "LOST: due, and not told"},
        {t->leaks, "LEAKS: told of somebody whom the graph does not show"},
        {t->ghosts, "GHOSTS: shown, and not there"},
        {t->missing, "MISSING: there, and not shown"},
        {t->stale, "STALE: shown with an older status"},
        {t->duplicates, "DUPLICATES: told twice, or out of order, or changed unseen"},
        {t->flaps, "FLAPS: told, though they were back in time, or had not left"},
        {t->refused, "REFUSED: could not connect or join"},
        {t->unanswered, "UNANSWERED: joins, after 30 s"},
        {t->closed, "CLOSED: by the server"},
        {t->broken, "BROKEN: not of this wire"},
        {t->errors, "ERRORS: replies to a status"},
        {t->unsent, "UNSENT: status changes of who was not connected"},
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if (list[i].count) buf_printf(b, "  %10" PRIu64 " %s\n", list[i].count, list[i].what);
    if (t->socket_error && t->refused + t->closed)
        buf_printf(b, "  a socket said: %s\n", strerror(t->socket_error));
    if (t->ended)
        buf_printf(b, "  it ended %" PRIu64 " channels%s\n", t->ended,
                   t->flips ? "; does it take the event status?" : "");
    if (t->missing + t->leaks > edges / 10)
        buf_puts(
            b,
            "  has the server this graph? kith bench graph makes it, kith graph import takes it\n");
    if (t->http_status && t->refused) buf_printf(b, "  the server answered %u\n", t->http_status);
    if (t->close_code && t->closed) buf_printf(b, "  it closed with %u\n", t->close_code);
}

static void lines_due(struct buf *b, const struct tally *t)
{
    if (t->due == 0) return;
    begin_line(b, "due, and told");
    buf_printf(b, "%" PRIu64 ", %" PRIu64, t->due, t->met);
    if (t->skipped) buf_printf(b, " (%" PRIu64 " by a newer status)", t->skipped);
    buf_puts(b, "\n");
    if (t->early) line_count(b, "told before the state", t->early);
    if (t->repeats) line_count(b, "told again, and known", t->repeats);
}

static void line_each(struct buf *b, const char *name, double us, uint64_t count)
{
    if (count == 0) return;
    begin_line(b, name);
    buf_printf(b, "%.2f us\n", us / (double)count);
}

static void lines_memory(struct buf *b, const struct load_phase *p)
{
    const struct load_server *s = &p->server;
    double users = p->online ? p->online : (double)p->tally.opened;
    if (users == 0 || s->rss_bytes == 0) return;
    begin_line(b, "server's memory a user");
    buf_printf(b, "RSS %.0f bytes, PSS %.0f\n", (s->rss_bytes - s->rss_before_bytes) / users,
               (s->pss_bytes - s->pss_before_bytes) / users);
}

static void lines_server(struct buf *b, const struct load_phase *p)
{
    const struct load_server *s = &p->server;
    double all_us = s->cpu_us + s->softirq_us;
    begin_line(b, "server's CPU");
    if (s->wall_us <= 0) {
        buf_puts(b, "not known: it has ended\n");
        return;
    }
    buf_printf(b, "%.1f %% (user %.2f s, system %.2f s", all_us / s->wall_us * 100,
               s->user_us / 1e6, s->system_us / 1e6);
    if (s->softirq_us > 0) buf_printf(b, ", softirq %.2f s", s->softirq_us / 1e6);
    buf_puts(b, ")\n");
    if (p->phase.kind == PHASE_STORM) line_each(b, "server's CPU a join", all_us, p->tally.joined);
    line_each(b, "server's CPU a delivery", all_us, p->tally.told);
    lines_memory(b, p);
}

static void lines_generator(struct buf *b, const struct load_phase *p)
{
    begin_line(b, "generator");
    buf_printf(b, "%.0f %% busy", p->busy * 100);
    uint64_t heard = p->tally.frames + p->tally.states;
    if (heard)
        buf_printf(b, ", %.2f us and %.2f waits a message", p->generator_us / (double)heard,
                   (double)p->tally.sleeps / (double)heard);
    buf_puts(b, "\n");
    if (load_is_limit(p))
        buf_puts(b,
                 "  THE GENERATOR'S LIMIT: it was busier than 85 %, or later than 5 ms (p99); the "
                 "server\n  may be better than these figures. More cores, or a lower rate\n");
}

static void lines_ramp(struct buf *b, const struct load_phase *p)
{
    const struct ramp *r = &p->ramp;
    if (r->end == RAMP_GOES_ON) return;
    begin_line(b, "most status changes");
    buf_printf(b, "%.0f a second; it ended at %.0f,\n", r->held, r->at_end);
    buf_printf(b,
               "  where %s: deliveries p99 %.2f ms, generator %.0f %% busy and late by %.2f ms\n",
               ramp_end_text(r->end), r->end_p99_us / 1e3, r->end_busy * 100, r->end_late_us / 1e3);
}

static void heading(struct buf *b, const struct load_phase *p)
{
    buf_printf(b, "\n%s%s, %.1f s\n", load_phase_name(p), p->interrupted ? " (interrupted)" : "",
               p->seconds);
    buf_printf(b, "  %-26s%10s%10s%10s%10s%10s\n", "ms", "p50", "p90", "p99", "p99.9", "max");
}

static void put_phase(struct buf *b, const struct load_results *r, const struct load_phase *p)
{
    const struct tally *t = &p->tally;
    heading(b, p);
    line_times(b, p->phase.kind == PHASE_OPEN ? "connect: to the upgrade" : "join: to the state",
               &t->join_us);
    line_times(b, "status: to each friend", &t->told_us);
    line_times(b, "join: to each friend", &t->come_us);
    line_times(b, "leave: beyond grace", &t->gone_us);
    line_times(b, "generator late by", &t->late_us);
    if (t->opened) line_rate(b, "connects", t->opened, p->seconds);
    if (t->joined) line_rate(b, "joins", t->joined, p->seconds);
    if (t->flips) line_rate(b, "status changes", t->flips, p->seconds);
    if (t->drops) line_count(b, "sockets closed", t->drops);
    if (t->told) line_rate(b, "deliveries", t->told, p->seconds + p->settle_seconds);
    if (t->frames) line_count(b, "bytes a frame", t->frame_bytes / t->frames);
    lines_due(b, t);
    if (r->measured) lines_server(b, p);
    lines_generator(b, p);
    lines_ramp(b, p);
    if (!p->interrupted) lines_wrong(b, t, r->edges);
}

void report_text(struct buf *out, const struct load_results *r)
{
    buf_printf(out, "%u users, %" PRIu64 " edges (%.1f a user), %u process%s\n", r->users, r->edges,
               (double)r->edges / r->users, r->processes, r->processes == 1 ? "" : "es");
    for (uint32_t i = 0; i < r->count; i++)
        put_phase(out, r, &r->phases[i]);
    if (r->count == 0) return;
    uint64_t wrong = load_wrong(r);
    buf_printf(out, wrong ? "\n%" PRIu64 " wrong\n" : "\nnothing wrong\n", wrong);
}
