/* load/client.c -- one client's side of the wire. */
#include "load/client.h"

#include "base/limits.h"
#include "wire/json.h"

void client_init(struct client *c, enum phx_vsn vsn)
{
    client_fini(c);
    *c = (struct client){.ws = {.message_bytes_max = LOAD_MESSAGE_BYTES_MAX, .from_server = true},
                         .vsn = vsn};
}

void client_fini(struct client *c)
{
    ws_in_fini(&c->ws);
    buf_fini(&c->held);
    *c = (struct client){0};
}

/* In. What comes is read where it lies; only what is cut off at its end is kept, and goes on when
 * the rest has come. */

struct client_input client_take(struct client *c, uint8_t *bytes, size_t len)
{
    if (c->held.len == 0) return (struct client_input){bytes, len};
    buf_put(&c->held, slice_of(bytes, len));
    return (struct client_input){c->held.ptr, c->held.len};
}

/* Keeps what is left, with room for all that lets it go on. */
static enum client_event keep(struct client *c, struct client_input *in, size_t need)
{
    struct buf before = c->held;
    if (in->left && in->at == before.ptr) return CLIENT_MORE; /* nothing of it is done with */
    c->held = (struct buf){0};
    if (in->left) {
        (void)buf_reserve(&c->held, need > in->left ? need : in->left);
        buf_put(&c->held, slice_of(in->at, in->left));
    }
    buf_fini(&before);
    in->left = 0;
    return c->held.failed ? CLIENT_BROKEN : CLIENT_MORE;
}

static uint16_t status_of(kith_slice head)
{
    uint64_t code;
    kith_slice line = slice_from(head, head.len < 9 ? head.len : 9);
    bool http = slice_starts(head, KITH_LIT("HTTP/1.")) && line.len >= 3 &&
                slice_u64(slice_head(line, 3), &code);
    return http ? (uint16_t)code : 0;
}

static enum client_event next_head(struct client *c, struct client_input *in,
                                   struct client_message *out)
{
    const uint8_t *end = in->left ? memmem(in->at, in->left, "\r\n\r\n", 4) : NULL;
    size_t len = end ? (size_t)(end + 4 - in->at) : in->left;
    if (!end && len <= HTTP_HEAD_BYTES_MAX) return keep(c, in, in->left);
    out->code = status_of(slice_of(in->at, len));
    in->at += len;
    in->left -= len;
    c->upgraded = end && out->code == 101;
    return c->upgraded ? CLIENT_UPGRADED : CLIENT_REFUSED;
}

static enum client_event reply(const struct phx_in *m, struct client_message *out)
{
    struct json status, payload = {JSON_OBJECT, m->payload};
    kith_slice ref = m->ref;
    out->ref = ref.len == 3 && ref.ptr[0] == '"' ? ref.ptr[1] : 0;
    out->ok = m->payload.ptr[0] == '{' && json_get(payload, "status", &status) == KITH_OK &&
              status.type == JSON_STRING && json_text_is(status, KITH_LIT("ok"));
    return CLIENT_REPLY;
}

static enum client_event message(struct client *c, kith_slice text, struct client_message *out)
{
    struct phx_in m;
    /* The text lies in the caller's bytes, or in those held, and may be written. */
    if (phx_decode(c->vsn, (uint8_t *)(uintptr_t)text.ptr, text.len, &m)) return CLIENT_BROKEN;
    if (!m.topic_text || !m.event_text) return CLIENT_BROKEN;
    out->topic = m.topic;
    out->payload = m.payload;
    out->bytes = (uint32_t)text.len;
    if (slice_is(m.event, "presence_diff")) return CLIENT_DIFF;
    if (slice_is(m.event, "phx_reply")) return reply(&m, out);
    if (slice_is(m.event, "presence_state")) return CLIENT_STATE;
    bool ended = slice_is(m.event, "phx_error") || slice_is(m.event, "phx_close");
    return ended ? CLIENT_ENDED : CLIENT_OTHER;
}

static enum client_event next_frame(struct client *c, struct client_input *in,
                                    struct client_message *out)
{
    size_t used, need;
    struct ws_message m;
    enum ws_event what = ws_feed(&c->ws, in->at, in->left, &used, &need, &m);
    in->at += used;
    in->left -= used;
    out->payload = m.payload;
    out->code = m.code;
    switch (what) {
    case WS_MORE: return keep(c, in, need);
    case WS_TEXT: return message(c, m.payload, out);
    case WS_PING: return CLIENT_PING;
    case WS_CLOSE: return CLIENT_CLOSED;
    case WS_BINARY:
    case WS_PONG: return CLIENT_OTHER;
    case WS_FAIL: break;
    }
    return CLIENT_BROKEN;
}

bool client_between(const struct client *c)
{
    return c->upgraded && c->held.len == 0 && !c->ws.ended && !c->ws.fragment_op;
}

enum client_event client_next(struct client *c, struct client_input *in, struct client_message *out)
{
    *out = (struct client_message){0};
    if (c->held.failed) return CLIENT_BROKEN;
    return c->upgraded ? next_frame(c, in, out) : next_head(c, in, out);
}

/* Out */

enum { HEAD_BYTES = 8, SHORT_HEAD_BYTES = 6, SHORT_PAYLOAD_MAX = 125 };

/* Puts the header before what has been written behind `begin`, where room was left for it. */
static void put_head(struct buf *out, size_t begin, enum ws_opcode op)
{
    if (out->failed) return;
    uint8_t *head = out->ptr + begin;
    size_t len = out->len - begin - HEAD_BYTES;
    memset(head, 0, HEAD_BYTES);
    head[0] = (uint8_t)(0x80 | op);
    head[1] = 0x80 | 126;
    head[2] = (uint8_t)(len >> 8);
    head[3] = (uint8_t)len;
    if (len > SHORT_PAYLOAD_MAX) return;
    head[1] = (uint8_t)(0x80 | len);
    head[2] = head[3] = 0;
    memmove(head + SHORT_HEAD_BYTES, head + HEAD_BYTES, len);
    out->len -= HEAD_BYTES - SHORT_HEAD_BYTES;
}

static size_t leave_room(struct buf *out)
{
    size_t begin = out->len;
    if (buf_reserve(out, HEAD_BYTES)) out->len += HEAD_BYTES;
    return begin;
}

void client_put_frame(struct buf *out, enum ws_opcode op, kith_slice payload)
{
    size_t begin = leave_room(out);
    buf_put(out, payload);
    put_head(out, begin, op);
}

static void put_v2(struct buf *b, const char *ref, kith_slice topic, const char *event)
{
    bool beat = strcmp(ref, CLIENT_REF_BEAT) == 0;
    buf_printf(b, "[%s,\"%s\",", beat ? "null" : "\"" CLIENT_REF_JOIN "\"", ref);
    json_put_quoted(b, topic);
    buf_printf(b, ",\"%s\",", event);
}

static void put_v1(struct buf *b, const char *ref, kith_slice topic, const char *event)
{
    buf_puts(b, "{\"topic\":");
    json_put_quoted(b, topic);
    buf_printf(b, ",\"event\":\"%s\",\"ref\":\"%s\",\"payload\":", event, ref);
}

void client_put(struct buf *out, enum phx_vsn vsn, const char *ref, kith_slice topic,
                const char *event, kith_slice payload)
{
    size_t begin = leave_room(out);
    (vsn == PHX_V1 ? put_v1 : put_v2)(out, ref, topic, event);
    buf_put(out, payload);
    buf_putc(out, vsn == PHX_V1 ? '}' : ']');
    put_head(out, begin, WS_OP_TEXT);
}
