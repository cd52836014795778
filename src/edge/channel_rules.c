/* edge/channel_rules.c -- what a client says about who may see its user, and whom it asks to see.
 */
#include "edge/channel_api.h"

#include "edge/visibility.h"
#include "shard/asking.h"
#include "shard/social.h"

/* Answered once those who saw the session have been told. */
static kith_err hide(struct kith_channel *c, bool hidden)
{
    kith_err e = social_hide(session_world(c->session), c->session->slot, hidden,
                             channel_call(c)->in->ref, c->number);
    if (e == KITH_NONE) return channel_refuse(c, "this session has no presence");
    if (e) return channel_refuse(c, "server busy, try again");
    channel_call(c)->answered = true;
    return KITH_OK;
}

/* Answered once it holds everywhere. */
static kith_err ask(struct kith_channel *c, const struct rule *r)
{
    struct world *w = session_world(c->session);
    struct mail *m = rule_mail(r, channel_call(c)->in->ref);
    if (!m) return KITH_NOMEM;
    m->handle = clients_handle(w->clients, c->session->slot);
    m->serial = c->number;
    world_want(w, m);
    channel_call(c)->answered = true;
    return KITH_OK;
}

/* That of the session alone. KITH_NONE: it is another. */
static kith_err session_change(struct kith_channel *c, const struct visibility_said *said)
{
    static const char *const sessions[] = {"visible", "hidden", NULL};
    unsigned which;
    kith_err e = visibility_word(said, said->session, sessions, &which);
    if (e == KITH_OK) return hide(c, which == 1);
    return e == KITH_NONE ? e : channel_refuse(c, "session is hidden or visible, and stands alone");
}

/* That of the user. */
static kith_err user_change(struct kith_channel *c, const struct visibility_said *said)
{
    struct rule r = {.user = socket_user(&c->session->socket)};
    struct buf ids = {0};
    const char *why = "server busy, try again";
    kith_err e = visibility_read(said, &r, &ids, &why);
    if (!e) e = ask(c, &r);
    buf_fini(&ids);
    return e ? channel_refuse(c, why) : KITH_OK;
}

kith_err channel_visibility(struct kith_channel *c, kith_payload payload)
{
    struct json object;
    struct visibility_said said;
    if (!channel_call(c) || channel_call(c)->join || channel_call(c)->answered) return KITH_NONE;
    if (socket_user(&c->session->socket).len == 0) return channel_refuse(c, "unauthorized");
    if (!session_may_ask(c->session, payload.bytes.len))
        return channel_refuse(c, "too many changes, try again");
    if (payload.binary || json_parse(payload.bytes, &object) || object.type != JSON_OBJECT)
        return channel_refuse(c, visibility_no_mode);
    visibility_take(object, &said);
    kith_err e = session_change(c, &said);
    return e == KITH_NONE ? user_change(c, &said) : e;
}

static const char NO_IDS[] = "ids are at most 200 user ids";
_Static_assert(ASKED_MAX == 200, "as the reasons say");

/* {"ids": [..]}: NULL, or what is wrong with it. */
static const char *parse_ids(kith_slice payload, struct buf *sorted)
{
    static const char *const members[] = {"ids", NULL};
    struct json object, ids = {0};
    struct buf listed = {0};
    uint32_t count;
    if (json_parse(payload, &object) || json_members(object, members, &ids, &count) ||
        ids.type != JSON_ARRAY)
        return NO_IDS;
    kith_err e = ids_read(ids, ASKED_MAX, &listed);
    if (!e) e = ids_put_sorted(sorted, buf_slice(&listed));
    buf_fini(&listed);
    return !e ? NULL : e == KITH_BAD ? NO_IDS : "server busy, try again";
}

/* Answered once it holds. */
static const char *ask_for(struct kith_channel *c, kith_slice ids, bool on)
{
    kith_err e = asking_change(
        session_world(c->session), c->session->slot,
        &(struct social_ask){
            .on = on, .ids = ids, .channel = c->number, .ref = channel_call(c)->in->ref});
    if (e == KITH_FULL) return "200 users are watched already, unwatch some";
    if (e) return "server busy, try again";
    channel_call(c)->answered = true;
    return NULL;
}

kith_err channel_ask(struct kith_channel *c, kith_payload payload, bool on)
{
    struct buf ids = {0};
    if (!channel_call(c) || channel_call(c)->join) return KITH_NONE;
    if (channel_call(c)->answered) return KITH_EXISTS;
    if (!session_may_ask(c->session, payload.bytes.len))
        return channel_refuse(c, "too many changes, try again");
    const char *why = parse_ids(payload.binary ? KITH_EMPTY.bytes : payload.bytes, &ids);
    if (!why) why = ask_for(c, buf_slice(&ids), on);
    buf_fini(&ids);
    return why ? channel_refuse(c, why) : KITH_OK;
}
