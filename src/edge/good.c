/* edge/good.c -- what the server's user may name and send. */
#include "edge/good.h"

#include "base/limits.h"
#include "wire/json.h"

enum { NAME_BYTES_MAX = 255 };

static bool good_name(kith_slice s, size_t max)
{
    return s.len > 0 && s.len <= max && utf8_valid(s);
}

bool good_payload(kith_payload p)
{
    struct json ignored;
    return p.binary || p.bytes.len == 0 || json_parse(p.bytes, &ignored) == KITH_OK;
}

bool good_event(kith_slice event) { return good_name(event, NAME_BYTES_MAX); }

bool good_topic(kith_slice topic) { return good_name(topic, TOPIC_BYTES_MAX); }

bool good_key(kith_slice key) { return good_name(key, NAME_BYTES_MAX); }

bool good_meta(kith_slice meta)
{
    struct json object, ignored;
    return json_parse(meta, &object) == KITH_OK && object.type == JSON_OBJECT &&
           object.raw.len <= META_BYTES_MAX && json_unique_keys(object) == KITH_OK &&
           json_get(object, "phx_ref", &ignored) == KITH_NONE &&
           json_get(object, "phx_ref_prev", &ignored) == KITH_NONE;
}
