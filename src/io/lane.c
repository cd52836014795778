/* io/lane.c -- a lane's thread: connected, it carries mail both ways; not connected, it tries to
 * be. */
#include "io/lane.h"

#include "io/lane_carry.h"
#include "io/lane_connect.h"
#include "io/log.h"
#include "io/system.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TURN_MS = 1000, /* the longest: the link looks whether it still turns */
    HELD_MS = 20,   /* while nobody takes what was read */
};

static bool stopped(const struct lane_thread *l)
{
    return atomic_load_explicit(&l->lane.stop, memory_order_acquire);
}

static void announce(struct lane_thread *l, uint32_t connection)
{
    atomic_store_explicit(&l->lane.connection, connection, memory_order_release);
    mailbox_wake(&l->lane.heard);
}

/* Tries of many nodes fall apart: each waits between half and all of its time. */
static void try_later(struct lane_thread *l, const kith_problem *why)
{
    uint32_t chance, most = LINK_RETRY_MS / 10;
    system_random(&chance, sizeof chance);
    for (uint32_t i = 0; i < l->tries && most < LINK_RETRY_MS; i++)
        most *= 2;
    if (most > LINK_RETRY_MS) most = LINK_RETRY_MS;
    l->tries++;
    l->url = (l->url + 1) % l->url_count;
    l->again_ms = l->now_ms + most / 2 + chance % (most / 2 + 1);
    lane_say(l, why);
}

/* There is no connection any more. */
static void lose(struct lane_thread *l, const kith_problem *why)
{
    bool was = atomic_load_explicit(&l->lane.connection, memory_order_relaxed) != 0;
    if (was) atomic_fetch_add_explicit(&l->lane.stats.losses, 1, memory_order_relaxed);
    announce(l, 0);
    lane_disconnect(l);
    lane_drop_written(l);
    if (l->now_ms - l->greeted_ms > LINK_SILENT_MS) l->tries = 0;
    try_later(l, why);
}

/* What libnats says of the connection, or `otherwise`. */
static void lose_for(struct lane_thread *l, const char *otherwise)
{
    char text[LOG_ID_MAX];
    const char *said = "";
    kith_problem why;
    if (natsConnection_GetLastError(l->nc, &said) == NATS_OK || !*said) said = otherwise;
    (void)problem(KITH_IO, &why, "%s: %s; it is tried again", l->urls[l->url],
                  log_id(text, slice_str(said)));
    lose(l, &why);
}

/* NATS takes the connection, and forbids a subject. True: it does. */
static bool is_forbidden(struct lane_thread *l)
{
    const char *said;
    char text[LOG_ID_MAX];
    kith_problem why;
    if (natsConnection_GetLastError(l->nc, &said) != NATS_NOT_PERMITTED) return false;
    (void)problem(KITH_REFUSED, &why, "%s: %s; allow this user to publish and subscribe to p.%s.>",
                  l->urls[l->url], log_id(text, slice_str(said)), l->cluster);
    lane_say(l, &why);
    return true;
}

/* The first echo: what was subscribed before it holds, too, unless NATS forbids it. */
static void heard_itself(struct lane_thread *l)
{
    l->heard_itself = true;
    announce(l, l->number);
    kith_problem why;
    (void)problem(KITH_OK, &why, "connected to %s", l->urls[l->url]);
    if (l->said.text[0]) lane_say(l, &why);
}

static void read_in(struct lane_thread *l)
{
    bool any = lane_read(l);
    l->heard_ms = l->now_ms;
    l->asked_ms = 0;
    bool forbidden = is_forbidden(l);
    if (any && !l->heard_itself && !forbidden) heard_itself(l);
}

/* An empty message to itself. */
static void ask_for_life(struct lane_thread *l)
{
    l->asked_ms = l->now_ms;
    (void)natsConnection_Publish(l->nc, l->inbox_subject, NULL, 0);
}

static void greet(struct lane_thread *l)
{
    l->number = l->number == UINT32_MAX ? 1 : l->number + 1;
    l->heard_itself = false;
    l->greeted_ms = l->heard_ms = l->now_ms;
    ask_for_life(l);
}

/* Turns */

static bool is_held(const struct lane_thread *l)
{
    return atomic_load_explicit(&l->lane.heard_bytes, memory_order_relaxed) > LINK_IN_BYTES_MAX;
}

static void turn_begins(struct lane_thread *l)
{
    atomic_fetch_add_explicit(&l->lane.turns, 1, memory_order_relaxed);
    l->now_ms = system_now().mono_ms;
}

/* Returns whether there is something to read. */
static bool wait_connected(struct lane_thread *l)
{
    bool held = is_held(l);
    short events = (short)((held ? 0 : POLLIN) | (l->writes ? POLLOUT : 0));
    struct pollfd waits[2] = {{.fd = l->lane.out.event_fd, .events = POLLIN},
                              {.fd = l->fd, .events = events}};
    (void)poll(waits, 2, held ? HELD_MS : TURN_MS);
    turn_begins(l);
    if (waits[0].revents) lane_publish_posted(l);
    return waits[1].revents & (POLLIN | POLLERR | POLLHUP);
}

static void judge(struct lane_thread *l)
{
    if (natsConnection_IsClosed(l->nc)) {
        lose_for(l, "the connection ended");
    } else if (l->asked_ms && l->now_ms - l->asked_ms >= LINK_SILENT_MS) {
        lose_for(l, "is silent");
    } else if (!l->heard_itself && l->now_ms - l->greeted_ms >= LINK_SILENT_MS) {
        lose_for(l, "does not bring back what is sent");
    } else if (!l->asked_ms && !is_held(l) && l->now_ms - l->heard_ms >= LINK_ECHO_MS) {
        ask_for_life(l);
    }
}

static void turn_connected(struct lane_thread *l)
{
    if (wait_connected(l)) read_in(l);
    lane_write(l);
    judge(l); /* at last: reading and writing may find it ended */
}

static void turn_alone(struct lane_thread *l)
{
    kith_problem why;
    if (l->again_ms <= l->now_ms) {
        kith_err e = lane_connect(l, &why);
        turn_begins(l); /* seconds may have passed */
        if (e)
            try_later(l, &why);
        else
            greet(l);
    } else {
        struct pollfd wait = {.fd = l->lane.out.event_fd, .events = POLLIN};
        (void)poll(&wait, 1, (int)(l->again_ms - l->now_ms));
    }
    turn_begins(l);
    if (!l->nc) lane_drop_posted(l);
}

/* What was posted before the end, in the time there is. */
static void send_the_rest(struct lane_thread *l)
{
    uint64_t until_ms = l->now_ms + LINK_CLOSE_MS / 2;
    lane_publish_posted(l);
    lane_write(l);
    while (l->writes && !natsConnection_IsClosed(l->nc) && l->now_ms < until_ms) {
        struct pollfd wait = {.fd = l->fd, .events = POLLOUT};
        (void)poll(&wait, 1, (int)(until_ms - l->now_ms));
        turn_begins(l);
        lane_write(l);
    }
}

static void release(struct lane_thread *l)
{
    if (atomic_fetch_sub_explicit(&l->lane.holders, 1, memory_order_acq_rel) > 1) return;
    mailbox_fini(&l->lane.out);
    mailbox_fini(&l->lane.heard);
    natsOptions_Destroy(l->options);
    free(l);
}

static void *run(void *arg)
{
    struct lane_thread *l = arg;
    turn_begins(l);
    while (!stopped(l)) {
        if (l->nc)
            turn_connected(l);
        else
            turn_alone(l);
    }
    turn_begins(l);
    if (l->nc) send_the_rest(l);
    if (l->nc) lane_disconnect(l);
    nats_ReleaseThreadMemory();
    atomic_store_explicit(&l->lane.ended, true, memory_order_release);
    mailbox_wake(&l->lane.heard);
    release(l);
    return NULL;
}

static void set_names(struct lane_thread *l, const struct link_options *o)
{
    (void)snprintf(l->cluster, sizeof l->cluster, "%s", o->cluster);
    (void)snprintf(l->all_subject, sizeof l->all_subject, "p.%s.*", l->cluster);
    lane_subject(l, LINK_INBOX, o->inc, l->inbox_subject);
    for (unsigned i = 0; i < o->url_count; i++)
        (void)snprintf(l->urls[i], sizeof l->urls[i], "%s", o->urls[i]);
    uint32_t chance;
    system_random(&chance, sizeof chance);
    l->url_count = o->url_count;
    l->url = chance % o->url_count; /* many nodes spread over the servers */
}

/* No signal is the thread's: whoever is to take them has not said so to a library. */
static kith_err start_thread(struct lane_thread *l)
{
    sigset_t all, before;
    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    atomic_store(&l->lane.holders, 2);
    int failed = pthread_create(&l->thread, NULL, run, l);
    if (failed) atomic_store(&l->lane.holders, 1);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed ? KITH_IO : KITH_OK;
}

kith_err lane_start(const struct link_options *o, enum link_lane which, struct lane **out,
                    kith_problem *why)
{
    struct lane_thread *l = calloc(1, sizeof *l);
    if (!l) return problem(KITH_NOMEM, why, "out of memory");
    l->lane.out.event_fd = l->lane.heard.event_fd = l->fd = -1;
    atomic_store(&l->lane.holders, 1);
    l->which = which;
    set_names(l, o);
    kith_err e = mailbox_init(&l->lane.out);
    if (!e) e = mailbox_init(&l->lane.heard);
    if (e) (void)problem(e, why, "no file descriptor is left for the connection to NATS");
    if (!e) e = lane_prepare(l, o, why);
    if (!e && (e = start_thread(l)) != KITH_OK)
        (void)problem(e, why, "no thread can be started for the connection to NATS");
    if (e)
        release(l);
    else
        *out = &l->lane;
    return e;
}

void lane_stop(struct lane *lane)
{
    atomic_store_explicit(&lane->stop, true, memory_order_release);
    mailbox_wake(&lane->out);
}

void lane_leave(struct lane *lane)
{
    struct lane_thread *l = (struct lane_thread *)lane;
    if (atomic_load_explicit(&lane->ended, memory_order_acquire))
        pthread_join(l->thread, NULL);
    else
        pthread_detach(l->thread);
    release(l);
}
