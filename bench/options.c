/* bench/options.c -- numbers on the command line of a benchmark. */
#include "options.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

void options_take(const struct argp *argp, int argc, char **argv, void *plan)
{
    argp_err_exit_status = EX_USAGE;
    argp_parse(argp, argc, argv, 0, NULL, plan);
}

double option_number(const char *text, double min, double max, struct argp_state *state)
{
    char *end;
    double v = strtod(text, &end);
    if (*end || end == text || v < min || v > max)
        argp_error(state, "'%s' is not a number from %g to %g", text, min, max);
    return v;
}

uint32_t option_numbers(char *text, double low, double high, uint32_t out[], uint32_t max,
                        struct argp_state *state)
{
    uint32_t n = 0;
    for (char *word, *rest = text; (word = strtok_r(rest, ",", &rest)); n++) {
        if (n == max) argp_error(state, "more than %u numbers", max);
        out[n] = (uint32_t)option_number(word, low, high, state);
    }
    if (n == 0) argp_error(state, "'%s' has no number", text);
    return n;
}
