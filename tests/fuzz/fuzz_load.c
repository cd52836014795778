/* tests/fuzz/fuzz_load.c -- what a server sends to the clients of `kith bench`: what is counted
 * must not depend on how the bytes are cut. The first byte tells the wire's version, the topic,
 * and whether diffs wait for the state. */
#include "cut.h"

#include "base/assert.h"
#include "load/crowd.h"
#include "mutate_ws.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { USERS = 8, HEAD_MIN = 13 };

struct room {
    struct graph graph;
    struct user_order order;
    struct names names;
    struct fact facts[USERS];
    struct phase phase;
    struct tally tally;
    struct crowd *crowd;
    struct buf out;
};

static void open_room(struct room *r, uint8_t how)
{
    memset(r, 0, sizeof *r);
    r->names = (struct names){.first_id = 1, .count = USERS};
    if (graph_ring(&r->graph, USERS, 4) || user_order_init(&r->order, USERS, 1)) abort();
    r->crowd = crowd_new(&(struct crowd_options){.graph = &r->graph,
                                                 .order = &r->order,
                                                 .names = &r->names,
                                                 .facts = r->facts,
                                                 .processes = 1,
                                                 .hot = 3,
                                                 .vsn = how & 1 ? PHX_V1 : PHX_V2,
                                                 .own_topic = how & 2,
                                                 .hold = how & 128});
    if (!r->crowd) abort();
    r->phase = (struct phase){.kind = (enum phase_kind)(how >> 2) % (PHASE_DROP + 1),
                              .count = 1000,
                              .period_ns = 1000,
                              .grace_us = 1000};
    crowd_begin(r->crowd, &r->phase, &r->tally);
    crowd_dial(r->crowd, 0, 0, 0);
    crowd_open(r->crowd, 0, &(struct crowd_target){KITH_LIT("h"), KITH_LIT("/"), {0}}, &r->out);
}

static void close_room(struct room *r)
{
    crowd_free(r->crowd);
    graph_fini(&r->graph);
    user_order_fini(&r->order);
    buf_fini(&r->out);
}

static void play(struct room *r, kith_slice in, int how)
{
    struct cutter c = cutter(how);
    for (size_t n; in.len && crowd_connected(r->crowd, 0); in = slice_from(in, n)) {
        n = cut(&c, in.len);
        uint8_t *piece = malloc(n);
        if (!piece) abort();
        memcpy(piece, in.ptr, n);
        (void)crowd_take(r->crowd, 0, slice_of(piece, n), 5000, &r->out);
        free(piece);
    }
    (void)crowd_audit(r->crowd);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct room whole, cut;
    if (len == 0) return 0;
    open_room(&whole, bytes[0]);
    play(&whole, slice_of(bytes + 1, len - 1), CUT_WHOLE);
    for (int how = CUT_BYTES; how <= CUT_CHANCE; how++) {
        open_room(&cut, bytes[0]);
        play(&cut, slice_of(bytes + 1, len - 1), how);
        KITH_ASSERT(memcmp(&cut.tally, &whole.tally, sizeof cut.tally) == 0);
        KITH_ASSERT(slice_eq(buf_slice(&cut.out), buf_slice(&whole.out)));
        close_room(&cut);
    }
    close_room(&whole);
    return 0;
}

/* Behind the answer to the upgrade come frames. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    uint64_t chance = seed;
    struct buf made = {0};
    kith_slice in = slice_of(data, size);
    const uint8_t *end = size > HEAD_MIN ? memmem(data, size, "\r\n\r\n", 4) : NULL;
    size_t head = end ? (size_t)(end + 4 - data) : 0;
    if (!head || chance_below(&chance, 16) == 0) {
        mutate_bytes(&made, in);
    } else {
        buf_put(&made, slice_head(in, head));
        if (chance_below(&chance, 16) == 0) made.ptr[0] = (uint8_t)chance_next(&chance);
        mutate_frames(&made, slice_from(in, head), mutate_json, &chance);
    }
    return mutate_end(&made, data, size_max);
}
