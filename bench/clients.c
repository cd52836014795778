/* bench/clients.c -- clients of src/load. */
#include "clients.h"

#include "io/load_ramp.h"
#include "tool.h"

#include <stdio.h>
#include <string.h>

void clients_start(struct clients *c, const struct load_options *o, uint16_t port, pid_t pid)
{
    char text[64];
    kith_problem why = {""};
    snprintf(text, sizeof text, "ws://127.0.0.1:%u/socket", port);
    c->options = *o;
    if (url_read(text, &c->url, &why)) die("%s", why.text);
    c->options.urls = &c->url;
    c->options.url_count = 1;
    clients_watch(c, pid);
    if (load_start(&c->load, &c->options, &why)) die("%s", why.text);
}

void clients_end(struct clients *c)
{
    load_end(c->load);
    c->load = NULL;
}

void clients_watch(struct clients *c, pid_t pid)
{
    c->pid = pid;
    c->options.pids = &c->pid;
    c->options.pid_count = pid ? 1 : 0;
}

const struct load_phase *clients_play(struct clients *c, const struct phase *p)
{
    kith_problem why = {""};
    kith_err e = p->kind == PHASE_RAMP ? load_ramp(c->load, p, &c->now, &why)
                                       : load_play(c->load, p, &c->now, &why);
    if (e == KITH_EXPIRED) die("interrupted");
    if (e) die("%s: %s", phase_name(p->kind), why.text);
    return &c->now;
}

void clients_add(struct load_phase *sum, const struct load_phase *p)
{
    double seconds = sum->seconds + p->seconds;
    if (seconds > 0) sum->busy = (sum->busy * sum->seconds + p->busy * p->seconds) / seconds;
    tally_merge(&sum->tally, &p->tally);
    sum->seconds = seconds;
    sum->generator_us += p->generator_us;
    sum->server.cpu_us += p->server.cpu_us;
    sum->server.softirq_us += p->server.softirq_us;
    sum->server.doing_us += p->server.doing_us;
}
