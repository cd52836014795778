/* bench/movers.h -- many clients of several nodes in one thread: each dials, joins user:<id>, sets
 * its status, and is told of its friends, in Phoenix's V2 over WebSocket. It reads no more of a
 * message than tells what it is. One server alone is driven by src/load, whose clients do not move.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mover_kind {
    MOVER_OPEN,    /* upgraded */
    MOVER_STATE,   /* joined: reply and presence_state have come */
    MOVER_REPLY,   /* another ok */
    MOVER_REFUSED, /* an error reply, or no upgrade */
    MOVER_CHANGED, /* a presence_diff with joins: `about` came or changed */
    MOVER_WENT,    /* a presence_diff without: `about` went */
    MOVER_CLOSED,  /* by the server */
    MOVER_OTHER
};

struct mover_event {
    enum mover_kind kind;
    uint32_t who, about; /* clients */
};
typedef void (*mover_fn)(void *ctx, const struct mover_event *e);

struct movers;

/* `count` clients of 127.0.0.1:port, none connected. */
struct movers *movers_new(uint32_t count, uint16_t port);
void movers_free(struct movers *m); /* closes all; NULL is welcome */

/* Who hears of events from now on; NULL: nobody. */
void movers_listen(struct movers *m, mover_fn on, void *ctx);

void movers_dial(struct movers *m, uint32_t who); /* and asks for the upgrade */
void movers_join(struct movers *m, uint32_t who); /* once it is open */
void movers_status(struct movers *m, uint32_t who, const char *status);
void movers_drop(struct movers *m, uint32_t who); /* without a word */

/* Waits for bytes, at most `wait_us`, and takes a few clients' worth of them. */
void movers_poll(struct movers *m, double wait_us);
