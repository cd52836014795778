/* edge/pattern.h -- which of a socket's behaviours is for a topic: a pattern is a topic, or the
 * beginning of many with a star behind it. */
#pragma once

#include <kith/socket.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An exact pattern before a star, a longer star before a shorter; or NULL. */
const struct kith_channel_behaviour *pattern_match(const struct kith_socket_behaviour *of,
                                                   kith_slice topic);

/* How many bytes stand before the star; all of the pattern where there is none. */
size_t pattern_stem(const struct kith_channel_behaviour *b, bool *star);

/* Where `b`, which is one of the socket's, stands among its behaviours. */
uint16_t pattern_number(const struct kith_socket_behaviour *of,
                        const struct kith_channel_behaviour *b);
