/* wire/prom.c -- the Prometheus text format. */
#include "wire/prom.h"

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

void prom_put(struct buf *b, enum prom_type type, const char *name, const char *help,
              uint64_t value)
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
    buf_put_u64(b, value);
    buf_putc(b, '\n');
}
