/* tests/wire/ws_talk.h -- asserts what a conversation gives, fed whole, byte by byte and in pieces.
 */
#pragma once

#include "base/limits.h"
#include "ws_feed.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static inline void assert_log(kith_slice in, uint32_t max, const char *name, kith_slice want)
{
    for (int how = 0; how < CUTS; how++) {
        struct ws_in w = {.message_bytes_max = max};
        struct buf log = {0};
        feed(&w, in, how, &log);
        if (!slice_eq(buf_slice(&log), want))
            fail_msg("%s (%d): want %.200s, got %.*s", name, how, (const char *)want.ptr,
                     (int)(log.len < 200 ? log.len : 200), (const char *)log.ptr);
        buf_fini(&log);
        ws_in_fini(&w);
    }
}

static inline void assert_talk(const char *spec, const char *want)
{
    struct buf in = {0};
    put_frames(&in, slice_str(spec));
    assert_log(buf_slice(&in), MESSAGE_BYTES_MAX, spec, slice_str(want));
    buf_fini(&in);
}

/* Bytes as they stand; the events they give. */
#define RAW(bytes, want) assert_log(KITH_LIT(bytes), MESSAGE_BYTES_MAX, #bytes, slice_str(want))
