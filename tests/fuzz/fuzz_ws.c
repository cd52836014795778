/* tests/fuzz/fuzz_ws.c -- what a client sends after the upgrade: the events must not depend on how
 * the bytes are cut, nothing broken may come out, and a plainer reader finds the same. */
#include "base/assert.h"
#include "mutate_ws.h"
#include "wire/utf8.h"
#include "ws_feed.h"

#define MESSAGE_MAX 300

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static uint8_t *exact_bytes(kith_slice in)
{
    uint8_t *bytes = malloc(in.len + 1);
    if (!bytes) abort();
    if (in.len) memcpy(bytes, in.ptr, in.len);
    return bytes;
}

/* One more reading, event by event, to look at each message as a caller would. */
static void check_messages(kith_slice in)
{
    struct ws_in w = {.message_bytes_max = MESSAGE_MAX};
    uint8_t *bytes = exact_bytes(in);
    size_t at = 0, used, need;
    struct ws_message m;
    enum ws_event what = WS_PONG;
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

/* The same by another reader, a frame at a time, which knows no verdicts but those of a header that
 * is whole. */
struct other_reader {
    kith_slice in;
    struct buf text, message;
    uint8_t op; /* of the message */
    bool fragments;
};

static bool is_sound(const struct raw_frame *f, size_t head, bool fragments)
{
    uint8_t op = f->first & 0x0f;
    size_t len = f->payload.len, least = len < 126 ? 6 : len <= UINT16_MAX ? 8 : 14;
    bool control = op & 8;
    if (f->first & 0x70 || !f->masked || head != least || (op & 7) > 2) return false;
    if (control) return f->first & 0x80 && f->payload.len <= 125;
    return (op == WS_OP_CONT) == fragments;
}

/* The next event and, in `text`, what it carries. */
static enum ws_event other_next(struct other_reader *o)
{
    static const enum ws_event events[] = {[WS_OP_TEXT] = WS_TEXT,
                                           [WS_OP_BINARY] = WS_BINARY,
                                           [WS_OP_CLOSE] = WS_CLOSE,
                                           [WS_OP_PING] = WS_PING,
                                           [WS_OP_PONG] = WS_PONG};
    for (struct raw_frame f; true;) {
        size_t before = o->in.len;
        if (!next_raw_frame(&o->in, &f)) return WS_MORE;
        if (!is_sound(&f, before - o->in.len - f.payload.len, o->fragments)) return WS_FAIL;
        bool control = f.first & 8;
        if (!control && f.first & 0x0f) o->op = f.first & 0x0f, buf_clear(&o->message);
        buf_clear(&o->text);
        put_mask(control ? &o->text : &o->message, &f, f.payload);
        if (control) return events[f.first & 0x0f];
        o->fragments = !(f.first & 0x80);
        if (o->fragments) continue;
        buf_put(&o->text, buf_slice(&o->message));
        return events[o->op];
    }
}

/* A text that is none, or too much, is refused before it is whole; and a header of which a part is
 * wrong before the rest is there. */
static bool agrees(enum ws_event what, const struct ws_message *m, struct other_reader *o)
{
    enum ws_event want = other_next(o);
    if (what == WS_FAIL && m->code != WS_CODE_PROTOCOL) return true;
    if (what == WS_FAIL) return want == WS_FAIL || want == WS_MORE || want == WS_CLOSE;
    bool closes = what == WS_CLOSE && o->text.len >= 2;
    kith_slice text = closes ? slice_from(buf_slice(&o->text), 2) : buf_slice(&o->text);
    return what == want && (what == WS_MORE || slice_eq(m->payload, text));
}

static void check_other(kith_slice in)
{
    struct ws_in w = {.message_bytes_max = MESSAGE_MAX};
    struct other_reader o = {.in = in};
    uint8_t *bytes = exact_bytes(in);
    size_t at = 0, used, need;
    struct ws_message m;
    enum ws_event what = WS_PONG;
    while (what != WS_MORE && what != WS_CLOSE && what != WS_FAIL) {
        what = ws_feed(&w, bytes + at, in.len - at, &used, &need, &m);
        at += used;
        KITH_ASSERT(agrees(what, &m, &o));
    }
    ws_in_fini(&w);
    buf_fini(&o.text);
    buf_fini(&o.message);
    free(bytes);
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
    check_other(in);
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
