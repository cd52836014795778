/* shard/refusals.c -- the joins and connections that were refused latest on this shard. */
#include "shard/refusals.h"

#include "base/buf.h"
#include "wire/json.h"
#include "wire/utf8.h"

/* No character is cut in two. What is no text is nothing that could be shown. */
static uint8_t keep(uint8_t *at, size_t room, kith_slice text)
{
    if (!utf8_valid(text)) return 0;
    size_t n = text.len < room ? text.len : room;
    while (n && n < text.len && (text.ptr[n] & 0xc0) == 0x80)
        n--;
    if (n) memcpy(at, text.ptr, n);
    return (uint8_t)n;
}

void refusals_note(struct refusals *r, uint64_t unix_ms, kith_slice user, kith_slice topic,
                   kith_slice reason)
{
    struct refusal *one = &r->items[r->count++ % REFUSALS_NOTED];
    one->at_ms = unix_ms;
    one->user_len = keep(one->user, sizeof one->user, user);
    one->topic_len = keep(one->topic, sizeof one->topic, topic);
    one->reason_len = keep(one->reason, sizeof one->reason, reason);
}

uint8_t refusals_reason(uint8_t out[REFUSAL_TEXT_BYTES], kith_slice response)
{
    struct json object, reason;
    struct buf scratch = {0};
    kith_slice text = response;
    if (json_parse(response, &object) == KITH_OK &&
        json_get(object, "reason", &reason) == KITH_OK && reason.type == JSON_STRING)
        text = json_text(reason, &scratch);
    uint8_t len = keep(out, REFUSAL_TEXT_BYTES, text);
    buf_fini(&scratch);
    return len;
}

void refusals_note_join(struct refusals *r, uint64_t unix_ms, kith_slice user, kith_slice topic,
                        kith_slice response)
{
    uint8_t reason[REFUSAL_TEXT_BYTES];
    refusals_note(r, unix_ms, user, topic, slice_of(reason, refusals_reason(reason, response)));
}

static void put_text(struct buf *json, const char *name, const uint8_t *text, uint8_t len)
{
    buf_printf(json, ",\"%s\":", name);
    if (len)
        json_put_quoted(json, slice_of(text, len));
    else
        buf_puts(json, "null");
}

static void put_one(struct buf *json, const struct refusal *r)
{
    buf_puts(json, "{\"at\":");
    buf_put_u64(json, r->at_ms);
    put_text(json, "user", r->user, r->user_len);
    put_text(json, "topic", r->topic, r->topic_len);
    put_text(json, "reason", r->reason, r->reason_len);
    buf_puts(json, "},");
}

void refusals_put(const struct refusals *r, uint64_t unix_ms, struct buf *json)
{
    for (uint32_t i = 0; i < REFUSALS_NOTED && i < r->count; i++) {
        const struct refusal *one = &r->items[(r->count - 1 - i) % REFUSALS_NOTED];
        if (unix_ms < one->at_ms + REFUSAL_MS) put_one(json, one);
    }
}
