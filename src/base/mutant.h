/* base/mutant.h -- errors that can be planted, to see whether the simulation of a cluster finds
 * them (tests/sim). They are in no program but its own: elsewhere each is the constant false. */
#pragma once

enum mutant {
    MUTANT_NONE,
    MUTANT_NO_BASE_CHECK,    /* a section is applied though what comes before it is missing */
    MUTANT_NO_TOMBSTONES,    /* sections do not tell of emptied slots */
    MUTANT_CUT_ENDS_LATE,    /* a section that was cut says that it is all */
    MUTANT_NO_ORDER_OF_RUNS, /* an earlier run of a name replaces a later one */
    MUTANT_DIGEST_TOO_SOON,  /* digests are compared in the middle of a catch-up */
    MUTANT_ONE_PULL,         /* what is left of an answer is not asked for */
    MUTANT_REPLACED_SHOWN,   /* what a session left elsewhere is shown beside it */
    MUTANT_CLAIM_LIVES,      /* a session that lives is taken over */
    MUTANT_RULES_UNHEARD,    /* presence is shown by rules older than those it was told by */
    MUTANTS
};

#ifdef KITH_MUTANTS
extern enum mutant mutant;
#define MUTANT(name) (mutant == MUTANT_##name)
#else
#define MUTANT(name) 0
#endif
