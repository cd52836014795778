/* tests/fuzz/fuzz_api.c -- what an operator may send to the REST API: the bodies of its paths, and
 * what stands in their ids and queries. Whatever it is, each answer is HTTP with JSON that parses,
 * the store hears of nothing but user ids, and the next request is answered. */
#include "base/assert.h"
#include "base/ids.h"
#include "edge/rig.h"
#include "edge/rig_rooms.h"
#include "shard/call.h"
#include "shard/rule.h"
#include "wire/json.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { BODY_MAX = 1 << 16, OPERATOR = 0 };

static struct rig rig;

static const struct {
    const char *method, *path; /* a star: what is given; at the end of it what follows */
    const char *type;          /* NULL: no body */
} paths[] = {
    {"PUT", "/v1/users/*/visibility", "application/json"},
    {"POST", "/v1/presence/query", "application/json"},
    {"POST", "/v1/users/*/push", "application/json"},
    {"POST", "/v1/broadcast", "application/json"},
    {"POST", "/v1/users/*/disconnect", "application/json"},
    {"POST", "/v1/graph/import", "text/plain"},
    {"POST", "/v1/graph/import", "application/x-ndjson"},
    {"POST", "/v1/graph/import?mutual=1", "text/plain"},
    {"PUT", "/v1/users/ann/friends/*", NULL},
    {"PUT", "/v1/users/*/blocks/ben", NULL},
    {"GET", "/v1/users/ann/presence?*", NULL},
    {"GET", "/v1/users/ann/audience?*", NULL},
    {"GET", "/v1/*", NULL},
    {"DELETE", "/v1/users/*", NULL},
};
enum { PATHS = sizeof paths / sizeof paths[0] };

/* The store */

static void check_ids(kith_slice ids)
{
    for (kith_slice id; ids.len;) {
        KITH_ASSERT(ids_next(&ids, &id));
        KITH_ASSERT(id.len > 0 && id.len <= USER_ID_BYTES_MAX && slice_find(id, 0) == id.len);
    }
}

static struct mail *check_rule(struct mail *m)
{
    struct rule r = rule_of_mail(m);
    check_ids(r.ids);
    KITH_ASSERT(r.kind == RULE_EDGES || (r.user.len > 0 && r.user.len <= USER_ID_BYTES_MAX));
    KITH_ASSERT(r.other.len <= USER_ID_BYTES_MAX);
    return call_answer_number(m, r.kind == RULE_EDGES); /* how many were not there */
}

static struct mail *asked(struct mail *m)
{
    if (m->type == MAIL_RULE) return check_rule(m);
    KITH_ASSERT(m->call == CALL_EXPORT || (m->a_len > 0 && m->a_len <= USER_ID_BYTES_MAX));
    if (m->call == CALL_VISIBLE) {
        check_ids(mail_b(m));
        return call_answer(m, (kith_slice){0}, mail_b(m), (kith_slice){0});
    }
    return call_answer(m, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
}

/* Answers */

/* Lines of JSON, in chunks that may cut them anywhere but in their framing. */
static void check_chunks(kith_slice rest)
{
    for (size_t n = 1; n > 0;) {
        size_t digits = slice_find(rest, '\r');
        KITH_ASSERT(digits > 0 && digits < rest.len);
        n = strtoul((const char *)rest.ptr, NULL, 16);
        rest = slice_from(rest, digits + 2);
        KITH_ASSERT(rest.len >= n + 2 && memcmp(rest.ptr + n, "\r\n", 2) == 0);
        rest = slice_from(rest, n + 2);
    }
    KITH_ASSERT(rest.len == 0);
}

/* All that has come is one answer. Returns its status. */
static unsigned answer(void)
{
    struct rig_client *c = &rig.clients[OPERATOR];
    kith_slice all = slice_of(c->out + c->out_at, c->out_len - c->out_at);
    struct json json;
    c->out_at = c->out_len;
    KITH_ASSERT(all.len && slice_starts(all, KITH_LIT("HTTP/1.1 ")));
    const uint8_t *end = memmem(all.ptr, all.len, "\r\n\r\n", 4);
    KITH_ASSERT(end);
    size_t head = (size_t)(end + 4 - all.ptr);
    kith_slice body = slice_from(all, head);
    if (memmem(all.ptr, head, "transfer-encoding: chunked", 26))
        check_chunks(body);
    else if (memmem(all.ptr, head, "json\r\n", 6))
        KITH_ASSERT(json_parse(body, &json) == KITH_OK);
    return (unsigned)atoi((const char *)all.ptr + 9);
}

/* Requests */

static void open_operator(void)
{
    if (rig.clients[OPERATOR].open && rig.clients[OPERATOR].edge.phase == EDGE_DONE)
        rig_drop(&rig, OPERATOR);
    if (!rig.clients[OPERATOR].open) KITH_ASSERT(rig_open(&rig, OPERATOR, 0, true));
}

/* What HTTP takes in a target; the rest is its own affair. */
static void put_target(struct buf *out, const char *path, kith_slice given)
{
    for (; *path; path++) {
        if (*path != '*') {
            buf_putc(out, (uint8_t)*path);
            continue;
        }
        for (size_t i = 0; i < given.len; i++)
            if (given.ptr[i] > ' ' && given.ptr[i] < 0x7f && given.ptr[i] != '#')
                buf_putc(out, given.ptr[i]);
    }
}

static void ask(unsigned which, bool chunked, kith_slice given, kith_slice body)
{
    struct buf out = {0};
    const char *type = paths[which].type;
    buf_printf(&out, "%s ", paths[which].method);
    put_target(&out, paths[which].path, given);
    buf_puts(&out, " HTTP/1.1\r\nhost: localhost\r\n");
    if (type) buf_printf(&out, "content-type: %s\r\n", type);
    if (type && chunked)
        buf_printf(&out, "transfer-encoding: chunked\r\n\r\n%zx\r\n", body.len);
    else if (type)
        buf_printf(&out, "content-length: %zu\r\n\r\n", body.len);
    else
        buf_puts(&out, "\r\n");
    if (type) buf_put(&out, body);
    if (type && chunked) buf_puts(&out, body.len ? "\r\n0\r\n\r\n" : "\r\n");
    KITH_ASSERT(!out.failed);
    open_operator();
    rig_feed(&rig, OPERATOR, buf_slice(&out));
    buf_fini(&out);
}

static void still_answers(void)
{
    open_operator();
    rig_feed(&rig, OPERATOR,
             KITH_LIT("GET /v1/users/ann/visibility HTTP/1.1\r\nhost: localhost\r\n\r\n"));
    KITH_ASSERT(answer() == 200);
}

/* The first byte is how, the second which path; a byte of length, what stands in the path; the
 * body.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 3 || len > BODY_MAX) return 0;
    kith_slice rest = slice_of(bytes + 3, len - 3);
    size_t given = bytes[2] < rest.len ? bytes[2] : rest.len;
    KITH_ASSERT(rig_init(&rig, 1 + bytes[0] % 2, "ann ben\n"));
    rig.how = bytes[0] / 2 % CUTS;
    rig.options.api_private = true;
    rig.asked = asked;
    ask(bytes[1] % PATHS, bytes[0] & 16, slice_head(rest, given), slice_from(rest, given));
    (void)answer();
    still_answers();
    rig_drop(&rig, OPERATOR);
    for (unsigned i = 0; i < rig.shards; i++)
        KITH_ASSERT(clients_count(rig.worlds[i]->clients) == 0);
    rig_fini(&rig);
    return 0;
}
