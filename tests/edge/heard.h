/* tests/edge/heard.h -- what a client of the rig was sent, as lines to compare:
 *
 *     101                          an upgrade
 *     403 BODY                     another response
 *     ['1',null,...]               a text, with ' for ", ` for one in a string, and * for the value
 *                                  of a phx_ref or of a long-poll's token,
 *                                  without the "resume" of a join's reply
 *     binary 00ff, ping, pong hi
 *     close 1011                   an empty close frame: close
 *     end                          the edge is done
 *     cut                          the socket was closed on the spot */
#pragma once

#include "edge/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* Appends the lines of what was sent since the last look, each ended by a newline. */
void heard(struct rig *r, unsigned client, struct buf *lines);

/* The raw bytes of it instead. Borrowed until the client is sent more. */
kith_slice heard_raw(struct rig *r, unsigned client);

/* V2's usual ones. */
#define OK(join_ref, ref, topic)                                                                   \
    "[" join_ref "," ref "," topic ",'phx_reply',{'response':{},'status':'ok'}]"
#define ERROR(join_ref, ref, topic, reason)                                                        \
    "[" join_ref "," ref "," topic ",'phx_reply',{'response':{'reason':'" reason                   \
    "'},'status':'error'}]"
#define UNMATCHED(ref, topic)   ERROR("null", ref, topic, "unmatched topic")
#define CLOSED(join_ref, topic) "[" join_ref "," join_ref "," topic ",'phx_close',{}]"
#define FAILED(join_ref, topic) "[" join_ref "," join_ref "," topic ",'phx_error',{}]"
/* V1's. */
#define OK_V1(ref, topic)                                                                          \
    "{'event':'phx_reply','payload':{'response':{},'status':'ok'},'ref':" ref ",'topic':" topic "}"
#define CLOSED_V1(topic) "{'event':'phx_close','payload':{},'ref':null,'topic':" topic "}"

/* Exactly these lines, ended by a NULL. */
void assert_heard(struct rig *r, unsigned client, const char *const *lines, const char *file,
                  int line);
#define HEARS(r, client, ...)                                                                      \
    assert_heard(r, client, (const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
#define HEARS_NOTHING(r, client)                                                                   \
    assert_heard(r, client, (const char *const[]){NULL}, __FILE__, __LINE__)

/* Opens a client and upgrades it: /socket/websocket?vsn=`vsn`&user_id=`user`. */
void connect_as(struct rig *r, unsigned client, const char *user, const char *vsn);

/* How the rigs of this program's tests are fed, and the tests run three times: with input whole,
 * byte by byte, and in pieces. */
extern int fed_how;
int run_however_fed(const char *name, const struct CMUnitTest *tests, size_t count);
#define RUN_HOWEVER_FED(name, tests)                                                               \
    run_however_fed(name, tests, sizeof(tests) / sizeof((tests)[0]))
