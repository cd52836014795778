/* bench/load.h -- many clients of several nodes in one thread: each dials, joins user:<id>, sets
 * its status, and is told of its friends, in Phoenix's V2 over WebSocket. It reads no more of a
 * message than tells what it is. One server alone is driven by src/load, whose clients do not move.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOAD_FIRST_ID 1000000u /* the id of client 0's user; the others follow */

enum load_kind {
    LOAD_OPEN,    /* upgraded */
    LOAD_STATE,   /* joined: reply and presence_state have come */
    LOAD_REPLY,   /* another ok */
    LOAD_REFUSED, /* an error reply, or no upgrade */
    LOAD_CHANGED, /* a presence_diff with joins: `about` came or changed */
    LOAD_WENT,    /* a presence_diff without: `about` went */
    LOAD_CLOSED,  /* by the server */
    LOAD_OTHER
};

struct load_event {
    enum load_kind kind;
    uint32_t who, about; /* clients */
};
typedef void (*load_fn)(void *ctx, const struct load_event *e);

struct load;

/* `count` clients of 127.0.0.1:port, none connected. */
struct load *load_new(uint32_t count, uint16_t port);
void load_free(struct load *l); /* closes all; NULL is welcome */

/* Who hears of events from now on; NULL: nobody. */
void load_listen(struct load *l, load_fn on, void *ctx);

void load_dial(struct load *l, uint32_t who); /* and asks for the upgrade */
void load_join(struct load *l, uint32_t who); /* once it is open */
void load_status(struct load *l, uint32_t who, const char *status);
void load_drop(struct load *l, uint32_t who); /* without a word */

/* Waits for bytes, at most `wait_us`, and takes a few clients' worth of them. */
void load_poll(struct load *l, double wait_us);
