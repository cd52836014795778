/* edge/channel_rules.c -- what a client says about who may see its user. */
#include "edge/channel_api.h"

#include "edge/token.h"
#include "shard/rule.h"
#include "wire/json.h"

static bool mode_of(struct json object, enum visibility *out)
{
    static const char *const names[] = {"friends", "public", "nobody", "only", "except"};
    struct json mode;
    if (json_get(object, "mode", &mode) != KITH_OK || mode.type != JSON_STRING) return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (json_text_is(mode, slice_str(names[i]))) {
            *out = (enum visibility)i;
            return true;
        }
    return false;
}

static bool put_ids(struct json ids, struct buf *out)
{
    struct json_walk walk = json_walk(ids);
    struct buf text = {0};
    uint32_t count = 0;
    bool good = true;
    for (struct json id; good && json_next(&walk, NULL, &id);) {
        good = id.type == JSON_STRING && ++count <= CHOSEN_MAX;
        kith_slice user = good ? json_text(id, &text) : (kith_slice){0};
        good = good && !text.failed && token_user_valid(user);
        if (good) ids_put(out, user);
    }
    buf_fini(&text);
    return good;
}

static const char NOT_ONE[] = "visibility needs a mode: friends, public, nobody, only or except";

/* NULL, or what is wrong with it. */
static const char *parse(kith_slice payload, struct rule *r, struct buf *sorted)
{
    struct json object, ids;
    struct buf listed = {0};
    if (json_parse(payload, &object) || object.type != JSON_OBJECT || json_unique_keys(object))
        return NOT_ONE;
    if (!mode_of(object, &r->visibility)) return NOT_ONE;
    bool lists = r->visibility >= VISIBILITY_ONLY;
    kith_err e = json_get(object, "ids", &ids);
    if (lists != (e == KITH_OK) || (lists && ids.type != JSON_ARRAY))
        return "only and except list ids, and no other mode does";
    bool good = !lists || put_ids(ids, &listed);
    const char *why = good ? NULL : "ids are at most 5000 user ids";
    if (good && ids_put_sorted(sorted, buf_slice(&listed)) != KITH_OK)
        why = "server busy, try again";
    buf_fini(&listed);
    r->ids = buf_slice(sorted);
    return why;
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

kith_err channel_visibility(struct kith_channel *c, kith_payload payload)
{
    struct rule r = {.kind = RULE_VISIBILITY, .user = socket_user(&c->session->socket)};
    struct buf ids = {0};
    if (!c->call || c->call->join || c->call->answered) return KITH_NONE;
    if (r.user.len == 0) return channel_refuse(c, "unauthorized");
    if (!session_may_ask(c->session, payload.bytes.len))
        return channel_refuse(c, "too many changes, try again");
    const char *why = payload.binary ? NOT_ONE : parse(payload.bytes, &r, &ids);
    if (!why && ask(c, &r) != KITH_OK) why = "server busy, try again";
    buf_fini(&ids);
    return why ? channel_refuse(c, why) : KITH_OK;
}
