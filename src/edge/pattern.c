/* edge/pattern.c -- which of a socket's behaviours is for a topic. */
#include "edge/pattern.h"

#include "base/assert.h"
#include "base/slice.h"

size_t pattern_stem(const struct kith_channel_behaviour *b, bool *star)
{
    size_t len = strlen(b->topic);
    *star = len > 0 && b->topic[len - 1] == '*';
    return *star ? len - 1 : len;
}

const struct kith_channel_behaviour *pattern_match(const struct kith_socket_behaviour *of,
                                                   kith_slice topic)
{
    const struct kith_channel_behaviour *best = NULL;
    size_t best_len = 0;
    for (size_t i = 0; of->channels[i]; i++) {
        bool star;
        size_t len = pattern_stem(of->channels[i], &star);
        kith_slice head = slice_of(of->channels[i]->topic, len);
        if (!star && slice_eq(head, topic)) return of->channels[i];
        if (star && slice_starts(topic, head) && (!best || len > best_len)) {
            best = of->channels[i];
            best_len = len;
        }
    }
    return best;
}

uint16_t pattern_number(const struct kith_socket_behaviour *of,
                        const struct kith_channel_behaviour *b)
{
    size_t i = 0;
    while (of->channels[i] != b)
        i++;
    KITH_ASSERT(i <= UINT16_MAX);
    return (uint16_t)i;
}
