/* app/config_hooks.h -- what [hooks] needs to be whole. */
#pragma once

#include "app/config_state.h"

/* KITH_BAD: `why` names the line. Without any of its settings it is well. */
KITH_MUST_USE kith_err config_check_hooks(const struct kith_config *c, kith_problem *why);
