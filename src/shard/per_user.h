/* shard/per_user.h -- the sockets of each user on this node, long-polls among them, as the user's
 * home knows them: above the bound the eldest makes room. Its presence lingers as if it had been
 * lost, so that a page which connects in a loop takes over what it had, and its friends hear
 * nothing. */
#pragma once

#include "shard/world.h"

void per_user_init(struct per_user *p);
void per_user_fini(struct per_user *p);

/* A client here begins as this user's, or ends; on its shard. A socket that there is no memory to
 * note is not counted. O(1). */
void per_user_begin(struct world *w, uint32_t slot, kith_slice user);
void per_user_end(struct world *w, uint32_t slot, kith_slice user);

void per_user_receive(struct world *w, const struct mail *m); /* MAIL_SOCKET, at the home */
