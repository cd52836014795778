/* bench/load.c -- many clients of kith serve. */
#include "load.h"

#include "sockets.h"
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES = 86 }; /* of a message: they tell what it is */

struct load {
    uint32_t count;
    struct sockets *sockets;
    load_fn on;
    void *ctx;
};

static void on_socket(void *ctx, const struct socket_event *e);

struct load *load_new(uint32_t count, uint16_t port)
{
    struct load *l = calloc(1, sizeof *l);
    if (!l) die("out of memory");
    l->count = count;
    l->sockets = sockets_new(&(struct sockets_options){
        .count = count, .port = port, .keep = HEAD_BYTES, .on = on_socket, .ctx = l});
    return l;
}

void load_free(struct load *l)
{
    if (!l) return;
    sockets_free(l->sockets);
    free(l);
}

void load_listen(struct load *l, load_fn on, void *ctx)
{
    l->on = on;
    l->ctx = ctx;
}

static void tell(const struct load *l, uint32_t who, enum load_kind kind, uint32_t about)
{
    if (l->on) l->on(l->ctx, &(struct load_event){kind, who, about});
}

/* Out */

void load_dial(struct load *l, uint32_t who)
{
    char path[80];
    snprintf(path, sizeof path, "/socket/websocket?vsn=2.0.0&user_id=%u", LOAD_FIRST_ID + who);
    sockets_dial(l->sockets, who, path);
}

void load_join(struct load *l, uint32_t who)
{
    sockets_send(l->sockets, who, "[\"1\",\"1\",\"user:%u\",\"phx_join\",{}]", LOAD_FIRST_ID + who);
}

void load_status(struct load *l, uint32_t who, const char *status)
{
    sockets_send(l->sockets, who, "[\"1\",\"2\",\"user:%u\",\"status\",{\"status\":\"%s\"}]",
                 LOAD_FIRST_ID + who, status);
}

void load_drop(struct load *l, uint32_t who) { sockets_drop(l->sockets, who); }

void load_poll(struct load *l, double wait_us) { sockets_poll(l->sockets, wait_us); }

/* In */

static bool holds(kith_slice text, const char *word)
{
    return memmem(text.ptr, text.len, word, strlen(word)) != NULL;
}

/* [null,null,"user_presence:1000042","presence_diff",{"joins":{.. */
static enum load_kind diff_kind(const struct load *l, kith_slice text, uint32_t *about)
{
    static const char prefix[] = "[null,null,\"user_presence:";
    kith_slice digits;
    uint64_t id;
    if (!slice_starts(text, slice_of(prefix, sizeof prefix - 1))) return LOAD_OTHER;
    slice_cut(slice_from(text, sizeof prefix - 1), '"', &digits);
    if (!slice_u64(digits, &id) || id < LOAD_FIRST_ID || id >= LOAD_FIRST_ID + l->count)
        return LOAD_OTHER;
    *about = (uint32_t)id - LOAD_FIRST_ID;
    return holds(text, "{\"joins\":{}") ? LOAD_WENT : LOAD_CHANGED;
}

/* `text` is the beginning of a message. */
static enum load_kind kind_of(const struct load *l, kith_slice text, uint32_t *about)
{
    enum load_kind kind = diff_kind(l, text, about);
    if (kind != LOAD_OTHER) return kind;
    if (holds(text, "\"presence_state\"")) return LOAD_STATE;
    if (!holds(text, "\"phx_reply\"")) return LOAD_OTHER;
    /* A join's reply may be longer than that: its status stands at the end. */
    return holds(text, "\"response\":{\"reason\"") ? LOAD_REFUSED : LOAD_REPLY;
}

static void on_text(struct load *l, const struct socket_event *e)
{
    uint32_t about = 0;
    enum load_kind kind = kind_of(l, e->text, &about);
    tell(l, e->who, kind, about);
}

static void on_socket(void *ctx, const struct socket_event *e)
{
    struct load *l = ctx;
    switch (e->kind) {
    case SOCKET_OPEN: tell(l, e->who, LOAD_OPEN, e->who); break;
    case SOCKET_REFUSED: tell(l, e->who, LOAD_REFUSED, e->who); break;
    case SOCKET_TEXT: on_text(l, e); break;
    case SOCKET_CLOSE:
        sockets_drop(l->sockets, e->who);
        tell(l, e->who, LOAD_CLOSED, e->who);
        break;
    case SOCKET_OTHER: tell(l, e->who, LOAD_OTHER, e->who); break;
    case SOCKET_CLOSED: tell(l, e->who, LOAD_CLOSED, e->who); break;
    }
}
