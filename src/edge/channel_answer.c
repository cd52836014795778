/* edge/channel_answer.c -- what a behaviour says to its own client, and to all who have joined its
 * topic. */
#include "edge/channel_api.h"

#include "edge/good.h"
#include "edge/say.h"
#include "shard/broadcast.h"
#include "shard/refusals.h"
#include "wire/json.h"

#include <stdlib.h>

kith_channel_id channel_self(const struct kith_channel *c)
{
    const struct world *w = session_world(c->session);
    return (kith_channel_id){.client = clients_handle(w->clients, c->session->slot),
                             .shard = w->o.id,
                             .channel = c->number};
}

static void put_reply(struct kith_channel *c, struct frame *f, bool ok)
{
    struct call *call = channel_call(c);
    call->answered = true;
    if (!call->join) {
        session_send(c->session, f);
        return;
    }
    call->reply = f;
    call->ok = ok;
}

kith_err channel_reply(struct kith_channel *c, bool ok, kith_payload response)
{
    struct call *call = channel_call(c);
    kith_err err;
    if (!call) return KITH_NONE;
    if (call->answered) return KITH_EXISTS;
    if (!good_payload(response)) return KITH_BAD;
    struct frame *f = say_reply(c, call->join ? channel_asked_ref(c) : channel_join_ref(c),
                                call->in->ref, ok, response, &err);
    if (!f) return err;
    if (call->join && !ok) call->reason_len = refusals_reason(call->reason, response.bytes);
    put_reply(c, f, ok);
    return KITH_OK;
}

kith_err channel_refuse(struct kith_channel *c, const char *reason)
{
    if (!channel_call(c)) return KITH_NONE;
    struct buf b = {0};
    bool join = channel_call(c)->join;
    buf_puts(&b, "{\"reason\":");
    json_put_quoted(&b, slice_str(reason));
    buf_putc(&b, '}');
    kith_err e = b.failed ? KITH_NOMEM : channel_reply(c, false, kith_json(buf_slice(&b)));
    buf_fini(&b);
    if (join) return KITH_REFUSED;
    if (e != KITH_NOMEM) return e;
    session_send(c->session, NULL);
    return KITH_OK;
}

static struct pending *pending_new(const struct kith_channel *c)
{
    kith_slice ref = channel_call(c)->in->ref;
    struct pending *p = calloc(1, sizeof *p + ref.len);
    if (!p) return NULL;
    p->until_ms = session_world(c->session)->now.mono_ms + JOIN_WAIT_MS;
    if (ref.len) memcpy(p->bytes, ref.ptr, ref.len);
    p->ref = slice_of(p->bytes, ref.len);
    return p;
}

struct kith_reply *channel_reply_later(struct kith_channel *c)
{
    if (!channel_call(c) || channel_call(c)->answered) return NULL;
    kith_slice ref = channel_call(c)->in->ref;
    struct kith_reply *r = malloc(sizeof *r + ref.len);
    struct pending *p = r && channel_call(c)->join ? pending_new(c) : NULL;
    if (!r || (channel_call(c)->join && !p)) {
        free(r);
        return NULL;
    }
    r->server = c->session->socket.ctx->options->server;
    r->to = channel_self(c);
    r->ref_len = ref.len;
    if (ref.len) memcpy(r->ref, ref.ptr, ref.len);
    channel_call(c)->answered = true;
    if (p) {
        c->pending = p;
        c->session->pending_count++;
    }
    return r;
}

struct mail *channel_answer_mail(const struct kith_reply *r, bool ok, kith_payload response)
{
    struct mail *m =
        mail_new(MAIL_ANSWER, slice_of(r->ref, r->ref_len), (kith_slice){0}, response.bytes);
    if (!m) return NULL;
    m->handle = r->to.client;
    m->serial = r->to.channel;
    m->failed = !ok;
    m->binary = response.binary;
    return m;
}

struct mail *channel_info_mail(kith_channel_id to, kith_slice event, kith_payload payload)
{
    struct mail *m = mail_new(MAIL_INFO, (kith_slice){0}, event, payload.bytes);
    if (!m) return NULL;
    m->handle = to.client;
    m->serial = to.channel;
    m->binary = payload.binary;
    return m;
}

void channel_stop(struct kith_channel *c)
{
    if (!channel_call(c) || !channel_call(c)->join) c->stopping = true;
}

kith_err channel_push(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    kith_err err;
    if (!channel_speaks(c)) return KITH_NONE;
    if (!good_event(event) || !good_payload(payload)) return KITH_BAD;
    struct frame *f = say_push(c, event, payload, &err);
    if (!f) return err;
    session_send(c->session, f);
    return KITH_OK;
}

kith_err channel_broadcast(struct kith_channel *c, bool from, kith_slice event,
                           kith_payload payload)
{
    if (!channel_speaks(c)) return KITH_NONE;
    if (!good_event(event) || !good_payload(payload)) return KITH_BAD;
    struct broadcast b = {.topic = channel_topic(c),
                          .event = event,
                          .payload = payload.bytes,
                          .binary = payload.binary};
    if (from) b.from = channel_self(c);
    broadcast(session_world(c->session), &b);
    return KITH_OK;
}
