/* bench/scenes.h -- what is measured. Each adds its figures of one round. */
#pragma once

#include "stage.h"

void scene_idle(struct stage *s);     /* connections without friends; on a fresh stage */
void scene_storm(struct stage *s);    /* all join at once; on a fresh stage */
void scene_flips(struct stage *s);    /* status changes at each rate, beside the bare loop */
void scene_capacity(struct stage *s); /* how many deliveries a second there can be */
void scene_churn(struct stage *s);    /* users go and come back, beside the bare loop */
void scene_vanish(struct stage *s);   /* many go at once */
