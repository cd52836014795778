/* bench/ways.h -- the ways of doing presence that are compared: which example serves, which topics
 * a client joins, and who is to be told about whom. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum audience { AUDIENCE_NOBODY, AUDIENCE_FRIENDS, AUDIENCE_EVERYBODY };

struct way {
    const char *name;  /* of the program in examples/ */
    const char *title; /* for tables */
    const char *topic; /* that a client joins, with its id for %u; NULL: friends:<a>:<b> with each
                          friend */
    enum audience audience; /* who is told when a user comes or goes */
};

enum { WAYS = 5 };
extern const struct way ways[WAYS]; /* the article's last one first */

const struct way *way_called(const char *name, size_t len); /* NULL: there is none */
