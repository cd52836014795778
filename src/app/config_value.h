/* app/config_value.h -- the text of one setting as its value. */
#pragma once

#include "app/config_keys.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Reads `text` and puts its value at k->offset of `base`. A file's bytes, for the two types that
 * name one, are put into *bytes, malloced, for the caller to free when the setting goes; a text
 * stays borrowed. KITH_BAD: `why` says what is wrong, without the key's name. KITH_NOMEM. */
KITH_MUST_USE kith_err config_value_set(const struct config_key *k, const char *text, void *base,
                                        void **bytes, kith_problem *why);

/* Whole seconds and up to three decimals, "30" or "0.25", as ms. False: it is no such thing. */
bool config_seconds(const char *text, uint64_t *ms);
