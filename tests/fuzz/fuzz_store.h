/* tests/fuzz/fuzz_store.h -- the store of the fuzzed edge: it says yes to every change of the rules
 * among the users of one letter, tells their homes who sees whom then, and answers what is asked.
 */
#pragma once

#include "edge/rig.h"

/* Its answers come with the rig's turns from here on. */
void fuzz_store_begin(struct rig *r);
