/* wire/prom.h -- the Prometheus text format, version 0.0.4. */
#pragma once

#include "base/buf.h"

enum prom_type { PROM_COUNTER, PROM_GAUGE };

/* # HELP and # TYPE, then one sample without labels. A counter's name gets its _total. */
void prom_put(struct buf *b, enum prom_type type, const char *name, const char *help,
              uint64_t value);
