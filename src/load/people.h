/* load/people.h -- what presence says, read: of whom a state or a diff speaks, how many sessions
 * come and go, and the status shown. Borrows the payload. */
#pragma once

#include "load/view.h"
#include "wire/json.h"

struct people {
    struct json joins, leaves; /* of a state: all are joins */
    struct json_walk walk;
    bool leaving;    /* whose walk it is */
    bool bad;        /* something in it was not of the wire */
    struct buf text; /* scratch, also for the user */
};                   /* {0} is a fresh one */

void people_fini(struct people *r);

/* Begins with the payload of a presence_state, or of a presence_diff: valid JSON. False: it is
 * none.
 */
bool people_state(struct people *r, kith_slice payload);
bool people_diff(struct people *r, kith_slice payload);

struct person {
    kith_slice name; /* until the next call */
    struct view_sessions joined, left;
    struct view_status status;
};

/* The next one of whom it speaks; who is in joins and in leaves comes once. False: the end, or
 * r->bad. */
bool people_next(struct people *r, struct person *out);

/* Appends the payload that sets the status of flip `n`, with a note of so many bytes; 0: none. */
void people_put_status(struct buf *out, uint64_t n, uint32_t note_bytes);
