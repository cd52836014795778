/* io/mailbox.h -- mail from any thread to one thread, without a lock: a stack that writers push
 * whole batches on and the reader takes as a whole, and an eventfd that wakes it. Mail of one
 * writer arrives in its order. */
#pragma once

#include "shard/mail.h"

#include <stdatomic.h>

struct mailbox {
    _Atomic(struct mail *) newest;
    int event_fd; /* readable when there may be mail */
};

KITH_MUST_USE kith_err mailbox_init(struct mailbox *m);
void mailbox_fini(struct mailbox *m); /* frees what was not taken; nobody posts any more */

/* Any thread: moves all of `q` over. One system call, and only if the box was empty. */
void mailbox_post(struct mailbox *m, struct mail_queue *q);
void mailbox_post_one(struct mailbox *m, struct mail *one); /* the same of one; takes it */
void mailbox_wake(struct mailbox *m);                       /* any thread; without mail */

/* The owner: all that has come, oldest first. */
struct mail_queue mailbox_take(struct mailbox *m);
