/* io/lane_carry.h -- what a lane carries: the link's mail to libnats, and what comes to the link.
 * On the lane's thread. */
#pragma once

#include "io/lane_state.h"

/* The subject of an inbox in this lane, or of what is for all; `inc` counts for LINK_INBOX alone.
 */
void lane_subject(const struct lane_thread *l, enum link_where where, uint64_t inc,
                  char out[LANE_SUBJECT_MAX]);

/* For the log, by way of the link: a new word at once, the latest again now and then. */
void lane_say(struct lane_thread *l, const kith_problem *what);

/* Hands what the link has posted to libnats; mail for another connection is dropped. */
void lane_publish_posted(struct lane_thread *l);
void lane_drop_posted(struct lane_thread *l);  /* there is no connection */
void lane_drop_written(struct lane_thread *l); /* nor has libnats anything any more */

void lane_write(struct lane_thread *l); /* what libnats has, as far as the socket takes it */
bool lane_read(struct lane_thread *l);  /* once; true: a message came, be it an empty one */
