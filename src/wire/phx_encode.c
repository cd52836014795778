/* wire/phx_encode.c -- messages to clients as text: the size first, then one frame, written once.
 */
#include "wire/json.h"
#include "wire/phx.h"
#include "wire/ws.h"

/* A piece of a message: bytes as they are, or a text that becomes a JSON string. */
struct piece {
    kith_slice bytes;
    size_t quoted_len; /* 0: as they are */
};

static struct piece as_is(kith_slice s) { return (struct piece){s, 0}; }

static struct piece quoted(kith_slice text) { return (struct piece){text, json_quoted_len(text)}; }

static struct piece or_null(kith_slice raw) { return as_is(raw.len ? raw : KITH_LIT("null")); }

static struct piece topic_of(const struct phx_out *m)
{
    return m->topic_raw ? as_is(m->topic) : quoted(m->topic);
}

static uint8_t *put(uint8_t *at, const struct piece *p)
{
    if (p->quoted_len) return json_quote(at, p->bytes);
    memcpy(at, p->bytes.ptr, p->bytes.len);
    return at + p->bytes.len;
}

static struct frame *text_frame(const struct piece pieces[], size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += pieces[i].quoted_len ? pieces[i].quoted_len : pieces[i].bytes.len;
    struct frame *f = ws_frame_new(WS_OP_TEXT, len);
    if (!f) return NULL;
    uint8_t *at = f->bytes + f->body_at;
    for (size_t i = 0; i < count; i++)
        at = put(at, &pieces[i]);
    return f;
}

/* What stands around the payload: nothing, or a reply's response and status. */
struct wrap {
    kith_slice head, tail;
};

static struct frame *encode(enum phx_vsn vsn, const struct phx_out *m, kith_slice event,
                            struct wrap w)
{
    kith_slice payload = m->payload.len ? m->payload : KITH_LIT("{}");
    if (vsn == PHX_V1) {
        const struct piece v1[] = {as_is(KITH_LIT("{\"event\":")),
                                   quoted(event),
                                   as_is(KITH_LIT(",\"payload\":")),
                                   as_is(w.head),
                                   as_is(payload),
                                   as_is(w.tail),
                                   as_is(KITH_LIT(",\"ref\":")),
                                   or_null(m->ref),
                                   as_is(KITH_LIT(",\"topic\":")),
                                   topic_of(m),
                                   as_is(KITH_LIT("}"))};
        return text_frame(v1, sizeof v1 / sizeof v1[0]);
    }
    const struct piece v2[] = {as_is(KITH_LIT("[")), or_null(m->join_ref), as_is(KITH_LIT(",")),
                               or_null(m->ref),      as_is(KITH_LIT(",")), topic_of(m),
                               as_is(KITH_LIT(",")), quoted(event),        as_is(KITH_LIT(",")),
                               as_is(w.head),        as_is(payload),       as_is(w.tail),
                               as_is(KITH_LIT("]"))};
    return text_frame(v2, sizeof v2 / sizeof v2[0]);
}

struct frame *phx_encode(enum phx_vsn vsn, const struct phx_out *m)
{
    return encode(vsn, m, m->event, (struct wrap){KITH_LIT(""), KITH_LIT("")});
}

struct frame *phx_encode_reply(enum phx_vsn vsn, const struct phx_out *m, bool ok)
{
    struct wrap w = {KITH_LIT("{\"response\":"),
                     ok ? KITH_LIT(",\"status\":\"ok\"}") : KITH_LIT(",\"status\":\"error\"}")};
    return encode(vsn, m, KITH_LIT("phx_reply"), w);
}
