/* tests/fuzz/fuzz_sent.c -- what has been sent to a client of the fuzzed edge, taken apart. */
#include "fuzz_sent.h"

#include "base/assert.h"
#include "fuzz_says.h"
#include "wire/json.h"

bool fuzz_holds(kith_slice s, const char *word)
{
    return s.len && memmem(s.ptr, s.len, word, strlen(word));
}

static void check_text(kith_slice text)
{
    struct json j;
    KITH_ASSERT(json_parse(text, &j) == KITH_OK);
    KITH_ASSERT(j.type == JSON_ARRAY || j.type == JSON_OBJECT);
}

static size_t check_frame(const struct rig_client *c, kith_slice all)
{
    KITH_ASSERT(all.len >= 2 && !(all.ptr[1] & 0x80) && (all.ptr[0] & 0xf0) == 0x80);
    size_t len = all.ptr[1], wide = len == 126 ? 2 : len == 127 ? 8 : 0;
    if (wide) len = 0;
    for (size_t i = 0; i < wide; i++)
        len = len << 8 | all.ptr[2 + i];
    KITH_ASSERT(all.len >= 2 + wide + len);
    if (all.ptr[0] == 0x81 && c->edge.phase != EDGE_ECHO)
        check_text(slice_of(all.ptr + 2 + wide, len));
    return 2 + wide + len;
}

void fuzz_check_sent(struct rig_client *c, bool echo, bool *goes_on)
{
    kith_slice all = slice_of(c->out + c->out_at, c->out_len - c->out_at);
    KITH_ASSERT(c->edge.ctx->api || !fuzz_holds(all, "canary")); /* operators see who is busy */
    fuzz_hear(all);
    c->out_at = c->out_len;
    while (all.len && c->upgraded && !echo)
        all = slice_from(all, check_frame(c, all));
    if (!all.len || c->upgraded) return;
    KITH_ASSERT(*goes_on || slice_starts(all, KITH_LIT("HTTP/1.1 ")));
    *goes_on = (*goes_on || fuzz_holds(all, "transfer-encoding: chunked")) &&
               !fuzz_holds(all, "\n0\r\n");
    if (!fuzz_holds(all, "HTTP/1.1 101 ")) return;
    c->upgraded = true;
    const uint8_t *head = memmem(all.ptr, all.len, "HTTP/1.1 101 ", 13);
    const uint8_t *end = memmem(head, (size_t)(all.ptr + all.len - head), "\r\n\r\n", 4);
    KITH_ASSERT(end);
    c->out_at = (size_t)(end + 4 - c->out);
    if (!echo) fuzz_check_sent(c, false, goes_on);
}
