/* bench/bare_sender.c -- lets all clients in as a server would, and then only sends. */
#include "bare_sender.h"

#include "tool.h"
#include "wire/ws.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TEXT_BYTES_MAX = 4096 };

struct sender {
    struct bare_sender o;
    pid_t softirq;
    int *fds; /* of users */
};

/* Letting in */

/* What has come by the time that `end` has, or the socket's end. */
static bool read_until(int fd, char text[TEXT_BYTES_MAX], const char *end)
{
    size_t len = 0;
    while (!memmem(text, len, end, strlen(end))) {
        ssize_t n = recv(fd, text + len, TEXT_BYTES_MAX - 1 - len, 0);
        if (n <= 0) return false;
        len += (size_t)n;
    }
    text[len] = '\0';
    return true;
}

static void send_all(int fd, const void *bytes, size_t len)
{
    ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n != (ssize_t)len) die("the bare loop cannot send: %s", strerror(errno));
}

static struct frame *frame_with(const char *text)
{
    size_t len = strlen(text);
    struct frame *f = ws_frame_new(WS_OP_TEXT, len);
    if (!f) die("out of memory");
    memcpy(f->bytes + f->body_at, text, len);
    return f;
}

static void say(int fd, const char *text)
{
    struct frame *f = frame_with(text);
    send_all(fd, f->bytes, f->len);
    frame_unref(f);
}

/* The join is masked with zeros, and so can be read as it is. False: nobody, as who only looks
 * whether somebody listens. */
static bool let_in(struct sender *s, int fd)
{
    static const char upgraded[] = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
    char text[TEXT_BYTES_MAX];
    unsigned long long id;
    if (!read_until(fd, text, "\r\n\r\n")) return false;
    send_all(fd, upgraded, sizeof upgraded - 1);
    memset(text, 'x', sizeof text);
    if (!read_until(fd, text, "phx_join")) die("a client of the bare loop does not join");
    const char *topic = memmem(text, sizeof text, "\"user:", 6);
    if (!topic || sscanf(topic, "\"user:%llu", &id) != 1) die("a client joins another topic");
    snprintf(text, sizeof text,
             "[\"1\",\"1\",\"user:%llu\",\"phx_reply\",{\"status\":\"ok\",\"response\":{}}]", id);
    say(fd, text);
    snprintf(text, sizeof text, "[\"1\",null,\"user:%llu\",\"presence_state\",{}]", id);
    say(fd, text);
    s->fds[id - s->o.first_id] = fd;
    return true;
}

static void let_all_in(struct sender *s)
{
    s->fds = calloc(s->o.graph->users, sizeof *s->fds);
    if (!s->fds) die("out of memory");
    for (uint32_t in = 0; in < s->o.graph->users;) {
        int fd = accept4(s->o.listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) die("cannot accept: %s", strerror(errno));
        if (let_in(s, fd))
            in++;
        else
            close(fd);
    }
}

/* Sending */

#define SUBJECT                                                                                    \
    "[null,null,\"user_presence:%llu\",\"presence_diff\",{\"joins\":{\"%llu\":{\"metas\":["
#define META "{\"online_at\":\"1700000000\",\"status\":\"away-%llu\",\"phx_ref\":\"%s\"}"
#define UPDATED                                                                                    \
    "{\"online_at\":\"1700000000\",\"status\":\"away-%llu\",\"phx_ref\":\"%s\","                   \
    "\"phx_ref_prev\":\"0123456789abcdef\"}"

/* As a server says it, as long as is asked for: a status change; or, where that would be too long,
 * a join. */
static size_t put_diff(char text[TEXT_BYTES_MAX], uint64_t id, uint64_t flip, const char *ref)
{
    unsigned long long who = id, n = flip;
    return (size_t)snprintf(text, TEXT_BYTES_MAX,
                            SUBJECT UPDATED "]}},\"leaves\":{\"%llu\":{\"metas\":[" META "]}}}]",
                            who, who, n, ref, who, n, "0123456789abcdef");
}

static size_t put_join(char text[TEXT_BYTES_MAX], uint64_t id, uint64_t flip, const char *ref)
{
    unsigned long long who = id, n = flip;
    return (size_t)snprintf(text, TEXT_BYTES_MAX, SUBJECT META "]}},\"leaves\":{}}]", who, who, n,
                            ref);
}

static struct frame *make_frame(const struct sender *s, uint64_t flip, uint32_t bytes)
{
    char text[TEXT_BYTES_MAX], ref[TEXT_BYTES_MAX / 2] = "";
    uint64_t id = s->o.first_id + s->o.order->user[flip % s->o.order->users];
    size_t want = bytes - 4; /* of the frame's header */
    bool whole = put_diff(text, id, flip, ref) <= want;
    size_t least = whole ? put_diff(text, id, flip, ref) : put_join(text, id, flip, ref);
    if (bytes < 4 + 126 || least > want || want - least >= sizeof ref)
        die("the bare loop has no frame of %u bytes", bytes);
    memset(ref, 'r', want - least);
    (void)(whole ? put_diff : put_join)(text, id, flip, ref);
    return frame_with(text);
}

static double spent_us(const struct sender *s)
{
    return cpu_us(0) + (s->softirq ? cpu_us(s->softirq) : 0);
}

/* Returns how many it was sent to. */
static uint64_t tell_friends(const struct sender *s, uint64_t flip, const struct frame *f)
{
    const struct graph *g = s->o.graph;
    const uint64_t *of = g->first + s->o.order->user[flip % s->o.order->users];
    for (uint64_t e = of[0]; e < of[1]; e++)
        send_all(s->fds[g->watched[e]], f->bytes, f->len);
    return of[1] - of[0];
}

static double send_ordered(const struct sender *s, const struct bare_order *o)
{
    uint64_t sent = 0;
    struct frame **frames = calloc(o->flips, sizeof(struct frame *));
    if (!frames) die("out of memory");
    for (uint32_t i = 0; i < o->flips; i++)
        frames[i] = make_frame(s, o->first + i, o->frame_bytes);
    double cpu = spent_us(s);
    for (uint32_t i = 0; i < o->flips; i++) {
        sleep_until(o->begin_us + i * 1e6 / o->rate);
        sent += tell_friends(s, o->first + i, frames[i]);
    }
    cpu = spent_us(s) - cpu;
    for (uint32_t i = 0; i < o->flips; i++)
        frame_unref(frames[i]);
    free(frames);
    return cpu / (double)(sent ? sent : 1);
}

_Noreturn void bare_sender_run(const struct bare_sender *o)
{
    struct sender s = {.o = *o, .softirq = softirq_pid((unsigned)o->core)};
    struct bare_order order;
    (void)pin((unsigned)o->core);
    let_all_in(&s);
    for (double us = 0; write(o->line, &us, sizeof us) == sizeof us; us = send_ordered(&s, &order))
        if (read(o->line, &order, sizeof order) != sizeof order) break;
    exit(0);
}
