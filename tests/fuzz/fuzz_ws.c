/* tests/fuzz/fuzz_ws.c -- what a client sends after the upgrade: the events must not depend on how
 * the bytes are cut, and nothing broken may come out. */
#include "base/assert.h"
#include "mutate_ws.h"
#include "wire/utf8.h"
#include "ws_feed.h"

#define MESSAGE_MAX 300

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* One more reading, event by event, to look at each message as a caller would. */
static void check_messages(kith_slice in)
{
    struct ws_in w = {.message_bytes_max = MESSAGE_MAX};
    uint8_t *bytes = (uint8_t *)malloc(in.len + 1);
    size_t at = 0, used, need;
    struct ws_message m;
    enum ws_event what = WS_PONG;
    if (!bytes) return;
    if (in.len) memcpy(bytes, in.ptr, in.len);
    while (what != WS_MORE && what != WS_CLOSE && what != WS_FAIL) {
        what = ws_feed(&w, bytes + at, in.len - at, &used, &need, &m);
        at += used;
        if (what == WS_TEXT || what == WS_CLOSE) KITH_ASSERT(utf8_valid(m.payload));
        if (what == WS_TEXT || what == WS_BINARY) KITH_ASSERT(m.payload.len <= MESSAGE_MAX);
        if (what == WS_PING || what == WS_PONG) KITH_ASSERT(m.payload.len <= 125);
        if (what == WS_FAIL) KITH_ASSERT(ws_code_sendable(m.code));
        if (what == WS_CLOSE) KITH_ASSERT(m.code == 0 || ws_code_sendable(m.code));
    }
    ws_in_fini(&w);
    free(bytes);
}

static void read_cut(kith_slice in, int how, struct buf *log)
{
    struct ws_in w = {.message_bytes_max = MESSAGE_MAX};
    feed(&w, in, how, log);
    ws_in_fini(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    kith_slice in = slice_of(bytes, len);
    struct buf whole = {0}, log = {0};
    read_cut(in, CUT_WHOLE, &whole);
    for (int how = CUT_BYTES; how < CUTS; how++) {
        buf_clear(&log);
        read_cut(in, how, &log);
        KITH_ASSERT(slice_eq(buf_slice(&log), buf_slice(&whole)));
    }
    buf_fini(&log);
    buf_fini(&whole);
    check_messages(in);
    return 0;
}

static void change(struct buf *out, kith_slice text, uint64_t *seed)
{
    (void)seed;
    mutate_bytes(out, text);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    uint64_t chance = seed;
    struct buf made = {0};
    mutate_frames(&made, slice_of(data, size), change, &chance);
    return mutate_end(&made, data, size_max);
}
