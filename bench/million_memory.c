/* bench/million_memory.c -- what users take in memory, and in which room. */
#include "million_memory.h"

#include "tool.h"

#include "edge/channel_state.h"
#include "io/conn.h"
#include "shard/social_state.h"
#include "shard/watched.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

struct memory memory_now(void)
{
    unsigned long pages = 0;
    FILE *in = fopen("/proc/self/statm", "r");
    if (!in || fscanf(in, "%*u %lu", &pages) != 1) die("the process's memory is not to be seen");
    fclose(in);
    struct mallinfo2 m = mallinfo2();
    return (struct memory){.resident = (double)pages * (double)sysconf(_SC_PAGESIZE),
                           .heap = (double)(m.uordblks + m.hblkhd),
                           .holes = (double)m.fordblks};
}

struct rooms {
    uint64_t topics, watched;    /* subscriptions, both ends */
    uint64_t entries, presences; /* bytes, and how many */
    uint64_t connections, clients, sessions, channels, socials, tables;
};

/* With the allocator's own word. */
static uint64_t chunk(const void *p)
{
    return p ? malloc_usable_size((void *)(uintptr_t)p) + 8 : 0;
}

static void add_client(const struct desk *d, uint32_t slot, struct rooms *r)
{
    const struct client *k = clients_at(d->world->clients, slot);
    const struct session *s = k->session;
    r->connections += chunk(d->conns[slot]);
    r->clients += sizeof *k;
    r->sessions += chunk(s);
    for (const struct kith_channel *c = s ? s->channels : NULL; c; c = c->next)
        r->channels += chunk(c);
    if (!k->social) return;
    r->socials += chunk(k->social) + chunk(k->social->extra); /* which a session keeps that joins */
    r->watched += watched_bytes(k->social->watched);
}

static void add_desk(const struct desk *d, struct rooms *r)
{
    const struct world *w = d->world;
    for (uint32_t slot = 0; slot < clients_end(w->clients); slot++)
        add_client(d, slot, r);
    r->topics += pubsub_size(w->people).bytes;
    r->entries += presence_bytes(w->presence);
    r->presences += presence_count(w->presence);
    r->tables += chunk(d->conns) + chunk(d->timers.items) +
                 heap_chunk(w->sessions.cap * sizeof(uint32_t));
}

static void add(struct figures *f, double bytes, double of, struct target t, const char *name)
{
    figures_add(f, "B", bytes / of, t, name);
}

void memory_figures(const struct desks *all, const struct memory *before, struct figures *f)
{
    struct rooms r = {0};
    struct memory now = memory_now();
    double users = all->friends->users, edges = (double)all->friends->edges;
    for (unsigned i = 0; i < DESKS; i++)
        add_desk(&all->desk[i], &r);
    double sessions = (double)(r.connections + r.clients + r.sessions + r.channels + r.socials),
           subscriptions = (double)(r.topics + r.watched), entries = (double)r.entries,
           tables = (double)r.tables, resident = now.resident - before->resident;
    add(f, resident, users, at_most(2000), "RSS of a user");
    add(f, now.heap - before->heap, users, none, "heap of a user");
    add(f, subscriptions, users, none, "subscriptions and topics, of a user");
    add(f, sessions, users, none, "connection, session and channel, of a user");
    add(f, entries, users, none, "presence, of a user");
    add(f, tables, users, none, "tables of connections, timers and users, of a user");
    add(f, resident - sessions - subscriptions - entries - tables, users, none,
        "holes in the heap and what was not told apart, of a user");
    add(f, (double)r.connections, users, none, "connection");
    add(f, (double)r.clients, users, none, "client, its idle outbox of 24 B included");
    add(f, (double)r.sessions, users, none, "session");
    add(f, (double)r.channels, users, none, "channel");
    add(f, (double)r.socials, users, none, "social side");
    add(f, subscriptions, edges, at_most(12), "a subscription, with its topic and both ends");
    add(f, (double)r.watched, edges, none, "a subscription: its end at the session");
    add(f, (double)r.topics, edges, none, "a subscription: its end at the topic, and the topic");
    add(f, resident - sessions - entries - tables, edges, none,
        "a subscription, with all holes of the heap");
    add(f, entries, (double)r.presences, none, "a presence entry");
}
