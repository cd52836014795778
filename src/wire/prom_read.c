/* wire/prom_read.c -- the Prometheus text format, read: it may be anybody's. */
#include "wire/prom.h"

#include <math.h>
#include <stdlib.h>

static bool is_name_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == ':';
}

static kith_slice take_name(kith_slice *rest)
{
    size_t n = 0;
    while (n < rest->len && is_name_char(rest->ptr[n]))
        n++;
    kith_slice name = slice_head(*rest, n);
    *rest = slice_from(*rest, n);
    return name;
}

static void skip_blanks(kith_slice *rest)
{
    while (rest->len && (rest->ptr[0] == ' ' || rest->ptr[0] == '\t'))
        *rest = slice_from(*rest, 1);
}

/* A label's value behind its first quote: where its last one is, or len. */
static size_t end_of_text(kith_slice s)
{
    size_t n = 0;
    while (n < s.len && s.ptr[n] != '"')
        n += s.ptr[n] == '\\' ? 2 : 1;
    return n < s.len ? n : s.len;
}

/* Takes name="value" and the comma behind it. */
static bool take_label(kith_slice *rest, kith_slice *name, kith_slice *value)
{
    *name = take_name(rest);
    if (!name->len || rest->len < 2 || rest->ptr[0] != '=' || rest->ptr[1] != '"') return false;
    *rest = slice_from(*rest, 2);
    size_t n = end_of_text(*rest);
    if (n == rest->len) return false;
    *value = slice_head(*rest, n);
    *rest = slice_from(*rest, n + 1);
    skip_blanks(rest);
    if (rest->len && rest->ptr[0] == ',') *rest = slice_from(*rest, 1);
    skip_blanks(rest);
    return true;
}

static bool take_labels(kith_slice *rest, kith_slice *labels)
{
    kith_slice name, value;
    *labels = (kith_slice){0};
    if (!rest->len || rest->ptr[0] != '{') return true;
    *rest = slice_from(*rest, 1);
    const uint8_t *first = rest->ptr;
    while (rest->len && rest->ptr[0] != '}')
        if (!take_label(rest, &name, &value)) return false;
    if (!rest->len) return false;
    *labels = slice_of(first, (size_t)(rest->ptr - first));
    *rest = slice_from(*rest, 1);
    return true;
}

/* A time may stand behind it. */
static bool read_value(kith_slice rest, double *out)
{
    char text[64], *end;
    kith_slice number;
    skip_blanks(&rest);
    (void)slice_cut(rest, ' ', &number);
    if (!number.len || number.len >= sizeof text) return false;
    memcpy(text, number.ptr, number.len);
    text[number.len] = '\0';
    *out = strtod(text, &end);
    return end == text + number.len && isfinite(*out);
}

static bool read_sample(kith_slice line, struct prom_sample *out)
{
    out->name = take_name(&line);
    return out->name.len && take_labels(&line, &out->labels) && line.len &&
           (line.ptr[0] == ' ' || line.ptr[0] == '\t') && read_value(line, &out->value);
}

bool prom_next(kith_slice *text, struct prom_sample *out)
{
    while (text->len) {
        kith_slice line;
        *text = slice_cut(*text, '\n', &line);
        if (read_sample(line, out)) return true;
    }
    return false;
}

bool prom_label(const struct prom_sample *s, const char *name, kith_slice *out)
{
    kith_slice rest = s->labels, found;
    while (rest.len && take_label(&rest, &found, out))
        if (slice_is(found, name)) return true;
    return false;
}
