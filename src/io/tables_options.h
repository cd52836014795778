/* io/tables_options.h -- where an application's own tables are, and what is asked of them. */
#pragma once

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* All is borrowed, and outlives the tables. */
struct tables_options {
    const char *url;
    kith_slice key;      /* over HTTP: shown as a bearer; empty: none */
    const char *ca_file; /* over https://: PEM; NULL: whom the system trusts */
    uint32_t cache_ms;   /* who was read so lately is not read again for a join; 0: always */
    /* Each is one SELECT that takes an id as $1 and gives ids. Of a mutual graph: the friends of
     * $1. Else NULL, and: whom $1 watches; who watches $1. */
    const char *friends, *watches, *watchers;
    bool mutual;         /* sight is to be: of `watches` those who stand in `watchers`, too */
    const char *channel; /* of NOTIFY; NULL: nobody notifies */
    const char *node;    /* its name, or NULL */
    uint32_t call_ms;    /* a question to the database, or to connect */
    unsigned connections;
    bool lost; /* tables_check could not reach it */
};
