/* wire/longpoll.h -- the form of Phoenix's long-poll transport: where the session's token stands in
 * a query, what a POST holds, and the JSON that answers. HTTP's own status is 200, and what is
 * meant stands in the body. */
#pragma once

#include "base/buf.h"
#include "base/frame.h"
#include "base/slice.h"

/* The last parameter `token` of a query: phoenix.js appends the session's behind those it connects
 * with, which may have a `token` of their own. Not decoded: a session's needs no escapes. */
struct longpoll_token {
    kith_slice value;         /* NULL ptr: there is none */
    kith_slice before, after; /* what is left of the query without it */
    bool first;               /* there is no other `token` before it */
};
struct longpoll_token longpoll_token(kith_slice query);

/* What a POST says: a message a line, if its content type is application/x-ndjson; else the body is
 * one. Takes the next line that is not empty off *rest; false: there is none. */
bool longpoll_is_ndjson(kith_slice content_type);
bool longpoll_next_line(kith_slice *rest, kith_slice *line);
size_t longpoll_count_lines(kith_slice rest); /* that are not empty */
/* It is a text message; else it is base64 of a binary one. */
bool longpoll_is_text(kith_slice line);

/* {"status":403}; a POST of too many messages is told how many were not taken. */
void longpoll_put_status(struct buf *b, int status, size_t dropped);

/* {"messages":[...],"status":200,"token":"..."}, in three steps. A message is a WebSocket frame as
 * it waits in an outbox (wire/ws.h). It becomes a string, a binary one with a character (U+0000 to
 * U+00FF) for each byte: as Phoenix has it where the bytes are ASCII, and no byte is lost where
 * they are not. */
void longpoll_begin(struct buf *b);
void longpoll_put_message(struct buf *b, const struct frame *f);
void longpoll_end(struct buf *b, int status, kith_slice token);
