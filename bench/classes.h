/* bench/classes.h -- can things of one class be told from those of another by the time that they
 * take? Samples of several classes, one of each in turn, and how far apart they are. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { CLASSES_MAX = 24, ITEMS_MAX = 64 };

struct class
{
    const char *name;
    char *items[ITEMS_MAX]; /* what is asked for, by chance */
    uint32_t item_count, sample_count;
    double *us;
};

struct classes {
    struct class of[CLASSES_MAX];
    uint32_t count;
    uint64_t seed;
};

/* Of "NAME=ITEM,ITEM..", which it keeps and cuts; with room for so many samples. Dies of a bad one.
 */
void classes_read(struct classes *c, char *text, uint32_t samples);
void classes_free(struct classes *c);

/* Asks for an item, and returns how long that took, in microseconds. */
typedef double (*class_ask)(void *ctx, const struct class *of, uint32_t item);

/* `samples` of each class, all classes in an order by chance, after some that do not count. */
void classes_ask(struct classes *c, uint32_t samples, class_ask ask, void *ctx);

/* Prints for each class its median in microseconds, how far that is from the first class' median,
 * and Cliff's delta against the first: 0 where neither is mostly the slower, 1 or -1 where always.
 */
void classes_print(struct classes *c);
