/* app/config_said.c -- what a config says, where, and how a problem with it is told. */
#include "app/config_said.h"

#include <stdarg.h>
#include <stdio.h>

static const struct config_setting *setting(const struct config_scope *s, const char *section,
                                            const char *name)
{
    return &s->settings[config_key_find(section, name) - config_keys];
}

bool config_is_set(const struct config_scope *s, const char *section, const char *name)
{
    return setting(s, section, name)->text != NULL;
}

unsigned config_line_of(const struct kith_config *c, const char *section, const char *name)
{
    return setting(&c->top, section, name)->line;
}

kith_err config_fault(const struct kith_config *c, unsigned line, kith_problem *why,
                      const char *fmt, ...)
{
    kith_problem what;
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(what.text, sizeof what.text, fmt, ap);
    va_end(ap);
    if (line) return problem(KITH_BAD, why, "%s:%u: %s", c->file, line, what.text);
    if (c->file) return problem(KITH_BAD, why, "%s: %s", c->file, what.text);
    return problem(KITH_BAD, why, "%s", what.text);
}
