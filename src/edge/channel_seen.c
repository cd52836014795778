/* edge/channel_seen.c -- a client asks when users were last seen. */
#include "edge/channel_api.h"

#include "base/ids.h"
#include "edge/visibility.h"
#include "shard/seen.h"

static kith_err read_ids(kith_payload payload, struct buf *ids)
{
    static const char *const members[] = {"ids", NULL};
    struct json object, list = {0};
    uint32_t count;
    if (payload.binary || json_parse(payload.bytes, &object) != KITH_OK ||
        json_members(object, members, &list, &count) != KITH_OK || list.type != JSON_ARRAY)
        return KITH_BAD;
    return ids_read(list, SEEN_IDS_MAX, ids);
}

kith_err channel_last_seen(struct kith_channel *c, kith_payload payload)
{
    struct session *s = c->session;
    struct world *w = session_world(s);
    struct buf ids = {0};
    if (!channel_call(c) || channel_call(c)->join || channel_call(c)->answered) return KITH_NONE;
    if (s->user_len == 0) return channel_refuse(c, "unauthorized");
    if (!session_may_ask(s, payload.bytes.len))
        return channel_refuse(c, "too many questions, try again");
    kith_err e = read_ids(payload, &ids);
    struct seen_lookup q = {.user = socket_user(&s->socket),
                            .ids = buf_slice(&ids),
                            .ref = channel_call(c)->in->ref,
                            .handle = clients_handle(w->clients, s->slot),
                            .channel = c->number};
    if (!e) e = seen_look_up(w, &q);
    buf_fini(&ids);
    if (e == KITH_BAD) return channel_refuse(c, "ids are at most 100 user ids");
    if (e) return channel_refuse(c, "server busy, try again");
    channel_call(c)->answered = true;
    return KITH_OK;
}
