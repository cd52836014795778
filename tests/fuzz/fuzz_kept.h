/* tests/fuzz/fuzz_kept.h -- all that is asked of a store whose rows may be anything, and what has
 * to be so of all that it tells: ids are ids, and whoever reads on from there finds what it can
 * carry. */
#pragma once

#include "io/store.h"

enum { KEPT_QUESTIONS = 16 };

/* Asks the question of that number. Whether it is answered is the store's to say. */
void kept_ask(struct store *s, unsigned which);
