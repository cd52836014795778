/* tests/fuzz/fuzz_sent.h -- what has been sent to a client of the fuzzed edge, taken apart. */
#pragma once

#include "edge/rig.h"

bool fuzz_holds(kith_slice s, const char *word);

/* All that has come since: whole answers, frames and messages, and nothing of the canaries, whom
 * only operators may see. `echo`: what frames carry is anybody's. *goes_on: an answer in chunks
 * does, from the last time and to the next. Notes the tokens in it (fuzz_hear). */
void fuzz_check_sent(struct rig_client *c, bool echo, bool *goes_on);
