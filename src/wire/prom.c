/* wire/prom.c -- the Prometheus text format. */
#include "wire/prom.h"

#include <inttypes.h>

/* In help texts, backslash and line feed are escaped, and nothing else. */
static void put_help(struct buf *b, const char *help)
{
    for (; *help; help++) {
        if (*help == '\\')
            buf_puts(b, "\\\\");
        else if (*help == '\n')
            buf_puts(b, "\\n");
        else
            buf_putc(b, (uint8_t)*help);
    }
}

static void put_name(struct buf *b, enum prom_type type, const char *name)
{
    buf_puts(b, name);
    if (type == PROM_COUNTER) buf_puts(b, "_total");
}

static void put_head(struct buf *b, enum prom_type type, const char *name, const char *help)
{
    buf_puts(b, "# HELP ");
    put_name(b, type, name);
    buf_putc(b, ' ');
    put_help(b, help);
    buf_puts(b, "\n# TYPE ");
    put_name(b, type, name);
    buf_puts(b, type == PROM_COUNTER ? " counter\n" : " gauge\n");
    put_name(b, type, name);
    buf_putc(b, ' ');
}

void prom_put(struct buf *b, enum prom_type type, const char *name, const char *help,
              uint64_t value)
{
    put_head(b, type, name, help);
    buf_put_u64(b, value);
    buf_putc(b, '\n');
}

void prom_put_ms(struct buf *b, enum prom_type type, const char *name, const char *help,
                 uint64_t ms)
{
    put_head(b, type, name, help);
    buf_printf(b, "%" PRIu64 ".%03u\n", ms / 1000, (unsigned)(ms % 1000));
}

void prom_histogram_begin(struct prom_histogram *h, struct buf *out, const char *name,
                          const char *help)
{
    *h = (struct prom_histogram){.out = out, .name = name};
    buf_printf(out, "# HELP %s ", name);
    put_help(out, help);
    buf_printf(out, "\n# TYPE %s histogram\n", name);
}

static void put_seconds(struct buf *b, uint64_t us)
{
    buf_printf(b, "%" PRIu64 ".%06u", us / 1000000, (unsigned)(us % 1000000));
}

void prom_histogram_put(struct prom_histogram *h, uint64_t bound_us, uint64_t count)
{
    h->count += count;
    buf_printf(h->out, "%s_bucket{le=\"", h->name);
    put_seconds(h->out, bound_us);
    buf_printf(h->out, "\"} %" PRIu64 "\n", h->count);
}

void prom_histogram_end(struct prom_histogram *h, uint64_t above, uint64_t sum_us)
{
    h->count += above;
    buf_printf(h->out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum ", h->name, h->count, h->name);
    put_seconds(h->out, sum_us);
    buf_printf(h->out, "\n%s_count %" PRIu64 "\n", h->name, h->count);
}
