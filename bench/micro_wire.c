/* bench/micro_wire.c -- what a message costs on its way through src/wire: nanoseconds each. */
#include "wire/json.h"
#include "wire/phx.h"
#include "wire/presence.h"

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

/* The best of five: what disturbs a run only ever makes it longer. */
static void measure(const char *name, size_t bytes, void (*step)(void))
{
    double best = 1e300;
    for (int run = 0; run < 5; run++) {
        double start = now_ns();
        for (unsigned i = 0; i < ROUNDS; i++)
            step();
        double ns = (now_ns() - start) / ROUNDS;
        if (ns < best) best = ns;
    }
    printf("%-36s %4zu B %8.1f ns\n", name, bytes, best);
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
    return 0;
}
