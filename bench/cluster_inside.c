/* bench/cluster_inside.c -- nodes in this process: what they hold, send and take in. */
#include "cluster.h"

#include "core/replica.h"
#include "inside.h"
#include "tool.h"

#include "base/chance.h"
#include "wire/sections.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

enum { FIRST_ID = 1000000 };

/* What the allocator has handed out, its headers included. */
static double heap_bytes(void)
{
    struct mallinfo2 m = mallinfo2();
    return (double)m.uordblks + (double)m.hblkhd;
}

static double resident_bytes(void)
{
    double pages = 0;
    FILE *in = fopen("/proc/self/statm", "r");
    if (!in || fscanf(in, "%*f %lf", &pages) != 1) die("no /proc/self/statm");
    fclose(in);
    return pages * (double)sysconf(_SC_PAGESIZE);
}

struct room {
    double allocated, resident;
};

static struct room room(void) { return (struct room){heap_bytes(), resident_bytes()}; }

static void note_room(struct figures *f, const char *what, struct room before, uint32_t count)
{
    struct room now = room();
    cluster_note(f, "B", (now.allocated - before.allocated) / count, at_most(60),
                 "%s presence, of %u: allocated", what, count);
    cluster_note(f, "B", (now.resident - before.resident) / count, none, "%s presence, of %u: RSS",
                 what, count);
}

/* The first node has so many of its own clients. */
static void fill(struct inside *in, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        inside_join(in, 0, FIRST_ID + i);
        if (i % 1000 == 999) inside_pass(in, 1);
    }
    inside_pass(in, 100);
}

/* A node starts beside it. The clock of both goes on with the CPU time that they take, as on a core
 * of their own, and by a millisecond where they wait. Returns how long that is, in ms. */
static double catch_up(struct inside *in, uint32_t count)
{
    uint64_t began_ms = in->now.mono_ms, waited_ms = 0, passed_ms = 0;
    double began = cpu_us(0);
    in->sent = (struct inside_sent){0};
    in->nodes[0].cpu_us = 0;
    for (inside_start(in, 1); !inside_complete(in, 1, count); waited_ms++) {
        inside_settle(in);
        uint64_t ms = waited_ms + (uint64_t)((cpu_us(0) - began) / 1e3);
        if (ms > 60000) die("a node does not come up");
        in->now.unix_ms += ms - passed_ms;
        in->now.mono_ms = began_ms + (passed_ms = ms);
    }
    return (double)passed_ms;
}

/* All entries of the first node, cut and put into bytes: without the mail and the MACs of an
 * answer.
 */
static double extract_us(const struct inside *in, struct buf *out)
{
    struct inside_node const *n = &in->nodes[0];
    double began = cpu_us(0);
    for (uint32_t i = 0; i < PARTITIONS; i++) {
        struct sections_form form = {.stream = i, .bytes_max = SIZE_MAX};
        struct tracker *t = presence_known(n->w->presence, (uint16_t)i);
        uint64_t from = 0;
        for (bool more = t != NULL; more;) {
            struct section s;
            struct sections_part part;
            if (replica_cut(t, n->inc, from, SECTION_RECORDS_MAX, &s, &more) ||
                sections_put(out, &s, &form, &part))
                die("nothing can be extracted");
            from = s.last;
            section_fini(&s);
        }
    }
    return cpu_us(0) - began;
}

static void note_extracted(const struct inside *in, struct figures *f, uint32_t count)
{
    enum { TIMES = 9 };
    struct buf out = {0};
    double least = 1e18;
    for (int i = 0; i < TIMES; i++) {
        buf_clear(&out);
        double us = extract_us(in, &out);
        least = us < least ? us : least;
    }
    buf_fini(&out);
    cluster_note(f, "ms", least / 1e3, at_most(5), "extract and encode %u: CPU", count);
}

static void note_told(const struct inside *in, struct figures *f, uint32_t count, bool usual)
{
    cluster_note(f, "ms", in->nodes[0].cpu_us / 1e3, none,
                 "answer for all of %u, with mail and MACs: CPU", count);
    cluster_note(f, "ms", in->nodes[1].cpu_us / 1e3, usual ? at_most(40) : none,
                 "decode and merge %u: CPU", count);
    cluster_note(f, "B", (double)in->sent.bytes / count, none, "wire of each of %u, told at once",
                 count);
}

/* So many changes in one batch, several batches. Of CPU nothing but what they take counts. */
static void batches(struct inside *in, uint32_t held, uint32_t size, bool joins, struct figures *f)
{
    static uint64_t next = FIRST_ID + 50000000, seed = 1;
    uint32_t rounds = size < 1000 ? 2000 / size : 3, count = rounds * size;
    const char *what = joins ? "join" : "status change";
    struct target target = size < 10000 ? none : joins ? at_most(16) : at_most(10);
    in->sent = (struct inside_sent){0};
    double told = 0, heard = 0;
    for (uint32_t r = 0; r < rounds; r++) {
        for (uint32_t i = 0; i < size; i++)
            if (joins)
                inside_join(in, 0, next++);
            else
                inside_flip(in, 0, FIRST_ID + chance_next(&seed) % held);
        in->nodes[0].cpu_us = in->nodes[1].cpu_us = 0;
        inside_settle(in);
        told += in->nodes[0].cpu_us;
        heard += in->nodes[1].cpu_us;
        inside_pass(in, 25);
    }
    cluster_note(f, "B", (double)in->sent.bytes / count, target, "a %s, %u in a batch: wire", what,
                 size);
    cluster_note(f, "µs", told / count, none, "a %s, %u in a batch: CPU of telling it", what, size);
    cluster_note(f, "µs", heard / count, none, "a %s, %u in a batch: CPU of taking it in", what,
                 size);
}

static void hold_few(uint32_t count, struct figures *f)
{
    struct inside in;
    inside_begin(&in, 1);
    fill(&in, count);
    note_extracted(&in, f, count);
    in.count = 2;
    (void)catch_up(&in, count);
    note_told(&in, f, count, true);
    inside_end(&in);
}

static void hold_many(uint32_t count, struct figures *f)
{
    static const uint32_t sizes[] = {1, 10, 100, 10000};
    struct inside in;
    inside_begin(&in, 1);
    struct room before = room();
    fill(&in, count);
    note_room(f, "an own", before, count);
    in.count = 2;
    before = room();
    double took_ms = catch_up(&in, count);
    note_room(f, "a replicated", before, count);
    note_told(&in, f, count, false);
    cluster_note(f, "ms", took_ms, at_most(2000), "a fresh node knows all of %u", count);
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        batches(&in, count, sizes[i], true, f);
        batches(&in, count, sizes[i], false, f);
    }
    inside_end(&in);
}

/* The same flips at each node, however many there are. */
static void flips(unsigned nodes, uint32_t rate, struct figures *f)
{
    enum { USERS = 1000, MS = 2000 };
    struct inside in;
    uint64_t seed = 7, count = 0;
    char what[64];
    inside_begin(&in, nodes);
    for (uint32_t i = 0; i < nodes * USERS; i++)
        inside_join(&in, i % nodes, FIRST_ID + i);
    inside_pass(&in, 1000);
    in.sent = (struct inside_sent){0};
    for (uint32_t ms = 0; ms < MS; ms++, inside_pass(&in, 1))
        for (unsigned n = 0; n < nodes; n++)
            for (uint32_t due = (ms + 1) * rate / 1000 - ms * rate / 1000; due; due--, count++)
                inside_flip(&in, n, FIRST_ID + n + nodes * (chance_next(&seed) % USERS));
    inside_pass(&in, 50);
    snprintf(what, sizeof what, "%u nodes, %u flips/s at each", nodes, rate);
    cluster_note(f, "", (double)in.sent.frames / (double)count, none,
                 "%s: messages published a flip", what);
    cluster_note(f, "", (double)in.sent.delivered / (double)count, none,
                 "%s: messages heard a flip", what);
    cluster_note(f, "B", (double)in.sent.bytes / (double)count, none, "%s: published a flip", what);
    inside_end(&in);
}

void cluster_inside(const struct cluster_plan *p, struct figures *f)
{
    static const unsigned nodes[] = {2, 3, 5, 9};
    hold_many(p->many, f); /* first, while the heap is as it was */
    hold_few(p->few, f);
    for (unsigned i = 0; i < 4; i++) {
        flips(nodes[i], 100, f);
        flips(nodes[i], 3000, f);
    }
}
