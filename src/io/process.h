/* io/process.h -- what this process takes of the machine. */
#pragma once

#include "base/stats.h"

/* Four system calls. What the system does not tell is 0. */
void process_measure(struct process_stats *out);
