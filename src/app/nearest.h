/* app/nearest.h -- what a mistyped word may have meant. */
#pragma once

#include <stddef.h>

struct nearest {
    const char *word;
    const char *best; /* of those offered; NULL: none is near */
    size_t distance;  /* how many letters differ */
};

/* Near is what differs in at most half of the letters of the word, which is borrowed. */
struct nearest nearest_to(const char *word);

/* Keeps the candidate if none before was as near. O(letters squared). */
void nearest_offer(struct nearest *n, const char *candidate);
