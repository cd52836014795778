/* bench/micro_node.c -- what nodes say to each other, as bytes: sections of presence, and the
 * frames with MACs that carry them. */
#include "floors.h"
#include "micro.h"

#include "wire/node.h"
#include "wire/sections.h"

/* One record, as most live sections have, and a full frame of a snapshot, where each is a user of
 * its own. */
enum { SNAPSHOT = 6000, INC = 77, NOW_S = 1795487065 };

static struct record records[SNAPSHOT];
static struct section section = {INC, 40000, 0, 0, 0, records};
static struct sections_form form = {.bytes_max = 100000};
static struct buf body;

static void make_section(uint32_t count, bool prevs, kith_slice fields)
{
    for (uint32_t i = 0; i < count; i++) {
        uint64_t seq = 40001 + i;
        records[i] = (struct record){.seq = seq,
                                     .slot = 300 + i,
                                     .numeric = true,
                                     .user = 1000000 + 7 * i,
                                     .fields = fields,
                                     .online_at_s = NOW_S - i % 1200,
                                     .ref = {INC, seq},
                                     .prev = {INC, 1 + i}};
    }
    section.count = count;
    section.last = section.top = 40000 + count;
    form.prevs = prevs;
}

static void put(void)
{
    struct sections_part part;
    buf_clear(&body);
    sections_begin(&body, INC);
    micro_must(sections_put(&body, &section, &form, &part));
    if (part.count != section.count) micro_must(KITH_FULL);
}

static void make_one(uint32_t ops)
{
    (void)ops;
    make_section(1, false, KITH_LIT("{\"status\":\"away\"}"));
    put();
}

static void make_joins(uint32_t ops)
{
    (void)ops;
    make_section(SNAPSHOT, false, KITH_LIT("{\"status\":\"online\"}"));
    put();
}

static void make_changes(uint32_t ops)
{
    (void)ops;
    make_section(SNAPSHOT, true, KITH_LIT("{\"status\":\"away\"}"));
    put();
}

/* A record each. */
static void run_put(uint32_t ops)
{
    for (uint32_t i = 0; i < ops; i += section.count) {
        put();
        micro_use(&body);
    }
}

static void bare_put(uint32_t ops) { floor_copy(body.ptr, body.len, ops / section.count); }

static void run_read(uint32_t ops)
{
    static struct sections_room room;
    for (uint32_t i = 0; i < ops; i += section.count) {
        struct sections walk;
        struct sections_piece piece;
        struct section got;
        micro_must(sections_open(buf_slice(&body), &walk));
        micro_must(sections_next(&walk, &piece));
        micro_must(sections_read(&piece, &room, &got));
        micro_use(&got);
    }
}

static void bare_read(uint32_t ops)
{
    floor_copy(records, section.count * sizeof records[0], ops / section.count);
}

/* Frames */

static const struct siphash_key key = {7, 8};
static uint8_t payload[16384];
static struct buf frame;
static uint32_t payload_len;

static void seal(void)
{
    const struct node_head head = {.type = NODE_SECTIONS, .cluster = 5, .nid = 1, .inc = INC};
    buf_clear(&frame);
    size_t begun = node_begin(&frame);
    buf_put(&frame, slice_of(payload, payload_len));
    micro_must(node_end(&frame, begun, &head, &key));
}

static void make_short(uint32_t ops)
{
    (void)ops;
    payload_len = 30;
    seal();
}

static void make_long(uint32_t ops)
{
    (void)ops;
    payload_len = sizeof payload;
    seal();
}

static void run_seal(uint32_t ops)
{
    for (uint32_t i = 0; i < ops; i++) {
        seal();
        micro_use(&frame);
    }
}

static void run_open(uint32_t ops)
{
    struct node_frame got;
    for (uint32_t i = 0; i < ops; i++) {
        if (node_decode(buf_slice(&frame), 5, &key, &got) != NODE_GOOD) micro_must(KITH_BAD);
        micro_use(&got);
    }
}

static void bare_frame(uint32_t ops) { floor_copy(frame.ptr, frame.len, ops); }

#define COPY    "memcpy of its bytes"
#define RECORDS "memcpy of the record"

static const struct micro jobs[] = {
    {"section_put", "one change", COPY, 50000, 5000, make_one, run_put, bare_put},
    {"section_read", "one change", RECORDS, 50000, 5000, make_one, run_read, bare_read},
    {"snapshot_put", "a join of 6000", COPY, 60000, 6000, make_joins, run_put, bare_put},
    {"snapshot_read", "a join of 6000", RECORDS, 60000, 6000, make_joins, run_read, bare_read},
    {"changes_put", "a change of 6000", COPY, 60000, 6000, make_changes, run_put, bare_put},
    {"changes_read", "a change of 6000", RECORDS, 60000, 6000, make_changes, run_read, bare_read},
    {"frame_seal", "a body of 30 B", COPY, 20000, 2000, make_short, run_seal, bare_frame},
    {"frame_open", "a body of 30 B", COPY, 20000, 2000, make_short, run_open, bare_frame},
    {"frame_seal_long", "a body of 16 KiB", COPY, 200, 20, make_long, run_seal, bare_frame},
    {"frame_open_long", "a body of 16 KiB", COPY, 200, 20, make_long, run_open, bare_frame},
};

/* The wire that a record takes. */
static void notes(struct figures *f, uint32_t held)
{
    (void)held;
    make_one(0);
    figures_add(f, "B", (double)body.len, none, "a section of one change");
    make_joins(0);
    figures_add(f, "B", (double)body.len / SNAPSHOT, none, "a join of 6000");
    make_changes(0);
    figures_add(f, "B", (double)body.len / SNAPSHOT, none,
                "a change of 6000, with what it follows");
}

int main(int argc, char **argv)
{
    static const struct micro_set sets[] = {
        {.jobs = jobs, .count = MICRO_COUNT(jobs), .notes = notes}};
    return micro_main(argc, argv, "What nodes say to each other, as bytes.", sets,
                      MICRO_COUNT(sets));
}
