/* load/report.h -- what a run has measured, for a person and for a program. */
#pragma once

#include "base/buf.h"
#include "load/results.h"

/* A table for each phase, what was wrong, and whether it was the generator that was measured. */
void report_text(struct buf *out, const struct load_results *r);

/* What a phase is called with its figures in JSON stands in docs/bench.md; `graph` is how the
 * graph was asked for. One line. */
void report_json(struct buf *out, const struct load_results *r, const char *graph);
