/* io/http_gets.h -- questions to HTTP servers, several at once: none waits for another's answer. By
 * libcurl. One thread. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

struct http_gets;

struct http_gets *http_gets_new(void);    /* NULL: out of memory */
void http_gets_free(struct http_gets *g); /* NULL is welcome; what is under way is given up */

struct http_get {
    uint32_t number;            /* the asker's, by which it knows the answer */
    const char *url;            /* as of struct http_call */
    const char *ca_file;        /* likewise, or NULL */
    const char *bearer;         /* likewise, or NULL */
    const char *const *headers; /* others, "name: value", NULL behind them; NULL: none */
    bool for_command;           /* who is told of a failure has a command's options */
    bool posts;                 /* a POST, with this */
    kith_slice body;            /* which is borrowed until it is answered, or given up */
    uint32_t patience_ms;       /* for all of the answer */
    size_t bytes_max;           /* of it */
};

/* Asks; strings are copied, the body is not. KITH_NOMEM. */
KITH_MUST_USE kith_err http_gets_ask(struct http_gets *g, const struct http_get *get);

struct http_got {
    uint32_t number;
    kith_err e; /* as http_client_call; KITH_FULL: it has more than bytes_max */
    kith_problem why;
    int status;
    struct buf body; /* buf_fini */
};

/* An answer that has come, or will not. False: none has. */
bool http_gets_next(struct http_gets *g, struct http_got *out);

/* Until something comes of what is under way, or one of `count` descriptors (4 at most) can be
 * read, or `ms` have passed. */
void http_gets_wait(struct http_gets *g, const int *fds, unsigned count, uint32_t ms);
