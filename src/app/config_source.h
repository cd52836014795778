/* app/config_source.h -- what [source] needs to be whole. */
#pragma once

#include "app/config_state.h"
#include "io/tables_options.h"

/* KITH_BAD: `why` names the line. Without any of its settings it is well. Connects nowhere. */
KITH_MUST_USE kith_err config_check_source(const struct kith_config *c, kith_problem *why);

/* What its settings come to; all is borrowed. Without the section its url is NULL. */
struct tables_options config_tables(const struct settings *s, const char *node);

/* Asks the database whether the queries can be asked (tables_check). KITH_BAD: `why` names the
 * line; KITH_IO: it cannot be reached just now. Without the section it is well. */
KITH_MUST_USE kith_err config_try_tables(const struct kith_config *c, kith_problem *why);
