/* wire/json.h -- RFC 8259, strictly, without building anything: one pass validates and gives slices
 * of the text as it was written. Depth at most JSON_DEPTH_MAX; integers of any length; numbers with
 * a fraction or an exponent must fit a double's range (1e999 is refused, 1e-999 is not); escapes of
 * lone surrogates and invalid UTF-8 are refused. (jansson.h has enumerators of the same names: a
 * file includes the one or the other.) */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "wire/utf8.h" // IWYU pragma: export

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json {
    enum json_type type;
    kith_slice raw; /* the value as written; a string with its quotes */
};

/* `text` is exactly one value, white space around it allowed. KITH_BAD otherwise. O(n). */
KITH_MUST_USE kith_err json_parse(kith_slice text, struct json *out);

/* `text` is exactly one array: json_parse, and the walk over its first `max` elements, in one pass.
 * *count is how many it has in all; items[0, min(max, *count)) are filled. On KITH_BAD too, `items`
 * may have been written. */
KITH_MUST_USE kith_err json_parse_array(kith_slice text, struct json items[], size_t max,
                                        size_t *count);

/* Walks the elements of a *parsed* array, or the keys and values of a parsed object. */
struct json_walk {
    kith_slice rest;
    bool object;
};
struct json_walk json_walk(struct json container);
bool json_next(struct json_walk *w, struct json *key,
               struct json *value); /* false: the end. key may be NULL */

/* The value under `name` (compared after unescaping) in a parsed object.
 * KITH_NONE: not there. KITH_BAD: not an object, or twice there. O(bytes). */
KITH_MUST_USE kith_err json_get(struct json object, const char *name, struct json *out);

/* KITH_BAD if any key (after unescaping) of this parsed object stands twice, if it has more than
 * JSON_KEYS_MAX keys, or if it is no object; it does not look inside values. */
KITH_MUST_USE kith_err json_unique_keys(struct json object);

/* Both in one walk: out[i] becomes the value under names[i], which a NULL ends, or stays as it is;
 * *count how many members there are. KITH_BAD, as json_unique_keys has it: `out` has what stands in
 * front of the fault. */
KITH_MUST_USE kith_err json_members(struct json object, const char *const names[],
                                    struct json out[], uint32_t *count);

/* A byte of text is written as 6 at most: what is longer, with its quotes, need not be looked at.
 */
#define JSON_WRITTEN_MAX(text_bytes) (6 * (size_t)(text_bytes) + 2)

/* The text of a parsed string: a slice of the source where nothing was escaped, else unescaped
 * into `scratch` (cleared first). A NUL is an ordinary byte here. Out of memory: empty, and
 * scratch->failed. */
kith_slice json_text(struct json string, struct buf *scratch);

/* Unescapes a parsed string in place, over its own raw bytes, which must be writable. */
kith_slice json_text_inplace(struct json string);

/* Compares two parsed strings, or one with `text`, as they are after unescaping. No allocation. */
int json_text_cmp(struct json a, struct json b); /* bytewise: <0, 0, >0 */
bool json_text_is(struct json string, kith_slice text);

/* `text` (valid UTF-8) as a JSON string with its quotes: how long, and written at `at`. Escapes
 * only `"`, `\` and control characters, the latter as \n \r \t \b \f or \u00XX, as Jason does. */
size_t json_quoted_len(kith_slice text);
uint8_t *json_quote(uint8_t *at, kith_slice text); /* the end of what was written */
void json_put_quoted(struct buf *b, kith_slice text);
