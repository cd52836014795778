/* bench/allocations.h -- how often the code asks for memory. Programs that link it have malloc,
 * calloc and realloc wrapped; what libraries ask for among themselves is not counted. */
#pragma once

#include <stdint.h>

uint64_t allocations(void); /* so far */
