/* core/membership_state.h -- what the parts of membership share: the state, and how they put
 * something out. */
#pragma once

#include "core/member.h"
#include "core/peers.h"

/* The most that one input puts out: of each peer a heartbeat and two asks, and a few of its own. */
enum { OUTS_MAX = 3 * PEERS_MAX + 8 };

struct membership {
    struct membership_options o; /* without the name, which only the check reads */
    enum node_state state;
    bool connected, isolated;
    bool over;             /* it has left, or has to stop: nothing goes in or out any more */
    uint8_t leavings;      /* how often it has said that it leaves */
    uint64_t heartbeat_at; /* the next own one, ms */
    uint64_t echo_ms;      /* when it heard itself, or the link came up */
    uint64_t calm_ms;      /* when it was isolated last: nobody's silence counts from before */
    uint64_t told_ms;      /* when an older run of its own name was told that it is stale */
    uint64_t refused, chance;
    uint32_t out_count, out_taken;
    struct membership_out outs[OUTS_MAX];
    struct peers peers;
};

/* An input begins: what the one before put out has been taken. False: it is over. */
bool membership_begins(struct membership *m);

void membership_put(struct membership *m, struct membership_out out);

/* A heartbeat to `to`, if the link is up. */
void membership_say(struct membership *m, uint64_t to, bool want_reply, bool answers);

/* Tells the run `old` of a name that `latest` is known; not twice within a heartbeat. */
struct stale_run {
    uint64_t nid, old, latest;
};
void membership_say_stale(struct membership *m, uint64_t now_ms, uint64_t *told_ms,
                          struct stale_run run);

/* A heartbeat of another name's. */
void membership_hear(struct membership *m, uint64_t now_ms, const struct heartbeat *h);

/* What is due of all peers, while not isolated; and when there is more. */
void membership_judge(struct membership *m, uint64_t now_ms);
uint64_t membership_judge_at(const struct membership *m);
