/* io/link.c -- the link as its user's thread sees it: two lanes, whose mail it posts and takes. */
#include "io/link.h"

#include "base/assert.h"
#include "io/lane.h"
#include "io/log.h"
#include "io/system.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { LOOK_MS = 1000 }; /* how often the lanes are looked at */

struct way { /* a lane, and what of it is the link's */
    struct lane *lane;
    struct mail_queue out; /* published, not yet posted */
    uint32_t turns;        /* that it had */
    uint64_t turned_ms;    /* when it was last seen to have turned */
};

struct link {
    struct link_options o;
    int epoll_fd; /* holds the lanes' event_fds */
    struct way ways[LINK_LANES];
    struct lane *left[LINK_LEFT_MAX]; /* those that hang: asked to end, and not yet at it */
    unsigned left_count;
    struct mail_queue heard;
    struct mail *open;        /* what link_next gave last */
    struct link_stats before; /* of lanes that are gone, and `refused` */
    uint64_t served_ms, due_ms;
};

static bool is_name(const char *s)
{
    size_t len = s ? strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
                   : 0;
    return len > 0 && len <= CLUSTER_NAME_BYTES_MAX && !s[len];
}

static kith_err check(const struct link_options *o, kith_problem *why)
{
    if (!is_name(o->cluster))
        return problem(KITH_BAD, why,
                       "the cluster's name has other than letters, digits, - and _, or more than "
                       "%d of them; choose another",
                       CLUSTER_NAME_BYTES_MAX);
    if (o->url_count == 0 || o->url_count > LINK_URLS_MAX)
        return problem(KITH_BAD, why, "%u servers of NATS; name 1 to %d", o->url_count,
                       LINK_URLS_MAX);
    for (unsigned i = 0; i < o->url_count; i++)
        if (strlen(o->urls[i]) >= LINK_URL_BYTES_MAX)
            return problem(KITH_BAD, why, "%.40s... is too long for a server of NATS", o->urls[i]);
    return KITH_OK;
}

static kith_err start(struct link *l, enum link_lane which, uint64_t now_ms, kith_problem *why)
{
    struct way *w = &l->ways[which];
    kith_err e = lane_start(&l->o, which, &w->lane, why);
    if (e) return e;
    struct epoll_event want = {.events = EPOLLIN};
    w->turns = 0;
    w->turned_ms = now_ms;
    if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, w->lane->heard.event_fd, &want) == 0) return KITH_OK;
    lane_stop(w->lane);
    lane_leave(w->lane);
    w->lane = NULL;
    return problem(KITH_IO, why, "the connection to NATS cannot be waited for");
}

kith_err link_open(const struct link_options *o, struct link **out, kith_problem *why)
{
    kith_err e = check(o, why);
    if (e) return e;
    struct link *l = calloc(1, sizeof *l);
    if (!l) return problem(KITH_NOMEM, why, "out of memory");
    l->o = *o;
    l->served_ms = system_now().mono_ms;
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll_fd < 0) e = problem(KITH_IO, why, "no file descriptor is left for NATS");
    for (int i = 0; i < LINK_LANES && !e; i++)
        e = start(l, (enum link_lane)i, l->served_ms, why);
    if (e)
        link_close(l);
    else
        *out = l;
    return e;
}

/* Figures */

static void add_figures(struct link_stats *s, const struct lane *lane)
{
    const struct lane_stats *f = &lane->stats;
    s->in += atomic_load_explicit(&f->in, memory_order_relaxed);
    s->out += atomic_load_explicit(&f->out, memory_order_relaxed);
    s->in_bytes += atomic_load_explicit(&f->in_bytes, memory_order_relaxed);
    s->out_bytes += atomic_load_explicit(&f->out_bytes, memory_order_relaxed);
    s->lost += atomic_load_explicit(&f->lost, memory_order_relaxed);
    s->huge += atomic_load_explicit(&f->huge, memory_order_relaxed);
    s->losses += atomic_load_explicit(&f->losses, memory_order_relaxed);
}

struct link_stats link_stats(const struct link *l)
{
    struct link_stats s = l->before;
    for (int i = 0; i < LINK_LANES; i++)
        if (l->ways[i].lane) add_figures(&s, l->ways[i].lane);
    return s;
}

/* The end */

static bool ended(const struct lane *lane)
{
    return atomic_load_explicit(&lane->ended, memory_order_acquire);
}

/* Each wakes by its mailbox when it is at its end; nobody takes what else is in there. */
static void wait_ended(struct lane *lane, uint64_t until_ms)
{
    for (uint64_t now; !ended(lane) && (now = system_now().mono_ms) < until_ms;) {
        struct pollfd wait = {.fd = lane->heard.event_fd, .events = POLLIN};
        (void)poll(&wait, 1, (int)(until_ms - now));
        struct mail_queue q = mailbox_take(&lane->heard);
        mail_queue_fini(&q);
    }
}

void link_close(struct link *l)
{
    if (!l) return;
    uint64_t until_ms = system_now().mono_ms + LINK_CLOSE_MS;
    link_flush(l);
    for (int i = 0; i < LINK_LANES; i++)
        if (l->ways[i].lane) lane_stop(l->ways[i].lane);
    for (int i = 0; i < LINK_LANES; i++) {
        struct way *w = &l->ways[i];
        mail_queue_fini(&w->out);
        if (!w->lane) continue;
        wait_ended(w->lane, until_ms);
        lane_leave(w->lane);
    }
    while (l->left_count)
        lane_leave(l->left[--l->left_count]);
    if (l->epoll_fd >= 0) close(l->epoll_fd);
    mail_queue_fini(&l->heard);
    mail_free(l->open);
    free(l);
}

/* A turn */

int link_fd(const struct link *l) { return l->epoll_fd; }

uint64_t link_due(const struct link *l) { return l->due_ms; }

/* The bulk lane has nothing to say of NATS that the live one does not, unless that is well. */
static void log_news(const struct link *l, enum link_lane which, kith_slice what)
{
    if (which == LINK_BULK && !link_connected(l, LINK_LIVE)) return;
    log_warn("cluster: NATS%s: %.*s", which == LINK_BULK ? " (bulk)" : "", (int)what.len,
             (const char *)what.ptr);
}

static void take(struct link *l, enum link_lane which)
{
    struct mail_queue in = mailbox_take(&l->ways[which].lane->heard);
    for (struct mail *m; (m = mail_take(&in));) {
        m->from = (uint8_t)which;
        atomic_fetch_sub_explicit(&l->ways[which].lane->heard_bytes, m->c_len,
                                  memory_order_relaxed);
        if (m->c_len) {
            mail_append(&l->heard, m);
            continue;
        }
        log_news(l, which, mail_b(m));
        mail_free(m);
    }
}

static void forget_ended(struct link *l)
{
    for (unsigned i = 0; i < l->left_count;) {
        if (ended(l->left[i])) {
            lane_leave(l->left[i]);
            l->left[i] = l->left[--l->left_count];
        } else {
            i++;
        }
    }
}

/* One that does not turn waits for something that may never be. */
static void replace(struct link *l, enum link_lane which, uint64_t now_ms)
{
    struct way *w = &l->ways[which];
    kith_problem why;
    w->turned_ms = now_ms; /* for what follows may fail, and is then tried again */
    forget_ended(l);
    if (l->left_count == LINK_LEFT_MAX) return;
    struct lane *hangs = w->lane;
    if (start(l, which, now_ms, &why)) {
        w->lane = hangs;
        return;
    }
    log_warn("cluster: NATS: a connection hangs, or a name is not resolved; another is tried");
    (void)epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, hangs->heard.event_fd, NULL);
    lane_stop(hangs);
    mail_queue_fini(&w->out);
    add_figures(&l->before, hangs);
    l->left[l->left_count++] = hangs;
}

/* `paused`: we ourselves have not, and know nothing of others. */
static void look_after(struct link *l, enum link_lane which, uint64_t now_ms, bool paused)
{
    struct way *w = &l->ways[which];
    uint32_t turns = atomic_load_explicit(&w->lane->turns, memory_order_relaxed);
    if (turns != w->turns || paused) w->turned_ms = now_ms;
    w->turns = turns;
    if (now_ms - w->turned_ms >= LINK_STUCK_MS) replace(l, which, now_ms);
}

void link_serve(struct link *l, struct now now)
{
    bool paused = now.mono_ms - l->served_ms > 2 * LOOK_MS;
    for (int i = 0; i < LINK_LANES; i++) {
        take(l, (enum link_lane)i);
        look_after(l, (enum link_lane)i, now.mono_ms, paused);
    }
    l->served_ms = now.mono_ms;
    l->due_ms = now.mono_ms + LOOK_MS;
}

bool link_next(struct link *l, struct link_message *out)
{
    mail_free(l->open);
    struct mail *m = l->open = mail_take(&l->heard);
    if (!m) return false;
    *out = (struct link_message){(enum link_where)m->where, (enum link_lane)m->from, mail_c(m)};
    return true;
}

static uint32_t connection_of(const struct link *l, enum link_lane lane)
{
    return atomic_load_explicit(&l->ways[lane].lane->connection, memory_order_acquire);
}

bool link_connected(const struct link *l, enum link_lane lane)
{
    return connection_of(l, lane) != 0;
}

static kith_err may_publish(struct link *l, enum link_lane lane, size_t len)
{
    if (len == 0 || len > LINK_BYTES_MAX) return KITH_BAD;
    size_t waiting = atomic_load_explicit(&l->ways[lane].lane->out_bytes, memory_order_relaxed);
    if (connection_of(l, lane) && waiting + len <= LINK_OUT_BYTES_MAX) return KITH_OK;
    l->before.refused++;
    return KITH_LATER;
}

/* A message is a lane's c: what was a alone is as well c alone. */
kith_err link_post(struct link *l, enum link_lane lane, enum link_where where, uint64_t inc,
                   struct mail *m)
{
    struct way *w = &l->ways[lane];
    KITH_ASSERT(!m->shared);
    kith_err e = may_publish(l, lane, m->a_len);
    if (e) {
        mail_free(m);
        return e;
    }
    m->type = MAIL_LANE;
    m->c_len = m->a_len;
    m->a_len = m->b_len = 0;
    m->where = where;
    m->inbox = inc;
    m->serial = connection_of(l, lane);
    atomic_fetch_add_explicit(&w->lane->out_bytes, m->c_len, memory_order_relaxed);
    mail_append(&w->out, m);
    return KITH_OK;
}

kith_err link_publish(struct link *l, enum link_lane lane, enum link_where where, uint64_t inc,
                      kith_slice bytes)
{
    kith_err e = may_publish(l, lane, bytes.len);
    if (e) return e;
    struct mail *m = mail_new(MAIL_LANE, bytes, (kith_slice){0}, (kith_slice){0});
    return m ? link_post(l, lane, where, inc, m) : KITH_NOMEM;
}

void link_flush(struct link *l)
{
    for (int i = 0; i < LINK_LANES; i++)
        if (l->ways[i].lane) mailbox_post(&l->ways[i].lane->out, &l->ways[i].out);
}
