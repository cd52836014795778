/* io/ruling_answer.h -- whoever has asked for a change of the rules is answered. */
#pragma once

#include "shard/mail.h"

/* What became of it, to `asker` and all behind it, which are taken; NULL is nobody. `changes`: how
 * many edges it changed, for an operator. */
void ruling_answer(struct mail *asker, kith_err e, uint64_t changes, struct mail_queue to[]);
