/* io/import.h -- a graph text into the store. */
#pragma once

#include "io/store.h"

/* All edges of `text` in one transaction, or none. KITH_BAD: `why` names the line. */
KITH_MUST_USE kith_err import_text(struct store *s, kith_slice text, kith_problem *why);
