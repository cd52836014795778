/* bench/options.h -- numbers on the command line of a benchmark. What is none ends the program. */
#pragma once

#include <argp.h>
#include <stdint.h>

/* argp_parse into `plan`; what will not do ends the program with EX_USAGE. */
void options_take(const struct argp *argp, int argc, char **argv, void *plan);

double option_number(const char *text, double min, double max, struct argp_state *state);

/* "N,N.." into out[0, max); returns how many. Changes `text`. */
uint32_t option_numbers(char *text, double low, double high, uint32_t out[], uint32_t max,
                        struct argp_state *state);
