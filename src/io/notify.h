/* io/notify.h -- what a service manager is told, where there is one that listens (sd_notify(3)):
 * lines NAME=VALUE, as one datagram to the socket that $NOTIFY_SOCKET names. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct notify {
    int fd; /* -1: nobody listens */
    struct sockaddr_un to;
    socklen_t to_len;
    uint32_t watchdog_ms; /* within which it wants to hear that all is well; 0: it does not */
};

/* Reads the environment, which is left as it is. False: a service manager listens, and cannot be
 * told anything (its socket's name is too long or of an unknown kind, or there is no descriptor).
 */
bool notify_init(struct notify *n);
void notify_fini(struct notify *n);

/* Sends one message, a line each; never waits: what the socket does not take is lost. */
__attribute__((format(printf, 2, 3))) void notify_say(const struct notify *n, const char *fmt, ...);
