/* tests/fuzz/fuzz_repl.c -- bytes of another node: what is accepted is what comes of it again. */
#include "wire/repl.h"

#include "base/assert.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct repl m;
    if (repl_decode(slice_of(data, size), &m) != KITH_OK) return 0;
    KITH_ASSERT(m.topic.len > 0 && m.topic.len <= TOPIC_BYTES_MAX && m.event.len > 0);
    struct buf again = {0};
    KITH_ASSERT(repl_encode(&m, &again) == KITH_OK);
    KITH_ASSERT(slice_eq(buf_slice(&again), slice_of(data, size)));
    buf_fini(&again);
    return 0;
}
