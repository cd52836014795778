/* io/host_live.c -- the process: what changes while it runs, and whether its workers turn. */
#include "io/host.h"

#include "io/host_state.h"

#include <sys/resource.h>
#include <time.h>

/* A socket needs a descriptor: asks for as many as the system lets us have, and turns clients away
 * before the last are gone, so that operators and the store still get theirs. */
uint32_t host_connections_max(uint32_t configured)
{
    enum { RESERVED = 128 };
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return configured;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    rlim_t room = limit.rlim_max > 2 * RESERVED ? limit.rlim_max - RESERVED : limit.rlim_max / 2;
    return room < configured ? (uint32_t)room : configured;
}

/* All workers have gone through the latest round. */
static bool is_over(struct host *h)
{
    uint32_t asked = atomic_load_explicit(&h->rounds.asked, memory_order_relaxed);
    for (unsigned i = 0; i < h->started; i++)
        if (atomic_load_explicit(&h->rounds.done[i], memory_order_acquire) != asked) return false;
    return true;
}

static void begin_round(struct host *h)
{
    atomic_fetch_add_explicit(&h->rounds.asked, 1, memory_order_release);
    for (unsigned i = 0; i < h->started; i++)
        mailbox_wake(&h->boxes[i]);
}

static void await_round(struct host *h)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    while (!is_over(h))
        nanosleep(&pause, NULL);
}

/* Who starts, stops or prints goes by these. */
static void keep(struct host *h, const struct live_settings *s)
{
    h->o.edge = s->edge;
    h->o.restart_grace_ms = s->restart_grace_ms;
    h->o.drain_ms = s->drain_ms;
    atomic_store(&h->keeper_limits.watch_budget, s->watch_budget);
    atomic_store(&h->keeper_limits.last_seen_s, s->last_seen_s);
}

static void renew(struct host *h, const struct live_settings *s)
{
    await_round(h); /* nobody reads the settings any more */
    h->rounds.settings = *s;
    h->rounds.settings.connections_max = host_connections_max(s->connections_max);
    if (h->o.cluster) h->rounds.settings.restart_grace_ms = s->edge->grace_ms;
    if (!h->o.cluster) h->rounds.settings.leave_ms = 0;
    h->rounds.version++;
    keep(h, s);
    begin_round(h);
    await_round(h);
}

kith_err host_renew(struct host *h, const struct live_settings *s)
{
    if (host_is_here(h)) return KITH_BAD;
    pthread_mutex_lock(&h->stop);
    bool running = host_running(h);
    if (running) renew(h, s);
    pthread_mutex_unlock(&h->stop);
    return running ? KITH_OK : KITH_BAD;
}

/* Who starts it anew or stops it has the rounds meanwhile. */
bool host_turns(struct host *h)
{
    if (pthread_mutex_trylock(&h->stop) != 0) return false;
    bool over = is_over(h);
    if (over) begin_round(h);
    pthread_mutex_unlock(&h->stop);
    return over;
}
