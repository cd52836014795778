/* bench/movers.c -- many clients of kith serve. */
#include "movers.h"

#include "ring.h"
#include "sockets.h"
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES = 86 }; /* of a message: they tell what it is */

struct movers {
    uint32_t count;
    struct sockets *sockets;
    mover_fn on;
    void *ctx;
};

static void on_socket(void *ctx, const struct socket_event *e);

struct movers *movers_new(uint32_t count, uint16_t port)
{
    struct movers *m = calloc(1, sizeof *m);
    if (!m) die("out of memory");
    m->count = count;
    m->sockets = sockets_new(&(struct sockets_options){
        .count = count, .port = port, .keep = HEAD_BYTES, .on = on_socket, .ctx = m});
    return m;
}

void movers_free(struct movers *m)
{
    if (!m) return;
    sockets_free(m->sockets);
    free(m);
}

void movers_listen(struct movers *m, mover_fn on, void *ctx)
{
    m->on = on;
    m->ctx = ctx;
}

static void tell(const struct movers *m, uint32_t who, enum mover_kind kind, uint32_t about)
{
    if (m->on) m->on(m->ctx, &(struct mover_event){kind, who, about});
}

/* Out */

void movers_dial(struct movers *m, uint32_t who)
{
    char path[80];
    snprintf(path, sizeof path, "/socket/websocket?vsn=2.0.0&user_id=%u", RING_FIRST_ID + who);
    sockets_dial(m->sockets, who, path);
}

void movers_join(struct movers *m, uint32_t who)
{
    sockets_send(m->sockets, who, "[\"1\",\"1\",\"user:%u\",\"phx_join\",{}]", RING_FIRST_ID + who);
}

void movers_status(struct movers *m, uint32_t who, const char *status)
{
    sockets_send(m->sockets, who, "[\"1\",\"2\",\"user:%u\",\"status\",{\"status\":\"%s\"}]",
                 RING_FIRST_ID + who, status);
}

void movers_drop(struct movers *m, uint32_t who) { sockets_drop(m->sockets, who); }

void movers_poll(struct movers *m, double wait_us) { sockets_poll(m->sockets, wait_us); }

/* In */

static bool holds(kith_slice text, const char *word)
{
    return memmem(text.ptr, text.len, word, strlen(word)) != NULL;
}

/* [null,null,"user_presence:1000042","presence_diff",{"joins":{.. */
static enum mover_kind diff_kind(const struct movers *m, kith_slice text, uint32_t *about)
{
    static const char prefix[] = "[null,null,\"user_presence:";
    kith_slice digits;
    uint64_t id;
    if (!slice_starts(text, slice_of(prefix, sizeof prefix - 1))) return MOVER_OTHER;
    slice_cut(slice_from(text, sizeof prefix - 1), '"', &digits);
    if (!slice_u64(digits, &id) || id < RING_FIRST_ID || id >= RING_FIRST_ID + m->count)
        return MOVER_OTHER;
    *about = (uint32_t)id - RING_FIRST_ID;
    return holds(text, "{\"joins\":{}") ? MOVER_WENT : MOVER_CHANGED;
}

/* `text` is the beginning of a message. */
static enum mover_kind kind_of(const struct movers *m, kith_slice text, uint32_t *about)
{
    enum mover_kind kind = diff_kind(m, text, about);
    if (kind != MOVER_OTHER) return kind;
    if (holds(text, "\"presence_state\"")) return MOVER_STATE;
    if (!holds(text, "\"phx_reply\"")) return MOVER_OTHER;
    /* A join's reply may be longer than that: its status stands at the end. */
    return holds(text, "\"response\":{\"reason\"") ? MOVER_REFUSED : MOVER_REPLY;
}

static void on_text(struct movers *m, const struct socket_event *e)
{
    uint32_t about = 0;
    enum mover_kind kind = kind_of(m, e->text, &about);
    tell(m, e->who, kind, about);
}

static void on_socket(void *ctx, const struct socket_event *e)
{
    struct movers *m = ctx;
    switch (e->kind) {
    case SOCKET_OPEN: tell(m, e->who, MOVER_OPEN, e->who); break;
    case SOCKET_REFUSED: tell(m, e->who, MOVER_REFUSED, e->who); break;
    case SOCKET_TEXT: on_text(m, e); break;
    case SOCKET_CLOSE:
        sockets_drop(m->sockets, e->who);
        tell(m, e->who, MOVER_CLOSED, e->who);
        break;
    case SOCKET_OTHER: tell(m, e->who, MOVER_OTHER, e->who); break;
    case SOCKET_CLOSED: tell(m, e->who, MOVER_CLOSED, e->who); break;
    }
}
