/* io/wants.h -- users whose edges are to be read from the application's own tables: each once, in
 * one of three lines, with the joins that wait for it. */
#pragma once

#include "base/limits.h"
#include "base/siphash.h"
#include "shard/mail.h"

enum wants_line {
    WANTS_JOINS, /* somebody waits */
    WANTS_HINTS, /* its edges may have changed */
    WANTS_SWEEP, /* its turn has come */
    WANTS_LINES,
    WANTS_NOWHERE = WANTS_LINES, /* it is being read */
};

struct want {
    struct mail_queue joins;         /* MAIL_WANT_WATCHED, of before reading began */
    struct mail_queue late;          /* of after that: to be read for again */
    uint64_t since_ms;               /* when the first of joins came */
    struct reading *reading;         /* whose it is */
    uint32_t version;                /* what had been read before, see RULE_READ */
    uint32_t number, before, behind; /* its own, and those beside it in its line */
    uint8_t line;
    bool again; /* its edges may have changed since reading began */
    uint8_t len;
    uint8_t user[USER_ID_BYTES_MAX];
};

static inline kith_slice want_user(const struct want *w) { return slice_of(w->user, w->len); }

struct wants;

struct wants *wants_new(const struct siphash_key *key); /* NULL: no memory */
void wants_free(struct wants *w);                       /* with the mail; NULL is welcome */

/* The user's, made if there is none: then it is nowhere. Never moves. NULL: no memory, or
 * SOURCE_WANTS_MAX are there. */
struct want *wants_of(struct wants *w, kith_slice user);
/* Puts it last in a line, and takes it out of the one where it stood. */
void wants_stand(struct wants *w, struct want *want, enum wants_line line);
struct want *wants_first(const struct wants *w, enum wants_line line); /* it stays; NULL: none */
void wants_drop(struct wants *w, struct want *want);                   /* has no mail any more */
