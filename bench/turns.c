/* bench/turns.c -- the server and the bare loop take turns. */
#include "turns.h"

#include "tool.h"

void turn_about(struct turns *t, struct stage *s, const struct load_phase *p,
                struct bare_order order)
{
    driver_add(&t->sum, p);
    if (t->sum.tally.frames == 0) die("nobody was told of anything");
    t->frame_bytes = (double)t->sum.tally.frame_bytes / (double)t->sum.tally.frames;
    order.frame_bytes = (uint32_t)t->frame_bytes;
    struct bare_took took = bare_send(s->bare, &order);
    t->loop.send_us += took.send_us;
    t->loop.read_us += took.read_us;
    t->loop.waits += took.waits;
    t->count++;
}

void note_turns(struct stage *s, const struct turns *t, const char *scene, const char *what,
                struct target ratio)
{
    const struct load_phase *p = &t->sum;
    double told = (double)p->tally.told, each = spent_us(p) / told;
    double bare = t->loop.send_us / t->count;
    note(s, "µs", each, none, "%s: CPU for each %s", scene, what);
    note(s, "µs", bare, none, "%s: bare loop, CPU for each send", scene);
    note(s, "", each / bare, ratio, "%s: ratio", scene);
    note(s, "µs", p->generator_us / told, none, "%s: reading one, CPU", scene);
    note(s, "µs", t->loop.read_us / t->count, none, "%s: bare loop, reading one, CPU", scene);
    note(s, "", (double)p->tally.sleeps / told, none, "%s: who reads slept, for each", scene);
    note(s, "", t->loop.waits / t->count, none, "%s: bare loop, who reads slept, for each", scene);
}
