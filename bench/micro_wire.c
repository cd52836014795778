/* bench/micro_wire.c -- what a client's message costs on its way through src/wire, in and out. */
#include "floors.h"
#include "micro.h"

#include "wire/json.h"
#include "wire/phx.h"
#include "wire/presence.h"
#include "wire/ws.h"

#include <stdio.h>

#define MESSAGE "[\"1234\",\"56789\",\"user:1234567\",\"status\",{\"status\":\"away\"}]"
#define V1      "{\"topic\":\"phoenix\",\"event\":\"heartbeat\",\"payload\":{},\"ref\":\"4567\"}"
#define BINARY                                                                                     \
    "\0\1\1\14\4"                                                                                  \
    "12user:1234567file0123456789abcdef0123456789abcdef"
#define JAPANESE "日本語の文は一文字が三バイト"
#define STATUS   "{\"status\":\"away\",\"text\":\"lunch\"}"

enum { TEXT_BYTES = 1024, FRIENDS = 100 };

static uint8_t text[TEXT_BYTES]; /* a message of ASCII */
static uint8_t framed[6 + TEXT_BYTES + 2];
static size_t framed_len;

static void copy_text(uint32_t ops) { floor_copy(text, sizeof MESSAGE - 1, ops); }
static void copy_long(uint32_t ops) { floor_copy(text, sizeof text, ops); }

/* WebSocket: masked with zeros, so that taking it apart leaves it as it was. */
static void frame_text(const void *bytes, size_t len)
{
    size_t at = 0;
    framed[at++] = 0x80 | WS_OP_TEXT;
    if (len < 126) {
        framed[at++] = (uint8_t)(0x80 | len);
    } else {
        framed[at++] = 0x80 | 126;
        framed[at++] = (uint8_t)(len >> 8);
        framed[at++] = (uint8_t)len;
    }
    memset(framed + at, 0, 4);
    memcpy(framed + at + 4, bytes, len);
    framed_len = at + 4 + len;
}

static void frame_short(uint32_t ops)
{
    (void)ops;
    frame_text(MESSAGE, sizeof MESSAGE - 1);
}

static void frame_long(uint32_t ops)
{
    (void)ops;
    memset(text, 'x', sizeof text);
    frame_text(text, sizeof text - 2);
}

static void run_ws_feed(uint32_t ops)
{
    struct ws_in in = {.message_bytes_max = 65536};
    struct ws_message out;
    size_t used, need;
    for (uint32_t i = 0; i < ops; i++) {
        if (ws_feed(&in, framed, framed_len, &used, &need, &out) != WS_TEXT) micro_must(KITH_BAD);
        micro_use(&out);
    }
    ws_in_fini(&in);
}

static void run_utf8(uint32_t ops)
{
    for (uint32_t i = 0; i < ops; i++) {
        bool ok = utf8_valid(KITH_LIT(MESSAGE));
        micro_use(&ok);
    }
}

static void run_utf8_japanese(uint32_t ops)
{
    for (uint32_t i = 0; i < ops; i++) {
        bool ok = utf8_valid(KITH_LIT(JAPANESE));
        micro_use(&ok);
    }
}

static void bare_japanese(uint32_t ops) { floor_copy(JAPANESE, sizeof JAPANESE - 1, ops); }

static void run_json_parse(uint32_t ops)
{
    struct json j;
    for (uint32_t i = 0; i < ops; i++) {
        micro_must(json_parse(KITH_LIT(MESSAGE), &j));
        micro_use(&j);
    }
}

static void decode(enum phx_vsn vsn, uint8_t *message, size_t len, uint32_t ops)
{
    struct phx_in in;
    for (uint32_t i = 0; i < ops; i++) {
        micro_must(phx_decode(vsn, message, len, &in));
        micro_use(&in);
    }
}

static void run_decode_v2(uint32_t ops)
{
    static uint8_t message[] = MESSAGE;
    decode(PHX_V2, message, sizeof message - 1, ops);
}

static void run_decode_v1(uint32_t ops)
{
    static uint8_t message[] = V1;
    decode(PHX_V1, message, sizeof message - 1, ops);
}

static void run_decode_binary(uint32_t ops)
{
    struct phx_in in;
    for (uint32_t i = 0; i < ops; i++) {
        micro_must(phx_decode_binary(PHX_V2, KITH_LIT(BINARY), &in));
        micro_use(&in);
    }
}

/* Out: of each the floor is asking for memory, and copying what has been written already. */

static struct frame *sample;

static void give(struct frame *f)
{
    frame_unref(sample);
    sample = micro_have(f);
}

static void bare_sample(uint32_t ops) { floor_allocate(sample->bytes, sample->len, ops); }

static struct frame *reply(void)
{
    const struct phx_out m = {
        .join_ref = KITH_LIT("\"1\""), .ref = KITH_LIT("\"2\""), .topic = KITH_LIT("user:1234567")};
    return micro_have(phx_encode_reply(PHX_V2, &m, true));
}

static const struct meta meta = {.fields = KITH_LIT("{\"status\":\"online\"}"),
                                 .online_at_s = 1795487065,
                                 .ref = "GOrZ-SPgzrZwVQQx"};

/* From a meta to the frame that all watchers share. */
static struct frame *diff(void)
{
    static struct buf payload;
    buf_clear(&payload);
    presence_put_diff(&payload, KITH_LIT("1234567"), &meta, 1, NULL, 0);
    const struct phx_out m = {.topic = KITH_LIT("user_presence:1234567"),
                              .event = KITH_LIT("presence_diff"),
                              .payload = buf_slice(&payload)};
    return micro_have(phx_encode(PHX_V2, &m));
}

static struct frame *state(void)
{
    static struct buf payload;
    char id[16];
    buf_clear(&payload);
    buf_putc(&payload, '{');
    for (uint32_t i = 0; i < FRIENDS; i++) {
        if (i) buf_putc(&payload, ',');
        snprintf(id, sizeof id, "%u", 1000000 + i * 7919);
        presence_put_key(&payload, slice_str(id), &meta, 1);
    }
    buf_putc(&payload, '}');
    const struct phx_out m = {.topic = KITH_LIT("user:1234567"),
                              .event = KITH_LIT("presence_state"),
                              .payload = buf_slice(&payload)};
    return micro_have(phx_encode(PHX_V2, &m));
}

static void encode(struct frame *(*make)(void), uint32_t ops)
{
    for (uint32_t i = 0; i < ops; i++) {
        struct frame *f = make();
        micro_use(f);
        if (i + 1 == ops)
            give(f);
        else
            frame_unref(f);
    }
}

static void run_reply(uint32_t ops) { encode(reply, ops); }
static void run_diff(uint32_t ops) { encode(diff, ops); }
static void run_state(uint32_t ops) { encode(state, ops); }

static void run_fields(uint32_t ops)
{
    static struct buf out;
    const char *why;
    for (uint32_t i = 0; i < ops; i++) {
        micro_must(presence_fields(KITH_LIT(STATUS), &out, &why));
        micro_use(&out);
    }
}

static void bare_fields(uint32_t ops) { floor_copy(STATUS, sizeof STATUS - 1, ops); }

#define COPY  "memcpy of its bytes"
#define ALLOC "malloc, memcpy of its bytes, free"

static const struct micro jobs[] = {
    {"ws_feed", "a masked text of 58 B", COPY, 50000, 5000, frame_short, run_ws_feed, copy_text},
    {"ws_feed_long", "a masked text of 1 KiB", COPY, 20000, 1000, frame_long, run_ws_feed,
     copy_long},
    {"utf8_ascii", "58 B", COPY, 100000, 5000, NULL, run_utf8, copy_text},
    {"utf8_japanese", "42 B", COPY, 50000, 5000, NULL, run_utf8_japanese, bare_japanese},
    {"json_parse", "58 B", COPY, 50000, 5000, NULL, run_json_parse, copy_text},
    {"phx_decode_v2", "58 B", COPY, 50000, 5000, NULL, run_decode_v2, copy_text},
    {"phx_decode_v1", "65 B", COPY, 20000, 5000, NULL, run_decode_v1, copy_text},
    {"phx_decode_binary", "54 B", COPY, 50000, 5000, NULL, run_decode_binary, copy_text},
    {"phx_reply", "a reply, encoded", ALLOC, 50000, 5000, NULL, run_reply, bare_sample},
    {"presence_diff", "meta to finished frame", ALLOC, 20000, 2000, NULL, run_diff, bare_sample},
    {"presence_state", "100 friends to finished frame", ALLOC, 500, 50, NULL, run_state,
     bare_sample},
    {"presence_fields", "a status of 32 B", COPY, 20000, 2000, NULL, run_fields, bare_fields},
};

int main(int argc, char **argv)
{
    static const struct micro_set sets[] = {{.jobs = jobs, .count = MICRO_COUNT(jobs)}};
    return micro_main(argc, argv, "What a client's message costs in src/wire.", sets,
                      MICRO_COUNT(sets));
}
