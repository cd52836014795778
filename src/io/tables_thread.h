/* io/tables_thread.h -- the threads of io/tables.h, each with a connection and a mailbox of its
 * own. Only the files tables*.c include it. */
#pragma once

#include "io/mailbox.h"
#include "io/tables_conn.h"

#include <pthread.h>

struct tables_thread {
    struct tables_conn conn;
    struct mailbox box, *to;
    pthread_t thread;
    atomic_bool stop;
    bool begun;
    unsigned number;
};

/* Posts `m`, which may be NULL (no memory: a sweep repairs it), to the store's thread. */
void tables_tell(struct tables_thread *t, struct mail *m);
/* Waits for mail, for `fd` (-1: none) to be readable, or `ms` (-1: for ever). */
void tables_pause(struct tables_thread *t, int fd, int ms);

void *tables_reader(void *thread);   /* answers MAIL_READs; tables_reader.c */
void *tables_listener(void *thread); /* tells of notices; tables_listener.c */
