/* tests/sim/faults.h -- what goes wrong, and when. */
#pragma once

#include "sim/trial.h"

/* What becomes of one frame. Marks links that are not as they should be. */
struct faults_link {
    bool lost, repeated;
    uint32_t delay_ms;
};
struct faults_link faults_link(struct trial *t, unsigned from, unsigned to,
                               const struct flight *of);

void faults_plan(struct trial *t);
uint64_t faults_due(const struct trial *t);
void faults_turn(struct trial *t); /* begins and ends what is due */
/* All end but those that keep the others from the core. */
void faults_heal(struct trial *t);
