/* edge/channel.c -- one joined topic of one socket: its life, and the calls of its behaviour. */
#include "edge/channel.h"

#include "shard/social.h"
#include "wire/json.h"
#include "wire/presence.h"

#include <stdlib.h>

static struct frame *encode(const struct kith_channel *c, kith_slice ref, kith_slice event,
                            kith_slice payload)
{
    return phx_encode(c->session->vsn, &(struct phx_out){.join_ref = c->join_ref,
                                                         .ref = ref,
                                                         .topic = c->topic,
                                                         .event = event,
                                                         .payload = payload});
}

/* phx_close and phx_error bear the join_ref twice: as join_ref and as ref. V1 has neither. */
static struct frame *encode_end(const struct kith_channel *c, const char *event)
{
    kith_slice ref = c->session->vsn == PHX_V1 ? (kith_slice){0} : c->join_ref;
    return encode(c, ref, slice_str(event), KITH_LIT("{}"));
}

static void unlink_channel(struct kith_channel *c)
{
    struct kith_channel **at = &c->session->channels;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    c->session->channel_count--;
}

static void drop(struct kith_channel *c)
{
    if (c->behaviour->terminate) c->behaviour->terminate(c);
    free(c);
}

/* Takes the channel out of its session and ends it. */
static void end(struct kith_channel *c)
{
    if (c->social) social_part(c->session->ctx->world, c->session->slot, c->form);
    unlink_channel(c);
    drop(c);
}

void channels_end(struct session *s)
{
    while (s->channels) {
        struct kith_channel *c = s->channels;
        unlink_channel(c);
        drop(c);
    }
}

struct kith_channel *channel_find(struct session *s, kith_slice topic)
{
    struct kith_channel *c = s->channels;
    while (c && !slice_eq(c->topic, topic))
        c = c->next;
    if (!c || !c->social || social_alive(s->ctx->world, s->slot, c->form)) return c;
    c->social = false;
    end(c);
    return NULL;
}

/* How many bytes before the star; the whole pattern where there is none. */
static size_t stem(const struct kith_channel_behaviour *b, bool *star)
{
    size_t len = strlen(b->topic);
    *star = len > 0 && b->topic[len - 1] == '*';
    return *star ? len - 1 : len;
}

const struct kith_channel_behaviour *channel_match(const struct edge_rules *r, kith_slice topic)
{
    const struct kith_channel_behaviour *best = NULL;
    size_t best_len = 0;
    for (size_t i = 0; i < r->channel_count; i++) {
        bool star;
        size_t len = stem(r->channels[i], &star);
        kith_slice head = slice_of(r->channels[i]->topic, len);
        if (!star && slice_eq(head, topic)) return r->channels[i];
        if (star && slice_starts(topic, head) && (!best || len > best_len)) {
            best = r->channels[i];
            best_len = len;
        }
    }
    return best;
}

static kith_slice keep(uint8_t **at, kith_slice s)
{
    if (s.len) memcpy(*at, s.ptr, s.len);
    kith_slice kept = slice_of(*at, s.len);
    *at += s.len;
    return kept;
}

static struct kith_channel *channel_new(struct session *s, const struct kith_channel_behaviour *b,
                                        const struct phx_in *in)
{
    bool star;
    bool bare = slice_is(in->join_ref, "null");
    kith_slice join_ref = bare ? in->ref : in->join_ref;
    struct kith_channel *c = malloc(sizeof *c + in->topic.len + join_ref.len);
    if (!c) return NULL;
    *c = (struct kith_channel){
        .session = s, .behaviour = b, .subtopic_at = (uint32_t)stem(b, &star)};
    if (!star) c->subtopic_at = (uint32_t)in->topic.len;
    uint8_t *at = c->bytes;
    c->topic = keep(&at, in->topic);
    c->join_ref = keep(&at, join_ref);
    c->asked_ref = bare ? KITH_LIT("null") : c->join_ref;
    return c;
}

static struct frame *encode_reply(const struct kith_channel *c, bool ok, kith_payload response,
                                  kith_err *err)
{
    const struct call *call = c->call;
    struct phx_out m = {.join_ref = call->join ? c->asked_ref : c->join_ref,
                        .ref = call->in->ref,
                        .topic = c->topic,
                        .payload = response.bytes};
    *err = response.binary && c->session->vsn == PHX_V1 ? KITH_BAD : KITH_NOMEM;
    if (!response.binary) return phx_encode_reply(c->session->vsn, &m, ok);
    return *err == KITH_BAD ? NULL : phx_encode_binary_reply(&m, ok, err);
}

static void answer_with(struct kith_channel *c, struct frame *reply)
{
    struct call *call = c->call;
    call->answered = true;
    session_send(c->session, reply);
    if (!call->after_reply) return;
    session_send(c->session, call->after_reply);
    call->after_reply = NULL;
}

/* The server's own words: JSON. */
static void answer(struct kith_channel *c, bool ok, kith_slice response)
{
    kith_err err;
    answer_with(c, encode_reply(c, ok, kith_json(response), &err));
}

/* What the joined channel that this one replaces leaves behind. */
static void supersede(struct kith_channel *old, const struct kith_channel *by, bool joined)
{
    /* A session that joins its social topic again keeps its presence: nothing happened to its user.
     */
    if (joined && old->social && by->social && old->form == by->form) old->social = false;
    end(old);
}

static void settle_join(struct kith_channel *c, struct kith_channel *old, kith_err e)
{
    struct session *s = c->session;
    bool joined = e == KITH_OK || e == KITH_LATER;
    struct stats *stats = &s->ctx->world->stats;
    if (e == KITH_OK && !c->call->answered) answer(c, true, KITH_LIT("{}"));
    if (!joined && !c->call->answered) answer(c, false, KITH_LIT("{\"reason\":\"join crashed\"}"));
    if (e == KITH_OK) stats->joins++;
    if (!joined) stats->joins_refused++;
    if (old) supersede(old, c, joined);
    c->call = NULL;
    if (!joined) {
        free(c);
        return;
    }
    c->next = s->channels;
    s->channels = c;
    s->channel_count++;
}

void channel_join(struct session *s, const struct kith_channel_behaviour *b,
                  const struct phx_in *in)
{
    struct kith_channel *old = channel_find(s, in->topic);
    struct kith_channel *c = channel_new(s, b, in);
    struct call call = {
        .in = in, .join = true, .after_reply = old ? encode_end(old, "phx_close") : NULL};
    if (!c || (old && !call.after_reply)) {
        session_send(s, NULL);
        frame_unref(call.after_reply);
        free(c);
        return;
    }
    c->call = &call;
    /* Bytes are no parameters: a binary join is a join without any. */
    kith_err e = b->join(c, kith_json(in->binary ? KITH_LIT("{}") : in->payload));
    settle_join(c, old, e);
}

void channel_leave(struct kith_channel *c, const struct phx_in *in)
{
    /* One that names a join that is over is ignored. A join that bore no name can't be told apart.
     */
    bool bare = slice_is(c->asked_ref, "null");
    if (!bare && !slice_eq(in->join_ref, c->asked_ref)) return;
    c->call = &(struct call){.in = in};
    answer(c, true, KITH_LIT("{}"));
    c->call = NULL;
    session_send(c->session, encode_end(c, "phx_close"));
    end(c);
}

void channel_in(struct kith_channel *c, const struct phx_in *in)
{
    kith_err e = KITH_BAD;
    c->call = &(struct call){.in = in};
    if (in->event_text && c->behaviour->handle_in)
        e = c->behaviour->handle_in(c, in->event, (kith_payload){in->payload, in->binary});
    c->call = NULL;
    if (!e) return;
    session_send(c->session, encode_end(c, "phx_error"));
    end(c);
}

/* What the server's user sends is checked: a client would close on what is no JSON. */
static bool payload_good(kith_payload p)
{
    struct json ignored;
    return p.binary || p.bytes.len == 0 || json_parse(p.bytes, &ignored) == KITH_OK;
}

kith_err channel_reply(struct kith_channel *c, bool ok, kith_payload response)
{
    if (!c->call) return KITH_NONE;
    if (c->call->answered) return KITH_EXISTS;
    if (!payload_good(response)) return KITH_BAD;
    kith_err err;
    struct frame *f = encode_reply(c, ok, response, &err);
    if (!f && err != KITH_NOMEM) return err;
    answer_with(c, f);
    return KITH_OK;
}

kith_err channel_refuse(struct kith_channel *c, const char *reason)
{
    if (!c->call) return KITH_NONE;
    struct buf b = {0};
    bool join = c->call->join;
    buf_puts(&b, "{\"reason\":");
    json_put_quoted(&b, slice_str(reason));
    buf_putc(&b, '}');
    if (b.failed)
        session_send(c->session, NULL);
    else if (!c->call->answered)
        answer(c, false, buf_slice(&b));
    buf_fini(&b);
    return join ? KITH_REFUSED : KITH_OK;
}

kith_err channel_push(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    struct phx_out m = {
        .join_ref = c->join_ref, .topic = c->topic, .event = event, .payload = payload.bytes};
    kith_err err = KITH_NOMEM;
    if (!payload_good(payload) || (payload.binary && c->session->vsn == PHX_V1)) return KITH_BAD;
    struct frame *f = payload.binary ? phx_encode_binary_push(&m, &err)
                                     : phx_encode(c->session->vsn, &m);
    if (!f) return err;
    session_send(c->session, f);
    return KITH_OK;
}

/* {} says nothing: the session keeps what it had, or gets the default. */
static bool says_nothing(kith_slice payload)
{
    struct json j, key, value;
    if (json_parse(payload, &j) != KITH_OK || j.type != JSON_OBJECT) return false;
    struct json_walk walk = json_walk(j);
    return !json_next(&walk, &key, &value);
}

kith_err channel_social_join(struct kith_channel *c, enum kith_social_form form,
                             kith_payload payload)
{
    struct session *s = c->session;
    struct buf fields = {0};
    const char *why = NULL;
    if (!c->call || !c->call->join) return KITH_NONE;
    kith_err e = says_nothing(payload.bytes) ? KITH_OK
                                             : presence_fields(payload.bytes, &fields, &why);
    if (e) {
        buf_fini(&fields);
        return channel_refuse(c, why ? why : "server busy, try again");
    }
    struct social_join j = {.form = form,
                            .user = s->user,
                            .topic = c->topic,
                            .join_ref = c->join_ref,
                            .ref = c->call->in->ref,
                            .bare = slice_is(c->call->in->join_ref, "null"),
                            .fields = buf_slice(&fields),
                            .device = s->device};
    if (c->call->after_reply) j.after_reply = frame_ref(c->call->after_reply);
    c->social = true;
    c->form = form;
    e = social_join(s->ctx->world, s->slot, &j);
    buf_fini(&fields);
    if (e) return channel_refuse(c, "server busy, try again");
    c->call->answered = true;
    frame_unref(c->call->after_reply); /* goes with the answer now */
    c->call->after_reply = NULL;
    return KITH_LATER;
}

kith_err channel_social_status(struct kith_channel *c, kith_payload payload)
{
    struct session *s = c->session;
    struct buf fields = {0};
    const char *why = "status must be an object";
    if (!c->call) return KITH_NONE;
    kith_err e = payload.binary ? KITH_BAD : presence_fields(payload.bytes, &fields, &why);
    kith_err err;
    struct frame *reply = e ? NULL : encode_reply(c, true, KITH_EMPTY, &err);
    if (!e && !reply) e = KITH_NOMEM;
    if (!e) e = social_status(s->ctx->world, s->slot, buf_slice(&fields), reply);
    buf_fini(&fields);
    if (e == KITH_BAD) return channel_refuse(c, why);
    if (e) return channel_refuse(c, "server busy, try again");
    c->call->answered = true;
    return KITH_OK;
}

/* Checks cost: a socket has some in a burst, and one a second. */
static bool may_check_token(struct session *s)
{
    uint64_t now = s->ctx->world->now.mono_ms;
    if (s->tokens_paid_ms < now) s->tokens_paid_ms = now;
    if (s->tokens_paid_ms - now >= TOKEN_CHECKS_MAX * 1000) return false;
    s->tokens_paid_ms += 1000;
    return true;
}

kith_err channel_token(struct kith_channel *c, kith_payload payload)
{
    struct session *s = c->session;
    const struct edge_rules *r = s->ctx->rules;
    struct json object, token;
    struct token_claims claims;
    struct buf text = {0}, user = {0};
    const char *reason;
    if (!c->call) return KITH_NONE;
    if (r->auth_none) return channel_reply(c, true, KITH_EMPTY); /* any is as good as none */
    if (!may_check_token(s)) return channel_refuse(c, "too many tokens, try again");
    bool ok = !payload.binary && json_parse(payload.bytes, &object) == KITH_OK &&
              json_get(object, "token", &token) == KITH_OK && token.type == JSON_STRING &&
              token_verify(r->keys, json_text(token, &text), s->ctx->world->now.unix_ms, &user,
                           &claims, &reason) == KITH_OK &&
              slice_eq(claims.user, s->user);
    if (ok) s->expires_at_ms = claims.expires_at_ms;
    buf_fini(&text);
    buf_fini(&user);
    return ok ? channel_reply(c, true, KITH_EMPTY) : channel_refuse(c, "invalid token");
}
