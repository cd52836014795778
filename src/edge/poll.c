/* edge/poll.c -- one long-poll session. */
#include "edge/poll.h"

#include "edge/room.h"
#include "edge/session.h"
#include "wire/base64.h"
#include "wire/longpoll.h"

struct asker asker_of(const struct mail *m)
{
    return (struct asker){.handle = m->connection, .serial = m->serial, .shard = m->from};
}

struct asker asker_anew(const struct mail *m)
{
    struct asker a = asker_of(m);
    a.anew = true;
    return a;
}

static uint64_t handle_of(const struct edge_context *ctx, const struct poll *poll)
{
    return clients_handle(ctx->world->clients, poll->slot);
}

bool poll_pass(struct world *w, unsigned shard, struct mail *m)
{
    if (!m) {
        w->stats.mails_lost++;
        return false;
    }
    if (shard != w->o.id) {
        world_post(w, shard, m);
    } else {
        m->from = (uint8_t)shard;
        mail_append(&w->to_edge, m);
    }
    return true;
}

/* Answers */

/* Frees body. False: no memory for it. The connection then waits out its time, and says so itself.
 */
static bool answer(struct edge_context *ctx, struct asker a, int http_status, struct buf *body,
                   uint64_t taken_by)
{
    struct mail *m = body->failed ? NULL
                                  : mail_new(MAIL_POLL_ANSWER, (kith_slice){0}, (kith_slice){0},
                                             buf_slice(body));
    if (m) {
        m->handle = a.handle;
        m->serial = a.serial;
        m->taken_by = taken_by;
        m->anew = a.anew;
        m->status = (uint64_t)http_status;
    }
    buf_fini(body);
    return poll_pass(ctx->world, a.shard, m);
}

void poll_answer_status(struct edge_context *ctx, struct asker a, int status)
{
    struct buf body = {0};
    longpoll_put_status(&body, status, 0);
    answer(ctx, a, 200, &body, 0);
}

void poll_answer_busy(struct edge_context *ctx, struct asker a)
{
    answer(ctx, a, 503, &(struct buf){0}, 0);
}

static void end_messages(const struct edge_context *ctx, const struct poll *poll, int status,
                         struct buf *body)
{
    char token[POLL_TOKEN_LEN];
    struct poll_name name = {
        .mount = (unsigned)(poll->session->socket.mount - ctx->options->mounts),
        .shard = ctx->world->o.id,
        .handle = handle_of(ctx, poll),
        .number = poll->number};
    poll_token_write(&ctx->options->poll_keys, &name, token);
    longpoll_end(body, status, slice_of(token, sizeof token));
}

void poll_answer_token(struct edge_context *ctx, const struct poll *poll, struct asker a)
{
    struct buf body = {0};
    longpoll_begin(&body);
    end_messages(ctx, poll, 410, &body);
    answer(ctx, a, 200, &body, 0);
}

bool poll_waits(const struct edge_context *ctx, const struct poll *poll)
{
    return poll->waiter.handle && ctx->world->now.mono_ms < poll->waits_until_ms;
}

bool poll_answer_news(struct edge_context *ctx, struct poll *poll)
{
    const struct outbox *news = &clients_at(ctx->world->clients, poll->slot)->outbox;
    struct asker a = poll->waiter;
    struct buf body = {0};
    longpoll_begin(&body);
    for (size_t i = 0; i < news->count && poll->flight <= OUTBOX_BYTES_MAX; i++) {
        longpoll_put_message(&body, outbox_at(news, i));
        poll->flight += outbox_at(news, i)->len;
    }
    end_messages(ctx, poll, 200, &body);
    poll->waiter = (struct asker){0};
    return answer(ctx, a, 200, &body, handle_of(ctx, poll));
}

/* Posts */

static void count(struct edge_context *ctx, struct poll *poll, const struct mail *m, int more)
{
    uint64_t bytes = (uint64_t)more * (sizeof *m + m->c_len); /* or fewer: it wraps */
    poll->posts_bytes += bytes;
    ctx->world->stats.unfinished_bytes += bytes;
}

struct mail *poll_drop_post(struct edge_context *ctx, struct poll *poll)
{
    struct mail *m = mail_take(&poll->posts);
    if (m) count(ctx, poll, m, -1);
    return m;
}

kith_err poll_post(struct edge_context *ctx, struct poll *poll, struct mail *m)
{
    size_t bytes = sizeof *m + m->c_len;
    if (poll->posts.first && poll->posts_bytes + bytes > ctx->options->message_bytes_max) {
        poll_answer_status(ctx, asker_of(m), 429);
        mail_free(m);
        return KITH_FULL;
    }
    if (!room_for(ctx->world, poll->posts_bytes + bytes, bytes)) {
        ctx->world->stats.unfinished_refused++;
        poll_answer_busy(ctx, asker_of(m));
        mail_free(m);
        return KITH_FULL;
    }
    count(ctx, poll, m, 1);
    mail_append(&poll->posts, m);
    return KITH_OK;
}

/* The message of a POST that begins at *at or behind it; *at is then its end. */
static bool next_message(const struct mail *post, size_t *at, kith_slice *message)
{
    kith_slice rest = slice_from(mail_c(post), *at);
    *message = rest;
    if (!post->of_lines) rest = (kith_slice){0};
    bool any = post->of_lines ? longpoll_next_line(&rest, message) : message->len > 0;
    *at = post->c_len - rest.len;
    return any;
}

/* A text, or base64 of a binary message. */
static kith_err take(struct poll *poll, kith_slice message, bool of_lines)
{
    /* It lies in the mail, which is ours to change. */
    if (!of_lines || longpoll_is_text(message))
        return session_text(poll->session, (uint8_t *)(uintptr_t)message.ptr, message.len);
    struct buf bytes = {0};
    uint8_t *at = buf_reserve(&bytes, base64_decoded_max(message.len));
    kith_err e = at ? base64_decode(message, at, &bytes.len) : KITH_NOMEM;
    if (!e) e = session_binary(poll->session, buf_slice(&bytes));
    buf_fini(&bytes);
    return e;
}

/* The client has to take its answers before more of it is looked at, or has said too much in too
 * short a time. */
static bool is_held(const struct edge_context *ctx, const struct poll *poll)
{
    return clients_congested(ctx->world->clients, poll->slot) || session_waits(poll->session);
}

/* A message pays for itself. What else a POST consists of, up to there, is looked at as well. */
static void pay_up_to(struct poll *poll, size_t at)
{
    session_pay(poll->session, (unsigned)((at - poll->post_at) / LONG_BYTES));
}

/* KITH_LATER: it is held. */
static kith_err take_post(struct edge_context *ctx, struct poll *poll, const struct mail *post)
{
    kith_slice message;
    for (size_t at = poll->post_at;
         poll->post_count < POST_LINES_MAX && next_message(post, &at, &message);
         poll->post_at = at) {
        if (is_held(ctx, poll)) return KITH_LATER;
        pay_up_to(poll, (size_t)(message.ptr - mail_c(post).ptr));
        kith_err e = take(poll, message, post->of_lines);
        if (e) return e;
        (void)session_news(ctx->world);
        poll->post_count++;
    }
    return KITH_OK;
}

static void answer_post(struct edge_context *ctx, struct poll *poll, const struct mail *post)
{
    struct buf body = {0};
    kith_slice rest = slice_from(mail_c(post), poll->post_at);
    pay_up_to(poll, post->c_len);
    if (!poll->post_count) session_pay(poll->session, 1);
    longpoll_put_status(&body, 200, post->of_lines ? longpoll_count_lines(rest) : 0);
    answer(ctx, asker_of(post), 200, &body, 0);
}

kith_err poll_take_posts(struct edge_context *ctx, struct poll *poll)
{
    kith_err e = KITH_OK;
    for (struct mail *m; !e && !is_held(ctx, poll) && (m = poll->posts.first);) {
        e = take_post(ctx, poll, m);
        if (e == KITH_LATER) return KITH_OK;
        if (e)
            poll_answer_status(ctx, asker_of(m), 408);
        else
            answer_post(ctx, poll, m);
        poll->post_at = poll->post_count = 0;
        mail_free(poll_drop_post(ctx, poll));
    }
    return e;
}
