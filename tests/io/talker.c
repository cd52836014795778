/* tests/io/talker.c -- a client on a real socket. */
#include "talker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 30000, TALKERS_MAX = 512 };

static void send_all(struct talker *t, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    while (len && !t->ended) {
        ssize_t n = send(t->fd, at, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            struct pollfd p = {.fd = t->fd, .events = POLLOUT};
            poll(&p, 1, 1000);
            continue;
        }
        if (n < 0) return; /* it will be read of */
        at += n;
        len -= (size_t)n;
    }
}

void talker_request(struct talker *t, uint16_t port, const char *request)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    json_t *view = t->view;
    talker_cut(t);
    free(t->in);
    *t = (struct talker){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .view = view};
    assert_true(t->fd >= 0);
    assert_int_equal(connect(t->fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(fcntl(t->fd, F_SETFL, O_NONBLOCK), 0);
    send_all(t, request, strlen(request));
}

void talker_connect(struct talker *t, uint16_t port, const char *query)
{
    char request[512];
    snprintf(
        request, sizeof request,
        "GET /socket/websocket?vsn=2.0.0&%s HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\n"
        "connection: upgrade\r\nsec-websocket-version: 13\r\n"
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        query);
    talker_request(t, port, request);
}

void talker_cut(struct talker *t)
{
    if (t->fd > 0) close(t->fd);
    t->fd = -1;
    t->upgraded = false;
    t->in_len = 0;
}

void talker_reset(struct talker *t)
{
    struct linger none = {1, 0};
    setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    talker_cut(t);
}

void talker_half_close(struct talker *t)
{
    shutdown(t->fd, SHUT_WR);
    talker_cut(t);
}

void talker_free(struct talker *t)
{
    talker_cut(t);
    json_decref(t->view);
    free(t->in);
    *t = (struct talker){.fd = -1};
}

void talker_say(struct talker *t, const char *format, ...)
{
    uint8_t frame[4096];
    char *text = (char *)frame + 8;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof frame - 8, format, args);
    va_end(args);
    assert_true(n >= 0 && n < (int)sizeof frame - 8);
    for (int i = 0; i < n; i++)
        if (text[i] == '\'') text[i] = '"';
    uint8_t *head = frame + (n < 126 ? 2 : 0); /* masked with 0 */
    memset(frame, 0, 8);
    head[0] = 0x81;
    head[1] = (uint8_t)(0x80 | (n < 126 ? n : 126));
    if (n >= 126) head[2] = (uint8_t)(n >> 8), head[3] = (uint8_t)n;
    send_all(t, head, (size_t)n + (n < 126 ? 6 : 8));
}

/* The view, as phoenix.js has it */

static const char *ref_of(json_t *meta)
{
    return json_string_value(json_object_get(meta, "phx_ref"));
}

static void remove_ref(json_t *metas, const char *ref)
{
    for (size_t i = json_array_size(metas); i-- > 0;)
        if (strcmp(ref_of(json_array_get(metas, i)), ref) == 0) json_array_remove(metas, i);
}

static void apply_side(json_t *view, json_t *side, bool join)
{
    const char *key;
    json_t *presence, *meta;
    size_t i;
    json_object_foreach(side, key, presence)
    {
        json_t *metas = json_object_get(view, key);
        if (!metas) json_object_set_new(view, key, metas = json_array());
        json_array_foreach(json_object_get(presence, "metas"), i, meta)
        {
            remove_ref(metas, ref_of(meta));
            if (join) json_array_append(metas, meta);
        }
        if (json_array_size(metas) == 0) json_object_del(view, key);
    }
}

static void take_state(struct talker *t, json_t *state)
{
    json_decref(t->view);
    t->view = json_object();
    apply_side(t->view, state, true);
    t->states++;
}

static void take_diff(struct talker *t, json_t *diff)
{
    json_t *joins = json_object_get(diff, "joins"), *leaves = json_object_get(diff, "leaves");
    apply_side(t->view, joins, true);
    apply_side(t->view, leaves, false);
    t->leaves += json_object_size(leaves) && !json_object_size(joins);
}

static void take_message(struct talker *t, const uint8_t *text, size_t len)
{
    json_error_t error;
    json_t *m = json_loadb((const char *)text, len, 0, &error);
    assert_non_null(m);
    const char *event = json_string_value(json_array_get(m, 3));
    json_t *payload = json_array_get(m, 4);
    if (strcmp(event, "phx_reply") == 0) {
        t->replies++;
        snprintf(t->last_reply, sizeof t->last_reply, "%s",
                 json_string_value(json_object_get(payload, "status")));
    } else if (strcmp(event, "presence_state") == 0) {
        take_state(t, payload);
    } else if (strcmp(event, "presence_diff") == 0) {
        assert_non_null(t->view);
        take_diff(t, payload);
    }
    json_decref(m);
}

/* Bytes */

static void take_frame(struct talker *t, uint8_t first, const uint8_t *payload, size_t len)
{
    static const uint8_t pong[6] = {0x8a, 0x80};
    if (first == 0x81) {
        take_message(t, payload, len);
    } else if (first == 0x88) {
        t->close_code = len >= 2 ? payload[0] << 8 | payload[1] : 1005;
    } else if (first == 0x89) {
        t->pings++;
        send_all(t, pong, sizeof pong);
    }
}

static size_t take_one(struct talker *t, const uint8_t *at, size_t left)
{
    if (!t->upgraded) {
        const uint8_t *end = memmem(at, left, "\r\n\r\n", 4);
        if (!end) return 0;
        size_t n = (size_t)(end - at) + 4;
        snprintf(t->head, sizeof t->head, "%.*s", (int)n, (const char *)at);
        t->status = atoi(t->head + 9);
        t->upgraded = t->status == 101;
        return n;
    }
    if (left < 2) return 0;
    size_t len = at[1], wide = len == 126 ? 2 : len == 127 ? 8 : 0;
    if (left < 2 + wide) return 0;
    if (wide) len = 0;
    for (size_t i = 0; i < wide; i++)
        len = len << 8 | at[2 + i];
    if (left < 2 + wide + len) return 0;
    take_frame(t, at[0], at + 2 + wide, len);
    return 2 + wide + len;
}

static void take_all(struct talker *t)
{
    size_t at = 0, n;
    while (at < t->in_len && (n = take_one(t, t->in + at, t->in_len - at)) > 0)
        at += n;
    t->in_len -= at;
    memmove(t->in, t->in + at, t->in_len);
}

static void hear_one(struct talker *t)
{
    for (;;) {
        if (t->in_cap - t->in_len < 16384) {
            t->in_cap += 65536;
            t->in = realloc(t->in, t->in_cap);
            assert_non_null(t->in);
        }
        ssize_t n = recv(t->fd, t->in + t->in_len, t->in_cap - t->in_len, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (n <= 0) {
            t->ended = true;
            return;
        }
        t->in_len += (size_t)n;
        take_all(t);
    }
}

static long long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

bool talkers_hear(struct talker *all, size_t count, int ms, talkers_done done, void *ctx)
{
    static struct pollfd polls[TALKERS_MAX];
    assert_true(count <= TALKERS_MAX);
    long long until = now_ms() + ms;
    for (;;) {
        if (done && done(ctx)) return true;
        long long left = until - now_ms();
        if (left <= 0) return !done;
        for (size_t i = 0; i < count; i++)
            polls[i] = (struct pollfd){.fd = all[i].ended ? -1 : all[i].fd, .events = POLLIN};
        poll(polls, count, left < 20 ? (int)left : 20);
        for (size_t i = 0; i < count; i++)
            if (polls[i].revents) hear_one(&all[i]);
    }
}

struct wanted {
    const struct talker *t;
    unsigned replies, states;
    bool upgrade, end;
};

static bool has_come(void *ctx)
{
    const struct wanted *w = ctx;
    const struct talker *t = w->t;
    if (t->ended) return true;
    return !w->end && t->replies >= w->replies && t->states >= w->states &&
           (t->status || !w->upgrade);
}

static void await(struct talker *t, struct wanted w)
{
    w.t = t;
    assert_true(talkers_hear(t, 1, PATIENCE_MS, has_come, &w));
}

void talker_await_upgrade(struct talker *t) { await(t, (struct wanted){.upgrade = true}); }
void talker_await_replies(struct talker *t, unsigned n) { await(t, (struct wanted){.replies = n}); }
void talker_await_states(struct talker *t, unsigned n) { await(t, (struct wanted){.states = n}); }
void talker_await_end(struct talker *t) { await(t, (struct wanted){.end = true}); }

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *talker_sees(const struct talker *t, const char *user, char out[256])
{
    const char *list[32];
    size_t n = 0, i;
    json_t *meta;
    json_array_foreach(json_object_get(t->view, user), i, meta) if (n < 32)
        list[n++] = json_string_value(json_object_get(meta, "status"));
    qsort(list, n, sizeof list[0], by_text);
    out[0] = 0;
    for (i = 0; i < n; i++)
        snprintf(out + strlen(out), 256 - strlen(out), "%s ", list[i]);
    return out;
}
