/* bench/micro_base.c -- the words that all rooms share: hashing, the index of a table, frames and
 * outboxes, deadlines. */
#include "floors.h"
#include "micro.h"

#include "base/heap.h"
#include "base/map.h"
#include "base/outbox.h"
#include "base/siphash.h"

#include <stdlib.h>

static const struct siphash_key key = {1, 2};
static uint32_t held; /* values 0 to held - 1 are in the map */
static struct map map;

static uint64_t hash_of(const void *owner, uint32_t value)
{
    (void)owner;
    return value * 0x9e3779b97f4a7c15u;
}

static void begin(uint32_t count)
{
    held = count;
    for (uint32_t i = 0; i < held; i++)
        micro_must(map_add(&map, hash_of(NULL, i), i, hash_of, NULL));
    floor_lines_begin(held / 16); /* what four bytes a value take, in lines */
}

static void end(void)
{
    floor_lines_end();
    map_fini(&map);
}

static void run_find(uint32_t ops)
{
    for (uint32_t i = 0; i < ops; i++) {
        uint32_t value = micro_below(held), found;
        struct map_probe p = map_probe(hash_of(NULL, value));
        while ((found = map_next(&map, &p)) != value)
            if (found == MAP_NONE) micro_must(KITH_NONE);
        micro_use(&found);
    }
}

static void run_replace(uint32_t ops) /* takes one out and puts it in again */
{
    for (uint32_t i = 0; i < ops; i++) {
        uint32_t value = micro_below(held);
        map_remove(&map, hash_of(NULL, value), value);
        micro_must(map_add(&map, hash_of(NULL, value), value, hash_of, NULL));
    }
}

static void bare_line(uint32_t ops) { floor_touch(1, ops); }

/* Hashing */

static uint8_t id[16] = "1234567890123456";

static void run_siphash(uint32_t ops)
{
    for (uint32_t i = 0; i < ops; i++) {
        uint64_t h = siphash13(&key, slice_of(id, sizeof id));
        micro_use(&h);
    }
}

static void bare_id(uint32_t ops) { floor_copy(id, sizeof id, ops); }

/* Outboxes */

enum { OUTBOXES = 1000, FRAME_BYTES = 300 };

static struct outbox outboxes[OUTBOXES];
static struct frame *frame;
static uint8_t bytes[FRAME_BYTES];

static void begin_outboxes(uint32_t count)
{
    (void)count;
    frame = micro_have(frame_of(slice_of(bytes, sizeof bytes)));
    floor_lines_begin(OUTBOXES);
}

static void end_outboxes(void)
{
    floor_lines_end();
    frame_unref(frame);
}

static void empty(struct outbox *o)
{
    kith_slice pieces[8];
    for (size_t n; (n = outbox_peek(o, pieces, 8));) {
        size_t sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += pieces[i].len;
        outbox_sent(o, sum);
    }
}

/* `each` frames wait in one, then are all sent. */
static void pass(uint32_t each, uint32_t ops)
{
    for (uint32_t i = 0; i < ops; i += each) {
        struct outbox *o = &outboxes[i / each % OUTBOXES];
        for (uint32_t k = 0; k < each; k++)
            micro_must(outbox_push(o, frame));
        empty(o);
    }
}

static void run_one(uint32_t ops) { pass(1, ops); }
static void run_eight(uint32_t ops) { pass(8, ops); }
static void bare_push(uint32_t ops) { floor_push(ops); }

static void run_frame(uint32_t ops)
{
    for (uint32_t i = 0; i < ops; i++) {
        struct frame *f = micro_have(frame_of(slice_of(bytes, sizeof bytes)));
        micro_use(f);
        frame_unref(f);
    }
}

static void bare_frame(uint32_t ops) { floor_allocate(bytes, sizeof bytes, ops); }

/* Deadlines: one fires, another is set. */

static struct heap heap;
static uint64_t now_ms;

static void begin_heap(uint32_t count)
{
    now_ms = 0;
    for (uint32_t i = 0; i < count; i++)
        micro_must(heap_push(&heap, micro_below(60000), i));
    floor_lines_begin(count / 4 + 1);
}

static void end_heap(void)
{
    floor_lines_end();
    heap_fini(&heap);
    heap = (struct heap){0};
}

static void run_heap(uint32_t ops)
{
    for (uint32_t i = 0; i < ops; i++) {
        struct deadline d = heap_pop(&heap);
        micro_must(heap_push(&heap, d.at_ms + micro_below(60000), d.what));
    }
}

#define LINE "a line of memory by chance"

static const struct micro maps[] = {
    {"map_find", "one of many", LINE, 50000, 5000, NULL, run_find, bare_line},
    {"map_replace", "one of many, taken out and put in", LINE, 50000, 5000, NULL, run_replace,
     bare_line},
    {"siphash", "16 B", "memcpy of them", 50000, 5000, NULL, run_siphash, bare_id},
};
static const struct micro frames[] = {
    {"frame", "300 B, made and let go", "malloc, memcpy, free", 50000, 5000, NULL, run_frame,
     bare_frame},
    {"outbox_one", "a frame through an empty one", "a pointer, and a count", 50000, 5000, NULL,
     run_one, bare_push},
    {"outbox_eight", "a frame of eight that wait", "a pointer, and a count", 50000, 8000, NULL,
     run_eight, bare_push},
};
static const struct micro heaps[] = {
    {"heap", "a deadline fires, one is set", LINE, 20000, 2000, NULL, run_heap, bare_line}};

int main(int argc, char **argv)
{
    static const struct micro_set sets[] = {
        {begin, end, 1000000, 10000, maps, MICRO_COUNT(maps), NULL},
        {begin_outboxes, end_outboxes, 0, 0, frames, MICRO_COUNT(frames), NULL},
        {begin_heap, end_heap, 100000, 10000, heaps, MICRO_COUNT(heaps), NULL}};
    return micro_main(argc, argv, "What the words take that all rooms share.", sets,
                      MICRO_COUNT(sets));
}
