/* tests/fuzz/phx_round.h -- what a client's message must hold, and what comes of sending it back.
 */
#pragma once

#include "base/assert.h"
#include "wire/json.h"
#include "wire/phx.h"

#include <stdlib.h>

static inline void assert_within(kith_slice part, const void *whole, size_t len)
{
    const uint8_t *start = whole;
    KITH_ASSERT(part.ptr >= start && part.ptr + part.len <= start + len);
}

static inline void assert_json(kith_slice raw)
{
    struct json j;
    KITH_ASSERT(json_parse(raw, &j) == KITH_OK && j.raw.len == raw.len);
}

static inline struct phx_out sent_back(const struct phx_in *in)
{
    return (struct phx_out){.join_ref = in->join_ref,
                            .ref = in->ref,
                            .topic = in->topic,
                            .topic_raw = !in->topic_text,
                            .event = in->event_text ? in->event : KITH_LIT("other"),
                            .payload = in->payload};
}

/* Sent as a message and read again, everything is as it was. */
static inline void check_round(enum phx_vsn vsn, const struct phx_in *in)
{
    struct phx_out m = sent_back(in);
    struct frame *f = phx_encode(vsn, &m), *reply = phx_encode_reply(vsn, &m, true);
    if (!f || !reply) abort();
    struct phx_in again;
    kith_err e = phx_decode(vsn, f->bytes + f->body_at, f->len - f->body_at, &again);
    KITH_ASSERT(e == KITH_OK);
    KITH_ASSERT(vsn == PHX_V1 || slice_eq(again.join_ref, in->join_ref));
    KITH_ASSERT(slice_eq(again.ref, in->ref) && slice_eq(again.payload, in->payload));
    KITH_ASSERT(again.topic_text == in->topic_text && slice_eq(again.topic, in->topic));
    KITH_ASSERT(again.event_text && slice_eq(again.event, m.event));
    KITH_ASSERT(reply->bytes[reply->len - 1] == (vsn == PHX_V1 ? '}' : ']'));
    frame_unref(f);
    frame_unref(reply);
}

static inline int check_text(enum phx_vsn vsn, const uint8_t *bytes, size_t len)
{
    uint8_t *text = malloc(len);
    struct phx_in in;
    if (!text) return 0;
    memcpy(text, bytes, len);
    if (phx_decode(vsn, text, len, &in) == KITH_OK) {
        assert_within(in.ref, text, len);
        assert_within(in.topic, text, len);
        assert_within(in.event, text, len);
        assert_within(in.payload, text, len);
        assert_json(in.join_ref);
        assert_json(in.ref);
        assert_json(in.payload);
        KITH_ASSERT(utf8_valid(in.topic) && utf8_valid(in.event) && !in.binary);
        check_round(vsn, &in);
    } else {
        KITH_ASSERT(memcmp(text, bytes, len) == 0);
    }
    free(text);
    return 0;
}
