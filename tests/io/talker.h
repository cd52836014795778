/* tests/io/talker.h -- a client on a real socket, which makes of what it hears the view that
 * phoenix.js' Presence would. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct talker {
    int fd; /* -1: none */
    bool upgraded;
    bool ended;     /* the server has closed */
    int close_code; /* of its close frame; 0: none came */
    int status;     /* of the HTTP response */
    unsigned replies, states, leaves, pings;
    char last_reply[16]; /* its status */
    json_t *view;        /* key -> array of metas */
    uint8_t *in;
    size_t in_len, in_cap;
    char head[512]; /* of the HTTP response */
};

/* Connects and asks for an upgrade; `query` is what stands behind "?vsn=2.0.0&". */
void talker_connect(struct talker *t, uint16_t port, const char *query);
/* The same with another request, to any port. */
void talker_request(struct talker *t, uint16_t port, const char *request);
void talker_free(struct talker *t);       /* closes, and forgets all */
void talker_cut(struct talker *t);        /* closes; the view stays */
void talker_reset(struct talker *t);      /* the same with a reset */
void talker_half_close(struct talker *t); /* says that it sends no more, then closes */

/* A text message, with ' for ". A server that is gone is no error: one reads of it. */
void talker_say(struct talker *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Hears what has come for all, for `ms`, or until `done` says so, if that is given. */
typedef bool (*talkers_done)(void *ctx);
bool talkers_hear(struct talker *all, size_t count, int ms, talkers_done done, void *ctx);

/* One of them until a reply, an upgrade or an end. */
void talker_await_upgrade(struct talker *t);
void talker_await_replies(struct talker *t, unsigned replies);
void talker_await_states(struct talker *t, unsigned states);
void talker_await_end(struct talker *t);

/* The statuses of `user` in the view, sorted, with a blank behind each: "away online ". */
const char *talker_sees(const struct talker *t, const char *user, char out[256]);
