/* tests/fuzz/fuzz_log.c -- foreign text in a log: what is shown of it is one line of UTF-8 that
 * changes nothing around it, and tells apart what differs. */
#include "io/log_text.h"

#include "base/assert.h"
#include "base/buf.h"
#include "wire/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static bool holds(kith_slice s, const char *bytes)
{
    return s.len && memmem(s.ptr, s.len, bytes, strlen(bytes));
}

static void check_shown(kith_slice s)
{
    static const char *const never[] = {"\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xae",
                                        "\xe2\x81\xa7", "\xef\xbb\xbf", "\xe2\x80\x8b"};
    KITH_ASSERT(utf8_valid(s) && !utf8_has_control(s));
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        KITH_ASSERT(!holds(s, never[i]));
}

static unsigned digit(uint8_t c)
{
    const char *hex = "0123456789abcdef", *at = c ? strchr(hex, c) : NULL;
    KITH_ASSERT(at);
    return (unsigned)(at - hex);
}

static void put_back(struct buf *out, kith_slice shown)
{
    while (shown.len) {
        bool escaped = shown.len >= 4 && shown.ptr[0] == '\\' && shown.ptr[1] == 'x';
        buf_putc(out, escaped ? (uint8_t)(digit(shown.ptr[2]) << 4 | digit(shown.ptr[3]))
                              : shown.ptr[0]);
        shown = slice_from(shown, escaped ? 4 : 1);
    }
}

static void check_id(kith_slice text)
{
    char out[LOG_ID_MAX];
    struct buf back = {0};
    kith_slice s = slice_str(log_id(out, text));
    check_shown(s);
    KITH_ASSERT(s.len >= 2 && s.len < LOG_ID_MAX && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"');
    s = slice_of(s.ptr + 1, s.len - 2);
    KITH_ASSERT(slice_find(s, '"') == s.len);
    bool cut = s.len > LOG_ID_MAX / 2 && slice_is(slice_from(s, s.len - 3), "...");
    put_back(&back, cut ? slice_head(s, s.len - 3) : s);
    KITH_ASSERT(cut ? slice_starts(text, buf_slice(&back)) : slice_eq(text, buf_slice(&back)));
    buf_fini(&back);
}

static void check_all(kith_slice text, bool quotes)
{
    struct buf out = {0};
    char one[LOG_ONE_MAX];
    while (text.len) {
        size_t left = text.len, n = log_put_one(one, &text, quotes);
        KITH_ASSERT(text.len < left && n > 0 && n <= LOG_ONE_MAX);
        check_shown(slice_of(one, n));
        buf_put(&out, slice_of(one, n));
    }
    check_shown(buf_slice(&out));
    if (quotes) KITH_ASSERT(!holds(buf_slice(&out), "\""));
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    kith_slice text = slice_of(bytes, len);
    check_id(text);
    check_all(text, true);
    check_all(text, false);
    return 0;
}
