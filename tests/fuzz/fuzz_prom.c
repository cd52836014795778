/* tests/fuzz/fuzz_prom.c -- metrics of whoever answers: what is read lies in the text, and every
 * label is found again by its name. */
#include "wire/prom.h"

#include "base/assert.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(kith_slice part, const uint8_t *data, size_t size)
{
    if (part.len) KITH_ASSERT(part.ptr >= data && part.ptr + part.len <= data + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kith_slice rest = slice_of(data, size), value;
    struct prom_sample s;
    while (prom_next(&rest, &s)) {
        KITH_ASSERT(s.name.len && isfinite(s.value));
        inside(s.name, data, size);
        inside(s.labels, data, size);
        if (prom_label(&s, "node", &value)) inside(value, data, size);
    }
    return 0;
}
