/* io/http_thread.c -- a thread that asks HTTP servers what its mail wants to know. */
#include "io/http_thread.h"

#include <pthread.h>
#include <stdlib.h>

#define IDLE_MS 60000 /* it is woken for what there is to do */

struct http_thread {
    struct http_thread_options o;
    struct mailbox box;
    struct http_gets *http;
    pthread_t thread;
    atomic_bool stop;
};

static void turn(struct http_thread *t)
{
    struct mail_queue in = mailbox_take(&t->box);
    struct http_got got;
    for (struct mail *m; (m = mail_take(&in));)
        t->o.mail(t->o.ctx, t->http, m);
    while (http_gets_next(t->http, &got))
        t->o.answer(t->o.ctx, &got);
    http_gets_wait(t->http, &t->box.event_fd, 1, IDLE_MS);
}

static void *run(void *arg)
{
    struct http_thread *t = arg;
    (void)pthread_setname_np(pthread_self(), t->o.name);
    while (!atomic_load_explicit(&t->stop, memory_order_acquire))
        turn(t);
    return NULL;
}

static void thread_free(struct http_thread *t)
{
    http_gets_free(t->http);
    mailbox_fini(&t->box);
    free(t);
}

static kith_err begin(struct http_thread *t)
{
    kith_err e = mailbox_init(&t->box);
    if (e) return e;
    t->http = http_gets_new();
    if (!t->http) return KITH_NOMEM;
    return pthread_create(&t->thread, NULL, run, t) == 0 ? KITH_OK : KITH_IO;
}

kith_err http_thread_start(const struct http_thread_options *o, struct http_thread **out)
{
    struct http_thread *t = calloc(1, sizeof *t);
    if (!t) return KITH_NOMEM;
    t->o = *o;
    atomic_init(&t->stop, false);
    kith_err e = begin(t);
    if (e)
        thread_free(t);
    else
        *out = t;
    return e;
}

void http_thread_stop(struct http_thread *t)
{
    if (!t) return;
    atomic_store_explicit(&t->stop, true, memory_order_release);
    mailbox_wake(&t->box);
    pthread_join(t->thread, NULL);
    thread_free(t);
}

void http_thread_post(struct http_thread *t, struct mail *m) { mailbox_post_one(&t->box, m); }
