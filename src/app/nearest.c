/* app/nearest.c -- what a mistyped word may have meant. */
#include "app/nearest.h"

#include <string.h>

#define WORD_MAX 48 /* longer words are no typing mistakes */

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Letters to add, drop or change between the two (Levenshtein), row by row: row[j] is the distance
 * between the letters of `a` so far and the first j of `b`. */
static size_t distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1], len = strlen(b);
    for (size_t j = 0; j <= len; j++)
        row[j] = j;
    for (size_t i = 1; *a; a++, i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= len; j++) {
            size_t changed = diagonal + (b[j - 1] != *a);
            diagonal = row[j];
            row[j] = least(row[j] + 1, row[j - 1] + 1, changed);
        }
    }
    return row[len];
}

struct nearest nearest_to(const char *word)
{
    size_t len = strlen(word);
    return (struct nearest){.word = word, .distance = len > WORD_MAX ? 0 : len / 2 + 1};
}

void nearest_offer(struct nearest *n, const char *candidate)
{
    if (n->distance == 0 || strlen(candidate) > WORD_MAX) return;
    size_t d = distance(n->word, candidate);
    if (d >= n->distance) return;
    n->distance = d;
    n->best = candidate;
}
