/* app/remote.h -- a request to a server's API, as a command makes it: what goes wrong is told to
 * the person at the terminal, with what to do. */
#pragma once

#include "app/target.h"
#include "io/http_client.h"
#include "wire/json.h"

struct remote {
    const struct target *target;
    const char *command;
    const char *about;       /* a file that problems are about, or NULL */
    struct buf path;         /* behind /v1, as it is sent */
    struct buf body;         /* JSON; empty: none */
    struct http_reply reply; /* of the latest call */
    bool told;               /* where that is */
};

void remote_init(struct remote *r, const struct target *t, const char *command);
void remote_fini(struct remote *r);

/* Begins the path anew: /users/<id>. */
void remote_user(struct remote *r, const char *id);
/* Appends an id, percent-encoded (RFC 3986). */
void remote_put_id(struct remote *r, kith_slice id);

/* The key that the target names, ended by a NUL; empty: it names none. To be cleansed. Else what
 * the command is to return, having complained. */
int remote_key(const struct remote *r, struct buf *key);

/* Sends path and body. EX_OK: done, and the reply is there. Else what the command is to return,
 * having complained. */
int remote_call(struct remote *r, const char *method);

/* The same with what of a call is not in `r`: its content type, a file, or pieces. If `piece` wants
 * no more it is EX_IOERR, and the caller's to complain. */
int remote_stream(struct remote *r, struct http_call call);

/* Posts `body`, and prints of the reply, {"sessions":N}, how many that are, and `more` behind it.
 * As remote_call. */
int remote_sessions(struct remote *r, const char *more);

/* The reply as an object. EX_PROTOCOL, having complained. */
int remote_object(struct remote *r, struct json *out);

/* Complains of a reply that cannot be read; EX_PROTOCOL. */
int remote_garbled(const struct remote *r);

/* Complains of a problem object (RFC 9457), which came with this status or on its own. */
int remote_problem(const struct remote *r, int status, kith_slice text);
