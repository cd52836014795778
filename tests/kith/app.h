/* tests/kith/app.h -- a server in this process, as somebody who embeds the library makes it, and
 * its clients. The library is used by its headers alone. */
#pragma once

#include "client.h"

#include <kith/kith.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>

enum { IDS_MAX = 64 };

/* What its callbacks do and have seen. Callbacks run on other threads: see EXPECT. */
struct app {
    struct kith_server *server;
    uint16_t port;
    atomic_int connects, disconnects, joins,
        terminates; /* those that were let in, and their ends */
    atomic_int mistakes;
    pthread_mutex_t lock;         /* of what follows */
    kith_channel_id ids[IDS_MAX]; /* the latest channels that were joined, whether there or not */
    unsigned id_count;
    struct kith_reply *reply; /* the latest that was taken along, and nobody has sent */
};

struct app_options {
    const char *workers;     /* NULL: "2" */
    const char *listen;      /* NULL: any port */
    const char *reciprocity; /* NULL: "off" */
    const struct kith_source *source;
    const struct kith_bus *bus;
    const struct kith_hook *hook;
    /* Callbacks of the test: whatever they return is returned. `context` is theirs, not the app's:
     * kith_channel_context. */
    const struct kith_channel_behaviour *own; /* one more channel, or NULL */
};

/* Makes and starts it. At /socket/websocket?user=U&id=I (both may lack):
 *
 *     room:*    echo, and `later`, whose reply is taken along; news are pushed to the client;
 *               broadcasts reach it; `watch` has it hear of "news" as news; `stop` ends it
 *     friends   friends' presence; `visibility`, and any other event is `status` */
void app_start(struct app *a, const struct app_options *o);
/* The same, but for the start. */
void app_make(struct app *a, const struct app_options *o);
/* Stops and frees it; every socket and every channel must have ended once, and no expectation have
 * failed. */
void app_stop(struct app *a);

/* A configuration for tests: loopback, any port, nothing kept, no API, `auth = app`. */
struct kith_config *app_config(const char *workers);

/* A client of it, which has joined `topic` if that is given. Fails the test if it cannot. */
void app_client(struct app *a, struct client *c, const char *query, const char *topic);

kith_channel_id app_latest(struct app *a);        /* of those that joined; {0}: none */
struct kith_reply *app_take_reply(struct app *a); /* waits for one; NULL: none came */
struct app *app_of(const struct kith_channel *c); /* in a callback */

/* For callbacks and threads, where no test can be failed: it is when the app is stopped. */
#define EXPECT(a, yes) app_expect(a, yes, #yes, __FILE__, __LINE__)
void app_expect(struct app *a, bool yes, const char *text, const char *file, int line);
