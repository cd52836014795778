/* wire/prom.h -- the Prometheus text format, version 0.0.4, written and read. */
#pragma once

#include "base/buf.h"

enum prom_type { PROM_COUNTER, PROM_GAUGE };

/* # HELP and # TYPE, then one sample without labels. A counter's name gets its _total. */
void prom_put(struct buf *b, enum prom_type type, const char *name, const char *help,
              uint64_t value);
/* The same of a time, as seconds. */
void prom_put_ms(struct buf *b, enum prom_type type, const char *name, const char *help,
                 uint64_t ms);

/* A histogram of times in microseconds, told as seconds: its bounds in rising order, with what lies
 * below each and above the one before; at the end what lies above all, and the sum. */
struct prom_histogram {
    struct buf *out;
    const char *name;
    uint64_t count;
};
void prom_histogram_begin(struct prom_histogram *h, struct buf *out, const char *name,
                          const char *help);
void prom_histogram_put(struct prom_histogram *h, uint64_t bound_us, uint64_t count);
void prom_histogram_end(struct prom_histogram *h, uint64_t above, uint64_t sum_us);

struct prom_sample {
    kith_slice name;   /* with a counter's _total */
    kith_slice labels; /* what stands between the braces */
    double value;      /* finite */
};

/* Takes the next sample off *text, which it borrows from. Comments, and lines that are no sample of
 * a finite value, are passed over. False: there is none. O(bytes). */
bool prom_next(kith_slice *text, struct prom_sample *out);

/* The value of a label, as it is written: escapes stay. False: there is none. */
bool prom_label(const struct prom_sample *s, const char *name, kith_slice *out);
