/* bench/classes.c -- samples of several classes, and how far apart they are. */
#include "classes.h"

#include "tool.h"

#include "base/chance.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WARM_UP = 500 };

void classes_read(struct classes *c, char *text, uint32_t samples)
{
    if (c->count == CLASSES_MAX) die("at most %d classes", CLASSES_MAX);
    struct class *one = &c->of[c->count++];
    char *items = strchr(text, '=');
    if (!items) die("a class is NAME=ITEM,ITEM.., not %s", text);
    *items++ = 0;
    one->name = text;
    one->us = calloc(samples, sizeof *one->us);
    if (!one->us) die("no memory for %u samples", samples);
    for (char *rest, *item = strtok_r(items, ",", &rest); item; item = strtok_r(NULL, ",", &rest)) {
        if (one->item_count == ITEMS_MAX) die("at most %d items a class", ITEMS_MAX);
        one->items[one->item_count++] = item;
    }
    if (one->item_count == 0) die("class %s has no item", text);
}

void classes_free(struct classes *c)
{
    for (uint32_t i = 0; i < c->count; i++)
        free(c->of[i].us);
}

static void ask_all(struct classes *c, bool count, class_ask ask, void *ctx)
{
    uint32_t order[CLASSES_MAX];
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t at = (uint32_t)(chance_next(&c->seed) % (i + 1));
        order[i] = order[at];
        order[at] = i;
    }
    for (uint32_t i = 0; i < c->count; i++) {
        struct class *one = &c->of[order[i]];
        double us = ask(ctx, one, (uint32_t)(chance_next(&c->seed) % one->item_count));
        if (count) one->us[one->sample_count++] = us;
    }
}

void classes_ask(struct classes *c, uint32_t samples, class_ask ask, void *ctx)
{
    uint32_t warm_up = samples < WARM_UP ? samples : WARM_UP;
    for (uint32_t i = 0; i < warm_up + samples; i++)
        ask_all(c, i >= warm_up, ask, ctx);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(const struct class *c) { return c->us[c->sample_count / 2]; }

/* How much oftener one of `a` is greater than one of `b` than the other way round; both sorted. */
static double cliffs_delta(const struct class *a, const struct class *b)
{
    uint32_t less = 0, not_greater = 0;
    double sum = 0;
    for (uint32_t i = 0; i < a->sample_count; i++) {
        while (less < b->sample_count && b->us[less] < a->us[i])
            less++;
        while (not_greater < b->sample_count && b->us[not_greater] <= a->us[i])
            not_greater++;
        sum += (double)less - (double)(b->sample_count - not_greater);
    }
    return sum / a->sample_count / b->sample_count;
}

void classes_print(struct classes *c)
{
    const struct class *first = &c->of[0];
    for (uint32_t i = 0; i < c->count; i++)
        qsort(c->of[i].us, c->of[i].sample_count, sizeof(double), by_size);
    printf("%-24s %10s %10s %10s\n", "", "median us", "apart us", "delta");
    for (uint32_t i = 0; i < c->count; i++)
        printf("%-24s %10.2f %10.2f %10.4f\n", c->of[i].name, median(&c->of[i]),
               fabs(median(&c->of[i]) - median(first)), cliffs_delta(&c->of[i], first));
}
