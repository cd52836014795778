/* io/lane.c -- a lane's thread: connected, it carries mail both ways; not connected, it tries to
 * be. */
#include "io/lane.h"

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

static void count(_Atomic uint64_t *figure, uint64_t more)
{
    atomic_fetch_add_explicit(figure, more, memory_order_relaxed);
}

static bool stopped(const struct lane_thread *l)
{
    return atomic_load_explicit(&l->lane.stop, memory_order_acquire);
}

/* To the link */

static void post(struct lane_thread *l, struct mail *m)
{
    struct mail_queue q = {0};
    mail_append(&q, m);
    mailbox_post(&l->lane.heard, &q);
}

/* What has become of the connection, for the log: a new word at once, the old one now and then. */
static void say(struct lane_thread *l, const kith_problem *what)
{
    bool known = strcmp(what->text, l->said.text) == 0;
    if (known && l->now_ms - l->said_ms < LINK_AGAIN_MS) return;
    struct mail *m = mail_new(MAIL_LANE, (kith_slice){0}, slice_str(what->text), (kith_slice){0});
    if (!m) return;
    l->said = *what;
    l->said_ms = l->now_ms;
    post(l, m);
}

static void announce(struct lane_thread *l, uint32_t connection)
{
    atomic_store_explicit(&l->lane.connection, connection, memory_order_release);
    mailbox_wake(&l->lane.heard);
}

/* What the link has posted */

static void left(struct lane_thread *l, size_t bytes)
{
    atomic_fetch_sub_explicit(&l->lane.out_bytes, bytes, memory_order_relaxed);
}

static void drop(struct lane_thread *l, struct mail *m)
{
    count(&l->lane.stats.lost, 1);
    left(l, m->c_len);
    mail_free(m);
}

static void drop_posted(struct lane_thread *l)
{
    struct mail_queue q = mailbox_take(&l->lane.out);
    for (struct mail *m; (m = mail_take(&q));)
        drop(l, m);
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
    say(l, why);
}

/* There is no connection any more. */
static void lose(struct lane_thread *l, const kith_problem *why)
{
    bool was = atomic_load_explicit(&l->lane.connection, memory_order_relaxed) != 0;
    if (was) count(&l->lane.stats.losses, 1);
    announce(l, 0);
    lane_disconnect(l);
    left(l, l->in_nc);
    l->in_nc = 0;
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

static void subject_of(const struct lane_thread *l, const struct mail *m,
                       char out[LANE_SUBJECT_MAX])
{
    if (m->where == LINK_INBOX)
        (void)snprintf(out, LANE_SUBJECT_MAX, "p.%s.%c.%016llx", l->cluster,
                       l->which == LINK_LIVE ? 'n' : 'b', (unsigned long long)m->inbox);
    else
        (void)snprintf(out, LANE_SUBJECT_MAX, "p.%s.%s", l->cluster,
                       m->where == LINK_HEARTBEAT ? "hb" : "d");
}

static void publish(struct lane_thread *l, struct mail *m)
{
    char subject[LANE_SUBJECT_MAX];
    kith_slice bytes = mail_c(m);
    if (m->serial != atomic_load_explicit(&l->lane.connection, memory_order_relaxed)) {
        drop(l, m);
        return;
    }
    subject_of(l, m, subject);
    natsStatus s = natsConnection_Publish(l->nc, subject, bytes.ptr, (int)bytes.len);
    if (s) {
        kith_problem why;
        (void)problem(KITH_IO, &why, "%s takes no message of %zu bytes: %s", l->urls[l->url],
                      bytes.len, natsStatus_GetText(s));
        say(l, &why);
        drop(l, m);
        return;
    }
    l->in_nc += bytes.len;
    count(&l->lane.stats.out, 1);
    count(&l->lane.stats.out_bytes, bytes.len);
    mail_free(m);
}

static void publish_posted(struct lane_thread *l)
{
    struct mail_queue q = mailbox_take(&l->lane.out);
    for (struct mail *m; (m = mail_take(&q));)
        publish(l, m);
}

/* Whatever libnats still has, it is of what was handed to it last. */
static void write_out(struct lane_thread *l)
{
    if (!l->writes) return;
    natsConnection_ProcessWriteEvent(l->nc);
    int buffered = natsConnection_Buffered(l->nc);
    size_t rest = buffered > 0 ? (size_t)buffered : 0;
    if (rest >= l->in_nc) return;
    left(l, l->in_nc - rest);
    l->in_nc = rest;
}

/* What comes */

static bool where_of(const struct lane_thread *l, natsMsg *msg, bool inbox, enum link_where *out)
{
    *out = LINK_INBOX;
    if (inbox) return true;
    const char *last = natsMsg_GetSubject(msg) + strlen(l->all_subject) - 1; /* behind "p.name." */
    *out = strcmp(last, "hb") == 0 ? LINK_HEARTBEAT : LINK_ALL;
    return *out == LINK_HEARTBEAT || strcmp(last, "d") == 0;
}

static void hear(struct lane_thread *l, natsMsg *msg, bool inbox, struct mail_queue *q)
{
    enum link_where where;
    size_t len = (size_t)natsMsg_GetDataLength(msg);
    if (!where_of(l, msg, inbox, &where) || len == 0) return; /* empty: an echo */
    if (len > LINK_BYTES_MAX) {
        count(&l->lane.stats.huge, 1);
        return;
    }
    struct mail *m =
        mail_new(MAIL_LANE, (kith_slice){0}, (kith_slice){0}, slice_of(natsMsg_GetData(msg), len));
    if (!m) {
        count(&l->lane.stats.lost, 1);
        return;
    }
    m->where = where;
    mail_append(q, m);
    count(&l->lane.stats.in, 1);
    count(&l->lane.stats.in_bytes, len);
    atomic_fetch_add_explicit(&l->lane.heard_bytes, len, memory_order_relaxed);
}

/* True: something was there. */
static bool drain(struct lane_thread *l, natsSubscription *s, struct mail_queue *q)
{
    natsMsg *msg;
    bool any = false;
    while (s && natsSubscription_NextMsg(&msg, s, 0) == NATS_OK) {
        hear(l, msg, s == l->inbox, q);
        natsMsg_Destroy(msg);
        any = true;
    }
    return any;
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
    say(l, &why);
    return true;
}

/* The first echo: what was subscribed before it holds, too, unless NATS forbids it. */
static void heard_itself(struct lane_thread *l)
{
    l->heard_itself = true;
    announce(l, l->number);
    kith_problem why;
    (void)problem(KITH_OK, &why, "connected to %s", l->urls[l->url]);
    if (l->said.text[0]) say(l, &why);
}

static void read_in(struct lane_thread *l)
{
    struct mail_queue q = {0};
    natsConnection_ProcessReadEvent(l->nc);
    bool all = drain(l, l->all, &q), inbox = drain(l, l->inbox, &q);
    mailbox_post(&l->lane.heard, &q);
    l->heard_ms = l->now_ms;
    l->asked_ms = 0;
    bool forbidden = is_forbidden(l);
    if ((all || inbox) && !l->heard_itself && !forbidden) heard_itself(l);
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
    if (waits[0].revents) publish_posted(l);
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
    judge(l);
    if (l->nc) write_out(l);
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
    if (!l->nc) drop_posted(l);
}

/* What was posted before the end, in the time there is. */
static void send_the_rest(struct lane_thread *l)
{
    uint64_t until_ms = l->now_ms + LINK_CLOSE_MS / 2;
    publish_posted(l);
    write_out(l);
    while (l->writes && !natsConnection_IsClosed(l->nc) && l->now_ms < until_ms) {
        struct pollfd wait = {.fd = l->fd, .events = POLLOUT};
        (void)poll(&wait, 1, (int)(until_ms - l->now_ms));
        turn_begins(l);
        write_out(l);
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
    subject_of(l, &(struct mail){.where = LINK_INBOX, .inbox = o->inc}, l->inbox_subject);
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
