/* wire/phx.h -- the Phoenix Channels wire: V1 (JSON objects), V2 (JSON arrays) and V2's binary
 * frames. Decoding gives slices of the message; encoding writes one finished frame. Payloads pass
 * through as they were written. */
#pragma once

#include "base/err.h"
#include "base/frame.h"
#include "base/slice.h"

enum phx_vsn { PHX_V1 = 1, PHX_V2 = 2 };

/* `vsn` as connect parameter: absent (NULL ptr) = 1.0.0; ~> 1.0.0 and ~> 2.0.0 with any patch
 * level. KITH_REFUSED: anything else, the empty string too. */
KITH_MUST_USE kith_err phx_vsn_parse(kith_slice vsn, enum phx_vsn *out);

/* A field of a binary frame has at most this many bytes: its length is one byte. */
#define PHX_FIELD_MAX  255
/* Such a field as a JSON string, if every byte of it had to be written as \u00XX. */
#define PHX_QUOTED_MAX (6 * PHX_FIELD_MAX + 2)

/* A message from a client. All slices borrow from it, a binary frame's refs from `refs`: so it is
 * not to be copied. */
struct phx_in {
    kith_slice join_ref,
        ref;          /* raw JSON, any value; "null" where absent. Binary frames: a quoted string */
    kith_slice topic; /* its text, unescaped in place; if !topic_text, raw JSON of another type */
    kith_slice event; /* likewise */
    bool topic_text, event_text;
    bool binary; /* payload is bytes, else raw JSON */
    kith_slice payload;
    uint8_t refs[2 * PHX_QUOTED_MAX]; /* written for binary frames only */
};

/* `text` is writable: strings with escapes are unescaped where they lie.
 * KITH_BAD: what is fatal to the socket (close 1011): not JSON, not an array (V1: object), fewer
 * than five elements (V1: a key missing, or one of the five twice), a ref of more than
 * MESSAGE_REF_MAX bytes. Further elements are ignored. V1's absent join_ref is null. */
KITH_MUST_USE kith_err phx_decode(enum phx_vsn vsn, uint8_t *text, size_t len, struct phx_in *out);

/* 00 jl rl tl el join_ref ref topic event data. KITH_BAD: another kind, truncated, not UTF-8, or
 * V1. */
KITH_MUST_USE kith_err phx_decode_binary(enum phx_vsn vsn, kith_slice bytes, struct phx_in *out);

/* A message to a client. */
struct phx_out {
    kith_slice join_ref, ref; /* raw JSON; empty = null */
    kith_slice topic;         /* text; if topic_raw, raw JSON as the client sent it */
    bool topic_raw;
    kith_slice event;   /* text */
    kith_slice payload; /* raw JSON; empty = {} */
};

/* V2: [join_ref,ref,topic,event,payload]. V1: {event,payload,ref,topic}. A WebSocket text frame;
 * its body is the message. NULL: out of memory. */
struct frame *phx_encode(enum phx_vsn vsn, const struct phx_out *m);

/* phx_reply with {"response":R,"status":"ok"|"error"}. m->event is ignored, m->payload is R. */
struct frame *phx_encode_reply(enum phx_vsn vsn, const struct phx_out *m, bool ok);

/* V2 binary frames, as the server sends them; m->payload is bytes. join_ref and ref are JSON
 * strings or null; they are written without quotes, null as nothing (another type as it is
 * written). NULL: KITH_FULL in *err: a field over 255 bytes; KITH_NOMEM. */
struct frame *phx_encode_binary_push(const struct phx_out *m, kith_err *err);
struct frame *phx_encode_binary_reply(const struct phx_out *m, bool ok, kith_err *err);
struct frame *phx_encode_binary_broadcast(const struct phx_out *m, kith_err *err);
