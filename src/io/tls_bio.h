/* io/tls_bio.h -- how OpenSSL reads and writes a socket here: without a signal when its peer has
 * gone, and no more than it may at a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct bio_method_st;
struct ssl_st;

struct tls_bio {
    int fd;
    uint32_t readable; /* bytes that may be read before the owner allows more */
    bool cut_off;      /* the latest read found the socket's end */
};

/* NULL: out of memory. BIO_meth_free. */
struct bio_method_st *tls_bio_new_method(void);

/* Ties the two together, for as long as `ssl` lives. False: out of memory. */
bool tls_bio_attach(struct ssl_st *ssl, const struct bio_method_st *method, struct tls_bio *socket);
