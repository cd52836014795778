/* app/options.h -- how a command's options are read: by argp, and what is mistyped with a guess. */
#pragma once

#include <argp.h>

/* As argp_parse, which ends the command with EX_USAGE where something is wrong; but -h is --help,
 * and for a long option that is mistyped the nearest is named: EX_USAGE, having complained. */
int options_parse(const struct argp *argp, int argc, char **argv, void *input);
