/* tests/edge/polling.c -- long-polls of the rig's clients. */
#include "edge/polling.h"

#include "edge/polls.h"

void ask(struct rig *r, unsigned client, const char *method, const char *query, const char *headers,
         kith_slice body)
{
    static uint8_t request[RIG_IN_MAX];
    int n = snprintf((char *)request, sizeof request,
                     "%s /socket/longpoll?%s HTTP/1.1\r\nhost: kith.example\r\n%s"
                     "content-length: %zu\r\n\r\n",
                     method, query, headers, body.len);
    assert_true(n > 0 && (size_t)n + body.len <= sizeof request);
    if (body.len) memcpy(request + n, body.ptr, body.len);
    if (!r->clients[client].open) assert_true(rig_open(r, client, client % r->shards, false));
    rig_feed(r, client, slice_of(request, (size_t)n + body.len));
}

struct poll_text poll_begin(struct rig *r, unsigned client, const char *user)
{
    static const char before[] = "{\"messages\":[],\"status\":410,\"token\":\"";
    struct poll_text token = {0};
    char query[256];
    snprintf(query, sizeof query, "vsn=2.0.0&user_id=%s", user);
    ask(r, client, "GET", query, "", (kith_slice){0});
    kith_slice all = heard_raw(r, client);
    const uint8_t *at = memmem(all.ptr, all.len, before, strlen(before));
    assert_non_null(at);
    memcpy(token.text, at + strlen(before), POLL_TOKEN_LEN);
    return token;
}

void poll_get(struct rig *r, unsigned client, struct poll_text token)
{
    char query[256];
    snprintf(query, sizeof query, "vsn=2.0.0&user_id=1&token=%s", token.text);
    ask(r, client, "GET", query, "", (kith_slice){0});
}

void poll_say(struct rig *r, unsigned client, struct poll_text token, const char *lines)
{
    static char quoted[1 << 17];
    char query[256];
    size_t n = strlen(lines);
    assert_true(n < sizeof quoted);
    for (size_t i = 0; i < n; i++)
        quoted[i] = lines[i] == '\'' ? '"' : lines[i];
    snprintf(query, sizeof query, "vsn=2.0.0&token=%s", token.text);
    ask(r, client, "POST", query, "content-type: application/x-ndjson\r\n", slice_of(quoted, n));
}

uint32_t poll_sessions(const struct rig *r)
{
    uint32_t n = 0;
    for (unsigned i = 0; i < r->shards; i++)
        n += polls_count(r->polls[i]);
    return n;
}
