/* core/topic.h -- a topic's name, read once: user_presence:<number>, the presence of a user with a
 * numeric id, is no more than the number. Pure. */
#pragma once

#include "base/slice.h"

#define TOPIC_NUMBER_PREFIX "user_presence:"

struct topic {
    kith_slice text;
    bool numeric;
    uint64_t number; /* if it is */
};

static inline struct topic topic_read(kith_slice text)
{
    enum { PREFIX = sizeof TOPIC_NUMBER_PREFIX - 1 };
    struct topic t = {.text = text};
    t.numeric = text.len > PREFIX && memcmp(text.ptr, TOPIC_NUMBER_PREFIX, PREFIX) == 0 &&
                slice_u64(slice_from(text, PREFIX), &t.number);
    return t;
}

/* Of a numeric one, its number as text. */
static inline kith_slice topic_number_text(kith_slice topic)
{
    return slice_from(topic, sizeof TOPIC_NUMBER_PREFIX - 1);
}
