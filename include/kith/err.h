/* kith/err.h -- what the world can do to us. On an error nothing has changed. */
#pragma once

#define KITH_MUST_USE __attribute__((warn_unused_result))    /* look at what is returned */
#define KITH_API      __attribute__((visibility("default"))) /* of the shared library */

typedef enum kith_err {
    KITH_OK = 0,
    KITH_LATER,   /* not an error: the answer comes by itself */
    KITH_NOMEM,   /* the system has no memory left */
    KITH_FULL,    /* a configured bound is reached */
    KITH_EXISTS,  /* it is there already */
    KITH_NONE,    /* there is no such thing */
    KITH_BAD,     /* malformed input */
    KITH_REFUSED, /* understood, and not allowed */
    KITH_EXPIRED, /* was good once */
    KITH_IO,      /* the system said no: a file, a socket, a database */
} kith_err;

/* A short English noun phrase, static storage. */
KITH_API const char *kith_err_text(kith_err e);

/* One line for a person: what went wrong, and what to do about it. */
typedef struct kith_problem {
    char text[512];
} kith_problem;
