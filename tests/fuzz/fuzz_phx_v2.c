/* tests/fuzz/fuzz_phx_v2.c -- Phoenix messages as JSON arrays. */
#include "phx_round.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    return len ? check_text(PHX_V2, bytes, len) : 0;
}
