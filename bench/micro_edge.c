/* bench/micro_edge.c -- what a client's bytes cost on their whole way through a worker, from what
 * its socket read to what all are sent: upgrade, heartbeat, status, join. Without sockets: an
 * outbox is emptied as if the kernel had taken all. Without the store: its answers are at hand. */
#include "article.h"
#include "floors.h"
#include "micro.h"

#include "base/ids.h"
#include "edge/edge.h"
#include "edge/session.h"
#include "shard/shard.h"
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>

enum { USERS = 300, FRIENDS = 100, FIRST_ID = 1000000, SECOND_MS = 1000 };

static struct edge_options options;
static struct world *world;
static struct edge_context ctx;
static struct buf
    circles[USERS]; /* whom each watches, and is watched by: those nearest in a ring */
static struct client_end {
    struct edge edge;
    bool open, joined;
} ends[USERS];
static uint64_t frames, bytes; /* that all were sent */

/* The worker */

static void answer_store(void)
{
    for (struct mail *want; (want = mail_take(&world->wants)); mail_free(want)) {
        uint64_t user;
        if (want->type != MAIL_WANT_WATCHED || !slice_u64(mail_a(want), &user)) continue;
        kith_slice ids = buf_slice(&circles[user - FIRST_ID]);
        struct mail *m = micro_have(mail_new(MAIL_WATCHED, ids, (kith_slice){0}, (kith_slice){0}));
        m->handle = want->handle;
        m->serial = want->serial;
        shard_receive(world, m);
    }
}

static void empty_outbox(uint32_t slot)
{
    struct outbox *o = &clients_at(world->clients, slot)->outbox;
    kith_slice pieces[64];
    for (size_t n; (n = outbox_peek(o, pieces, 64));) {
        size_t sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += pieces[i].len;
        clients_sent(world->clients, slot, sum);
        frames += n;
        bytes += sum;
    }
}

/* A turn, and those that follow of it; nobody's presence waits for a free moment. */
static void settle(void)
{
    do {
        (void)shard_tick(world);
        (void)session_news(world);
        answer_store();
        (void)clients_release(world->clients, UINT32_MAX, 0);
        for (uint32_t slot; (slot = clients_next_dirty(world->clients)) != UINT32_MAX;)
            empty_outbox(slot);
    } while (world->news.first || shard_due(world) <= world->now.mono_ms);
}

/* The clients */

static void feed(uint32_t user, uint8_t *text, size_t len)
{
    size_t need = 0;
    if (edge_feed(&ends[user].edge, text, len, &need) != len)
        die("an edge has not taken what its client sent");
    settle();
}

static void come(uint32_t user)
{
    char text[256];
    uint32_t slot;
    int len = snprintf(text, sizeof text,
                       "GET /socket/websocket?vsn=2.0.0&user_id=%u HTTP/1.1\r\n"
                       "Host: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                       "Sec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                       FIRST_ID + user);
    micro_must(clients_open(world->clients, &slot));
    edge_init(&ends[user].edge, &ctx, slot);
    ends[user].open = true;
    feed(user, (uint8_t *)text, (size_t)len);
}

static void go(uint32_t user)
{
    if (!ends[user].open) return;
    edge_fini(&ends[user].edge, 0);
    clients_close(world->clients, ends[user].edge.slot);
    ends[user].open = ends[user].joined = false;
}

/* Masked with zeros, which leaves the text as it is. */
static void say(uint32_t user, const char *fmt)
{
    uint8_t frame[6 + 125];
    int len = snprintf((char *)frame + 6, 125, fmt, FIRST_ID + user);
    memcpy(frame, (const uint8_t[]){0x81, (uint8_t)(0x80 | len), 0, 0, 0, 0}, 6);
    feed(user, frame, 6 + (size_t)len);
}

static void join(uint32_t user)
{
    say(user, "[\"1\",\"1\",\"user:%u\",\"phx_join\",{}]");
    ends[user].joined = true;
}

/* Set up */

static void befriend(uint32_t user)
{
    char id[16];
    for (uint32_t i = 1; i <= FRIENDS / 2; i++) {
        snprintf(id, sizeof id, "%u", FIRST_ID + (user + i) % USERS);
        ids_put(&circles[user], slice_str(id));
        snprintf(id, sizeof id, "%u", FIRST_ID + (user + USERS - i) % USERS);
        ids_put(&circles[user], slice_str(id));
    }
}

static void all_join(void)
{
    for (uint32_t i = 0; i < USERS; i++) {
        if (!ends[i].open) come(i);
        if (!ends[i].joined) join(i);
    }
}

static void begin(uint32_t held)
{
    (void)held;
    world = micro_have(shard_new(&(struct world_options){.count = 1,
                                                         .node = "here",
                                                         .inc = 77,
                                                         .ref_key = {1, 2},
                                                         .hash_key = {3, 4},
                                                         .resume_keys = {{5, 6}, {7, 8}},
                                                         .join_wait_ms = JOIN_WAIT_MS,
                                                         .outbox_bytes_max = OUTBOX_BYTES_MAX}));
    world->now = (struct now){.mono_ms = 100000, .unix_ms = 1795487065000};
    options = article_options();
    ctx = (struct edge_context){.options = &options, .world = world};
    for (uint32_t i = 0; i < USERS; i++)
        befriend(i);
    all_join();
    floor_lines_begin(USERS);
}

static void end(void)
{
    floor_lines_end();
    for (uint32_t i = 0; i < USERS; i++) {
        go(i);
        buf_fini(&circles[i]);
        circles[i] = (struct buf){0};
    }
    settle();
    shard_free(world);
}

/* Jobs: each of some users does something, a second later than before; and what all have been sent
 * is what it must be. */

static void pass(void)
{
    world->now.mono_ms += SECOND_MS;
    world->now.unix_ms += SECOND_MS;
    settle();
}

static void sent_begin(void) { frames = bytes = 0; }

static void sent_must_be(uint64_t each, uint32_t ops)
{
    if (frames != each * ops) die("%u times: %llu frames", ops, (unsigned long long)frames);
}

static void all_there(uint32_t ops)
{
    (void)ops;
    all_join();
    pass();
}

static void run_heartbeat(uint32_t ops)
{
    sent_begin();
    for (uint32_t i = 0; i < ops; i++)
        say(i, "[null,\"%u\",\"phoenix\",\"heartbeat\",{}]");
    sent_must_be(1, ops);
}

static void run_status(uint32_t ops)
{
    static uint32_t times;
    const char *text = times++ % 2 ? "[\"1\",\"2\",\"user:%u\",\"status\",{\"status\":\"online\"}]"
                                   : "[\"1\",\"2\",\"user:%u\",\"status\",{\"status\":\"away\"}]";
    sent_begin();
    for (uint32_t i = 0; i < ops; i++)
        say(i, text);
    sent_must_be(1 + FRIENDS, ops);
}

/* Every third of them, so that they have friends who stay. */
static void leave(uint32_t ops)
{
    for (uint32_t i = 0; i < ops; i++)
        go(3 * i);
    pass();
}

static void leave_and_come(uint32_t ops)
{
    leave(ops);
    for (uint32_t i = 0; i < ops; i++)
        come(3 * i);
}

static void run_come(uint32_t ops)
{
    sent_begin();
    for (uint32_t i = 0; i < ops; i++)
        come(3 * i);
    sent_must_be(1, ops);
}

static void run_join(uint32_t ops)
{
    sent_begin();
    for (uint32_t i = 0; i < ops; i++)
        join(3 * i);
    if (frames < FRIENDS / 2 * ops) die("friends were not told: %llu", (unsigned long long)frames);
}

/* Floors: what was sent once, and a pointer for each frame */

static void bare_frames(uint32_t ops)
{
    static uint8_t made[65536];
    uint64_t each = bytes / ops;
    floor_allocate(made, each < sizeof made ? each : sizeof made, ops);
    floor_push((uint32_t)frames);
}

#define FLOOR "its bytes copied, a pointer a frame"

static const struct micro jobs[] = {
    {"edge_upgrade", "request to answer", FLOOR, 100, 50, leave, run_come, bare_frames},
    {"edge_heartbeat", "message to reply", FLOOR, USERS, 100, all_there, run_heartbeat,
     bare_frames},
    {"edge_status", "message to 100 friends", FLOOR, USERS, 30, all_there, run_status, bare_frames},
    {"edge_join", "message to state, and 100 friends told", FLOOR, 100, 30, leave_and_come,
     run_join, bare_frames},
};

int main(int argc, char **argv)
{
    static const struct micro_set sets[] = {
        {begin, end, USERS, USERS, jobs, MICRO_COUNT(jobs), NULL}};
    return micro_main(argc, argv, "What a client's bytes cost in a worker, without sockets.", sets,
                      MICRO_COUNT(sets));
}
