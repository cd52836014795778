/* bench/apps.h -- the clients of one way, as an app of that way would be: each believes what it is
 * told. What it is told is counted, and who it is told of is held against who its friends are. */
#pragma once

#include "ring.h"
#include "ways.h"

struct apps_options {
    const struct way *way;
    const struct ring *ring;
    uint16_t port;
};

enum app_kind {
    APP_IN,   /* `who` has the states of all its channels */
    APP_CAME, /* `who` is told that `about`, another, came; by a diff */
    APP_WENT,
};
typedef void (*app_fn)(void *ctx, enum app_kind kind, uint32_t who, uint32_t about);

struct apps;

struct apps *apps_new(const struct apps_options *o);
void apps_free(struct apps *a); /* NULL is welcome */

void apps_listen(struct apps *a, app_fn on, void *ctx); /* NULL: nobody */
void apps_enter(struct apps *a, uint32_t who);          /* dials, and joins all its channels */
void apps_drop(struct apps *a, uint32_t who);           /* without a word */
void apps_poll(struct apps *a, double wait_us);

struct apps_told {
    uint64_t messages, bytes; /* to all clients, headers included */
};
struct apps_told apps_told(const struct apps *a);

uint32_t apps_channels(const struct apps *a); /* of each client */
/* Who is told when somebody comes or goes and all others are there. */
uint32_t apps_audience(const struct apps *a);

/* Over all clients that are in: others who are in, too, of whom the way promises that they be told,
 * and of whom they have not been told yet. While nobody leaves. */
uint64_t apps_owed(const struct apps *a);

/* With all clients in, over all of them. */
struct apps_views {
    uint64_t strangers; /* others than friends, of whom a client was ever told */
    uint64_t missed;    /* friends whom it does not believe to be online */
};
struct apps_views apps_views(const struct apps *a);
