/* io/http_thread.h -- a thread that asks HTTP servers what its mail wants to know, and tells of
 * their answers: one that is slow holds up nobody but who asked. By libcurl. */
#pragma once

#include "io/http_gets.h"
#include "io/mailbox.h"

struct http_thread;

/* All is called on the thread. */
struct http_thread_options {
    const char *name; /* of the thread, for who looks at threads; 15 bytes at most */
    void (*mail)(void *ctx, struct http_gets *http, struct mail *m); /* has come; takes it */
    void (*answer)(void *ctx, struct http_got *got);                 /* likewise; takes its body */
    void *ctx;
};

/* KITH_NOMEM; KITH_IO: the system has no descriptor or thread left. */
KITH_MUST_USE kith_err http_thread_start(const struct http_thread_options *o,
                                         struct http_thread **out);
/* What is under way is given up, and told to nobody. NULL is welcome. */
void http_thread_stop(struct http_thread *t);

void http_thread_post(struct http_thread *t, struct mail *m); /* any thread; takes it */
