/* app/config_said.h -- what a config says, where, and how a problem with it is told. */
#pragma once

#include "app/config_state.h"

/* It is said, in this file or elsewhere; else its default holds. `section` as of a key's table, or
 * with a name. */
bool config_is_set(const struct config_scope *s, const char *section, const char *name);

/* The line of a setting of the top; 0: it is said elsewhere, or not at all. */
unsigned config_line_of(const struct kith_config *c, const char *section, const char *name);

/* KITH_BAD, and `why` begins with the file, and with the line if it is not 0. */
__attribute__((format(printf, 4, 5))) kith_err
config_fault(const struct kith_config *c, unsigned line, kith_problem *why, const char *fmt, ...);
