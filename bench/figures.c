/* bench/figures.c -- measured figures beside their targets. */
#include "figures.h"

#include "tool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct figure *find(struct figures *f, const char *name)
{
    for (unsigned i = 0; i < f->count; i++)
        if (strcmp(f->list[i].name, name) == 0) return &f->list[i];
    return NULL;
}

void figures_add(struct figures *f, const char *unit, double value, struct target target,
                 const char *name)
{
    struct figure *x = find(f, name);
    if (!x) {
        if (f->count == FIGURES_MAX) die("too many figures");
        x = &f->list[f->count++];
        *x = (struct figure){.unit = unit, .target = target};
        snprintf(x->name, sizeof x->name, "%s", name);
    }
    if (x->count < ROUNDS_MAX) x->rounds[x->count++] = value;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double figure_median(const struct figure *f)
{
    double sorted[ROUNDS_MAX];
    if (f->count == 0) return 0;
    memcpy(sorted, f->rounds, f->count * sizeof sorted[0]);
    qsort(sorted, f->count, sizeof sorted[0], by_value);
    if (f->target.always) return sorted[f->target.least ? 0 : f->count - 1];
    return (sorted[(f->count - 1) / 2] + sorted[f->count / 2]) / 2;
}

/* Three digits are as much as a measurement knows. */
static void number(char *out, size_t size, double v)
{
    double a = v < 0 ? -v : v;
    snprintf(out, size, "%.*f", a >= 100 ? 0 : a >= 10 ? 1 : 2, v);
}

/* 0.99996 is no 1. */
static void number_of(char *out, size_t size, const struct figure *f)
{
    double v = figure_median(f);
    if (f->target.always && f->target.least)
        snprintf(out, size, "%.4f", (double)(uint64_t)(v * 1e4) / 1e4);
    else
        number(out, size, v);
}

static void range(char *out, size_t size, const struct figure *f)
{
    char low[32], high[32];
    double min = f->rounds[0], max = f->rounds[0];
    for (unsigned i = 1; i < f->count; i++) {
        min = f->rounds[i] < min ? f->rounds[i] : min;
        max = f->rounds[i] > max ? f->rounds[i] : max;
    }
    number(low, sizeof low, min);
    number(high, sizeof high, max);
    if (strcmp(low, high) == 0)
        out[0] = 0;
    else
        snprintf(out, size, "%s to %s", low, high);
}

static bool has_target(const struct figure *f) { return f->target.value != 0 || f->target.always; }

static bool reached(const struct figure *f)
{
    double v = figure_median(f);
    return f->target.least ? v >= f->target.value : v <= f->target.value;
}

static void target_text(char *out, size_t size, const struct figure *f)
{
    char value[32];
    out[0] = 0;
    if (!has_target(f)) return;
    number(value, sizeof value, f->target.value);
    snprintf(out, size, "%s %s: %s",
             f->target.always  ? "always"
             : f->target.least ? "at least"
                               : "at most",
             value, reached(f) ? "reached" : "MISSED");
}

void figures_table(const struct figures *f, FILE *out)
{
    fprintf(out, "| %-58s | %9s | %-6s | %-20s | %-25s |\n", "figure", "median", "unit", "rounds",
            "target");
    fprintf(out, "|%.60s|%.10s:|%.8s|%.22s|%.27s|\n",
            "--------------------------------------------------------------", "----------",
            "--------", "----------------------", "---------------------------");
    for (unsigned i = 0; i < f->count; i++) {
        const struct figure *x = &f->list[i];
        char value[32], rounds[72], target[64];
        number_of(value, sizeof value, x);
        range(rounds, sizeof rounds, x);
        target_text(target, sizeof target, x);
        /* Micro and times are signs of two bytes. */
        const char *unit = *x->unit ? x->unit : "×";
        int wide = (uint8_t)unit[0] > 127 ? 7 : 6;
        fprintf(out, "| %-58s | %9s | %-*s | %-20s | %-25s |\n", x->name, value, wide, unit, rounds,
                target);
    }
}

void figures_json(const struct figures *f, FILE *out)
{
    fputs("[\n", out);
    for (unsigned i = 0; i < f->count; i++) {
        const struct figure *x = &f->list[i];
        fprintf(out, "  {\"name\":\"%s\",\"unit\":\"%s\",\"median\":%.6g,\"rounds\":[", x->name,
                x->unit, figure_median(x));
        for (unsigned r = 0; r < x->count; r++)
            fprintf(out, "%s%.6g", r ? "," : "", x->rounds[r]);
        fputs("]", out);
        if (has_target(x))
            fprintf(out, ",\"%s\":%.6g,\"reached\":%s", x->target.least ? "at_least" : "at_most",
                    x->target.value, reached(x) ? "true" : "false");
        fprintf(out, "}%s\n", i + 1 < f->count ? "," : "");
    }
    fputc(']', out);
}
