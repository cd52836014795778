/* tests/edge/polling.h -- long-polls of the rig's clients. */
#pragma once

#include "edge/heard.h"

struct poll_text {
    char text[POLL_TOKEN_LEN + 1];
};

/* A request, with `headers` (whole lines, or "") and a body; a client that has no socket gets one
 * on shard `client` modulo their number. */
void ask(struct rig *r, unsigned client, const char *method, const char *query, const char *headers,
         kith_slice body);

/* A session of `user`, begun on the client's connection. */
struct poll_text poll_begin(struct rig *r, unsigned client, const char *user);

/* GET with the session's token. */
void poll_get(struct rig *r, unsigned client, struct poll_text token);

/* POST with it: a message a line, with ' for ". */
void poll_say(struct rig *r, unsigned client, struct poll_text token, const char *lines);

/* Sessions on all shards. */
uint32_t poll_sessions(const struct rig *r);

/* What an answer with these messages is heard as. */
#define NEWS(messages) "200 {'messages':[" messages "],'status':200,'token':'*'}"
#define NO_NEWS        "200 {'messages':[],'status':204,'token':'*'}"
#define BEGUN          "200 {'messages':[],'status':410,'token':'*'}"
#define STATUS(s)      "200 {'status':" s "}"

/* The messages: a join of room:a, and what is answered to it, to an echo and to a heartbeat. */
#define JOIN              "['1','1','room:a','phx_join',{}]"
#define OK_IN(ref, topic) "'[`1`,`" ref "`,`" topic "`,`phx_reply`,{`response`:{},`status`:`ok`}]'"
#define ECHO(ref, topic, value)                                                                    \
    "'[`1`,`" ref "`,`" topic "`,`phx_reply`,{`response`:" value ",`status`:`ok`}]'"
#define BEAT(ref) "'[null,`" ref "`,`phoenix`,`phx_reply`,{`response`:{},`status`:`ok`}]'"
