/* load/client.h -- one client's side of the wire, without its socket: the answer to the upgrade,
 * then frames, whatever the pieces in which they come. Bytes in, messages out; of whole frames
 * nothing is copied, and nothing is allocated. */
#pragma once

#include "base/buf.h"
#include "wire/phx.h"
#include "wire/ws.h"

/* In V1 and V2 the ref of what a client sends tells what an answer is about. */
#define CLIENT_REF_BEAT   "0"
#define CLIENT_REF_JOIN   "1"
#define CLIENT_REF_STATUS "2"

struct client {
    struct ws_in ws;
    struct buf held; /* a frame, or a head, that has not come whole */
    enum phx_vsn vsn;
    bool upgraded;
};

void client_init(struct client *c, enum phx_vsn vsn); /* before each connection */
void client_fini(struct client *c);                   /* {0} is welcome */

enum client_event {
    CLIENT_MORE,     /* nothing whole any more: give the next bytes */
    CLIENT_UPGRADED, /* the socket is open */
    CLIENT_REFUSED,  /* no upgrade, with the `code` of HTTP (0: no HTTP at all); it is over */
    CLIENT_REPLY,    /* to what the `ref` tells; `ok` or not */
    CLIENT_STATE,    /* presence_state on `topic` */
    CLIENT_DIFF,     /* presence_diff on `topic` */
    CLIENT_ENDED,    /* phx_error or phx_close: the server has ended the channel */
    CLIENT_OTHER,    /* any other message of the wire */
    CLIENT_PING,     /* answer with a pong of the same `payload` */
    CLIENT_CLOSED,   /* the server closes, with `code`; it is over */
    CLIENT_BROKEN    /* what came is not of this wire, or there is no memory; it is over */
};

struct client_message {
    kith_slice topic;
    kith_slice payload; /* JSON; of a ping its bytes. Both until the next call */
    uint8_t ref;        /* of a reply: its one character, 0 for another ref */
    bool ok;
    uint16_t code;
    uint32_t bytes; /* of the message's frame, without its header */
};

/* What is still to be read of what has come: {bytes, len}, writable, until CLIENT_MORE or the end.
 */
struct client_input {
    uint8_t *at;
    size_t left;
};

/* Takes the bytes that have come; then client_next until CLIENT_MORE. */
struct client_input client_take(struct client *c, uint8_t *bytes, size_t len);
/* Whether what is left begins with a frame, and nothing before it is to be put together with it. */
bool client_between(const struct client *c);
enum client_event client_next(struct client *c, struct client_input *in,
                              struct client_message *out);

/* What a client sends: a masked frame (section 5.3) with a mask of zeros, which leaves the text as
 * it is and costs nothing; whoever reads along on a loopback has other ways. At most 65,535 bytes.
 */
void client_put_frame(struct buf *out, enum ws_opcode op, kith_slice payload);

/* A message, in a frame. `ref` is one of the three; of a join the topic is joined by it. */
void client_put(struct buf *out, enum phx_vsn vsn, const char *ref, kith_slice topic,
                const char *event, kith_slice payload);
