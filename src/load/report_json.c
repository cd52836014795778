/* load/report_json.c -- what a run has measured, for a program. */
#include "load/report.h"

#include "wire/json.h"

#include <inttypes.h>

static void put_number(struct buf *b, const char *name, uint64_t n)
{
    buf_printf(b, ",\"%s\":%" PRIu64, name, n);
}

static void put_decimal(struct buf *b, const char *name, double n)
{
    buf_printf(b, ",\"%s\":%.3f", name, n);
}

static void put_times(struct buf *b, const char *name, const struct histogram *h)
{
    buf_printf(b, ",\"%s\":{\"count\":%" PRIu64, name, h->count);
    put_number(b, "p50", histogram_at(h, 0.5));
    put_number(b, "p90", histogram_at(h, 0.9));
    put_number(b, "p99", histogram_at(h, 0.99));
    put_number(b, "p999", histogram_at(h, 0.999));
    put_number(b, "max", h->max);
    buf_putc(b, '}');
}

static void put_done(struct buf *b, const struct tally *t)
{
    put_number(b, "connects", t->opened);
    put_number(b, "joins", t->joined);
    put_number(b, "flips", t->flips);
    put_number(b, "closed_on_purpose", t->drops);
    put_number(b, "deliveries", t->told);
    put_number(b, "leaves", t->gone);
    put_number(b, "states", t->states);
    put_number(b, "frames", t->frames);
    put_number(b, "frame_bytes", t->frame_bytes);
    put_number(b, "due", t->due);
    put_number(b, "met", t->met);
    put_number(b, "skipped", t->skipped);
    put_number(b, "early", t->early);
    put_number(b, "repeats", t->repeats);
}

static void put_wrong(struct buf *b, const struct tally *t)
{
    buf_printf(b, ",\"wrong\":{\"lost\":%" PRIu64, tally_lost(t));
    put_number(b, "leaks", t->leaks);
    put_number(b, "ghosts", t->ghosts);
    put_number(b, "missing", t->missing);
    put_number(b, "stale", t->stale);
    put_number(b, "duplicates", t->duplicates);
    put_number(b, "flaps", t->flaps);
    put_number(b, "refused", t->refused);
    put_number(b, "unanswered", t->unanswered);
    put_number(b, "closed", t->closed);
    put_number(b, "broken", t->broken);
    put_number(b, "errors", t->errors);
    put_number(b, "unsent", t->unsent);
    buf_putc(b, '}');
}

static void put_server(struct buf *b, const struct load_phase *p)
{
    const struct load_server *s = &p->server;
    double all_us = s->cpu_us + s->softirq_us, users = p->online         ? p->online
                                                       : p->tally.opened ? (double)p->tally.opened
                                                                         : 1;
    buf_printf(b, ",\"server\":{\"cpu_us\":%.0f", all_us);
    put_decimal(b, "user_us", s->user_us);
    put_decimal(b, "system_us", s->system_us);
    put_decimal(b, "softirq_us", s->softirq_us);
    put_decimal(b, "wall_us", s->wall_us);
    put_decimal(b, "doing_us", s->doing_us);
    if (p->tally.told) put_decimal(b, "cpu_us_per_delivery", all_us / (double)p->tally.told);
    if (p->phase.kind == PHASE_STORM && p->tally.joined)
        put_decimal(b, "cpu_us_per_join", all_us / (double)p->tally.joined);
    put_decimal(b, "rss_bytes", s->rss_bytes);
    put_decimal(b, "pss_bytes", s->pss_bytes);
    put_decimal(b, "rss_bytes_per_user", (s->rss_bytes - s->rss_before_bytes) / users);
    put_decimal(b, "pss_bytes_per_user", (s->pss_bytes - s->pss_before_bytes) / users);
    buf_putc(b, '}');
}

static void put_ramp(struct buf *b, const struct ramp *r)
{
    static const char *const ends[] = {
        [RAMP_LATE] = "late", [RAMP_LOST] = "lost", [RAMP_LIMIT] = "generator_limit"};
    if (r->end == RAMP_GOES_ON) return;
    buf_printf(b, ",\"ramp\":{\"rate\":%.3f,\"end\":\"%s\"", r->held, ends[r->end]);
    put_decimal(b, "end_rate", r->at_end);
    put_decimal(b, "end_delivery_p99_us", r->end_p99_us);
    put_decimal(b, "end_late_p99_us", r->end_late_us);
    put_decimal(b, "end_generator_busy", r->end_busy);
    buf_putc(b, '}');
}

static void put_phase(struct buf *b, const struct load_results *r, const struct load_phase *p)
{
    const struct tally *t = &p->tally;
    buf_printf(b, "{\"name\":\"%s\"", load_phase_name(p));
    put_decimal(b, "seconds", p->seconds);
    put_decimal(b, "settle_seconds", p->settle_seconds);
    put_number(b, "online", p->online);
    put_done(b, t);
    put_times(b, "join_us", &t->join_us);
    put_times(b, "delivery_us", &t->told_us);
    put_times(b, "come_us", &t->come_us);
    put_times(b, "gone_us", &t->gone_us);
    put_times(b, "late_us", &t->late_us);
    put_wrong(b, t);
    if (r->measured && p->server.wall_us > 0) put_server(b, p);
    put_ramp(b, &p->ramp);
    put_decimal(b, "generator_busy", p->busy);
    put_decimal(b, "generator_us", p->generator_us);
    put_number(b, "generator_waits", t->sleeps);
    buf_printf(b, ",\"generator_limit\":%s,\"interrupted\":%s}",
               load_is_limit(p) ? "true" : "false", p->interrupted ? "true" : "false");
}

void report_json(struct buf *out, const struct load_results *r, const char *graph)
{
    buf_printf(out, "{\"users\":%u", r->users);
    buf_puts(out, ",\"graph\":");
    json_put_quoted(out, slice_str(graph));
    put_number(out, "edges", r->edges);
    put_number(out, "processes", r->processes);
    buf_puts(out, ",\"phases\":[");
    for (uint32_t i = 0; i < r->count; i++) {
        if (i) buf_putc(out, ',');
        put_phase(out, r, &r->phases[i]);
    }
    buf_printf(out, "],\"wrong\":%" PRIu64 "}\n", load_wrong(r));
}
