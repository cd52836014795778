/* bench/micro_fanout.c -- what it costs a shard to tell many clients of one user, whole and a part
 * a turn; and what it costs when the user shows itself to all of them, or hides. Without sockets:
 * an outbox is emptied as if the kernel had taken all. Of times, the best of some rounds. */
#include "base/ids.h"
#include "shard/shard.h"
#include "shard/sight_mail.h"
#include "shard/social.h"
#include "shard/states.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FRIENDS = 100, ROUNDS = 10, WATCHERS_MAX = 100000 };

struct crowd {
    struct world *w;
    uint32_t count, star;
    uint32_t slots[WATCHERS_MAX];
    char names[WATCHERS_MAX][16];
    uint32_t turns; /* of the latest change */
    double longest_ms;
};

static struct crowd crowd;

/* Of this program alone. */
static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void must(bool good)
{
    if (good) return;
    fprintf(stderr, "micro_fanout: out of memory\n");
    exit(1);
}

static uint32_t join(struct world *w, const char *user, kith_slice watches)
{
    uint32_t slot;
    must(clients_open(w->clients, &slot) == KITH_OK);
    must(social_join(w, slot,
                     &(struct social_join){.form = KITH_SOCIAL_FRIENDS,
                                           .user = slice_str(user),
                                           .topic = KITH_LIT("friends"),
                                           .join_ref = KITH_LIT("1"),
                                           .ref = KITH_LIT("1")}) == KITH_OK);
    struct mail *want = mail_take(&w->wants);
    must(want);
    states_watched(w, want->handle, want->serial, watches, false);
    mail_free(want);
    return slot;
}

static void empty_outboxes(struct world *w)
{
    kith_slice frame;
    for (uint32_t slot; (slot = clients_next_dirty(w->clients)) != UINT32_MAX;)
        while (outbox_peek(&clients_at(w->clients, slot)->outbox, &frame, 1))
            clients_sent(w->clients, slot, frame.len);
    for (struct mail *m; (m = mail_take(&w->news));)
        mail_free(m);
}

/* Turns until nothing is due; how long they took, and the longest. */
static double settle(struct world *w)
{
    double sum = 0;
    crowd.turns = 0;
    crowd.longest_ms = 0;
    do {
        double begin = now_us();
        (void)shard_tick(w);
        double took = now_us() - begin;
        sum += took;
        crowd.turns++;
        if (took > crowd.longest_ms * 1e3) crowd.longest_ms = took / 1e3;
        empty_outboxes(w);
    } while (shard_due(w) <= w->now.mono_ms);
    return sum;
}

/* A star and so many who watch it, and FRIENDS more that are offline. */
static void fill(uint32_t count, uint32_t per_turn)
{
    struct buf ids = {0};
    char id[32];
    crowd = (struct crowd){.count = count,
                           .w = shard_new(&(struct world_options){.count = 1,
                                                                  .node = "here",
                                                                  .hash_key = {1, 2},
                                                                  .join_wait_ms = 5000,
                                                                  .hot_audience = UINT32_MAX,
                                                                  .spread_per_turn = per_turn,
                                                                  .outbox_bytes_max = 65536})};
    must(crowd.w);
    crowd.star = join(crowd.w, "star", (kith_slice){0});
    for (int i = 0; i < FRIENDS; i++) {
        snprintf(id, sizeof id, "friend%d", i);
        ids_put(&ids, slice_str(id));
    }
    ids_put(&ids, KITH_LIT("star"));
    for (uint32_t i = 0; i < count; i++) {
        snprintf(crowd.names[i], sizeof crowd.names[i], "%u", i);
        crowd.slots[i] = join(crowd.w, crowd.names[i], buf_slice(&ids));
        if (i % 200 == 199) (void)settle(crowd.w);
    }
    (void)settle(crowd.w);
    buf_fini(&ids);
}

static void empty(void)
{
    social_lost(crowd.w, crowd.star, 0);
    for (uint32_t i = 0; i < crowd.count; i++)
        social_lost(crowd.w, crowd.slots[i], 0);
    (void)settle(crowd.w);
    shard_free(crowd.w);
}

static double say_status(uint32_t round)
{
    static const char *const fields[] = {"{\"status\":\"away\"}", "{\"status\":\"online\"}"};
    struct frame *reply = frame_of(KITH_LIT("{}"));
    must(reply);
    double begin = now_us();
    must(social_status(crowd.w, crowd.star, slice_str(fields[round % 2]), reply) == KITH_OK);
    double took = now_us() - begin;
    crowd.w->now.mono_ms += 1000;
    return took;
}

static void bench_status(uint32_t count, uint32_t per_turn, const char *how)
{
    double least = 1e18, longest = 0, first = 0;
    fill(count, per_turn);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        double begun = say_status(round), sum = begun + settle(crowd.w);
        if (sum >= least) continue;
        least = sum;
        longest = begun / 1e3 > crowd.longest_ms ? begun / 1e3 : crowd.longest_ms;
        first = begun;
    }
    printf("%-7s to %6u: %6.1f ns a delivery, %4u turns, the longest %7.3f ms, begun in %6.0f us\n",
           how, count, least * 1e3 / count, crowd.turns, longest, first);
    empty();
}

/* Its least sum over the rounds, with the turns and the longest of that. */
struct sight_cost {
    double sum_ms, longest_ms;
    unsigned turns;
};

static void sight(bool sees, struct sight_cost *least)
{
    struct buf ids = {0};
    for (uint32_t i = 0; i < crowd.count; i++)
        ids_put(&ids, slice_str(crowd.names[i]));
    struct sight_lists lists = {0};
    *(sees ? &lists.gained : &lists.lost) = buf_slice(&ids);
    struct mail *m = sight_mail(KITH_LIT("star"), &lists);
    must(m);
    buf_fini(&ids);
    double begin = now_us();
    shard_receive(crowd.w, m);
    double taken = (now_us() - begin) / 1e3, sum = taken + settle(crowd.w) / 1e3;
    for (struct mail *seen; (seen = mail_take(&crowd.w->wants));)
        mail_free(seen);
    if (sum < least->sum_ms)
        *least = (struct sight_cost){sum, taken > crowd.longest_ms ? taken : crowd.longest_ms,
                                     crowd.turns};
}

static void bench_sight(uint32_t count)
{
    struct sight_cost hides = {.sum_ms = 1e18}, shows = hides;
    fill(count, 0);
    for (int round = 0; round < ROUNDS; round++) {
        sight(false, &hides);
        sight(true, &shows);
    }
    printf("%6u who each watch %d: one hides from them in %.1f ms, %u turns, the longest %.2f ms; "
           "shows itself in %.1f ms, %u turns, the longest %.2f ms\n",
           count, FRIENDS, hides.sum_ms, hides.turns, hides.longest_ms, shows.sum_ms, shows.turns,
           shows.longest_ms);
    empty();
}

int main(void)
{
    static const uint32_t counts[] = {100, 1000, 10000, WATCHERS_MAX};
    for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++) {
        bench_status(counts[i], UINT32_MAX, "whole");
        bench_status(counts[i], 0, "sliced");
    }
    bench_sight(1000);
    bench_sight(10000);
    bench_sight(WATCHERS_MAX);
    return 0;
}
