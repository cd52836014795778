/* io/tables.c -- the threads that read the application's own tables: begun and ended. */
#include "io/tables.h"

#include "base/assert.h"
#include "base/limits.h"
#include "io/http_source.h"
#include "io/tables_thread.h"

#include <poll.h>
#include <stdlib.h>

struct tables {
    struct http_source *http; /* asks instead of them; NULL: they are there */
    unsigned count;           /* the last of them listens */
    struct tables_thread threads[SOURCE_CONNECTIONS_MAX + 1];
};

void tables_tell(struct tables_thread *t, struct mail *m)
{
    if (!m) return;
    m->from = (uint8_t)t->number;
    mailbox_post_one(t->to, m);
}

void tables_pause(struct tables_thread *t, int fd, int ms)
{
    struct pollfd fds[2] = {{.fd = t->box.event_fd, .events = POLLIN},
                            {.fd = fd, .events = POLLIN}};
    if (!atomic_load_explicit(&t->stop, memory_order_acquire)) (void)poll(fds, 2, ms);
}

static kith_err begin(struct tables_thread *t, void *(*run)(void *))
{
    atomic_init(&t->stop, false);
    kith_err e = mailbox_init(&t->box);
    if (!e && pthread_create(&t->thread, NULL, run, t) != 0) e = KITH_IO;
    t->begun = !e;
    if (e) mailbox_fini(&t->box);
    return e;
}

kith_err tables_start(const struct tables_options *o, struct mailbox *to, struct tables **out)
{
    struct tables *t = calloc(1, sizeof *t);
    kith_err e = KITH_OK;
    KITH_ASSERT(o->connections > 0 && o->connections <= SOURCE_CONNECTIONS_MAX);
    if (!t) return KITH_NOMEM;
    if (http_source_is_url(o->url)) {
        e = http_source_start(o, to, &t->http);
        if (e)
            free(t);
        else
            *out = t;
        return e;
    }
    t->count = o->connections + (o->channel ? 1 : 0);
    for (unsigned i = 0; i < t->count && !e; i++) {
        tables_conn_init(&t->threads[i].conn, o);
        t->threads[i].to = to;
        t->threads[i].number = i;
        e = begin(&t->threads[i], i < o->connections ? tables_reader : tables_listener);
    }
    if (e)
        tables_stop(t);
    else
        *out = t;
    return e;
}

static void end(struct tables_thread *t)
{
    if (!t->begun) return;
    pthread_join(t->thread, NULL);
    mailbox_fini(&t->box);
    tables_conn_fini(&t->conn);
}

void tables_stop(struct tables *t)
{
    if (!t) return;
    http_source_stop(t->http);
    for (unsigned i = 0; i < t->count; i++) {
        if (!t->threads[i].begun) continue;
        atomic_store_explicit(&t->threads[i].stop, true, memory_order_release);
        mailbox_wake(&t->threads[i].box);
    }
    for (unsigned i = 0; i < t->count; i++)
        end(&t->threads[i]);
    free(t);
}

void tables_read(struct tables *t, unsigned reader, struct mail *m)
{
    if (t->http)
        http_source_read(t->http, reader, m);
    else
        mailbox_post_one(&t->threads[reader].box, m);
}
