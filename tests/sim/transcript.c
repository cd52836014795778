/* tests/sim/transcript.c -- what happened, for whoever has to find out why. */
#include "sim/trial.h"
#include "support/must.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct line {
    uint64_t at_ms;
    unsigned user, node;
    char text[112];
};

struct lines {
    unsigned count, cap;
    struct line *items;
};

void trial_say(struct trial *t, unsigned user, unsigned node, const char *format, ...)
{
    if (!t->o.transcript) return;
    if (!t->lines) t->lines = calloc(1, sizeof *t->lines);
    struct lines *l = t->lines;
    if (l->count == l->cap) {
        l->cap = l->cap * 2 + 256;
        l->items = realloc(l->items, l->cap * sizeof *l->items);
        must(l->items);
    }
    struct line *line = &l->items[l->count++];
    *line = (struct line){.at_ms = t->now_ms, .user = user, .node = node};
    va_list args;
    va_start(args, format);
    vsnprintf(line->text, sizeof line->text, format, args);
    va_end(args);
}

/* What is of another user is left out; and of another node, unless it is of all. */
static bool concerns(const struct trial *t, const struct line *l)
{
    if (l->user == NOBODY) return true;
    return t->why_user == NOBODY || l->user == t->why_user;
}

void trial_print(const struct trial *t, bool all)
{
    for (unsigned i = 0; t->lines && i < t->lines->count; i++) {
        const struct line *l = &t->lines->items[i];
        if (!all && !concerns(t, l)) continue;
        if (l->node == NOBODY)
            printf("%8.3f  --  %s\n", (double)l->at_ms / 1000, l->text);
        else
            printf("%8.3f  n%u  %s\n", (double)l->at_ms / 1000, l->node, l->text);
    }
}

void transcript_free(struct trial *t)
{
    if (t->lines) free(t->lines->items);
    free(t->lines);
    t->lines = NULL;
}
