/* wire/phx_binary.c -- V2's binary frames: a kind, one byte of length for each field, the fields,
 * and the data, which ends with the frame. */
#include "wire/json.h"
#include "wire/phx.h"
#include "wire/ws.h"

enum kind { KIND_PUSH = 0, KIND_REPLY = 1, KIND_BROADCAST = 2 };

/* A client's push has four fields. */
enum { FIELDS_IN = 4, FIELDS_MAX = 4 };

/* Takes the next `len` bytes off *rest, which must be UTF-8. */
static kith_err take(kith_slice *rest, size_t len, kith_slice *out)
{
    if (rest->len < len) return KITH_BAD;
    *out = slice_head(*rest, len);
    *rest = slice_from(*rest, len);
    return utf8_valid(*out) ? KITH_OK : KITH_BAD;
}

kith_err phx_decode_binary(enum phx_vsn vsn, kith_slice bytes, struct phx_in *out)
{
    kith_slice field[FIELDS_IN]; /* join_ref, ref, topic, event */
    if (vsn != PHX_V2 || bytes.len < 1 + FIELDS_IN || bytes.ptr[0] != KIND_PUSH) return KITH_BAD;
    kith_slice rest = slice_from(bytes, 1 + FIELDS_IN);
    for (size_t i = 0; i < FIELDS_IN; i++)
        if (take(&rest, bytes.ptr[1 + i], &field[i])) return KITH_BAD;
    uint8_t *mid = json_quote(out->refs, field[0]), *end = json_quote(mid, field[1]);
    out->join_ref = slice_of(out->refs, (size_t)(mid - out->refs));
    out->ref = slice_of(mid, (size_t)(end - mid));
    out->topic = field[2];
    out->event = field[3];
    out->topic_text = out->event_text = out->binary = true;
    out->payload = rest;
    return KITH_OK;
}

/* kind, lengths, fields, data */
static struct frame *encode(enum kind kind, const kith_slice field[], size_t count, kith_slice data,
                            kith_err *err)
{
    size_t len = 1 + count + data.len;
    for (size_t i = 0; i < count; i++) {
        *err = KITH_FULL;
        if (field[i].len > PHX_FIELD_MAX) return NULL;
        len += field[i].len;
    }
    struct frame *f = ws_frame_new(WS_OP_BINARY, len);
    *err = f ? KITH_OK : KITH_NOMEM;
    if (!f) return NULL;
    uint8_t *at = f->bytes + f->body_at;
    *at++ = (uint8_t)kind;
    for (size_t i = 0; i < count; i++)
        *at++ = (uint8_t)field[i].len;
    for (size_t i = 0; i < count; i++) {
        if (field[i].len) memcpy(at, field[i].ptr, field[i].len);
        at += field[i].len;
    }
    if (data.len) memcpy(at, data.ptr, data.len);
    return f;
}

/* A ref as a field: null is nothing, a string its text, anything else as it is written. */
static kith_slice ref_field(kith_slice raw, struct buf *scratch)
{
    if (raw.len == 0 || slice_is(raw, "null")) return slice_of(NULL, 0);
    return raw.ptr[0] == '"' ? json_text((struct json){JSON_STRING, raw}, scratch) : raw;
}

/* Push and reply, whose first field or two are refs. */
static struct frame *encode_refs(enum kind kind, const struct phx_out *m, kith_slice last,
                                 kith_err *err)
{
    struct buf scratch[2] = {{0}, {0}};
    kith_slice field[FIELDS_MAX];
    size_t count = 0;
    field[count++] = ref_field(m->join_ref, &scratch[0]);
    if (kind == KIND_REPLY) field[count++] = ref_field(m->ref, &scratch[1]);
    field[count++] = m->topic;
    field[count++] = last;
    struct frame *f = NULL;
    *err = KITH_NOMEM;
    if (!scratch[0].failed && !scratch[1].failed) f = encode(kind, field, count, m->payload, err);
    buf_fini(&scratch[0]);
    buf_fini(&scratch[1]);
    return f;
}

struct frame *phx_encode_binary_push(const struct phx_out *m, kith_err *err)
{
    return encode_refs(KIND_PUSH, m, m->event, err);
}

struct frame *phx_encode_binary_reply(const struct phx_out *m, bool ok, kith_err *err)
{
    return encode_refs(KIND_REPLY, m, ok ? KITH_LIT("ok") : KITH_LIT("error"), err);
}

struct frame *phx_encode_binary_broadcast(const struct phx_out *m, kith_err *err)
{
    const kith_slice field[] = {m->topic, m->event};
    return encode(KIND_BROADCAST, field, 2, m->payload, err);
}
