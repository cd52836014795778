/* tests/sim/told.c -- what origins have sent of their streams. */
#include "sim/told.h"

void told_init(struct trial *t) { (void)t; }
void told_free(struct trial *t) { (void)t; }

void told_note(struct trial *t, unsigned from, kith_slice bytes)
{
    (void)t;
    (void)from;
    (void)bytes;
}

void told_check(struct trial *t, unsigned node, kith_slice bytes)
{
    (void)t;
    (void)node;
    (void)bytes;
}
