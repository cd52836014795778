/* tests/fuzz/fuzz_says.c -- what clients and operators of the fuzzed edge say by name. */
#include "fuzz_says.h"

#include "base/assert.h"

/* The rest is joined by what stands before it: a new one goes to the end, or scripts of the corpus
 * say something else. */
static const char *const sayings[] = {
    "[null,\"h\",\"phoenix\",\"heartbeat\",{}]",
    "[\"1\",\"1\",\"user:1\",\"phx_join\",{}]",
    "[\"1\",\"1\",\"user:2\",\"phx_join\",{\"status\":\"new\"}]",
    "[\"1\",\"1\",\"user:3\",\"phx_join\",{}]",
    "[\"2\",\"2\",\"friends\",\"phx_join\",{}]",
    "[null,\"3\",\"friends\",\"phx_join\",{\"status\":\"bare\"}]",
    "[\"1\",\"4\",\"user:1\",\"status\",{\"status\":\"away\"}]",
    "[\"2\",\"5\",\"friends\",\"status\",{\"status\":\"busy\",\"x\":[1,2]}]",
    "[\"1\",\"6\",\"user:1\",\"phx_leave\",{}]",
    "[\"2\",\"7\",\"friends\",\"phx_leave\",{}]",
    "[\"r\",\"8\",\"room:a\",\"phx_join\",{}]",
    "[\"r\",\"9\",\"room:a\",\"push\",{\"a\":1}]",
    "[\"r\",\"9\",\"room:a\",\"crash\",{}]",
    "[\"1\",\"1\",\"user_presence:1\",\"phx_join\",{}]",
    "{\"topic\":\"friends\",\"event\":\"phx_join\",\"payload\":{},\"ref\":\"1\"}",
    "{\"topic\":\"user:2\",\"event\":\"phx_join\",\"payload\":{},\"ref\":\"1\"}",
    "{\"topic\":\"friends\",\"event\":\"status\",\"payload\":{\"status\":\"v1\"},\"ref\":\"2\"}",
    "{\"topic\":\"friends\",\"event\":\"phx_leave\",\"payload\":{},\"ref\":\"3\"}",
    "[\"h\",\"1\",\"hall:a\",\"phx_join\",{}]",
    "[\"h\",\"1\",\"hall:b\",\"phx_join\",{}]",
    "[\"h\",\"1\",\"hall:later\",\"phx_join\",{}]",
    "[\"i\",\"1\",\"hall:later\",\"phx_join\",{}]",
    "[\"h\",\"1\",\"hall:news\",\"phx_join\",{\"many\":\"infos\"}]",
    "{\"topic\":\"hall:a\",\"event\":\"phx_join\",\"payload\":{},\"ref\":\"1\"}",
    "[\"h\",\"2\",\"hall:a\",\"later\",{}]",
    "[\"h\",\"2\",\"hall:a\",\"info\",{\"some\":1}]",
    "[\"h\",\"2\",\"hall:a\",\"secret\",{}]",
    "[\"h\",\"2\",\"hall:b\",\"cast\",{}]",
    "[\"h\",\"2\",\"hall:a\",\"others\",{}]",
    "[\"h\",\"2\",\"hall:a\",\"listen\",{}]",
    "[\"h\",\"2\",\"hall:b\",\"hear\",{}]",
    "[\"h\",\"2\",\"hall:b\",\"ignore\",{}]",
    "[\"h\",\"2\",\"hall:a\",\"enter\",{}]",
    "[\"h\",\"2\",\"hall:b\",\"track\",{}]",
    "[\"h\",\"2\",\"hall:a\",\"update\",{}]",
    "[\"h\",\"2\",\"hall:a\",\"untrack\",{}]",
    "[\"h\",\"2\",\"hall:b\",\"list\",{}]",
    "[\"h\",\"2\",\"hall:b\",\"state\",{}]",
    "[\"h\",\"2\",\"hall:a\",\"stop\",{}]",
    "[\"h\",\"2\",\"hall:later\",\"phx_leave\",{}]",
    "[\"2\",\"2\",\"friends\",\"phx_join\",{\"status\":\"back\",\"resume\":\"*\"}]",
    "[\"1\",\"1\",\"user:1\",\"phx_join\",{\"resume\":\"*\"}]",
    "[\"2\",\"v\",\"friends\",\"visibility\",{\"mode\":\"nobody\"}]",
    "[\"2\",\"v\",\"friends\",\"visibility\",{\"mode\":\"friends\"}]",
    "[\"1\",\"v\",\"user:1\",\"visibility\",{\"mode\":\"public\"}]",
    "[\"1\",\"v\",\"user:1\",\"visibility\",{\"mode\":\"only\",\"ids\":[\"2\",\"3\"]}]",
    "[\"2\",\"v\",\"friends\",\"visibility\",{\"mode\":\"except\",\"ids\":[\"2\"]}]",
    "[\"2\",\"v\",\"friends\",\"visibility\",{\"session\":\"hidden\"}]",
    "[\"2\",\"v\",\"friends\",\"visibility\",{\"session\":\"visible\"}]",
    "[\"1\",\"v\",\"user:1\",\"visibility\",{\"session\":\"hidden\"}]",
    "[\"1\",\"v\",\"user:1\",\"visibility\",{\"last_seen\":\"coarse\"}]",
    "[\"2\",\"w\",\"friends\",\"watch\",{\"ids\":[\"1\",\"2\",\"4\"]}]",
    "[\"2\",\"w\",\"friends\",\"unwatch\",{\"ids\":[\"2\",\"4\"]}]",
    "[\"1\",\"w\",\"user:1\",\"watch\",{\"ids\":[\"2\",\"3\",\"nobody\"]}]",
    "[\"1\",\"w\",\"user:1\",\"unwatch\",{\"ids\":[\"3\"]}]",
    "[\"2\",\"l\",\"friends\",\"last_seen\",{\"ids\":[\"1\",\"2\",\"3\",\"4\"]}]",
    "[\"1\",\"t\",\"user:1\",\"token\",{\"token\":\"*\"}]",
    "[\"2\",\"t\",\"friends\",\"token\",{\"token\":\"no token\"}]",
    "[\"s\",\"1\",\"silent\",\"phx_join\",{}]",
    "[\"s\",\"2\",\"silent\",\"any\",{}]",
    "[\"v\",\"1\",\"room:vip:one\",\"phx_join\",{}]",
    "[\"v\",\"1\",\"room:vip:two\",\"phx_join\",{}]",
    "[\"w\",\"1\",\"room:welcome\",\"phx_join\",{\"a\":\"\\u00e4\"}]",
    "[\"p\",\"1\",\"room:private\",\"phx_join\",{}]",
    "[\"p\",\"1\",\"room:pushing\",\"phx_join\",{}]",
    "[\"j\",\"1\",\"room:joincrash\",\"phx_join\",{}]",
    "[\"r\",\"9\",\"room:a\",\"echo_error\",{\"a\":[null]}]",
    "[\"r\",\"9\",\"room:a\",\"twice\",{}]",
    "[\"r\",\"9\",\"room:a\",\"refuse\",{}]",
    "[\"r\",\"9\",\"room:a\",\"where\",{}]",
    "[\"r\",\"9\",\"room:a\",\"noreply\",{}]",
    "[\"r\",\"9\",\"room:a\",\"phx_leave\",{}]",
    "{\"topic\":\"user:1\",\"event\":\"phx_join\",\"payload\":{},\"ref\":\"1\"}",
    "{\"topic\":\"user:1\",\"event\":\"watch\",\"payload\":{\"ids\":[\"2\"]},\"ref\":\"4\"}",
    "{\"topic\":\"user:1\",\"event\":\"unwatch\",\"payload\":{\"ids\":[]},\"ref\":\"5\"}",
};
const unsigned fuzz_sayings = sizeof sayings / sizeof sayings[0];

#define LONGPOLL "/socket/longpoll?vsn=2.0.0&user_id=1"
#define JSON     "content-type: application/json\r\n"
#define LINES    "content-type: application/x-ndjson\r\n"
#define FROM     "x-forwarded-for: 192.0.2.7\r\n"

static const struct {
    const char *method, *target, *headers, *body; /* NULL: none */
} requests[] = {
    {"GET", LONGPOLL, NULL, NULL},
    {"GET", "/socket/longpoll?vsn=1.0.0&user_id=2", FROM, NULL},
    {"GET", LONGPOLL "&token=*", NULL, NULL},
    {"GET", "/socket/longpoll?token=*", "accept: application/json\r\n", NULL},
    {"POST", LONGPOLL "&token=*", LINES,
     "[\"2\",\"2\",\"friends\",\"phx_join\",{}]\n[\"r\",\"8\",\"room:a\",\"phx_join\",{}]\n"},
    {"POST", LONGPOLL "&token=*", JSON, "[null,\"h\",\"phoenix\",\"heartbeat\",{}]"},
    {"POST", LONGPOLL "&token=*", JSON, "[\"r\",\"9\",\"room:a\",\"push\",{\"a\":1}]"},
    {"POST", LONGPOLL "&token=*", JSON, "AAEBBgQxMnJvb206YWVjaG94"},
    {"OPTIONS", LONGPOLL, "origin: http://localhost\r\n", NULL},
    {"GET", "/", NULL, NULL},
    {"HEAD", "/nowhere", FROM "x-forwarded-for: 192.0.2.8, 10.0.0.9\r\n", NULL},
    {"POST", "/demo/token", JSON, "{\"user\":\"1\"}"},
    {"POST", "/demo/token", JSON "origin: http://localhost\r\n", "{\"user\":1}"},
    {"GET", "/healthz", NULL, NULL},
    {"GET", "/readyz", NULL, NULL},
    {"GET", "/metrics", NULL, NULL},
    {"GET", "/console", NULL, NULL},
    {"GET", "/v1/live", NULL, NULL},
    {"GET", "/v1/nodes", NULL, NULL},
    {"GET", "/v1/openapi.json", NULL, NULL},
    {"PUT", "/v1/users/1/watches/2", NULL, NULL},
    {"DELETE", "/v1/users/1/watches/2", NULL, NULL},
    {"PUT", "/v1/users/2/friends/1", NULL, NULL},
    {"PUT", "/v1/users/1/blocks/3", NULL, NULL},
    {"DELETE", "/v1/users/1/blocks/3", NULL, NULL},
    {"GET", "/v1/users/1/visibility", NULL, NULL},
    {"PUT", "/v1/users/1/visibility", JSON, "{\"mode\":\"nobody\"}"},
    {"PUT", "/v1/users/2/visibility", JSON, "{\"mode\":\"only\",\"ids\":[\"1\"]}"},
    {"GET", "/v1/users/1/audience", NULL, NULL},
    {"GET", "/v1/users/1/presence", NULL, NULL},
    {"GET", "/v1/users/1/presence?as=2", NULL, NULL},
    {"POST", "/v1/presence/query", JSON, "{\"ids\":[\"1\",\"2\",\"x\"],\"as\":\"3\"}"},
    {"POST", "/v1/users/1/refresh", NULL, NULL},
    {"GET", "/v1/events?after=1&limit=2", NULL, NULL},
    {"POST", "/v1/graph/import", "content-type: text/plain\r\n", "1 2\n2 1\n"},
    {"POST", "/v1/graph/import?mutual=1", LINES, "{\"watcher\":\"1\",\"watched\":\"2\"}\n"},
    {"GET", "/v1/graph/export", NULL, NULL},
    {"POST", "/v1/users/1/push", JSON, "{\"event\":\"notice\",\"payload\":{\"a\":1}}"},
    {"POST", "/v1/users/1/push", JSON, "{\"event\":\"phx_close\"}"},
    {"DELETE", "/v1/users/2", NULL, NULL},
    {"DELETE", "/v1/users/2?until=1795487999", NULL, NULL},
    {"POST", "/v1/users/1/disconnect", JSON, "{}"},
    {"POST", "/v1/users/1/disconnect", JSON, "{\"until\":1795487999}"},
    {"PATCH", "/v1/users/1/push", JSON, "{}"},
};
const unsigned fuzz_requests = sizeof requests / sizeof requests[0];

/* Tokens */

enum { TOKEN_BYTES_MAX = 512 };

static struct token {
    const char *before; /* it stands behind this, up to a quote */
    size_t len;
    uint8_t bytes[TOKEN_BYTES_MAX];
} tokens[] = {{.before = "\"resume\":\""}, {.before = "\"token\":\""}};

static void hear(struct token *t, kith_slice sent)
{
    size_t mark = strlen(t->before);
    const uint8_t *at = sent.len ? memmem(sent.ptr, sent.len, t->before, mark) : NULL;
    if (!at) return;
    kith_slice rest = slice_from(sent, (size_t)(at - sent.ptr) + mark), token;
    slice_cut(rest, '"', &token);
    if (!token.len || token.len > TOKEN_BYTES_MAX) return;
    memcpy(t->bytes, token.ptr, token.len);
    t->len = token.len;
}

void fuzz_hear(kith_slice sent)
{
    hear(&tokens[0], sent);
    hear(&tokens[1], sent);
}

void fuzz_says_begin(void) { tokens[0].len = tokens[1].len = 0; }

static void put_with(struct buf *out, const char *text, const struct token *t)
{
    for (; *text; text++)
        if (*text == '*')
            buf_put(out, slice_of(t->bytes, t->len));
        else
            buf_putc(out, (uint8_t)*text);
}

void fuzz_say(struct buf *out, unsigned which)
{
    const char *text = sayings[which % fuzz_sayings];
    put_with(out, text, &tokens[strstr(text, "resume") ? 0 : 1]);
}

void fuzz_request(struct buf *out, unsigned which)
{
    which %= fuzz_requests;
    buf_printf(out, "%s ", requests[which].method);
    put_with(out, requests[which].target, &tokens[1]);
    buf_puts(out, " HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer " FUZZ_API_SECRET "\r\n");
    if (requests[which].headers) buf_puts(out, requests[which].headers);
    if (requests[which].body)
        buf_printf(out, "content-length: %zu\r\n", strlen(requests[which].body));
    buf_puts(out, "\r\n");
    if (requests[which].body) buf_puts(out, requests[which].body);
    KITH_ASSERT(!out->failed);
}
