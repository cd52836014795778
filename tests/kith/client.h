/* tests/kith/client.h -- a WebSocket client for the tests of the library, with nothing of it
 * inside. Any thread may have one of its own: what goes wrong is told by the return value. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client {
    int fd;
    int status;     /* of the HTTP response; 0: none came */
    int close_code; /* of the server's close frame; 0: none came */
    bool ended;     /* the server has closed */
    size_t in_len, heard_at, text_len;
    uint8_t in[65536];
    char text[65536]; /* what was heard, a line each, with ' for "; binary: "binary <bytes>" */
};

/* Connects to `target` ("/socket/websocket?vsn=2.0.0"). True: it is a WebSocket now. */
bool client_open(struct client *c, uint16_t port, const char *target);
/* The same as the browser of a page from `origin` ("https://app.example") does it. */
bool client_open_from(struct client *c, uint16_t port, const char *target, const char *origin);
void client_close(struct client *c); /* cuts the socket off */

void client_say(struct client *c, const char *text); /* with ' for " */

/* Waits, not longer than a patient test would, for a text that holds `what`, behind those that were
 * found before. */
bool client_hears(struct client *c, const char *what);
/* Whether all it has heard so far holds `what`. */
bool client_heard(const struct client *c, const char *what);
/* Waits for the end of the socket. */
bool client_is_closed(struct client *c, int code);
/* A heartbeat and its reply: what was under way to it has come. */
bool client_is_there(struct client *c);
