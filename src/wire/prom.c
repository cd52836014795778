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
