/* load/crowd.c -- the clients of one process. */
#include "load/crowd.h"

#include "load/crowd_state.h"
#include "load/request.h"

#include <stdlib.h>

static void forget(struct member *m)
{
    client_fini(&m->client);
    buf_fini(&m->early);
}

struct crowd *crowd_new(const struct crowd_options *o)
{
    uint32_t users = o->graph->users, count = users / o->processes + 1;
    struct crowd *c = calloc(1, sizeof *c + count * sizeof c->members[0]);
    if (!c) return NULL;
    c->o = *o;
    c->count = count;
    c->view = (struct view){.graph = o->graph,
                            .order = o->order,
                            .facts = o->facts,
                            .process = o->process,
                            .processes = o->processes,
                            .hot = o->hot,
                            .beside = o->beside};
    if (view_init(&c->view) == KITH_OK) return c;
    crowd_free(c);
    return NULL;
}

void crowd_free(struct crowd *c)
{
    if (!c) return;
    for (uint32_t i = 0; i < c->count; i++)
        forget(&c->members[i]);
    view_fini(&c->view);
    people_fini(&c->people);
    buf_fini(&c->status);
    free(c);
}

static bool is_flying(enum member_state s)
{
    return s == MEMBER_DIALED || s == MEMBER_OPENING || s == MEMBER_JOINING;
}

static bool is_in(enum member_state s) { return s != MEMBER_OFF && !is_flying(s); }

static void become(struct crowd *c, struct member *m, enum member_state state)
{
    c->flying = c->flying + is_flying(state) - is_flying(m->state);
    c->in = c->in + is_in(state) - is_in(m->state);
    m->state = state;
}

void crowd_begin(struct crowd *c, const struct phase *phase, struct tally *tally)
{
    *tally = (struct tally){0};
    c->tally = tally;
    c->view.tally = tally;
    view_begin(&c->view, phase);
    for (uint32_t u = c->o.process; u < c->o.graph->users; u += c->o.processes)
        c->o.facts[u].flips_before = c->o.facts[u].flips;
}

bool crowd_connected(const struct crowd *c, uint32_t user)
{
    return c->members[user / c->o.processes].state != MEMBER_OFF;
}

bool crowd_opening(const struct crowd *c, uint32_t user)
{
    return c->members[user / c->o.processes].state == MEMBER_DIALED;
}

uint32_t crowd_flying(const struct crowd *c) { return c->flying; }
uint32_t crowd_in(const struct crowd *c) { return c->in; }
bool crowd_audit(struct crowd *c) { return view_audit(&c->view, c->tally); }

/* Coming and going */

kith_slice crowd_topic(const struct crowd *c, uint32_t user, struct buf *room)
{
    struct name_text name;
    if (!c->o.own_topic) return KITH_LIT("friends");
    buf_clear(room);
    buf_puts(room, "user:");
    buf_put(room, names_of(c->o.names, user, &name));
    return buf_slice(room);
}

void crowd_dial(struct crowd *c, uint32_t user, uint64_t due_us, uint64_t now_us)
{
    struct member *m = member_of(c, user);
    client_init(&m->client, c->o.vsn);
    become(c, m, MEMBER_DIALED);
    m->due_us = due_us;
    c->o.facts[user].dial_us = now_us;
    c->tally->dialed++;
}

void crowd_open(struct crowd *c, uint32_t user, const struct crowd_target *t, struct buf *out)
{
    struct name_text name;
    become(c, member_of(c, user), MEMBER_OPENING);
    request_put(out, &(struct request){.host = t->host,
                                       .path = t->path,
                                       .token = t->token,
                                       .user = names_of(c->o.names, user, &name),
                                       .vsn = c->o.vsn,
                                       .params = c->o.params,
                                       .param_count = c->o.param_count});
}

void crowd_end(struct crowd *c, uint32_t user)
{
    struct member *m = member_of(c, user);
    become(c, m, MEMBER_OFF);
    forget(m);
    c->o.facts[user].online = c->o.facts[user].stalled = false;
}

void crowd_lost(struct crowd *c, uint32_t user)
{
    enum member_state state = member_of(c, user)->state;
    if (state == MEMBER_OFF) return;
    c->tally->refused += is_flying(state);
    c->tally->closed += !is_flying(state);
    crowd_end(c, user);
}

bool crowd_drop(struct crowd *c, uint32_t user, uint64_t now_us)
{
    if (!crowd_connected(c, user)) return false;
    c->o.facts[user].left_us = now_us;
    c->tally->drops++;
    crowd_end(c, user);
    return true;
}

uint32_t crowd_give_up(struct crowd *c, uint64_t before_us)
{
    for (uint32_t u = c->o.process; u < c->o.graph->users; u += c->o.processes) {
        if (!is_flying(member_of(c, u)->state)) continue;
        if (c->o.facts[u].dial_us >= before_us) continue;
        c->tally->unanswered++;
        crowd_end(c, u);
        return u;
    }
    return UINT32_MAX;
}

/* A socket that comes back in time has the status that it had; every other begins anew, and says
 * so, in case the server still keeps one of an earlier run. */
static void join(struct crowd *c, uint32_t user, struct buf *out)
{
    const struct phase *p = c->view.phase;
    const struct fact *f = &c->o.facts[user];
    bool reload = p->kind == PHASE_CHURN && f->left_us && f->dial_us - f->left_us < p->grace_us;
    kith_slice payload = reload ? KITH_LIT("{}") : KITH_LIT("{\"status\":\"online\"}");
    become(c, member_of(c, user), MEMBER_JOINING);
    client_put(out, c->o.vsn, CLIENT_REF_JOIN, crowd_topic(c, user, &c->people.text), "phx_join",
               payload);
}

/* What a join is is known to whom it is told; who reads nothing has joined when it has asked. */
static void stall(struct crowd *c, uint32_t user, uint64_t now_us)
{
    struct fact *f = &c->o.facts[user];
    become(c, member_of(c, user), MEMBER_STALLED);
    c->tally->joined++;
    f->back_us = now_us;
    f->turn = 0;
    f->online = f->stalled = true;
}

static void enter(struct crowd *c, uint32_t user, uint64_t now_us, struct buf *out)
{
    join(c, user, out);
    if (c->o.order->place[user] < c->o.stalled) stall(c, user, now_us);
}

bool crowd_enter(struct crowd *c, uint32_t user, uint64_t due_us, uint64_t now_us, struct buf *out)
{
    struct member *m = member_of(c, user);
    if (m->state != MEMBER_OPEN) return false;
    m->due_us = due_us;
    c->o.facts[user].dial_us = now_us;
    enter(c, user, now_us, out);
    return true;
}

bool crowd_stalled(const struct crowd *c, uint32_t user)
{
    return c->members[user / c->o.processes].state == MEMBER_STALLED;
}

bool crowd_read_again(struct crowd *c, uint32_t user, uint64_t now_us)
{
    struct member *m = member_of(c, user);
    if (m->state != MEMBER_STALLED) return false;
    become(c, m, MEMBER_JOINING);
    m->due_us = now_us;
    c->o.facts[user].dial_us = now_us;
    c->o.facts[user].stalled = false;
    return true;
}

void crowd_opened(struct crowd *c, uint32_t user, uint64_t now_us, struct buf *out)
{
    struct member *m = member_of(c, user);
    if (c->view.phase->kind != PHASE_OPEN) {
        enter(c, user, now_us, out);
        return;
    }
    become(c, m, MEMBER_OPEN);
    c->tally->opened++;
    histogram_add(&c->tally->join_us, now_us > m->due_us ? now_us - m->due_us : 0);
}

static uint16_t turn_after_join(const struct crowd *c, const struct fact *f)
{
    const struct phase *p = c->view.phase;
    uint64_t away_us = f->back_us - f->left_us;
    if (p->kind != PHASE_CHURN || !f->left_us || away_us > p->grace_us + 1000000) return 0;
    return away_us < p->grace_us - p->grace_us / 8 ? f->turn : FACT_TURN_UNKNOWN;
}

void crowd_joined(struct crowd *c, uint32_t user, uint64_t now_us)
{
    struct member *m = member_of(c, user);
    struct fact *f = &c->o.facts[user];
    if (m->state != MEMBER_JOINING) return; /* a state that replaces one */
    become(c, m, MEMBER_JOINED);
    c->tally->joined++;
    f->back_us = now_us;
    f->turn = turn_after_join(c, f);
    f->online = true;
    histogram_add(&c->tally->join_us, now_us > m->due_us ? now_us - m->due_us : 0);
}

/* Out */

bool crowd_flip(struct crowd *c, uint32_t user, uint64_t n, struct buf *out)
{
    struct fact *f = &c->o.facts[user];
    c->tally->unsent += !f->online;
    if (!f->online || f->stalled) return false;
    buf_clear(&c->status);
    people_put_status(&c->status, n, c->o.note_bytes);
    client_put(out, c->o.vsn, CLIENT_REF_STATUS, crowd_topic(c, user, &c->people.text), "status",
               buf_slice(&c->status));
    out->failed |= c->status.failed;
    f->turn = turn_of(c->o.order, n);
    f->flips++;
    c->tally->flips++;
    return true;
}

bool crowd_beat(const struct crowd *c, uint32_t user, struct buf *out)
{
    const struct member *m = &c->members[user / c->o.processes];
    if (m->state < MEMBER_OPEN) return false;
    client_put(out, c->o.vsn, CLIENT_REF_BEAT, KITH_LIT("phoenix"), "heartbeat", KITH_LIT("{}"));
    return true;
}
