/* base/err.c -- the words for each error. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

const char *kith_err_text(kith_err e)
{
    switch (e) {
    case KITH_OK: return "ok";
    case KITH_LATER: return "answer follows";
    case KITH_NOMEM: return "out of memory";
    case KITH_FULL: return "limit reached";
    case KITH_EXISTS: return "already there";
    case KITH_NONE: return "not found";
    case KITH_BAD: return "malformed input";
    case KITH_REFUSED: return "refused";
    case KITH_EXPIRED: return "expired";
    case KITH_IO: return "input/output error";
    }
    return "unknown error";
}

kith_err problem(kith_err e, kith_problem *p, const char *fmt, ...)
{
    if (!p) return e;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(p->text, sizeof p->text, fmt, ap);
    va_end(ap);
    return e;
}
