/* edge/say.h -- the frames that a channel's client gets of it. NULL: no memory, or what *err says:
 * KITH_BAD: bytes for a client of V1, which knows none; KITH_FULL: a name or ref of over 255 bytes
 * beside bytes. */
#pragma once

#include "edge/channel_state.h"

struct frame *say_reply(const struct kith_channel *c, kith_slice join_ref, kith_slice ref, bool ok,
                        kith_payload response, kith_err *err);
struct frame *say_push(const struct kith_channel *c, kith_slice event, kith_payload payload,
                       kith_err *err);

/* phx_close and phx_error. */
struct frame *say_end(const struct kith_channel *c, const char *event);
