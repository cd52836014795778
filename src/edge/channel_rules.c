/* edge/channel_rules.c -- what a client says about who may see its user, and whom it asks to see.
 */
#include "edge/channel_api.h"

#include "edge/visibility.h"
#include "shard/asking.h"
#include "shard/social.h"

/* Where `payload` is an object with this key alone, which of the words its value is. KITH_NONE: it
 * has no such key. */
static kith_err word_of(kith_slice payload, const char *key, const char *const words[],
                        unsigned *which)
{
    struct json object, said, name, value;
    if (json_parse(payload, &object) != KITH_OK || object.type != JSON_OBJECT ||
        json_get(object, key, &said) == KITH_NONE)
        return KITH_NONE;
    struct json_walk walk = json_walk(object);
    bool alone = json_next(&walk, &name, &value) && !json_next(&walk, &name, &value);
    if (!alone || said.type != JSON_STRING) return KITH_BAD;
    for (*which = 0; words[*which]; ++*which)
        if (json_text_is(said, slice_str(words[*which]))) return KITH_OK;
    return KITH_BAD;
}

/* Answered once those who saw the session have been told. */
static kith_err hide(struct kith_channel *c, bool hidden)
{
    kith_err e = social_hide(session_world(c->session), c->session->slot, hidden, c->call->in->ref,
                             c->number);
    if (e == KITH_NONE) return channel_refuse(c, "this session has no presence");
    if (e) return channel_refuse(c, "server busy, try again");
    c->call->answered = true;
    return KITH_OK;
}

/* Answered once it holds everywhere. */
static kith_err ask(struct kith_channel *c, const struct rule *r)
{
    struct world *w = session_world(c->session);
    struct mail *m = rule_mail(r, c->call->in->ref);
    if (!m) return KITH_NOMEM;
    m->handle = clients_handle(w->clients, c->session->slot);
    m->serial = c->number;
    world_want(w, m);
    c->call->answered = true;
    return KITH_OK;
}

/* That of the session alone, or of when its user was last seen. KITH_NONE: neither. */
static kith_err other_change(struct kith_channel *c, kith_slice payload)
{
    static const char *const sessions[] = {"visible", "hidden", NULL};
    static const char *const lasts[] = {"off", "coarse", "exact", NULL};
    unsigned which;
    kith_err e = word_of(payload, "session", sessions, &which);
    if (e == KITH_OK) return hide(c, which == 1);
    if (e == KITH_BAD) return channel_refuse(c, "session is hidden or visible, and stands alone");
    e = word_of(payload, "last_seen", lasts, &which);
    if (e == KITH_BAD)
        return channel_refuse(c, "last_seen is off, coarse or exact, and stands alone");
    if (e) return KITH_NONE;
    struct rule r = {.kind = RULE_LAST_SEEN,
                     .user = socket_user(&c->session->socket),
                     .last_seen = (enum last_seen)which};
    return ask(c, &r) == KITH_OK ? KITH_OK : channel_refuse(c, "server busy, try again");
}

kith_err channel_visibility(struct kith_channel *c, kith_payload payload)
{
    struct rule r = {.kind = RULE_VISIBILITY, .user = socket_user(&c->session->socket)};
    struct buf ids = {0};
    if (!c->call || c->call->join || c->call->answered) return KITH_NONE;
    if (r.user.len == 0) return channel_refuse(c, "unauthorized");
    if (!session_may_ask(c->session, payload.bytes.len))
        return channel_refuse(c, "too many changes, try again");
    kith_err e = payload.binary ? KITH_NONE : other_change(c, payload.bytes);
    if (e != KITH_NONE) return e;
    const char *why = "server busy, try again";
    e = visibility_read(payload.binary ? (kith_slice){0} : payload.bytes, &r, &ids, &why);
    if (!e) e = ask(c, &r);
    buf_fini(&ids);
    return e ? channel_refuse(c, why) : KITH_OK;
}

static const char NO_IDS[] = "ids are at most 200 user ids";
_Static_assert(ASKED_MAX == 200, "as the reasons say");

/* {"ids": [..]}: NULL, or what is wrong with it. */
static const char *parse_ids(kith_slice payload, struct buf *sorted)
{
    struct json object, ids;
    struct buf listed = {0};
    if (json_parse(payload, &object) || object.type != JSON_OBJECT || json_unique_keys(object) ||
        json_get(object, "ids", &ids) || ids.type != JSON_ARRAY)
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
        &(struct social_ask){.on = on, .ids = ids, .channel = c->number, .ref = c->call->in->ref});
    if (e == KITH_FULL) return "200 users are watched already, unwatch some";
    if (e) return "server busy, try again";
    c->call->answered = true;
    return NULL;
}

kith_err channel_ask(struct kith_channel *c, kith_payload payload, bool on)
{
    struct buf ids = {0};
    if (!c->call || c->call->join) return KITH_NONE;
    if (c->call->answered) return KITH_EXISTS;
    if (!session_may_ask(c->session, payload.bytes.len))
        return channel_refuse(c, "too many changes, try again");
    const char *why = parse_ids(payload.binary ? KITH_EMPTY.bytes : payload.bytes, &ids);
    if (!why) why = ask_for(c, buf_slice(&ids), on);
    buf_fini(&ids);
    return why ? channel_refuse(c, why) : KITH_OK;
}
