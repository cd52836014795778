/* wire/json_walk.c -- from text to values: parsing whole texts, and walking what was parsed. */
#include "base/assert.h"
#include "base/limits.h"
#include "wire/json.h"
#include "wire/json_scan.h"

/* The value in [p, end), which the grammar has seen: its first byte tells its type. */
static struct json value_of(const uint8_t *p, const uint8_t *end)
{
    enum json_type type = JSON_NUMBER;
    switch (*p) {
    case '"': type = JSON_STRING; break;
    case '[': type = JSON_ARRAY; break;
    case '{': type = JSON_OBJECT; break;
    case 'n': type = JSON_NULL; break;
    case 't': type = JSON_TRUE; break;
    case 'f': type = JSON_FALSE; break;
    default: break;
    }
    return (struct json){type, slice_of(p, (size_t)(end - p))};
}

kith_err json_parse(kith_slice text, struct json *out)
{
    if (text.len == 0 || !utf8_valid(text)) return KITH_BAD;
    const uint8_t *end = text.ptr + text.len;
    const uint8_t *p = json_skip_space(text.ptr, end);
    const uint8_t *q = json_value_end(p, end, 0);
    if (!q || json_skip_space(q, end) != end) return KITH_BAD;
    *out = value_of(p, q);
    return KITH_OK;
}

/* Steps over one element and what parts it from the next: to the next element, or behind the `]`
 * with *last set. */
static const uint8_t *element(const uint8_t *p, const uint8_t *end, struct json *out, bool *last)
{
    const uint8_t *q = json_value_end(p, end, 1);
    if (!q) return NULL;
    *out = value_of(p, q);
    q = json_skip_space(q, end);
    if (q == end || (*q != ',' && *q != ']')) return NULL;
    *last = *q == ']';
    return *last ? q + 1 : json_skip_space(q + 1, end);
}

kith_err json_parse_array(kith_slice text, struct json items[], size_t max, size_t *count)
{
    if (text.len == 0 || !utf8_valid(text)) return KITH_BAD;
    const uint8_t *end = text.ptr + text.len;
    const uint8_t *p = json_skip_space(text.ptr, end);
    if (p == end || *p != '[') return KITH_BAD;
    p = json_skip_space(p + 1, end);
    bool last = p < end && *p == ']';
    if (last) p++;
    size_t n = 0;
    while (!last) {
        struct json beyond;
        p = element(p, end, n < max ? &items[n] : &beyond, &last);
        if (!p) return KITH_BAD;
        n++;
    }
    if (json_skip_space(p, end) != end) return KITH_BAD;
    *count = n;
    return KITH_OK;
}

struct json_walk json_walk(struct json container)
{
    KITH_ASSERT(container.type == JSON_ARRAY || container.type == JSON_OBJECT);
    return (struct json_walk){slice_of(container.raw.ptr + 1, container.raw.len - 2),
                              container.type == JSON_OBJECT};
}

/* The rest begins with white space or an element. What was parsed cannot fail here. */
bool json_next(struct json_walk *w, struct json *key, struct json *value)
{
    const uint8_t *end = w->rest.ptr + w->rest.len;
    const uint8_t *p = json_skip_space(w->rest.ptr, end);
    if (p == end) return false;
    if (w->object) {
        const uint8_t *q = json_string_end(p, end);
        KITH_ASSERT(q);
        if (key) *key = value_of(p, q);
        p = json_skip_space(json_skip_space(q, end) + 1, end);
    }
    const uint8_t *q = json_value_end(p, end, 0);
    KITH_ASSERT(q);
    *value = value_of(p, q);
    q = json_skip_space(q, end);
    if (q < end) q++;
    w->rest = slice_of(q, (size_t)(end - q));
    return true;
}

kith_err json_get(struct json object, const char *name, struct json *out)
{
    if (object.type != JSON_OBJECT) return KITH_BAD;
    struct json_walk w = json_walk(object);
    struct json key, value, found;
    bool any = false;
    while (json_next(&w, &key, &value)) {
        if (!json_text_is(key, slice_str(name))) continue;
        if (any) return KITH_BAD;
        any = true;
        found = value;
    }
    if (!any) return KITH_NONE;
    *out = found;
    return KITH_OK;
}

/* Keys in order, as they come: finding a key's place also finds its twin, and costs a hostile
 * object n log n comparisons, where comparing all with all would cost n^2 and hashing a secret. */
struct keys {
    uint32_t count;
    struct json sorted[JSON_KEYS_MAX];
};

static kith_err keys_add(struct keys *k, struct json key)
{
    if (k->count == JSON_KEYS_MAX) return KITH_BAD;
    uint32_t low = 0, high = k->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        int c = json_text_cmp(key, k->sorted[middle]);
        if (c == 0) return KITH_BAD;
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    memmove(&k->sorted[low + 1], &k->sorted[low], (k->count - low) * sizeof k->sorted[0]);
    k->sorted[low] = key;
    k->count++;
    return KITH_OK;
}

kith_err json_members(struct json object, const char *const names[], struct json out[],
                      uint32_t *count)
{
    if (object.type != JSON_OBJECT) return KITH_BAD;
    struct keys keys;
    keys.count = 0;
    struct json_walk w = json_walk(object);
    struct json key, value;
    while (json_next(&w, &key, &value)) {
        if (keys_add(&keys, key)) return KITH_BAD;
        for (size_t i = 0; names[i]; i++)
            if (json_text_is(key, slice_str(names[i]))) out[i] = value;
    }
    *count = keys.count;
    return KITH_OK;
}

kith_err json_unique_keys(struct json object)
{
    static const char *const none[] = {NULL};
    uint32_t count;
    return json_members(object, none, NULL, &count);
}
