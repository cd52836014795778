/* bench/results.c -- what the trials came to. */
#include "results.h"

#include <math.h>
#include <string.h>

bool results_has(const struct results *r, unsigned way, unsigned size)
{
    return r->cells[way][size].of[0].count > 0;
}

double results_median(const struct results *r, unsigned way, unsigned size, enum measure m)
{
    return figure_median(&r->cells[way][size].of[m]);
}

bool results_largest(const struct results *r, unsigned way, unsigned other, unsigned *size)
{
    for (unsigned s = r->sizes; s-- > 0;)
        if (results_has(r, way, s) && results_has(r, other, s)) {
            *size = s;
            return true;
        }
    return false;
}

/* Sizes ascend. */
bool results_growth(const struct results *r, unsigned way, enum measure m, double *power)
{
    unsigned last, first = 0;
    if (!results_largest(r, way, way, &last)) return false;
    while (first < last && (!results_has(r, way, first) || r->users[first] * 10 < r->users[last]))
        first++;
    double low = results_median(r, way, first, m), high = results_median(r, way, last, m);
    if (first == last) return false;
    *power = low > 0 && high > 0 ? log(high / low) / log((double)r->users[last] / r->users[first])
                                 : 0;
    return true;
}

void number_put(FILE *out, double v)
{
    double a = fabs(v);
    int digits = v == floor(v) && a < 1e6 ? 0 : a >= 100 ? 0 : a >= 10 ? 1 : a >= 1 ? 2 : 3;
    fprintf(out, "%.*f", digits, v);
}

static bool way_played(const struct results *r, unsigned way)
{
    bool any = false;
    for (unsigned s = 0; s < r->sizes; s++)
        any = any || results_has(r, way, s) || r->cells[way][s].stopped[0];
    return any;
}

static void put_head(const struct results *r, const char *first, FILE *out)
{
    fprintf(out, "| %s |", first);
    for (unsigned w = 0; w < WAYS; w++)
        if (way_played(r, w)) fprintf(out, " %s |", ways[w].title);
    fprintf(out, "\n|---%s|", strcmp(first, "users") == 0 ? ":" : "");
    for (unsigned w = 0; w < WAYS; w++)
        if (way_played(r, w)) fputs("---:|", out);
}

static void put_cell(const struct results *r, unsigned way, unsigned size, enum measure m,
                     FILE *out)
{
    fputc(' ', out);
    if (results_has(r, way, size))
        number_put(out, results_median(r, way, size, m));
    else
        fputs(r->cells[way][size].stopped[0] ? "stopped" : "", out);
    fputs(" |", out);
}

static void put_growth(const struct results *r, enum measure m, FILE *out)
{
    double power;
    fputs("\n| grows as |", out);
    for (unsigned w = 0; w < WAYS; w++) {
        if (!way_played(r, w)) continue;
        if (results_growth(r, w, m, &power))
            fprintf(out, " n<sup>%.1f</sup> |", fabs(power) < 0.05 ? 0 : power);
        else
            fputs(" |", out);
    }
}

static void put_title(enum measure m, FILE *out)
{
    const struct measure_text *text = &measure_texts[m];
    fprintf(out, *text->unit ? "%s (%s)" : "%s", text->title, text->unit);
}

static bool all_have(const struct results *r, unsigned size)
{
    bool all = true;
    for (unsigned w = 0; w < WAYS; w++)
        all = all && (results_has(r, w, size) || !way_played(r, w));
    return all;
}

void results_summary(const struct results *r, FILE *out)
{
    char first[40];
    unsigned size = r->sizes;
    while (size > 0 && !all_have(r, size - 1))
        size--;
    if (size-- == 0) return;
    snprintf(first, sizeof first, "among %u users", r->users[size]);
    put_head(r, first, out);
    for (unsigned m = 0; m < MEASURES; m++) {
        fputs("\n| ", out);
        put_title(m, out);
        fputs(" |", out);
        for (unsigned w = 0; w < WAYS; w++)
            if (way_played(r, w)) put_cell(r, w, size, m, out);
    }
    fputc('\n', out);
}

void results_table(const struct results *r, enum measure m, FILE *out)
{
    put_title(m, out);
    fputs(":\n\n", out);
    put_head(r, "users", out);
    for (unsigned s = 0; s < r->sizes; s++) {
        fprintf(out, "\n| %u |", r->users[s]);
        for (unsigned w = 0; w < WAYS; w++)
            if (way_played(r, w)) put_cell(r, w, s, m, out);
    }
    put_growth(r, m, out);
    fputc('\n', out);
}

void results_stops(const struct results *r, FILE *out)
{
    for (unsigned w = 0; w < WAYS; w++)
        for (unsigned s = 0; s < r->sizes; s++)
            if (r->cells[w][s].stopped[0] && strcmp(r->cells[w][s].stopped, NOT_TRIED) != 0)
                fprintf(out, "The way *%s* was stopped at %u users: %s.\n", ways[w].title,
                        r->users[s], r->cells[w][s].stopped);
}

void results_data(const struct results *r, FILE *out)
{
    fputs("way\tusers", out);
    for (unsigned m = 0; m < MEASURES; m++)
        fprintf(out, "\t%s", measure_texts[m].key);
    for (unsigned w = 0; w < WAYS; w++)
        for (unsigned s = 0; s < r->sizes; s++) {
            if (!results_has(r, w, s)) continue;
            fprintf(out, "\n%s\t%u", ways[w].name, r->users[s]);
            for (unsigned m = 0; m < MEASURES; m++)
                fprintf(out, "\t%.6g", results_median(r, w, s, m));
        }
    fputc('\n', out);
}

static void put_json_cell(const struct results *r, unsigned way, unsigned size, FILE *out)
{
    const struct cell *c = &r->cells[way][size];
    fprintf(out, "{\"way\":\"%s\",\"users\":%u", ways[way].name, r->users[size]);
    if (c->stopped[0]) fprintf(out, ",\"stopped\":\"%s\"", c->stopped);
    for (unsigned m = 0; m < MEASURES && results_has(r, way, size); m++) {
        fprintf(out, ",\"%s\":{\"median\":%.6g,\"rounds\":[", measure_texts[m].key,
                results_median(r, way, size, m));
        for (unsigned i = 0; i < c->of[m].count; i++)
            fprintf(out, "%s%.6g", i ? "," : "", c->of[m].rounds[i]);
        fputs("]}", out);
    }
    fputc('}', out);
}

void results_json(const struct results *r, FILE *out)
{
    const char *before = "";
    fprintf(out, "{\"friends\":%u,\"rounds\":%u,\"trials\":[", r->friends, r->rounds);
    for (unsigned w = 0; w < WAYS; w++)
        for (unsigned s = 0; s < r->sizes; s++) {
            if (!results_has(r, w, s) && !r->cells[w][s].stopped[0]) continue;
            fprintf(out, "%s\n  ", before);
            put_json_cell(r, w, s, out);
            before = ",";
        }
    fputs("\n]}\n", out);
}
