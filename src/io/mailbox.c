/* io/mailbox.c -- mail from any thread to one thread. */
#include "io/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

kith_err mailbox_init(struct mailbox *m)
{
    atomic_init(&m->newest, NULL);
    m->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return m->event_fd < 0 ? KITH_IO : KITH_OK;
}

void mailbox_fini(struct mailbox *m)
{
    struct mail_queue rest = mailbox_take(m);
    mail_queue_fini(&rest);
    if (m->event_fd >= 0) close(m->event_fd);
    m->event_fd = -1;
}

void mailbox_wake(struct mailbox *m)
{
    uint64_t one = 1;
    ssize_t n = write(m->event_fd, &one, sizeof one);
    (void)n; /* full means: it is readable already */
}

static struct mail *reversed(struct mail *m)
{
    struct mail *out = NULL;
    while (m) {
        struct mail *next = m->next;
        m->next = out;
        out = m;
        m = next;
    }
    return out;
}

void mailbox_post(struct mailbox *m, struct mail_queue *q)
{
    if (!q->first) return;
    struct mail *oldest = q->first, *newest = reversed(q->first);
    *q = (struct mail_queue){0};
    struct mail *before = atomic_load_explicit(&m->newest, memory_order_relaxed);
    do
        oldest->next = before;
    while (!atomic_compare_exchange_weak_explicit(&m->newest, &before, newest, memory_order_release,
                                                  memory_order_relaxed));
    if (!before) mailbox_wake(m);
}

void mailbox_post_one(struct mailbox *m, struct mail *one)
{
    struct mail_queue q = {0};
    mail_append(&q, one);
    mailbox_post(m, &q);
}

struct mail_queue mailbox_take(struct mailbox *m)
{
    uint64_t count;
    ssize_t n =
        read(m->event_fd, &count, sizeof count); /* before the mail: what comes later wakes again */
    (void)n;
    struct mail *newest = atomic_exchange_explicit(&m->newest, NULL, memory_order_acquire);
    return (struct mail_queue){.last = newest, .first = reversed(newest)};
}
