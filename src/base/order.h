/* base/order.h -- sorting by a number, without a call for each comparison. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct order {
    uint64_t by;
    uint32_t at; /* whose it is, as the caller numbers them */
};

/* Sorts by `by`; those alike stay as they stand. `room`: for as many again. O(count) of what is in
 * order, else O(count log count). */
void order_sort(struct order items[], struct order room[], uint32_t count);
