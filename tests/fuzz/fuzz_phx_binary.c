/* tests/fuzz/fuzz_phx_binary.c -- Phoenix's binary frames: what is read is echoed bit for bit. */
#include "phx_round.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void assert_ref(kith_slice ref, const struct phx_in *in)
{
    assert_within(ref, in->refs, sizeof in->refs);
    assert_json(ref);
}

/* 00 jl rl tl el: a reply has the same refs and topic behind its own lengths. */
static void check_reply(const uint8_t *bytes, const struct phx_in *in)
{
    struct phx_out m = sent_back(in);
    kith_err err;
    struct frame *f = phx_encode_binary_reply(&m, true, &err);
    KITH_ASSERT(f && err == KITH_OK);
    kith_slice body = frame_body(f);
    size_t same = (size_t)bytes[1] + bytes[2] + bytes[3];
    KITH_ASSERT(body.len == 5 + same + 2 + in->payload.len);
    KITH_ASSERT(memcmp(body.ptr + 1, bytes + 1, 3) == 0 && body.ptr[4] == 2);
    KITH_ASSERT(memcmp(body.ptr + 5, bytes + 5, same) == 0);
    frame_unref(f);
}

/* What clients are sent has a form of its own. */
static void check_push(const uint8_t *bytes, const struct phx_in *in)
{
    struct phx_out m = sent_back(in);
    kith_err err;
    struct frame *push = phx_encode_binary_push(&m, &err);
    KITH_ASSERT(push && err == KITH_OK);
    KITH_ASSERT(frame_body(push).len == 4u + bytes[1] + bytes[3] + bytes[4] + in->payload.len);
    struct frame *all = phx_encode_binary_broadcast(&m, &err);
    KITH_ASSERT(all && err == KITH_OK);
    KITH_ASSERT(frame_body(all).len == 3u + bytes[3] + bytes[4] + in->payload.len);
    frame_unref(push);
    frame_unref(all);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct phx_in in;
    if (phx_decode_binary(PHX_V2, slice_of(bytes, len), &in)) return 0;
    assert_ref(in.join_ref, &in);
    assert_ref(in.ref, &in);
    assert_within(in.topic, bytes, len);
    assert_within(in.event, bytes, len);
    KITH_ASSERT(in.payload.ptr + in.payload.len == bytes + len);
    check_reply(bytes, &in);
    check_push(bytes, &in);
    return 0;
}
