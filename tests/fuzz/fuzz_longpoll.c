/* tests/fuzz/fuzz_longpoll.c -- what a long-poll's client may say: a token and the body of a POST,
 * on another shard's connection. Only the token as it was given reaches the session; every answer
 * is HTTP with one JSON value; a session that lives still answers a heartbeat; nothing is left. */
#include "base/assert.h"
#include "edge/polls.h"
#include "edge/rig.h"
#include "edge/rig_rooms.h"
#include "wire/json.h"
#include "wire/longpoll.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { BODY_MAX = 1 << 16, POLLS_MAX = 200 };

static struct rig rig;

static void request(unsigned client, const char *method, kith_slice query, const char *type,
                    kith_slice body)
{
    static uint8_t text[BODY_MAX + 4096];
    int n = snprintf((char *)text, sizeof text,
                     "%s /socket/longpoll?vsn=2.0.0&user_id=1&%.*s HTTP/1.1\r\nhost: a\r\n"
                     "content-type: %s\r\ncontent-length: %zu\r\n\r\n",
                     method, (int)query.len, (const char *)query.ptr, type, body.len);
    KITH_ASSERT(n > 0 && (size_t)n + body.len <= sizeof text);
    if (body.len) memcpy(text + n, body.ptr, body.len);
    if (!rig.clients[client].open) KITH_ASSERT(rig_open(&rig, client, client % rig.shards, false));
    rig_feed(&rig, client, slice_of(text, (size_t)n + body.len));
}

/* The status in the body of the one answer that has come, or HTTP's own if it has no body; 0: none
 * has come. *json is the body. */
static unsigned answer(unsigned client, struct json *json)
{
    struct rig_client *c = &rig.clients[client];
    kith_slice all = slice_of(c->out + c->out_at, c->out_len - c->out_at);
    struct json status;
    uint64_t number;
    if (!all.len) return 0;
    c->out_at = c->out_len;
    KITH_ASSERT(slice_starts(all, KITH_LIT("HTTP/1.1 ")));
    const uint8_t *end = memmem(all.ptr, all.len, "\r\n\r\n", 4);
    KITH_ASSERT(end);
    kith_slice body = slice_from(all, (size_t)(end + 4 - all.ptr));
    if (c->edge.phase == EDGE_DONE) rig_drop(&rig, client);
    if (!body.len || body.ptr[0] != '{') return (unsigned)atoi((const char *)all.ptr + 9);
    KITH_ASSERT(json_parse(body, json) == KITH_OK);
    KITH_ASSERT(json_get(*json, "status", &status) == KITH_OK && slice_u64(status.raw, &number));
    return (unsigned)number;
}

static kith_slice begin(void)
{
    static char query[64];
    struct json json, token;
    request(0, "GET", (kith_slice){0}, "", (kith_slice){0});
    KITH_ASSERT(answer(0, &json) == 410 && json_get(json, "token", &token) == KITH_OK);
    int n = snprintf(query, sizeof query, "token=%.*s", (int)token.raw.len - 2,
                     (const char *)token.raw.ptr + 1);
    return slice_of(query, (size_t)n);
}

/* Polls until nothing waits. False: the session has ended. */
static bool drain(kith_slice query)
{
    struct json json;
    for (int i = 0;; i++) {
        KITH_ASSERT(i < POLLS_MAX);
        request(2, "GET", query, "", (kith_slice){0});
        unsigned status = answer(2, &json);
        if (!status) rig_drop(&rig, 2); /* it would wait */
        if (status != 200) return !status;
    }
}

/* The token with some of its bytes changed, and perhaps more behind it. */
static kith_slice forged(kith_slice query, kith_slice changes, char out[256])
{
    memcpy(out, query.ptr, query.len);
    size_t n = query.len;
    for (size_t i = 0; i + 1 < changes.len; i += 2) {
        uint8_t at = changes.ptr[i] % 80, c = changes.ptr[i + 1];
        if (c <= ' ' || c >= 0x7f || c == '#') continue; /* HTTP's own affair */
        if (at < query.len)
            out[at] = (char)c;
        else if (n < 200)
            out[n++] = (char)c;
    }
    return slice_of(out, n);
}

static void end_all(void)
{
    for (unsigned i = 0; i < RIG_CLIENTS_MAX; i++)
        rig_drop(&rig, i);
    rig_wait(&rig, 3 * LONGPOLL_MS + GRACE_MS);
    KITH_ASSERT(rig_rooms_open == 0);
    for (unsigned i = 0; i < rig.shards; i++)
        KITH_ASSERT(polls_count(rig.polls[i]) == 0 && clients_count(rig.worlds[i]->clients) == 0);
    rig_fini(&rig);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char joins[] = "[\"1\",\"1\",\"room:a\",\"phx_join\",{}]\n"
                                "[\"2\",\"2\",\"friends\",\"phx_join\",{}]";
    static const char *const types[] = {"application/x-ndjson", "application/json"};
    char text[256];
    struct json json;
    if (len < 2 || len > BODY_MAX) return 0;
    size_t changes = bytes[1] % 8 * 2u;
    if (changes > len - 2) changes = 0;
    KITH_ASSERT(rig_init(&rig, 1 + bytes[0] % 2, "1 1\n"));
    rig.how = bytes[0] / 2 % CUTS;
    kith_slice query = begin(), token = forged(query, slice_of(bytes + 2, changes), text);
    request(0, "POST", query, types[0], slice_str(joins));
    KITH_ASSERT(answer(0, &json) == 200);
    request(1, "POST", token, types[bytes[0] / 16 % 2],
            slice_of(bytes + 2 + changes, len - 2 - changes));
    unsigned status = answer(1, &json);
    bool theirs = slice_eq(longpoll_token(token).value, longpoll_token(query).value),
         alive = drain(query);
    if (!theirs) KITH_ASSERT(alive);
    if (!status) status = answer(1, &json); /* it had to take its answers first */
    KITH_ASSERT(status == 200 || status == 408 || status == 410);
    KITH_ASSERT(alive == (status != 408));
    if (alive) {
        request(0, "POST", query, types[1], KITH_LIT("[null,\"h\",\"phoenix\",\"heartbeat\",{}]"));
        KITH_ASSERT(answer(0, &json) == 200);
        KITH_ASSERT(drain(query));
    }
    end_all();
    return 0;
}
