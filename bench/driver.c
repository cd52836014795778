/* bench/driver.c -- a server, driven by the clients of src/load. */
#include "driver.h"

#include "io/load_ramp.h"
#include "tool.h"

#include <stdio.h>
#include <string.h>

void driver_start(struct driver *d, const struct load_options *o, uint16_t port, pid_t pid)
{
    char text[64];
    kith_problem why = {""};
    snprintf(text, sizeof text, "ws://127.0.0.1:%u/socket", port);
    d->options = *o;
    if (url_read(text, &d->url, &why)) die("%s", why.text);
    d->options.urls = &d->url;
    d->options.url_count = 1;
    driver_watch(d, pid);
    if (load_start(&d->load, &d->options, &why)) die("%s", why.text);
}

void driver_end(struct driver *d)
{
    load_end(d->load);
    d->load = NULL;
}

void driver_watch(struct driver *d, pid_t pid)
{
    d->pid = pid;
    d->options.pids = &d->pid;
    d->options.pid_count = pid ? 1 : 0;
}

const struct load_phase *driver_play(struct driver *d, const struct phase *p)
{
    kith_problem why = {""};
    kith_err e = p->kind == PHASE_RAMP ? load_ramp(d->load, p, &d->now, &why)
                                       : load_play(d->load, p, &d->now, &why);
    if (e == KITH_EXPIRED) die("interrupted");
    if (e) die("%s: %s", phase_name(p->kind), why.text);
    return &d->now;
}

void driver_add(struct load_phase *sum, const struct load_phase *p)
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
