/* edge/channel_social.c -- what a behaviour asks of friends' presence, and the tokens of its user.
 */
#include "edge/channel_api.h"

#include "base/limits.h"
#include "edge/say.h"
#include "shard/social.h"
#include "wire/json.h"
#include "wire/presence.h"

/* Bytes are no object. */
static kith_slice status_of(kith_payload p)
{
    if (p.binary) return KITH_LIT("null");
    return p.bytes.len ? p.bytes : KITH_LIT("{}");
}

/* {} says nothing: the session keeps what it had, or gets the default. */
static bool says_nothing(kith_slice payload)
{
    struct json j, key, value;
    if (json_parse(payload, &j) != KITH_OK || j.type != JSON_OBJECT) return false;
    struct json_walk walk = json_walk(j);
    return !json_next(&walk, &key, &value);
}

/* A join's payload is a status, and beside it {"resume": ".."}, which goes into `token`; the rest
 * is in `rest`. False: no memory. */
static bool take_resume(struct json object, struct buf *rest, struct buf *token)
{
    struct json key, value;
    struct buf text = {0};
    if (json_get(object, "resume", &value) == KITH_NONE) {
        buf_put(rest, object.raw); /* as it is */
        return !rest->failed;
    }
    buf_putc(rest, '{');
    for (struct json_walk walk = json_walk(object); json_next(&walk, &key, &value);) {
        bool is_token = json_text_is(key, KITH_LIT("resume"));
        if (is_token && value.type == JSON_STRING) buf_put(token, json_text(value, &text));
        if (is_token) continue;
        if (rest->len > 1) buf_putc(rest, ',');
        buf_put(rest, key.raw);
        buf_putc(rest, ':');
        buf_put(rest, value.raw);
    }
    buf_putc(rest, '}');
    bool good = !rest->failed && !token->failed && !text.failed;
    buf_fini(&text);
    return good;
}

/* A socket has one channel of each form, and the form says on which topic its client listens. */
static bool form_free(const struct kith_channel *c, enum kith_social_form form)
{
    if (form == KITH_SOCIAL_FRIENDS && !slice_is(channel_topic(c), "friends")) return false;
    for (const struct kith_channel *o = c->session->channels; o; o = o->next)
        if (o->social && o->form == form && !slice_eq(channel_topic(o), channel_topic(c)))
            return false;
    return true;
}

/* What a join's payload says. */
struct joins_with {
    struct buf fields, resume;
};

static void joins_with_fini(struct joins_with *p)
{
    buf_fini(&p->fields);
    buf_fini(&p->resume);
}

/* NULL, or what is wrong with it. */
static const char *read_join(kith_payload payload, struct joins_with *out)
{
    struct buf rest = {0};
    struct json object;
    const char *why = NULL;
    if (json_parse(status_of(payload), &object) || object.type != JSON_OBJECT)
        return "status must be an object";
    if (object.raw.len > JOIN_BYTES_MAX) return "status is too large"; /* before it is walked */
    bool good = take_resume(object, &rest, &out->resume);
    kith_slice status = buf_slice(&rest);
    kith_err e = !good                  ? KITH_NOMEM
                 : says_nothing(status) ? KITH_OK
                                        : presence_fields(status, &out->fields, &why);
    buf_fini(&rest);
    return !e ? NULL : why ? why : "server busy, try again";
}

kith_err channel_social_join(struct kith_channel *c, enum kith_social_form form,
                             kith_payload payload)
{
    struct session *s = c->session;
    struct joins_with with = {0};
    if (!channel_call(c) || !channel_call(c)->join) return KITH_NONE;
    if (channel_call(c)->answered) return KITH_EXISTS;
    if ((unsigned)form >= SOCIAL_FORMS || !form_free(c, form)) return KITH_BAD;
    if (s->user_len == 0) return channel_refuse(c, "unauthorized");
    const char *why = read_join(payload, &with);
    if (why) {
        joins_with_fini(&with);
        return channel_refuse(c, why);
    }
    struct social_join j = {.form = form,
                            .channel = c->number,
                            .user = socket_user(&s->socket),
                            .name = channel_name(c),
                            .topic_len = c->topic_len,
                            .ref = channel_call(c)->in->ref,
                            .bare = slice_is(channel_call(c)->in->join_ref, "null"),
                            .fields = buf_slice(&with.fields),
                            .resume = buf_slice(&with.resume),
                            .device = s->device,
                            .hidden = s->hidden};
    if (channel_call(c)->after_reply) j.after_reply = frame_ref(channel_call(c)->after_reply);
    kith_err e = social_join(session_world(s), s->slot, &j);
    joins_with_fini(&with);
    if (e) return channel_refuse(c, "server busy, try again");
    s->hidden = false;
    c->social = true;
    c->form = form;
    channel_call(c)->answered = true;
    frame_unref(channel_call(c)->after_reply); /* goes with the answer now */
    channel_call(c)->after_reply = NULL;
    return KITH_LATER;
}

kith_err channel_social_status(struct kith_channel *c, kith_payload payload)
{
    struct session *s = c->session;
    struct buf fields = {0};
    const char *why = NULL;
    kith_err err;
    if (!channel_call(c) || channel_call(c)->join) return KITH_NONE;
    if (channel_call(c)->answered) return KITH_EXISTS;
    kith_err e = presence_fields(status_of(payload), &fields, &why);
    struct frame *reply =
        e ? NULL
          : say_reply(c, channel_join_ref(c), channel_call(c)->in->ref, true, KITH_EMPTY, &err);
    if (!e && !reply) e = KITH_NOMEM;
    if (!e) e = social_status(session_world(s), s->slot, buf_slice(&fields), reply);
    buf_fini(&fields);
    if (e == KITH_BAD) return channel_refuse(c, why);
    if (e) return channel_refuse(c, "server busy, try again");
    channel_call(c)->answered = true;
    return KITH_OK;
}

kith_err channel_token(struct kith_channel *c, kith_payload payload)
{
    struct session *s = c->session;
    const struct edge_options *r = s->socket.ctx->options;
    static const char *const members[] = {"token", NULL};
    struct json object, token = {0};
    struct token_claims claims;
    uint32_t count;
    struct buf text = {0}, user = {0};
    const char *reason;
    if (!channel_call(c) || channel_call(c)->join) return KITH_NONE;
    if (r->auth_none) return channel_reply(c, true, KITH_EMPTY); /* any is as good as none */
    if (!session_may_ask(s, 0)) return channel_refuse(c, "too many tokens, try again");
    bool ok = !payload.binary && json_parse(payload.bytes, &object) == KITH_OK &&
              json_members(object, members, &token, &count) == KITH_OK &&
              token.type == JSON_STRING && token.raw.len <= JSON_WRITTEN_MAX(TOKEN_BYTES_MAX) &&
              token_verify(r->keys, json_text(token, &text), session_world(s)->now.unix_ms, &user,
                           &claims, &reason) == KITH_OK &&
              slice_eq(claims.user, socket_user(&s->socket));
    if (ok) s->expires_at_ms = claims.expires_at_ms;
    buf_fini(&text);
    buf_fini(&user);
    return ok ? channel_reply(c, true, KITH_EMPTY) : channel_refuse(c, "invalid token");
}
