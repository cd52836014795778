/* tests/fuzz/fuzz_phx_v2.c -- Phoenix messages as JSON arrays. */
#include "mutate.h"
#include "phx_round.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    return len ? check_text(PHX_V2, bytes, len) : 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    uint64_t chance = seed;
    struct buf made = {0};
    mutate_json(&made, slice_of(data, size), &chance);
    return mutate_end(&made, data, size_max);
}
