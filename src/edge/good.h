/* edge/good.h -- what the server's user may name and send: checked at the door, so that a mistake
 * there is an error value here, and no client gets what is no JSON. */
#pragma once

#include "base/slice.h"

#include <kith/payload.h>

bool good_payload(kith_payload p); /* JSON that is JSON (or nothing), or bytes */
bool good_event(kith_slice event); /* 1 to 255 bytes of UTF-8: as much as a binary frame can name */
bool good_topic(kith_slice topic); /* 1 to TOPIC_BYTES_MAX bytes of UTF-8 */
bool good_key(kith_slice key);     /* 1 to 255 bytes of UTF-8 */
bool good_meta(kith_slice meta); /* an object of at most META_BYTES_MAX, no key twice, none ours */
