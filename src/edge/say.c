/* edge/say.c -- the frames that a channel's client gets of it. */
#include "edge/say.h"

static bool too_old(const struct kith_channel *c, kith_payload p)
{
    return p.binary && c->session->vsn == PHX_V1;
}

struct frame *say_reply(const struct kith_channel *c, kith_slice join_ref, kith_slice ref, bool ok,
                        kith_payload response, kith_err *err)
{
    struct phx_out m = {
        .join_ref = join_ref, .ref = ref, .topic = channel_topic(c), .payload = response.bytes};
    *err = too_old(c, response) ? KITH_BAD : KITH_NOMEM;
    if (!response.binary) return phx_encode_reply(c->session->vsn, &m, ok);
    return *err == KITH_BAD ? NULL : phx_encode_binary_reply(&m, ok, err);
}

struct frame *say_push(const struct kith_channel *c, kith_slice event, kith_payload payload,
                       kith_err *err)
{
    struct phx_out m = {.join_ref = channel_join_ref(c),
                        .topic = channel_topic(c),
                        .event = event,
                        .payload = payload.bytes};
    *err = too_old(c, payload) ? KITH_BAD : KITH_NOMEM;
    if (!payload.binary) return phx_encode(c->session->vsn, &m);
    return *err == KITH_BAD ? NULL : phx_encode_binary_push(&m, err);
}

/* They bear the join_ref twice: as join_ref and as ref. V1 has neither. */
struct frame *say_end(const struct kith_channel *c, const char *event)
{
    enum phx_vsn vsn = c->session->vsn;
    return phx_encode(
        vsn, &(struct phx_out){.join_ref = channel_join_ref(c),
                               .ref = vsn == PHX_V1 ? (kith_slice){0} : channel_join_ref(c),
                               .topic = channel_topic(c),
                               .event = slice_str(event),
                               .payload = KITH_LIT("{}")});
}
