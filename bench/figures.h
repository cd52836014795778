/* bench/figures.h -- measured figures beside their targets: medians over rounds, as a table or as
 * JSON. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

enum { FIGURES_MAX = 128, ROUNDS_MAX = 32 };

struct target {
    double value; /* 0: there is none */
    bool least;   /* at least that, else at most */
    bool always;  /* in every round: the worst one is the figure */
};
static const struct target none;
static const struct target never = {.always = true}; /* 0 of them, in every round */
static inline struct target at_most(double v) { return (struct target){.value = v}; }
static inline struct target at_least(double v)
{
    return (struct target){.value = v, .least = true};
}
/* What must not be missed once, as losses: at least that in each round, and never rounded up. */
static inline struct target always(double v)
{
    return (struct target){.value = v, .least = true, .always = true};
}

struct figure {
    char name[96];
    const char *unit; /* "" for a ratio, which a table shows as "×" */
    struct target target;
    double rounds[ROUNDS_MAX];
    unsigned count;
};

struct figures {
    struct figure list[FIGURES_MAX];
    unsigned count;
};

/* Adds a round's value to the figure of this name, which is made if it is not there. */
void figures_add(struct figures *f, const char *unit, double value, struct target target,
                 const char *name);

double figure_median(const struct figure *f); /* the lowest, if it has to hold always */

void figures_table(const struct figures *f, FILE *out); /* Markdown */
void figures_json(const struct figures *f, FILE *out);  /* one array */
