/* edge/socket.c -- who a socket is, and the way from a channel to its client. */
#include "edge/socket.h"

#include "wire/utf8.h"

enum { ID_BYTES_MAX = 1024, SAY_AGAIN_MS = 100 };
_Static_assert(USER_ID_BYTES_MAX <= UINT8_MAX && ID_BYTES_MAX <= UINT16_MAX &&
                   CHANNELS_MAX <= UINT16_MAX,
               "as wide as struct session counts them");

static const struct session *session_of(const struct kith_socket *s)
{
    return (const struct session *)(const void *)s;
}

kith_slice socket_user(const struct kith_socket *s)
{
    if (s->connecting) return s->connecting->user;
    return slice_of(session_of(s)->bytes, session_of(s)->user_len);
}

kith_slice socket_id(const struct kith_socket *s)
{
    if (s->connecting) return s->connecting->id;
    return slice_of(session_of(s)->bytes + session_of(s)->user_len, session_of(s)->id_len);
}

/* Only then it may ask and say who it is. */
static bool connects(const struct kith_socket *s)
{
    return s->connecting && s->connecting->request;
}

void session_send(struct session *s, struct frame *f)
{
    clients_send(session_world(s)->clients, s->slot, f);
}

/* A list of thousands of users takes the store as long as many small changes. Whoever has sent one
 * may still say a short thing behind it, that nobody may see it first of all. */
static uint64_t price_s(size_t bytes)
{
    size_t more = bytes / DEAR_BYTES;
    return 1 + (more < 4 ? more : 4);
}

static uint64_t now_us(const struct session *s) { return session_world(s)->now.mono_ms * 1000; }

static void pay(struct session *s, uint64_t us)
{
    uint64_t now = now_us(s);
    if (s->paid_until_us < now) s->paid_until_us = now;
    s->paid_until_us += us;
}

/* By the microsecond: of 600 a second one costs more than a millisecond, and less than two. */
void session_pay(struct session *s, unsigned messages)
{
    uint32_t messages_s = session_context(s)->options->messages_s;
    if (messages_s) pay(s, messages * 1000000ull / messages_s);
}

/* A tenth of a second is left to pass at a time, so that not each message has a timer of its own.
 */
uint64_t session_waits(const struct session *s)
{
    uint64_t until = s->paid_until_us;
    if (until < now_us(s) + OWED_MS_MAX * 1000ull) return 0;
    return until / 1000 - OWED_MS_MAX + SAY_AGAIN_MS;
}

bool session_may_ask(struct session *s, size_t bytes)
{
    if (s->paid_until_us >= now_us(s) + DEAR_BURST * 1000000ull) return false;
    pay(s, 1000000 * price_s(bytes));
    return true;
}

void connecting_fini(struct connecting *c)
{
    buf_fini(&c->user_bytes);
    buf_fini(&c->id_bytes);
    for (unsigned i = 0; i < c->param_count; i++)
        buf_fini(&c->params[i]);
}

kith_err socket_param(struct kith_socket *s, const char *name, kith_slice *out)
{
    struct connecting *c = s->connecting;
    if (!connects(s) || !name) return KITH_BAD;
    if (c->param_count == sizeof c->params / sizeof c->params[0]) return KITH_FULL;
    return http_query(c->request->query, name, &c->params[c->param_count++], out);
}

static kith_err keep(struct buf *b, kith_slice text, kith_slice *kept)
{
    buf_clear(b);
    buf_put(b, text);
    if (b->failed) return KITH_NOMEM;
    *kept = buf_slice(b);
    return KITH_OK;
}

kith_err socket_set_user(struct kith_socket *s, kith_slice user)
{
    if (!connects(s) || !token_user_valid(user)) return KITH_BAD;
    return keep(&s->connecting->user_bytes, user, &s->connecting->user);
}

kith_err socket_set_id(struct kith_socket *s, kith_slice id)
{
    if (!connects(s) || id.len == 0 || id.len > ID_BYTES_MAX || !utf8_valid(id)) return KITH_BAD;
    return keep(&s->connecting->id_bytes, id, &s->connecting->id);
}
