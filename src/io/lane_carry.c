/* io/lane_carry.c -- what a lane carries: the link's mail to libnats, and what comes to the link.
 */
#include "io/lane_carry.h"

#include <stdio.h>
#include <string.h>

static void count(_Atomic uint64_t *figure, uint64_t more)
{
    atomic_fetch_add_explicit(figure, more, memory_order_relaxed);
}

/* To the link */

void lane_say(struct lane_thread *l, const kith_problem *what)
{
    bool known = strcmp(what->text, l->said.text) == 0;
    if (known && l->now_ms - l->said_ms < LINK_AGAIN_MS) return;
    struct mail *m = mail_new(MAIL_LANE, (kith_slice){0}, slice_str(what->text), (kith_slice){0});
    if (!m) return;
    l->said = *what;
    l->said_ms = l->now_ms;
    mailbox_post_one(&l->lane.heard, m);
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

void lane_drop_written(struct lane_thread *l)
{
    left(l, l->in_nc);
    l->in_nc = 0;
}

void lane_drop_posted(struct lane_thread *l)
{
    struct mail_queue q = mailbox_take(&l->lane.out);
    for (struct mail *m; (m = mail_take(&q));)
        drop(l, m);
}

void lane_subject(const struct lane_thread *l, enum link_where where, uint64_t inc,
                  char out[LANE_SUBJECT_MAX])
{
    if (where == LINK_INBOX)
        (void)snprintf(out, LANE_SUBJECT_MAX, "p.%s.%c.%016llx", l->cluster,
                       l->which == LINK_LIVE ? 'n' : 'b', (unsigned long long)inc);
    else
        (void)snprintf(out, LANE_SUBJECT_MAX, "p.%s.%s", l->cluster,
                       where == LINK_HEARTBEAT ? "hb" : "d");
}

static void publish(struct lane_thread *l, struct mail *m)
{
    char subject[LANE_SUBJECT_MAX];
    kith_slice bytes = mail_c(m);
    if (m->serial != atomic_load_explicit(&l->lane.connection, memory_order_relaxed)) {
        drop(l, m);
        return;
    }
    lane_subject(l, (enum link_where)m->where, m->inbox, subject);
    natsStatus s = natsConnection_Publish(l->nc, subject, bytes.ptr, (int)bytes.len);
    if (s) {
        kith_problem why;
        (void)problem(KITH_IO, &why, "%s takes no message of %zu bytes: %s", l->urls[l->url],
                      bytes.len, natsStatus_GetText(s));
        lane_say(l, &why);
        drop(l, m);
        return;
    }
    l->in_nc += bytes.len;
    count(&l->lane.stats.out, 1);
    count(&l->lane.stats.out_bytes, bytes.len);
    mail_free(m);
}

void lane_publish_posted(struct lane_thread *l)
{
    struct mail_queue q = mailbox_take(&l->lane.out);
    for (struct mail *m; (m = mail_take(&q));)
        publish(l, m);
}

/* Whatever libnats still has, it is of what was handed to it last. */
void lane_write(struct lane_thread *l)
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

bool lane_read(struct lane_thread *l)
{
    struct mail_queue q = {0};
    natsConnection_ProcessReadEvent(l->nc);
    bool all = drain(l, l->all, &q), inbox = drain(l, l->inbox, &q);
    mailbox_post(&l->lane.heard, &q);
    return all || inbox;
}
