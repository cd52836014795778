/* io/load_clock.h -- the clock that all processes of a machine share, in microseconds. */
#pragma once

#include <stdint.h>

uint64_t load_now_us(void);
uint64_t load_cpu_us(void); /* what this process has taken */
uint64_t load_waits(void);  /* how often it has waited, of its own accord, until something came */
