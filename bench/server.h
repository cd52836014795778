/* bench/server.h -- a real `kith serve` as a child, and what it takes of the machine. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct server {
    pid_t pid;
    uint16_t port;
};

struct server_options {
    const char *kith; /* the program */
    const char *data; /* its folder */
    double grace_s;
    int core;
};

/* One worker, no pings: clients here are silent while nothing happens. Dies if it does not start.
 */
struct server server_start(const struct server_options *o);
void server_stop(const struct server *s);

/* Bytes: resident, and its share of them. */
struct memory {
    double rss, pss;
};
struct memory server_memory(const struct server *s);

/* Puts the friendships in `file` into the data folder. */
void server_import(const char *kith, const char *data, const char *file);
