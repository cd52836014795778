/* kith/json.h -- what handlers need to read of a payload, and to write one: slices of the JSON as
 * it was written, without building anything. Any thread. */
#pragma once

#include <kith/err.h>
#include <kith/slice.h>

/* The value under `name` in an object, as it was written: a string with its quotes. KITH_NONE: not
 * there. KITH_BAD: not JSON, no object, or there twice. O(bytes). */
KITH_API KITH_MUST_USE kith_err kith_json_get(kith_slice object, const char *name,
                                              kith_slice *value);

/* A walk over an object's keys and values, or an array's elements. KITH_BAD: neither, or not JSON.
 */
struct kith_json_walk {
    kith_slice rest; /* the walk's own */
    bool object;
};
KITH_API KITH_MUST_USE kith_err kith_json_walk(kith_slice container, struct kith_json_walk *out);
/* The next one; `key`, a string with its quotes, is set for an object and may be NULL. False: that
 * was all. */
KITH_API bool kith_json_next(struct kith_json_walk *w, kith_slice *key, kith_slice *value);

/* What a JSON string says, unescaped, into out[0, room); no terminator. KITH_BAD: no string.
 * KITH_FULL: it has more bytes. KITH_NOMEM. */
KITH_API KITH_MUST_USE kith_err kith_json_text(kith_slice string, char *out, size_t room,
                                               size_t *len);
/* `text` as a JSON string with its quotes, into out[0, room); returns how many bytes it has. 0: no
 * room, or not UTF-8. */
KITH_API size_t kith_json_quote(kith_slice text, char *out, size_t room);
