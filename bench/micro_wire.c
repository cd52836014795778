/* bench/micro_wire.c -- what a message costs on its way through src/wire: nanoseconds each. */
#include "wire/json.h"
#include "wire/phx.h"
#include "wire/presence.h"
#include "wire/sections.h"

#include <stdio.h>
#include <time.h>

#define ROUNDS 2000000u

#define MESSAGE  "[\"1234\",\"56789\",\"user:1234567\",\"status\",{\"status\":\"away\"}]"
#define V1       "{\"topic\":\"phoenix\",\"event\":\"heartbeat\",\"payload\":{},\"ref\":\"4567\"}"
#define JAPANESE "日本語の文は一文字が三バイト"

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* What the compiler must not find out is never used. */
static void use(const void *p) { __asm__ volatile("" : : "r"(p) : "memory"); }

static void bench_utf8(void)
{
    bool ok = utf8_valid(KITH_LIT(MESSAGE));
    use(&ok);
}

static void bench_utf8_japanese(void)
{
    bool ok = utf8_valid(KITH_LIT(JAPANESE));
    use(&ok);
}

static void bench_json_parse(void)
{
    struct json j;
    kith_err e = json_parse(KITH_LIT(MESSAGE), &j);
    use(&j), use(&e);
}

static void bench_phx_decode_v2(void)
{
    static uint8_t text[] = MESSAGE;
    struct phx_in in;
    kith_err e = phx_decode(PHX_V2, text, sizeof text - 1, &in);
    use(&in), use(&e);
}

static void bench_phx_decode_v1(void)
{
    static uint8_t text[] = V1;
    struct phx_in in;
    kith_err e = phx_decode(PHX_V1, text, sizeof text - 1, &in);
    use(&in), use(&e);
}

static void bench_reply(void)
{
    const struct phx_out m = {
        .join_ref = KITH_LIT("\"1\""), .ref = KITH_LIT("\"2\""), .topic = KITH_LIT("user:1234567")};
    struct frame *f = phx_encode_reply(PHX_V2, &m, true);
    use(f);
    frame_unref(f);
}

/* From a meta to the frame that all watchers share. */
static void bench_diff(void)
{
    static struct buf payload;
    const struct meta meta = {.fields = KITH_LIT("{\"status\":\"online\"}"),
                              .online_at_s = 1795487065,
                              .ref = "GOrZ-SPgzrZwVQQx"};
    buf_clear(&payload);
    presence_put_diff(&payload, KITH_LIT("1234567"), &meta, 1, NULL, 0);
    const struct phx_out m = {.topic = KITH_LIT("user_presence:1234567"),
                              .event = KITH_LIT("presence_diff"),
                              .payload = buf_slice(&payload)};
    struct frame *f = phx_encode(PHX_V2, &m);
    use(f);
    frame_unref(f);
}

static void bench_fields(void)
{
    static struct buf out;
    const char *why;
    kith_err e = presence_fields(KITH_LIT("{\"status\":\"away\",\"text\":\"lunch\"}"), &out, &why);
    use(&out), use(&e);
}

/* Sections between nodes: of one record, as most live ones are, and of a full frame of a snapshot,
 * where each is a user of its own. */
enum { SNAPSHOT = 6000, INC = 77, NOW_S = 1795487065 };

static struct record records[SNAPSHOT];
static struct section section = {INC, 40000, 0, 0, 0, records};
static struct sections_form form = {.bytes_max = 65000};

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

static struct buf body;

static void bench_sections_put(void)
{
    struct sections_part part;
    buf_clear(&body);
    sections_begin(&body, INC);
    kith_err e = sections_put(&body, &section, &form, &part);
    use(&body), use(&e);
}

static void bench_sections_read(void)
{
    static struct sections_room room;
    struct sections walk;
    struct sections_piece piece;
    struct section got;
    kith_err e = sections_open(buf_slice(&body), &walk);
    if (!e) e = sections_next(&walk, &piece);
    if (!e) e = sections_read(&piece, &room, &got);
    use(&got), use(&e);
}

/* The best of five: what disturbs a run only ever makes it longer. */
static double best_ns(unsigned rounds, void (*step)(void))
{
    double best = 1e300;
    for (int run = 0; run < 5; run++) {
        double start = now_ns();
        for (unsigned i = 0; i < rounds; i++)
            step();
        double ns = (now_ns() - start) / rounds;
        if (ns < best) best = ns;
    }
    return best;
}

static void measure(const char *name, size_t bytes, void (*step)(void))
{
    printf("%-36s %4zu B %8.1f ns\n", name, bytes, best_ns(ROUNDS, step));
}

/* Of each record; of a section's head its share. */
static void measure_sections(const char *name, uint32_t count, bool prevs, kith_slice fields)
{
    make_section(count, prevs, fields);
    double put = best_ns(ROUNDS / count, bench_sections_put) / count;
    double bytes = (double)body.len / count;
    double read = best_ns(ROUNDS / count, bench_sections_read) / count;
    printf("%-36s %6.1f B %6.1f ns written, %.1f ns read\n", name, bytes, put, read);
}

int main(void)
{
    measure("utf8_valid, ASCII", sizeof MESSAGE - 1, bench_utf8);
    measure("utf8_valid, three bytes a character", sizeof JAPANESE - 1, bench_utf8_japanese);
    measure("json_parse", sizeof MESSAGE - 1, bench_json_parse);
    measure("phx_decode, V2", sizeof MESSAGE - 1, bench_phx_decode_v2);
    measure("phx_decode, V1", sizeof V1 - 1, bench_phx_decode_v1);
    measure("phx_encode_reply, V2", 0, bench_reply);
    measure("diff: meta to finished frame", 0, bench_diff);
    measure("presence_fields", 0, bench_fields);
    measure_sections("section of one join or change", 1, false, KITH_LIT("{\"status\":\"away\"}"));
    measure_sections("record of 6000 joins", SNAPSHOT, false, KITH_LIT("{\"status\":\"online\"}"));
    measure_sections("record of 6000 changes, with prevs", SNAPSHOT, true,
                     KITH_LIT("{\"status\":\"away\"}"));
    measure_sections("record of 6000 with a text", SNAPSHOT, false,
                     KITH_LIT("{\"status\":\"away\",\"text\":\"lunch\"}"));
    return 0;
}
