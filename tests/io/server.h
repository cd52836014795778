/* tests/io/server.h -- the whole server in a process of its own, as `kith serve` runs it. */
#pragma once

#include "io/store.h"

#include <sys/types.h>

struct server_options {
    const char *data; /* the folder */
    unsigned workers;
    uint32_t connections_max;            /* 0: many */
    uint32_t grace_ms, restart_grace_ms; /* 0: the usual */
    uint32_t ping_ms, idle_ms, drain_ms; /* likewise */
};

struct server {
    pid_t pid;
    uint16_t port, api_port;
};

/* Returns when it accepts. With `auth = none` and the channels of edge/rig_rooms.h. */
void server_start(struct server *s, const struct server_options *o);

/* SIGTERM. Fails the test unless it ends with 0, and not later than the drain allows. */
void server_stop(struct server *s);
void server_signal(const struct server *s, int number);
/* The status of its end, as waitpid has it; fails the test if it does not come. */
int server_wait(struct server *s);

/* What it has used of the processor so far, in ms, and how many descriptors it holds. */
unsigned long server_cpu_ms(const struct server *s);
unsigned server_descriptors(const struct server *s);

/* Makes the folder's graph: lines "<watcher> <watched>". */
void server_graph(const char *data, const char *lines);
