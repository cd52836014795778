/* wire/phx.c -- what a client said: V1 and V2 texts, taken apart without copying. */
#include "wire/phx.h"

#include "base/limits.h"
#include "wire/json.h"

/* The five parts of a message, in V2's order. */
enum part { JOIN_REF, REF, TOPIC, EVENT, PAYLOAD, PARTS };

kith_err phx_vsn_parse(kith_slice vsn, enum phx_vsn *out)
{
    uint64_t patch;
    bool v1 = slice_starts(vsn, KITH_LIT("1.0.")), v2 = slice_starts(vsn, KITH_LIT("2.0."));
    if (!vsn.ptr) {
        *out = PHX_V1;
        return KITH_OK;
    }
    if ((!v1 && !v2) || !slice_u64(slice_from(vsn, 4), &patch)) return KITH_REFUSED;
    *out = v1 ? PHX_V1 : PHX_V2;
    return KITH_OK;
}

/* A string's text; another type stays as it is written. */
static kith_slice text_or_raw(struct json j, bool *is_text)
{
    *is_text = j.type == JSON_STRING;
    return *is_text ? json_text_inplace(j) : j.raw;
}

/* They are kept as long as their channel, and come back with each reply. */
static bool refs_fit(const struct json part[PARTS])
{
    return part[JOIN_REF].raw.len <= MESSAGE_REF_MAX && part[REF].raw.len <= MESSAGE_REF_MAX;
}

/* What can fail comes first: strings are unescaped where they lie. Field by field, since `refs` is
 * large, and only binary frames need it. */
static kith_err fill(const struct json part[PARTS], struct phx_in *out)
{
    if (!refs_fit(part)) return KITH_BAD;
    out->join_ref = part[JOIN_REF].raw;
    out->ref = part[REF].raw;
    out->topic = text_or_raw(part[TOPIC], &out->topic_text);
    out->event = text_or_raw(part[EVENT], &out->event_text);
    out->payload = part[PAYLOAD].raw;
    out->binary = false;
    return KITH_OK;
}

static kith_err decode_v2(kith_slice text, struct phx_in *out)
{
    struct json part[PARTS];
    size_t count;
    if (json_parse_array(text, part, PARTS, &count) || count < PARTS) return KITH_BAD;
    return fill(part, out);
}

/* The part that `key` names, or PARTS. */
static enum part part_named(struct json key)
{
    static const kith_slice names[PARTS] = {
        [JOIN_REF] = {(const uint8_t *)"join_ref", 8}, [REF] = {(const uint8_t *)"ref", 3},
        [TOPIC] = {(const uint8_t *)"topic", 5},       [EVENT] = {(const uint8_t *)"event", 5},
        [PAYLOAD] = {(const uint8_t *)"payload", 7},
    };
    enum part i = 0;
    while (i < PARTS && !json_text_is(key, names[i]))
        i++;
    return i;
}

static kith_err decode_v1(kith_slice text, struct phx_in *out)
{
    struct json part[PARTS] = {0}, whole, key, value;
    if (json_parse(text, &whole) || whole.type != JSON_OBJECT) return KITH_BAD;
    struct json_walk w = json_walk(whole);
    for (unsigned n = 0; json_next(&w, &key, &value);) {
        enum part i = part_named(key);
        if (++n > JSON_KEYS_MAX) return KITH_BAD; /* each costs more than its own few bytes */
        if (i == PARTS) continue;
        if (part[i].raw.ptr) return KITH_BAD;
        part[i] = value;
    }
    if (!part[JOIN_REF].raw.ptr) part[JOIN_REF] = (struct json){JSON_NULL, KITH_LIT("null")};
    for (enum part i = 0; i < PARTS; i++)
        if (!part[i].raw.ptr) return KITH_BAD;
    return fill(part, out);
}

kith_err phx_decode(enum phx_vsn vsn, uint8_t *text, size_t len, struct phx_in *out)
{
    kith_slice s = slice_of(text, len);
    return vsn == PHX_V1 ? decode_v1(s, out) : decode_v2(s, out);
}
