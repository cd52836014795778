/* tests/fuzz/fuzz_cluster.c -- a node among others that say anything, under the right key: a script
 * of their frames, of time, and of sessions of its own. Those that live are there whatever is said
 * of them; and once nobody is heard any more, nobody else is. */
#include "shard/net_nodes.h"

#include "base/assert.h"
#include "mutate_steps.h"
#include "wire/node.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum {
    OTHERS = 4,
    USERS = 4,
    STEP_MS = 20,
    PASS_MS = 1000,
    SILENT_MS = 120000, /* more than all that is kept of who is not heard */
    SCRIPT_MS = 90000,  /* at most, so that one input takes no second */
    HEAD = 6            /* of a frame's step: what, who, type, how, and how long its body is */
};

enum what { FRAME, RAW, TIME, COME, SAY, LOSE, WHATS };

static struct net net;
static uint64_t numbers[OTHERS][2]; /* of the frames of each, to all and to this node */
static bool live[USERS];
static const char *const users[USERS] = {"1", "2", "500", "x"};

static uint64_t inc_of(unsigned node) { return (uint64_t)(node + 1) << 24 | 5; }

/* Steps */

static size_t body_len(kith_slice step)
{
    size_t n = (size_t)step.ptr[4] | (size_t)step.ptr[5] << 8, room = step.len - HEAD;
    return n < room ? n : room;
}

static size_t step_length(kith_slice rest)
{
    enum what what = rest.ptr[0] % WHATS;
    size_t n = what <= RAW && rest.len >= HEAD ? HEAD + body_len(rest) : 2;
    return n < rest.len ? n : rest.len;
}

static void hear(kith_slice step)
{
    unsigned other = step.ptr[1] % OTHERS;
    char name[8];
    bool inbox = step.ptr[3] & 1, numbered = step.ptr[3] & 2;
    struct node_head h = {.type = step.ptr[2],
                          .flags = step.ptr[3] >> 2,
                          .cluster = node_cluster(KITH_LIT("people")),
                          .inc = inc_of(other + 1),
                          .to = inbox ? inc_of(0) : 0};
    const struct siphash_key key = {7, 8};
    struct buf frame = {0};
    (void)snprintf(name, sizeof name, "n%u", other + 1);
    h.nid = node_id(slice_str(name));
    if (numbered) h.number = ++numbers[other][inbox];
    size_t begun = node_begin(&frame);
    buf_put(&frame, slice_of(step.ptr + HEAD, body_len(step)));
    KITH_ASSERT(node_end(&frame, begun, &h, &key) == KITH_OK);
    cluster_receive(net.nodes[0].w[0], inbox, buf_slice(&frame));
    buf_fini(&frame);
}

static void pass(uint64_t ms, uint64_t step_ms)
{
    for (uint64_t end = net.now.mono_ms + ms; net.now.mono_ms < end;) {
        net.now.mono_ms += step_ms;
        net.now.unix_ms += step_ms;
        for (unsigned s = 0; s < NODE_SHARDS; s++)
            net.nodes[0].w[s]->now = net.now;
        net_settle(&net);
    }
}

static void act(enum what what, unsigned which)
{
    unsigned user = which % USERS;
    uint64_t number = user + 1, device = which & 64 ? 33 : 0;
    if (what == COME && !live[user]) come(&net, 0, users[user], number, device);
    if (what == COME) live[user] = true;
    if (what == SAY && live[user]) say(&net, 0, users[user], number, which & 32 ? "away" : "busy");
    if (what == LOSE && live[user])
        lose(&net, 0, users[user], number, device, which & 32 ? 5000 : 0);
    if (what == LOSE) live[user] = false;
}

static void do_step(kith_slice step)
{
    enum what what = step.ptr[0] % WHATS;
    if (step.len < 2 || (what <= RAW && step.len < HEAD)) return;
    if (what == FRAME) hear(step);
    if (what == RAW)
        cluster_receive(net.nodes[0].w[0], step.ptr[1] & 1,
                        slice_of(step.ptr + HEAD, body_len(step)));
    if (what == TIME && net.now.mono_ms < SCRIPT_MS) pass(step.ptr[1] * STEP_MS, STEP_MS);
    if (what > TIME) act(what, step.ptr[1]);
    net_settle(&net);
}

/* What is held against it */

/* A later run of its name makes it end, and nothing is promised of it any more. */
static bool goes_on(void)
{
    enum cluster_state now = cluster_state(net.nodes[0].w[0]);
    return now == CLUSTER_JOINING || now == CLUSTER_UP;
}

static void check_live(void)
{
    for (unsigned i = 0; i < USERS; i++)
        if (live[i]) KITH_ASSERT(listed(&net, 0, users[i], NULL) > 0);
}

static uint64_t present(void)
{
    uint64_t n = 0;
    for (unsigned s = 0; s < NODE_SHARDS; s++)
        n += presence_count(net.nodes[0].w[s]->presence);
    return n;
}

static void end(void)
{
    unsigned lives = 0;
    pass(SILENT_MS, PASS_MS);
    for (unsigned i = 0; i < USERS; i++)
        lives += live[i];
    if (goes_on()) {
        check_live();
        KITH_ASSERT(present() == lives);
    }
    net_end(&net);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const struct step_form form = {.length = step_length};
    net = (struct net){.count = 1, .now = {.mono_ms = 1000, .unix_ms = 1795487065000}};
    node_start(&net, 0, inc_of(0));
    memset(numbers, 0, sizeof numbers);
    memset(live, 0, sizeof live);
    for (kith_slice rest = slice_of(bytes, len); rest.len;) {
        do_step(take_step(&form, &rest));
        if (goes_on()) check_live();
    }
    end();
    return 0;
}

/* The body of a frame changes, and what is said of its length with it. */
static void change(struct buf *out, kith_slice step, uint64_t *seed)
{
    struct buf body = {0};
    bool framed = step.ptr[0] % WHATS <= RAW && step.len >= HEAD;
    if (!framed || chance_below(seed, 4) == 0) {
        mutate_bytes(out, step);
        return;
    }
    mutate_bytes(&body, slice_of(step.ptr + HEAD, body_len(step)));
    if (body.len > UINT16_MAX) body.len = UINT16_MAX;
    buf_put(out, slice_head(step, 4));
    buf_putc(out, (uint8_t)body.len);
    buf_putc(out, (uint8_t)(body.len >> 8));
    buf_put(out, buf_slice(&body));
    buf_fini(&body);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    static const struct step_form form = {.length = step_length, .change = change};
    uint64_t chance = seed;
    struct buf made = {0};
    mutate_steps(&made, slice_of(data, size), &form, &chance);
    return mutate_end(&made, data, size_max);
}
