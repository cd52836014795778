/* io/http_client.h -- one request to an HTTP server, and its answer, for the commands that speak to
 * the API. By libcurl. Blocks. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

struct http_call {
    const char *method, *url; /* http:// or https://, the path as it is to be sent */
    const char *ca_file;      /* who vouches for https://, as PEM; NULL: whom the system trusts */
    const char *bearer;       /* a key, in visible ASCII; NULL: none */
    const char *accept;       /* of the answer, beside problems; NULL: JSON or plain text */
    const char *content_type; /* of the body; NULL: there is none */
    kith_slice body;          /* all of it, */
    int body_fd;              /* or, if `from_file`, with what a file holds behind (io/file.h) */
    bool from_file;
    uint32_t patience_s; /* so long nothing may come or go */
    /* Called with each piece of the body of an answer of 200, as it comes; false: no more. Another
     * answer's body, and with NULL any, is kept for the end. */
    bool (*piece)(void *ctx, kith_slice bytes);
    void *ctx;
};

struct http_reply {
    int status;
    struct buf body; /* buf_fini */
};

/* KITH_NONE: no server answers there. KITH_BAD: the URL is none. KITH_REFUSED: `piece` wanted no
 * more. KITH_FULL: a kept body of more than HTTP_REPLY_BYTES_MAX. KITH_IO: it broke off, or the
 * file cannot be read. KITH_NOMEM. `why` says what happened. */
KITH_MUST_USE kith_err http_client_call(const struct http_call *call, struct http_reply *out,
                                        kith_problem *why);

/* Whether anything takes a connection at the URL's host and port. Nothing is asked of it. */
bool http_client_reaches(const char *url);
