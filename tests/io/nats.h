/* tests/io/nats.h -- a real nats-server in a process of its own, on a free port of loopback. A
 * folder of its own holds its settings. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct nats {
    pid_t pid; /* 0: it does not run */
    uint16_t port;
    char folder[64], url[64];
};

/* `settings` are lines of its config file, or "". Waits until it listens. */
void nats_start(struct nats *n, const char *settings);
void nats_again(struct nats *n); /* on the same port, with the same settings */
void nats_signal(const struct nats *n, int number);
void nats_stop(struct nats *n);   /* at once; NATS' port is free then */
void nats_remove(struct nats *n); /* stops it, and removes its folder */

uint16_t nats_free_port(void);
