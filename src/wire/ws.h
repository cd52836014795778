/* wire/ws.h -- RFC 6455 without a socket: bytes in, messages out, as a server reads them; or, with
 * from_server, as a client does.
 * The decoder allocates only for fragmented messages; whole frames are unmasked where they lie. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/frame.h"
#include "base/slice.h"

enum ws_opcode {
    WS_OP_CONT = 0,
    WS_OP_TEXT = 1,
    WS_OP_BINARY = 2,
    WS_OP_CLOSE = 8,
    WS_OP_PING = 9,
    WS_OP_PONG = 10
};

/* Section 7.4. */
enum ws_code {
    WS_CODE_NORMAL = 1000,
    WS_CODE_PROTOCOL = 1002,
    WS_CODE_UTF8 = 1007,
    WS_CODE_POLICY = 1008,
    WS_CODE_TOO_BIG = 1009,
    WS_CODE_INTERNAL = 1011,
    WS_CODE_RESTART = 1012,
    WS_CODE_AGAIN = 1013, /* registered later: come again */
    WS_CODE_TOKEN_EXPIRED = 4001,
    WS_CODE_TAKEN_OVER = 4002,
};

enum ws_event {
    WS_MORE,   /* nothing whole yet */
    WS_TEXT,   /* a whole message of valid UTF-8 */
    WS_BINARY, /* a whole message */
    WS_PING,   /* answer with a pong of the same payload */
    WS_PONG,
    WS_CLOSE, /* the peer's close: answer with its `code` (0: an empty one, as it sent); read no
                 more. The payload is the reason. */
    WS_FAIL,  /* the peer broke the protocol: close with `code`; read no more */
};

struct ws_fragments;

/* {0} with message_bytes_max set is a fresh decoder. */
struct ws_in {
    uint32_t message_bytes_max;
    uint8_t fragment_op; /* of the message that is being put together, 0 when there is none */
    bool ended;          /* after WS_CLOSE or WS_FAIL: what still comes is swallowed */
    bool from_server;    /* the peer is a server: its frames are not masked (section 5.1) */
    struct ws_fragments *fragments; /* that message; owned; freed when it is handed out and
                                       consumed; or NULL */
};
_Static_assert(sizeof(struct ws_in) <= 16, "what a socket costs while no message is in fragments");

void ws_in_fini(struct ws_in *w);

/* So many bytes it has of a message in fragments. */
size_t ws_in_bytes(const struct ws_in *w);

struct ws_message {
    kith_slice payload; /* borrowed from the input, or from the decoder until the next call */
    uint16_t code;      /* WS_CLOSE, WS_FAIL */
    uint32_t frames;    /* that were looked at, this one's last among them */
};

/* Looks at the head of bytes[0, len), which it may unmask in place. *used tells how many bytes are
 * done with; call again with the rest until WS_MORE. With WS_MORE, *need is how many bytes in all
 * (from the first not used) let it go on, so that the caller can size its buffer; a frame that will
 * be refused is refused from its header. Fails: unmasked frame (from a server: a masked one), RSV
 * bit, reserved opcode, fragmented or over-long control frame, continuation without a start, start
 * inside a message, 1-byte close body, close code that may not be sent, non-minimal length, 64-bit
 * length with its top bit: 1002. Too big, fragments together: 1009. More than FRAGMENTS_MAX: 1008.
 * Invalid UTF-8, also in a close reason: 1007; a fragment that brings it is refused at once. No
 * memory: 1011. The events are the same however the bytes are cut. */
enum ws_event ws_feed(struct ws_in *w, uint8_t *bytes, size_t len, size_t *used, size_t *need,
                      struct ws_message *out);

/* A frame with the WebSocket header written and room for the message: body_at points behind the
 * header; fill frame->bytes + frame->body_at. NULL: out of memory. */
struct frame *ws_frame_new(enum ws_opcode op, size_t body_len);

/* A close frame; code 0: an empty one. Any other code must be sendable. NULL: out of memory. */
struct frame *ws_close_frame(uint16_t code);

/* An endpoint may put `code` into a close frame: 1000-1003, 1007-1014, 3000-4999. */
bool ws_code_sendable(uint16_t code);

/* Sec-WebSocket-Accept of a valid `key` (section 4.2.2): 28 characters, no terminator.
 * false: out of memory. */
KITH_MUST_USE bool ws_accept(kith_slice key, char out[28]);

/* The key has the form of base64 of exactly 16 bytes. */
bool ws_key_valid(kith_slice key);
