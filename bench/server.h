/* bench/server.h -- a real server as a child, `kith serve` or one of examples/, and what it takes
 * of the machine. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct server {
    pid_t pid;
    uint16_t port, api; /* of clients, of operators */
    pid_t softirq;      /* what it does on the server's core counts as the server's */
};

struct server_options {
    const char *kith; /* the program */
    const char *data; /* its folder */
    double grace_s;
    unsigned workers;
    int core;               /* below 0: any */
    double restart_grace_s; /* 0: who was there before is not known */
    uint16_t port;          /* 0: any */
};

/* No pings: clients here are silent while nothing happens. Dies if it does not start.
 */
struct server server_start(const struct server_options *o);
/* The same of a node of a cluster, with the file of its settings, on any core. */
struct server server_start_node(const char *kith, const char *config);
/* The same of one of examples/, with a graph of friends in a file. */
struct server server_start_example(const char *program, const char *graph, int core);
void server_stop(const struct server *s);

double server_cpu_us(const struct server *s); /* so far, with its core's softirq thread */
double server_metric(const struct server *s, const char *name); /* of its /metrics */

/* Bytes: resident, and its share of them. */
struct memory {
    double rss, pss;
};
struct memory server_memory(const struct server *s);

/* Puts the friendships in `file` into a data folder, or into the database of a URL. */
void server_import(const char *kith, const char *where, const char *file);
/* The same of edges that go one way. */
void server_import_edges(const char *kith, const char *where, const char *file);
