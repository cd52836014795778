/* core/membership_peers.c -- the others: who came, who is silent, whom to ask about it, and who is
 * taken for dead. */
#include "base/chance.h"
#include "base/mutant.h"
#include "core/membership.h"
#include "core/membership_state.h"

#include <string.h>

enum {
    LEAVINGS_HEARD = 3, /* of a peer that goes, after which no more is waited for */
    LEAVING_PERIODS = 2 /* or a silence of so many heartbeats */
};

static void put_peer(struct membership *m, enum membership_kind kind, const struct peer *p)
{
    membership_put(m, (struct membership_out){.kind = kind, .about = p->inc, .via = p->via});
}

/* What a peer comes to */

static void go_down(struct membership *m, struct peer *p, bool left)
{
    if (p->state == PEER_DOWN) return;
    p->state = PEER_DOWN;
    p->via = 0;
    membership_put(m,
                   (struct membership_out){.kind = MEMBERSHIP_DOWN, .about = p->inc, .left = left});
}

static void forget(struct membership *m, uint64_t now_ms, struct peer *p, bool left)
{
    go_down(m, p, left);
    put_peer(m, MEMBERSHIP_GONE, p);
    peers_remove(&m->peers, p, now_ms, left);
}

/* With all places taken, who has been silent for longest makes room, if it is down. */
static struct peer *take_place(struct membership *m, uint64_t now_ms)
{
    struct peer *p = peers_add(&m->peers), *silent = NULL;
    if (p) return p;
    for (uint32_t i = 0; i < m->peers.count; i++) {
        p = &m->peers.items[i];
        if (p->state == PEER_DOWN && (!silent || p->heard_ms < silent->heard_ms)) silent = p;
    }
    if (!silent) return NULL;
    forget(m, now_ms, silent, false);
    return peers_add(&m->peers);
}

static void come(struct membership *m, uint64_t now_ms, const struct heartbeat *h)
{
    struct peer *p = take_place(m, now_ms);
    if (!p) {
        m->refused++;
        return;
    }
    *p = (struct peer){.nid = h->nid,
                       .inc = h->inc,
                       .heard_ms = now_ms,
                       .features = h->features,
                       .name_len = (uint8_t)h->name.len};
    memcpy(p->name, h->name.ptr, h->name.len);
    put_peer(m, MEMBERSHIP_CAME, p);
}

static void rise(struct membership *m, struct peer *p)
{
    if (p->state == PEER_DOWN) put_peer(m, MEMBERSHIP_BACK, p);
    p->state = PEER_UP;
}

/* Hearing */

/* A heartbeat of it did not come, and what else it said then may not have, either. Who is isolated
 * asks everybody when it is so no more. */
static void note_silence(struct membership *m, uint64_t now_ms, const struct peer *p)
{
    bool direct = p->state != PEER_DOWN && p->via == 0;
    if (direct && !m->isolated && now_ms - p->heard_ms > m->o.heartbeat_ms * 3ull / 2)
        put_peer(m, MEMBERSHIP_MISSED, p);
}

static void hear_again(struct membership *m, uint64_t now_ms, struct peer *p,
                       const struct heartbeat *h)
{
    if (h->state == NODE_LEAVING && (p->state == PEER_DOWN || ++p->leaving == LEAVINGS_HEARD)) {
        forget(m, now_ms, p, true);
        return;
    }
    note_silence(m, now_ms, p);
    rise(m, p);
    p->heard_ms = now_ms;
    p->asked_ms = 0;
    p->features = h->features;
    if (p->via == 0) return;
    p->via = 0;
    put_peer(m, MEMBERSHIP_RELAYED, p);
}

/* Whether this run of a name is over, as far as is known; and if another took its place, it hears
 * of that. */
static bool is_past(struct membership *m, uint64_t now_ms, const struct heartbeat *h)
{
    struct peer *p = peers_by_name(&m->peers, h->nid);
    struct past *past = p ? NULL : peers_past(&m->peers, h->nid);
    uint64_t latest = p ? p->inc : past ? past->inc : 0;
    if (h->inc == latest) return past && past->left;
    if (h->inc > latest || MUTANT(NO_ORDER_OF_RUNS)) return false;
    membership_say_stale(m, now_ms, p ? &p->told_ms : &past->told_ms,
                         (struct stale_run){h->nid, h->inc, latest});
    return true;
}

/* Who joins is answered, and is a peer when it is up: a run that finds its name taken must not have
 * ended the one that is running. Of a run that is not known, what it says to all may have been said
 * long ago, and is said again by somebody else: what it says to this one cannot. */
void membership_hear(struct membership *m, uint64_t now_ms, const struct heartbeat *h)
{
    if (is_past(m, now_ms, h)) return;
    struct peer *p = peers_by_name(&m->peers, h->nid);
    bool known = p && p->inc == h->inc, asks = !known && h->state == NODE_UP && !h->to_inbox;
    if (h->want_reply || asks) membership_say(m, h->inc, asks, h->want_reply);
    if (known) {
        hear_again(m, now_ms, p, h);
    } else if (h->state == NODE_UP && h->to_inbox) {
        if (p) forget(m, now_ms, p, false);
        come(m, now_ms, h);
    }
}

/* Asking and vouching */

void membership_ask(struct membership *m, uint64_t now_ms, uint64_t from, uint64_t about)
{
    if (!membership_begins(m) || m->isolated) return;
    const struct peer *p = peers_by_run(&m->peers, about);
    if (!p || now_ms - p->heard_ms >= m->o.suspect_ms) return;
    membership_put(m, (struct membership_out){.kind = MEMBERSHIP_VOUCH,
                                              .to = from,
                                              .about = about,
                                              .age_ms = now_ms - p->heard_ms});
}

/* One voucher is kept to as long as it vouches. */
static void relay(struct membership *m, uint64_t now_ms, struct peer *p, uint64_t from)
{
    rise(m, p);
    if (p->via != from && p->via && now_ms - p->via_ms < m->o.suspect_ms) return;
    p->via_ms = now_ms;
    if (p->via == from) return;
    p->via = from;
    put_peer(m, MEMBERSHIP_RELAYED, p);
}

/* The age is counted back from when it was asked for, not from when it came: so however long both
 * were under way, nobody is believed to have been heard later than it was, and two who hear of a
 * dead node only from each other see it age. */
void membership_vouch(struct membership *m, uint64_t now_ms, const struct vouch *v)
{
    if (!membership_begins(m)) return;
    struct peer *p = peers_by_run(&m->peers, v->about);
    if (!p || p->asked_ms == 0 || !peers_by_run(&m->peers, v->from)) return;
    if (v->age_ms >= m->o.suspect_ms || v->age_ms > p->asked_ms) return;
    uint64_t heard_ms = p->asked_ms - v->age_ms;
    if (heard_ms <= p->heard_ms) return;
    p->heard_ms = heard_ms;
    if (now_ms - heard_ms < m->o.suspect_ms) relay(m, now_ms, p, v->from);
}

static bool may_know(const struct peer *p) { return p->state == PEER_UP && p->via == 0; }

/* One of those who are heard, by chance, other than these two; NULL: there is none. */
static struct peer *some_peer(struct membership *m, const struct peer *one,
                              const struct peer *other)
{
    struct peer *chosen = NULL;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < m->peers.count; i++) {
        struct peer *p = &m->peers.items[i];
        if (p != one && p != other && may_know(p) && chance_next(&m->chance) % ++seen == 0)
            chosen = p;
    }
    return chosen;
}

static void ask(struct membership *m, const struct peer *whom, const struct peer *about)
{
    if (whom)
        membership_put(m, (struct membership_out){
                              .kind = MEMBERSHIP_ASK, .to = whom->inc, .about = about->inc});
}

/* Two others, one of them who vouched for it before; and itself, unless others hear it. */
static void ask_about(struct membership *m, uint64_t now_ms, struct peer *p)
{
    struct peer *first = p->via ? peers_by_run(&m->peers, p->via) : NULL;
    if (!first || !may_know(first)) first = some_peer(m, p, NULL);
    ask(m, first, p);
    ask(m, some_peer(m, p, first), p);
    if (p->state == PEER_SUSPECT) membership_say(m, p->inc, true, false);
    p->asked_ms = now_ms;
}

/* Judging */

static uint64_t later(uint64_t a, uint64_t b) { return a > b ? a : b; }

static uint64_t earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* From when on its silence counts. */
static uint64_t silent_from(const struct membership *m, const struct peer *p)
{
    return later(p->heard_ms, m->calm_ms);
}

/* When it is to be asked about; UINT64_MAX: it is heard. Whom others hear is not down, so that goes
 * on, less often, about who is. */
static uint64_t ask_at(const struct membership *m, const struct peer *p)
{
    if (p->state == PEER_UP && p->via == 0) return UINT64_MAX;
    if (p->asked_ms == 0) return 0;
    return p->asked_ms + (p->state == PEER_DOWN ? m->o.suspect_ms : m->o.heartbeat_ms);
}

/* When its state changes by silence alone. Nobody goes from heard to down without having been
 * suspect for as long as an answer may take. */
static uint64_t change_at(const struct membership *m, const struct peer *p)
{
    uint64_t from = silent_from(m, p);
    if (p->state == PEER_DOWN) return later(p->heard_ms + m->o.gone_ms, m->calm_ms + m->o.down_ms);
    if (p->leaving) return from + (uint64_t)LEAVING_PERIODS * m->o.heartbeat_ms;
    if (p->state == PEER_UP) return from + m->o.suspect_ms;
    return later(from + m->o.down_ms, p->suspected_ms + m->o.heartbeat_ms);
}

static void change(struct membership *m, uint64_t now_ms, struct peer *p)
{
    if (p->state == PEER_DOWN || p->leaving) {
        forget(m, now_ms, p, p->leaving > 0);
    } else if (p->state == PEER_SUSPECT) {
        go_down(m, p, false);
    } else {
        p->state = PEER_SUSPECT;
        p->suspected_ms = now_ms;
    }
}

/* From the last, since who is forgotten gives its place to the last. */
void membership_judge(struct membership *m, uint64_t now_ms)
{
    for (uint32_t i = m->peers.count; i-- > 0;) {
        struct peer *p = &m->peers.items[i];
        if (p->state == PEER_SUSPECT && now_ms - silent_from(m, p) < m->o.suspect_ms)
            p->state = PEER_UP; /* this node was isolated meanwhile */
        uint32_t count = m->peers.count;
        if (now_ms >= change_at(m, p)) change(m, now_ms, p);
        if (m->peers.count == count && now_ms >= ask_at(m, p)) ask_about(m, now_ms, p);
    }
}

uint64_t membership_judge_at(const struct membership *m)
{
    uint64_t due = UINT64_MAX;
    for (uint32_t i = 0; i < m->peers.count; i++) {
        const struct peer *p = &m->peers.items[i];
        due = earlier(due, earlier(ask_at(m, p), change_at(m, p)));
    }
    return due;
}
