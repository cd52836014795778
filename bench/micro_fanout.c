/* bench/micro_fanout.c -- what it costs a shard to tell many clients of one user, whole and a part
 * a turn; what it costs when the user shows itself to all of them, or hides; and what a join costs
 * whom all friends hear of. Without sockets: an outbox is emptied as if the kernel had taken all.
 */
#include "floors.h"
#include "micro.h"

#include "base/ids.h"
#include "shard/shard.h"
#include "shard/sight_mail.h"
#include "shard/social.h"
#include "shard/states.h"
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>

enum { FRIENDS = 100, WATCHERS_MAX = 100000, STATUS_MS = 1000 };

static struct crowd {
    struct world *w;
    uint32_t count, star;
    uint32_t slots[WATCHERS_MAX];
    char names[WATCHERS_MAX][16];
    uint64_t star_bytes, sent_bytes; /* to the star, to all others */
    uint32_t flips, turns;           /* of the latest change */
    double longest_ms;
} crowd;

static uint32_t join(const char *user, kith_slice watches)
{
    struct world *w = crowd.w;
    uint32_t slot;
    micro_must(clients_open(w->clients, &slot));
    micro_must(social_join(w, slot,
                           &(struct social_join){.form = KITH_SOCIAL_FRIENDS,
                                                 .user = slice_str(user),
                                                 .name = KITH_LIT("friends1"),
                                                 .topic_len = 7,
                                                 .ref = KITH_LIT("1")}));
    for (struct mail *want; (want = mail_take(&w->wants)); mail_free(want))
        if (want->type == MAIL_WANT_WATCHED)
            states_watched(w, want->handle, want->serial, watches, false);
    return slot;
}

/* The sink. */
static void empty_outboxes(void)
{
    struct world *w = crowd.w;
    kith_slice frame;
    (void)clients_release(w->clients, UINT32_MAX, 0);
    for (uint32_t slot; (slot = clients_next_dirty(w->clients)) != UINT32_MAX;)
        while (outbox_peek(&clients_at(w->clients, slot)->outbox, &frame, 1)) {
            *(slot == crowd.star ? &crowd.star_bytes : &crowd.sent_bytes) += frame.len;
            clients_sent(w->clients, slot, frame.len);
        }
    for (struct mail *m; (m = mail_take(&w->news));)
        mail_free(m);
}

/* Turns until nothing is due. */
static void settle(void)
{
    crowd.turns = 0;
    do {
        (void)shard_tick(crowd.w);
        empty_outboxes();
        crowd.turns++;
    } while (shard_due(crowd.w) <= crowd.w->now.mono_ms);
}

/* The longest turn of a change, the beginning of which took `begun_us`. */
static void settle_timed(double begun_us)
{
    crowd.longest_ms = begun_us / 1e3;
    crowd.turns = 0;
    do {
        double began = cpu_us(0);
        (void)shard_tick(crowd.w);
        double ms = (cpu_us(0) - began) / 1e3;
        if (ms > crowd.longest_ms) crowd.longest_ms = ms;
        empty_outboxes();
        crowd.turns++;
    } while (shard_due(crowd.w) <= crowd.w->now.mono_ms);
}

static void open_world(uint32_t per_turn)
{
    crowd.w = micro_have(shard_new(&(struct world_options){.count = 1,
                                                           .node = "here",
                                                           .hash_key = {1, 2},
                                                           .join_wait_ms = 5000,
                                                           .hot_audience = UINT32_MAX,
                                                           .spread_per_turn = per_turn,
                                                           .outbox_bytes_max = 65536}));
}

/* A star and so many who watch it, and FRIENDS more that are offline. */
static void fill(uint32_t count, uint32_t per_turn)
{
    struct buf ids = {0};
    char id[32];
    crowd = (struct crowd){.count = count};
    open_world(per_turn);
    crowd.star = join("star", (kith_slice){0});
    for (int i = 0; i < FRIENDS; i++) {
        snprintf(id, sizeof id, "friend%d", i);
        ids_put(&ids, slice_str(id));
    }
    ids_put(&ids, KITH_LIT("star"));
    for (uint32_t i = 0; i < count; i++) {
        snprintf(crowd.names[i], sizeof crowd.names[i], "%u", i);
        crowd.slots[i] = join(crowd.names[i], buf_slice(&ids));
        if (i % 200 == 199) settle();
    }
    settle();
    buf_fini(&ids);
    floor_lines_begin(count);
}

static void fill_whole(uint32_t count) { fill(count, UINT32_MAX); }
static void fill_sliced(uint32_t count) { fill(count, 0); }

static void drain(void)
{
    floor_lines_end();
    social_lost(crowd.w, crowd.star, 0);
    for (uint32_t i = 0; i < crowd.count; i++)
        social_lost(crowd.w, crowd.slots[i], 0);
    settle();
    shard_free(crowd.w);
}

/* The star changes its status: a delivery each. */

static void say_status(void)
{
    static const char *const fields[] = {"{\"status\":\"away\"}", "{\"status\":\"online\"}"};
    struct frame *reply = micro_have(frame_of(KITH_LIT("{}")));
    micro_must(social_status(crowd.w, crowd.star, slice_str(fields[crowd.flips++ % 2]), reply));
    crowd.w->now.mono_ms += STATUS_MS;
}

static void run_status(uint32_t ops)
{
    for (uint32_t i = 0; i < ops; i += crowd.count) {
        say_status();
        settle();
    }
}

static void note_turns(struct figures *f, uint32_t held, const char *what)
{
    char name[96];
    snprintf(name, sizeof name, "%s of %u: turns", what, held);
    figures_add(f, "turns", crowd.turns, none, name);
    snprintf(name, sizeof name, "%s of %u: the longest turn", what, held);
    figures_add(f, "ms", crowd.longest_ms, none, name);
}

static void note_status(struct figures *f, uint32_t held)
{
    enum { TIMES = 5 };
    for (int i = 0; i < TIMES; i++) {
        double began = cpu_us(0);
        say_status();
        settle_timed(cpu_us(0) - began);
        note_turns(f, held, "a status");
    }
}

static void bare_push(uint32_t ops) { floor_push(ops); }

/* The star is no longer seen by any of them, or is again. */

static void sight(bool sees)
{
    struct buf ids = {0};
    for (uint32_t i = 0; i < crowd.count; i++)
        ids_put(&ids, slice_str(crowd.names[i]));
    struct sight_lists lists = {0};
    *(sees ? &lists.gained : &lists.lost) = buf_slice(&ids);
    struct mail *m = micro_have(sight_mail(KITH_LIT("star"), &lists));
    buf_fini(&ids);
    shard_receive(crowd.w, m);
    settle();
    for (struct mail *seen; (seen = mail_take(&crowd.w->wants));)
        mail_free(seen);
}

static void run_sight(uint32_t ops) /* both, so that all is as before */
{
    for (uint32_t i = 0; i < ops; i += crowd.count) {
        sight(false);
        sight(true);
    }
}

static void bare_sight(uint32_t ops) { floor_push(2 * ops); }

/* Joins among friends who are all online */

enum { OTHERS = 300 };

static struct buf
    circles[OTHERS];        /* whom each watches, and is watched by: those nearest in a ring */
static uint64_t made_bytes; /* for a join: a state and a diff */

static void befriend(uint32_t user)
{
    char id[16];
    for (uint32_t other = 0; other < OTHERS; other++) { /* sorted, as the store has them */
        uint32_t steps = (other + OTHERS - user) % OTHERS;
        if (steps == 0 || (steps > FRIENDS / 2 && OTHERS - steps > FRIENDS / 2)) continue;
        snprintf(id, sizeof id, "%u", 1000000 + other);
        ids_put(&circles[user], slice_str(id));
    }
}

static void join_nth(uint32_t user)
{
    crowd.star = crowd.slots[user] = join(crowd.names[user], buf_slice(&circles[user]));
}

static void meet(uint32_t held)
{
    (void)held;
    crowd = (struct crowd){.count = OTHERS};
    open_world(UINT32_MAX);
    for (uint32_t i = 0; i < OTHERS; i++) {
        snprintf(crowd.names[i], sizeof crowd.names[i], "%u", 1000000 + i);
        befriend(i);
        join_nth(i);
    }
    settle();
    floor_lines_begin(OTHERS);
}

static void part(void)
{
    floor_lines_end();
    for (uint32_t i = 0; i < OTHERS; i++) {
        social_lost(crowd.w, crowd.slots[i], 0);
        buf_fini(&circles[i]);
        circles[i] = (struct buf){0};
    }
    settle();
    shard_free(crowd.w);
}

/* Every third of them goes, and the others stay. */
static void leave(uint32_t ops)
{
    for (uint32_t i = 0; i < ops; i++) {
        social_lost(crowd.w, crowd.slots[3 * i], 0);
        clients_close(crowd.w->clients, crowd.slots[3 * i]);
    }
    crowd.w->now.mono_ms += STATUS_MS;
    settle();
}

static void run_join(uint32_t ops)
{
    crowd.star_bytes = crowd.sent_bytes = 0;
    for (uint32_t i = 0; i < ops; i++) {
        join_nth(3 * i);
        settle();
    }
    made_bytes = (crowd.star_bytes + crowd.sent_bytes / FRIENDS) / ops;
    if (crowd.sent_bytes == 0) die("nobody was told of a join");
}

/* What the one hears and what each other hears, copied once; and a pointer for each who is told. */
static void bare_join(uint32_t ops)
{
    static uint8_t made[65536];
    floor_allocate(made, made_bytes < sizeof made ? made_bytes : sizeof made, ops);
    floor_push(ops * FRIENDS);
}

#define PUSH "a pointer, and a count"

static const struct micro to_100[] = {
    {"tell_100", "a delivery to one of 100", PUSH, 20000, 2000, NULL, run_status, bare_push}};
static const struct micro to_1000[] = {
    {"tell_1000", "a delivery to one of 1000", PUSH, 50000, 5000, NULL, run_status, bare_push},
    {"sight_1000", "hidden from one of 1000, and seen again", PUSH, 10000, 2000, NULL, run_sight,
     bare_sight}};
static const struct micro to_1000_sliced[] = {
    {"tell_1000_sliced", "of 1000, a part a turn", PUSH, 50000, 5000, NULL, run_status, bare_push}};
static const struct micro to_10000[] = {
    {"tell_10000", "a delivery to one of 10000", PUSH, 50000, 0, NULL, run_status, bare_push},
    {"sight_10000", "hidden from one of 10000, and seen again", PUSH, 20000, 0, NULL, run_sight,
     bare_sight}};
static const struct micro to_all[] = {{"tell_100000", "of 100000, a part a turn", PUSH,
                                       WATCHERS_MAX, 0, NULL, run_status, bare_push}};
static const struct micro joins[] = {{"join", "told to 100 friends, who are in its state",
                                      "its bytes copied, 100 pointers", 100, 50, leave, run_join,
                                      bare_join}};

int main(int argc, char **argv)
{
    static const struct micro_set sets[] = {
        {fill_whole, drain, 100, 100, to_100, MICRO_COUNT(to_100), NULL},
        {fill_whole, drain, 1000, 1000, to_1000, MICRO_COUNT(to_1000), note_status},
        {fill_sliced, drain, 1000, 1000, to_1000_sliced, MICRO_COUNT(to_1000_sliced), NULL},
        {fill_whole, drain, 10000, 0, to_10000, MICRO_COUNT(to_10000), NULL},
        {fill_sliced, drain, WATCHERS_MAX, 0, to_all, MICRO_COUNT(to_all), note_status},
        {meet, part, OTHERS, OTHERS, joins, MICRO_COUNT(joins), NULL}};
    return micro_main(argc, argv, "What it costs a shard to tell many of one, without sockets.",
                      sets, MICRO_COUNT(sets));
}
