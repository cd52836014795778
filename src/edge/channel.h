/* edge/channel.h -- one joined topic of one socket: its life, and the calls of its behaviour
 * (kith/channel.h). */
#pragma once

#include "edge/channel_state.h"

/* The joined channel of a topic, or NULL. Forgets one whose join was refused meanwhile. */
struct kith_channel *channel_find(struct session *s, kith_slice topic);

void channel_join(struct session *s, const struct kith_channel_behaviour *b,
                  const struct phx_in *in);
void channel_leave(struct kith_channel *c, const struct phx_in *in);
void channel_in(struct kith_channel *c, const struct phx_in *in);

/* What the shard has for it (MAIL_INFO, _OUT, _LISTED, _ANSWER); takes the mail. May end it. */
void channel_news(struct kith_channel *c, struct mail *m);
/* Its join has waited too long. */
void channel_expire(struct kith_channel *c);

/* The socket is gone: ends all channels; no frame is sent, and the social side is left to the
 * caller. */
void channels_end(struct session *s);
