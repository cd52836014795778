/* io/tls.h -- the certificates of a server, and what its listeners speak with them: TLS 1.2 and 1.3
 * by OpenSSL. Any thread. The connections are io/tls_conn.h's. */
#pragma once

#include "base/limits.h"
#include "io/tls_pair.h"

struct tls;
struct ssl_st;
struct bio_method_st;

struct tls_options {
    struct tls_pair pairs[TLS_CERTIFICATES_MAX];
    unsigned count; /* at least one. The first is for who names no host, or none of theirs */
};

/* Shows nothing yet: who knocks is turned away. NULL: out of memory. */
struct tls *tls_new(void);
void tls_free(struct tls *t); /* NULL is welcome; not while there are connections */

/* Reads the files, as they are to be shown by `t` later. Errors as of tls_pair_check. */
struct tls_shown;
KITH_MUST_USE kith_err tls_load(struct tls *t, const struct tls_options *o, struct tls_shown **out,
                                kith_problem *why);
void tls_shown_free(struct tls_shown *s); /* NULL is welcome */

/* New connections are shown these from now on; those that are there go on, and tickets stay good.
 * Takes `s`. */
void tls_show(struct tls *t, struct tls_shown *s);

/* When the first of those that are shown expires (unix); 0: none are. */
uint64_t tls_expires_s(struct tls *t);

/* Our side of a new connection, with nothing to read and write by, for SSL_free. NULL: out of
 * memory, or nothing is shown. */
struct ssl_st *tls_accept(struct tls *t);
/* How all of them read and write: see io/tls_bio.h. */
const struct bio_method_st *tls_bio_method(const struct tls *t);
