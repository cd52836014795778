/* tests/fuzz/fuzz_phx_v1.c -- Phoenix messages as JSON objects. */
#include "phx_round.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    return len ? check_text(PHX_V1, bytes, len) : 0;
}
