/* load/tally.c -- what processes count, together. */
#include "load/tally.h"

static void merge_done(struct tally *into, const struct tally *t)
{
    into->dialed += t->dialed;
    into->opened += t->opened;
    into->joined += t->joined;
    into->flips += t->flips;
    into->unsent += t->unsent;
    into->drops += t->drops;
    into->refused += t->refused;
    into->unanswered += t->unanswered;
    into->closed += t->closed;
    into->ended += t->ended;
    into->broken += t->broken;
    into->errors += t->errors;
    if (t->http_status) into->http_status = t->http_status;
    if (t->close_code) into->close_code = t->close_code;
    if (t->socket_error) into->socket_error = t->socket_error;
}

static void merge_told(struct tally *into, const struct tally *t)
{
    into->frames += t->frames;
    into->frame_bytes += t->frame_bytes;
    into->states += t->states;
    into->told += t->told;
    into->came += t->came;
    into->gone += t->gone;
    into->beside += t->beside;
    if (t->last_us > into->last_us) into->last_us = t->last_us;
    into->skipped += t->skipped;
    into->early += t->early;
    into->repeats += t->repeats;
    into->late_flips += t->late_flips;
    into->leaks += t->leaks;
    into->duplicates += t->duplicates;
    into->due += t->due;
    into->met += t->met;
    into->ghosts += t->ghosts;
    into->missing += t->missing;
    into->stale += t->stale;
    into->flaps += t->flaps;
}

void tally_merge(struct tally *into, const struct tally *t)
{
    merge_done(into, t);
    merge_told(into, t);
    into->sleeps += t->sleeps;
    histogram_merge(&into->join_us, &t->join_us);
    histogram_merge(&into->told_us, &t->told_us);
    histogram_merge(&into->come_us, &t->come_us);
    histogram_merge(&into->gone_us, &t->gone_us);
    histogram_merge(&into->late_us, &t->late_us);
}

uint64_t tally_lost(const struct tally *t) { return t->due > t->met ? t->due - t->met : 0; }

uint64_t tally_wrong(const struct tally *t)
{
    return t->unsent + t->refused + t->unanswered + t->closed + t->broken + t->errors + t->leaks +
           t->duplicates + tally_lost(t) + t->ghosts + t->missing + t->stale + t->flaps;
}
