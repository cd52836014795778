/* app/config_source.h -- what [source] needs to be whole. */
#pragma once

#include "app/config_state.h"

/* KITH_BAD: `why` names the line. Without any of its settings it is well. Connects nowhere. */
KITH_MUST_USE kith_err config_check_source(const struct kith_config *c, kith_problem *why);
