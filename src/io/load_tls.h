/* io/load_tls.h -- TLS as the clients of a load speak it. One process's. */
#pragma once

#include "base/slice.h"
#include "load/url.h"

#include <stdint.h>
#include <sys/types.h>

struct load_tls; /* whom they trust */

/* `ca_file` is PEM; NULL: those whom the system trusts. A process that is forked has its own.
 * KITH_BAD: it cannot be read, `why` says so; KITH_NOMEM. */
KITH_MUST_USE kith_err load_tls_new(const char *ca_file, struct load_tls **out, kith_problem *why);
void load_tls_free(struct load_tls *t); /* NULL is welcome */

struct load_tls_conn; /* 15 kB, and while it reads or writes as much again */

/* On a socket that does not block, which stays the caller's. Each handshake is a whole one. NULL:
 * no memory. */
struct load_tls_conn *load_tls_begin(struct load_tls *t, int fd, const struct url *url);
void load_tls_end(struct load_tls_conn *c); /* before its socket is closed; NULL is welcome */

/* 0: the handshake is done; -EAGAIN: when more has come, or there is room; -EPROTO: it has failed,
 * and `why` says how. */
int load_tls_shake(struct load_tls_conn *c, const struct url *url, kith_problem *why);

/* As recv and send and send, a negative errno for -1. What comes is read until there is no more, or
 * no room; `more`: it is to be called again. All is written, or nothing. */
ssize_t load_tls_read(struct load_tls_conn *c, uint8_t *out, size_t max, bool *more);
ssize_t load_tls_write(struct load_tls_conn *c, kith_slice bytes);
