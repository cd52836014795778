/* tests/fuzz/fuzz_answers.h -- a PostgreSQL server that answers what the input says, to a real
 * libpq: as many columns and rows as that likes, values of any length, NULL, errors, bytes that are
 * no message.
 *
 * The first byte of an answer says what it is: rows (how many, and whether a page of one row comes
 * before them; then how many columns, and for each value its length and itself), an error, no rows,
 * or bytes as they are, behind which the connection ends. Behind the input's end no question has
 * rows. */
#pragma once

#include "base/slice.h"

/* Its URL. Begins it, on a thread of its own, with the first call. */
const char *answers_url(void);

/* What it answers from here on. Nobody may be asking. With `version` it says first, to who opens a
 * store, that its schema is that one; 0: also this comes of the input. */
void answers_begin(kith_slice input, unsigned version);
