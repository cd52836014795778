/* core/membership.c -- this node among the others: what it says of itself, whether it hears itself,
 * and whether it is the one of its name. */
#include "core/membership.h"

#include "base/assert.h"
#include "core/membership_state.h"

#include <stdlib.h>

enum {
    ECHO_PERIODS = 2,   /* without its own heartbeat for so many, it is isolated */
    LEAVINGS = 3,       /* how often it says that it leaves */
    LEAVING_PARTS = 10, /* of a heartbeat's period, from one of them to the next */
};

kith_err membership_check(const struct membership_options *o, kith_problem *why)
{
    if (o->name.len == 0 || o->name.len > NODE_NAME_BYTES_MAX)
        return problem(KITH_BAD, why, "a node's name has 1 to %d bytes, and this one %zu",
                       NODE_NAME_BYTES_MAX, o->name.len);
    if (o->heartbeat_ms == 0)
        return problem(KITH_BAD, why, "heartbeats need time between them; write 1000 ms");
    if (o->down_ms < 2ull * o->heartbeat_ms)
        return problem(KITH_BAD, why,
                       "down after %u ms is less than two heartbeats of %u ms: one that is late "
                       "would be a node's death; write at least %llu ms",
                       o->down_ms, o->heartbeat_ms, 2ull * o->heartbeat_ms);
    if (o->suspect_ms <= o->heartbeat_ms || o->suspect_ms >= o->down_ms)
        return problem(KITH_BAD, why,
                       "suspect after %u ms: it lies between a heartbeat (%u ms) and down (%u ms)",
                       o->suspect_ms, o->heartbeat_ms, o->down_ms);
    if (o->gone_ms <= o->down_ms)
        return problem(KITH_BAD, why,
                       "gone after %llu ms is not later than down (%u ms): what is forgotten at "
                       "once has to be sent again as a whole; write 20 minutes",
                       (unsigned long long)o->gone_ms, o->down_ms);
    return KITH_OK;
}

struct membership *membership_new(const struct membership_options *o)
{
    KITH_ASSERT(o->inc != 0 && membership_check(o, NULL) == KITH_OK);
    struct membership *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    m->o = *o;
    m->o.name = (kith_slice){0};
    m->state = NODE_JOINING;
    m->isolated = true;
    m->chance = o->seed;
    return m;
}

void membership_free(struct membership *m) { free(m); }

/* Out */

void membership_put(struct membership *m, struct membership_out out)
{
    KITH_ASSERT(m->out_count < OUTS_MAX);
    m->outs[m->out_count++] = out;
}

bool membership_next(struct membership *m, struct membership_out *out)
{
    if (m->out_taken == m->out_count) return false;
    *out = m->outs[m->out_taken++];
    return true;
}

void membership_say(struct membership *m, uint64_t to, bool want_reply, bool answers)
{
    if (!m->connected) return;
    membership_put(m, (struct membership_out){.kind = MEMBERSHIP_HEARTBEAT,
                                              .to = to,
                                              .state = m->state,
                                              .want_reply = want_reply,
                                              .answers = answers});
}

void membership_say_stale(struct membership *m, uint64_t now_ms, uint64_t *told_ms,
                          struct stale_run run)
{
    if (*told_ms && now_ms - *told_ms < m->o.heartbeat_ms) return;
    *told_ms = now_ms;
    membership_put(
        m, (struct membership_out){
               .kind = MEMBERSHIP_STALE, .to = run.old, .about = run.latest, .nid = run.nid});
}

bool membership_begins(struct membership *m)
{
    KITH_ASSERT(m->out_taken == m->out_count);
    m->out_taken = m->out_count = 0;
    return !m->over;
}

static void stop(struct membership *m, enum membership_kind why, uint64_t about)
{
    m->over = true;
    membership_put(m, (struct membership_out){.kind = why, .about = about});
}

/* Itself */

/* Who joins asks until it is up: an answer that is lost is not missed for long. */
static void speak(struct membership *m, uint64_t now_ms, bool want_reply)
{
    membership_say(m, 0, want_reply || m->state == NODE_JOINING, false);
    m->heartbeat_at = now_ms + m->o.heartbeat_ms;
}

static void say_that_it_leaves(struct membership *m, uint64_t now_ms)
{
    membership_say(m, 0, false, false);
    m->heartbeat_at = now_ms + m->o.heartbeat_ms / LEAVING_PARTS;
    if (++m->leavings == LEAVINGS) m->over = true;
}

static void isolate(struct membership *m)
{
    if (m->isolated) return;
    m->isolated = true;
    membership_put(m, (struct membership_out){.kind = MEMBERSHIP_ISOLATED, .isolated = true});
}

static void echo(struct membership *m, uint64_t now_ms)
{
    if (!m->connected) return; /* it was under way when the link went */
    m->echo_ms = now_ms;
    if (!m->isolated) return;
    m->isolated = false;
    m->calm_ms = now_ms;
    membership_put(m, (struct membership_out){.kind = MEMBERSHIP_ISOLATED, .isolated = false});
    if (m->state != NODE_LEAVING) speak(m, now_ms, true);
}

void membership_connected(struct membership *m, uint64_t now_ms, bool connected)
{
    if (!membership_begins(m) || m->connected == connected) return;
    m->connected = connected;
    m->echo_ms = now_ms;
    if (!connected)
        isolate(m);
    else if (m->state != NODE_LEAVING)
        speak(m, now_ms, true);
}

void membership_stalled(struct membership *m, uint64_t now_ms, uint64_t stood_ms)
{
    if (!membership_begins(m) || stood_ms <= LOOP_STALL_MS || m->isolated) return;
    isolate(m);
    if (m->state != NODE_LEAVING) speak(m, now_ms, true);
}

void membership_ready(struct membership *m, uint64_t now_ms)
{
    if (!membership_begins(m) || m->state != NODE_JOINING) return;
    m->state = NODE_UP;
    speak(m, now_ms, false);
}

void membership_leave(struct membership *m, uint64_t now_ms)
{
    if (!membership_begins(m) || m->state == NODE_LEAVING) return;
    m->state = NODE_LEAVING;
    say_that_it_leaves(m, now_ms);
}

/* Its name */

void membership_stale(struct membership *m, uint64_t now_ms, uint64_t inc)
{
    (void)now_ms;
    if (membership_begins(m) && inc > m->o.inc && m->state != NODE_LEAVING)
        stop(m, MEMBERSHIP_REPLACED, inc);
}

/* A later run that only joins has not replaced this one: it will find that the name is taken. Of
 * two that join, the later one does. */
static void answer_namesake(struct membership *m, const struct heartbeat *h)
{
    if (h->want_reply && (h->inc > m->o.inc || m->state == NODE_UP))
        membership_say(m, h->inc, false, true);
}

static void hear_own_name(struct membership *m, uint64_t now_ms, const struct heartbeat *h)
{
    if (h->inc == m->o.inc)
        echo(m, now_ms);
    else if (m->state == NODE_JOINING && h->answers && h->to_inbox && h->state != NODE_LEAVING)
        stop(m, MEMBERSHIP_NAME_TAKEN, h->inc);
    else if (h->state == NODE_JOINING)
        answer_namesake(m, h);
    else if (h->inc > m->o.inc && m->state != NODE_LEAVING)
        stop(m, MEMBERSHIP_REPLACED, h->inc);
    else if (h->inc < m->o.inc && m->state == NODE_UP)
        membership_say_stale(m, now_ms, &m->told_ms, (struct stale_run){h->nid, h->inc, m->o.inc});
}

void membership_heartbeat(struct membership *m, uint64_t now_ms, const struct heartbeat *h)
{
    if (!membership_begins(m) || h->inc == 0 || h->name.len == 0 ||
        h->name.len > NODE_NAME_BYTES_MAX)
        return;
    if (h->nid == m->o.nid)
        hear_own_name(m, now_ms, h);
    else
        membership_hear(m, now_ms, h);
}

/* Time */

static uint64_t echo_due(const struct membership *m)
{
    return m->echo_ms + (uint64_t)ECHO_PERIODS * m->o.heartbeat_ms;
}

uint64_t membership_tick(struct membership *m, uint64_t now_ms)
{
    if (!membership_begins(m)) return UINT64_MAX;
    if (now_ms > echo_due(m)) isolate(m);
    if (now_ms >= m->heartbeat_at) {
        if (m->state == NODE_LEAVING)
            say_that_it_leaves(m, now_ms);
        else
            speak(m, now_ms, false);
    }
    if (m->over) return UINT64_MAX;
    if (m->isolated) return m->heartbeat_at;
    membership_judge(m, now_ms);
    uint64_t due = membership_judge_at(m);
    if (echo_due(m) + 1 < due) due = echo_due(m) + 1;
    if (m->heartbeat_at < due) due = m->heartbeat_at;
    return due > now_ms ? due : now_ms + 1;
}

/* For metrics */

bool membership_next_peer(const struct membership *m, uint64_t now_ms, uint32_t *at,
                          struct peer_view *out)
{
    if (*at >= m->peers.count) return false;
    const struct peer *p = &m->peers.items[(*at)++];
    *out = (struct peer_view){.name = slice_of(p->name, p->name_len),
                              .nid = p->nid,
                              .inc = p->inc,
                              .state = p->state,
                              .leaving = p->leaving > 0,
                              .silent_ms = now_ms - p->heard_ms,
                              .via = p->via,
                              .features = p->features};
    return true;
}

enum node_state membership_state(const struct membership *m) { return m->state; }

bool membership_isolated(const struct membership *m) { return m->isolated; }

uint64_t membership_features(const struct membership *m)
{
    uint64_t all = m->o.features;
    for (uint32_t i = 0; i < m->peers.count; i++)
        if (m->peers.items[i].state != PEER_DOWN) all &= m->peers.items[i].features;
    return all;
}

uint64_t membership_refused(const struct membership *m) { return m->refused; }
