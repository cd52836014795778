/* app/argument.c -- what several commands take from their command line. */
#include "app/argument.h"

#include "app/commands.h"
#include "base/slice.h"
#include "edge/token.h"

#include <stdio.h>

uint32_t argument_seconds(const char *text)
{
    static const char units[] = "smhd";
    static const uint32_t seconds[] = {1, 60, 3600, 86400};
    kith_slice digits = slice_str(text);
    uint64_t n, unit = 1;
    const char *at = digits.len ? strchr(units, text[digits.len - 1]) : NULL;
    if (at) {
        unit = seconds[at - units];
        digits.len--;
    }
    return slice_u64(digits, &n) && n <= UINT32_MAX / unit ? (uint32_t)(n * unit) : 0;
}

void argument_check_id(struct argp_state *state, const char *id)
{
    char shown[64];
    if (token_user_valid(slice_str(id))) return;
    (void)snprintf(shown, sizeof shown, "%s", id);
    make_plain(shown);
    argp_error(state, "'%s' is no id; an id is 1 to 128 bytes of UTF-8", shown);
}

void argument_take_id(struct argp_state *state, const char *word, const char **id)
{
    if (state->arg_num) argp_error(state, "'%s' is one argument too many", word);
    argument_check_id(state, *id = word);
}
