/* bench/results.h -- what the trials of all ways and sizes came to: medians over rounds as tables
 * that stand in a text, as data for plots, and as JSON. */
#pragma once

#include "figures.h"
#include "trial.h"

enum { SIZES_MAX = 16 };
#define NOT_TRIED "not tried" /* the same way was stopped with fewer users */

struct cell { /* one way with so many users */
    struct figure of[MEASURES];
    char stopped[96]; /* why a round, and those after it, have no figure; empty: all have */
};

struct results {
    uint32_t friends, rounds;
    uint32_t users[SIZES_MAX], sizes;
    struct cell cells[WAYS][SIZES_MAX];
};

bool results_has(const struct results *r, unsigned way, unsigned size);
double results_median(const struct results *r, unsigned way, unsigned size, enum measure m);

/* The power of the number of users with which a measure grows, over the last decade of sizes that
 * there are. False: there are not two. */
bool results_growth(const struct results *r, unsigned way, enum measure m, double *power);
/* The largest size with figures of both. False: there is none. */
bool results_largest(const struct results *r, unsigned way, unsigned other, unsigned *size);

/* All measures, with the largest number of users that every way came through. */
void results_summary(const struct results *r, FILE *out);
void results_table(const struct results *r, enum measure m, FILE *out); /* Markdown */
void results_stops(const struct results *r, FILE *out); /* a line for each way that was stopped */
void results_data(const struct results *r, FILE *out);  /* a line a way and size, tabs between */
void results_json(const struct results *r, FILE *out);

void number_put(FILE *out, double v); /* three digits: as much as a measurement knows */
