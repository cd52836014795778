/* bench/micro.h -- small jobs of the code, each done many times over: what one takes beside the
 * barest thing that could stand in its place, the two in turns; or, under valgrind, exactly so many
 * of a job and nothing else, so that instructions can be counted. */
#pragma once

#include "base/err.h"
#include "figures.h"

#include <stdint.h>

struct micro {
    const char *name;  /* a word; bench/baseline.json knows the job by it */
    const char *what;  /* one of them */
    const char *floor; /* what `bare` does, in the place of one */
    uint32_t ops;      /* of a round: a few milliseconds; a multiple of what one call of `run` must
                          do at least */
    uint32_t counted;  /* of a count: the same, and less; 0: it cannot be counted */
    void (*before)(uint32_t ops); /* brings all to where `run` begins, outside of any measure; or
                                     NULL */
    void (*run)(uint32_t ops);
    void (*bare)(uint32_t ops);
};

/* Jobs that need the same to be there. */
struct micro_set {
    void (*begin)(uint32_t held); /* or NULL; each count begins anew */
    void (*end)(void);
    uint32_t held, held_counted; /* so much of it; under valgrind all takes fifty times as long */
    const struct micro *jobs;
    uint32_t count;
    void (*notes)(struct figures *f, uint32_t held); /* more figures, behind the jobs'; or NULL */
};

#define MICRO_COUNT(jobs) ((uint32_t)(sizeof(jobs) / sizeof *(jobs)))

/* The whole of a program: its options, its figures. Nothing in it goes by the clock but what it
 * prints. */
int micro_main(int argc, char **argv, const char *about, const struct micro_set sets[],
               uint32_t count);

/* From now on time is what passes, and not what this process uses: another does the work. */
void micro_is_elsewhere(void);

/* From a seed, which is the same for each job. */
uint64_t micro_chance(void);
uint32_t micro_below(uint32_t end); /* the same, less than `end` */

/* Dies of what must not happen in a benchmark. */
void micro_must(kith_err e);
void *micro_have(void *p); /* NULL: out of memory */

/* What the compiler must not find out is never used. */
static inline void micro_use(const void *p) { __asm__ volatile("" : : "r"(p) : "memory"); }

double micro_heap_bytes(void); /* handed out by the allocator, its headers included */
