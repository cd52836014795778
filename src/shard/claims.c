/* shard/claims.c -- sessions that may have been on another node a moment ago. */
#include "shard/claims.h"

#include "base/mutant.h"
#include "core/replica.h"
#include "shard/hiding.h"
#include "shard/home_state.h"
#include "shard/replicate.h"
#include "shard/replicate_state.h"

#include <stdlib.h>

static struct home_session session_of(const struct claim *c)
{
    return (struct home_session){slice_of(c->user, c->user_len), c->owner, c->device,
                                 (enum hiding)c->hiding};
}

/* Whoever is hidden without having said so is to know. */
static void tell_hidden(struct world *w, const struct home_session *s)
{
    struct mail *m = mail_new(MAIL_HIDDEN, s->user, (kith_slice){0}, (kith_slice){0});
    if (m) m->handle = home_owner_handle(s->owner);
    world_send(w, home_owner_shard(s->owner), m);
}

/* An entry of another node's: where it stands, and in which of its streams. */
struct left {
    uint32_t stream;
    struct place place;
};

static bool is_hidden(const struct left *l) { return l->stream >= PARTITIONS; }

static kith_err take_over(struct world *w, const struct home_session *s, const struct left *l,
                          kith_slice fields)
{
    struct presence_topic name;
    struct presence_session p = home_presence(&name, s);
    struct presence *at = stream_place(w, l->stream);
    kith_err e = presence_take_over(at, &p, &l->place, fields, &w->changes);
    home_tell(w, at);
    return e;
}

/* What is left of it becomes the session's, NULL: nothing does; and with it that it is hidden, even
 * if the entry itself is not known here yet. Who hides takes over nothing that is seen. */
static void appear(struct world *w, struct home_session s, const struct left *l, kith_slice fields)
{
    bool unsaid = s.hiding == HIDING_UNSAID;
    if (l && s.hiding == HIDING_YES && !is_hidden(l)) l = NULL;
    if (l && take_over(w, &s, l, fields) == KITH_OK)
        fields = (kith_slice){0};
    else if (l && unsaid && is_hidden(l))
        s.hiding = HIDING_YES;
    hiding_track(w, &s, fields);
    if (unsaid && hiding_holds(w, &s)) tell_hidden(w, &s);
}

static void settle(struct world *w, struct claim *c, const struct left *l)
{
    claims_remove(&w->claims, c);
    appear(w, session_of(c), l, slice_of(c->fields, c->fields_len));
    free(c);
}

/* Asking */

/* Where another node has one like it: hidden ones first, whom nobody is to see. */
static bool find_elsewhere(const struct world *w, const struct home_session *s, struct left *out)
{
    struct presence_topic name;
    struct presence_session p = home_presence(&name, s);
    uint32_t partition = presence_partition(p.topic, PARTITIONS);
    if (presence_finds(w->presence, &p) || presence_finds(w->hidden, &p)) return false;
    out->stream = PARTITIONS + partition;
    if (presence_elsewhere(w->hidden, &p, &out->place)) return true;
    out->stream = partition;
    return s->hiding != HIDING_YES && presence_elsewhere(w->presence, &p, &out->place);
}

static bool send_claim(struct world *w, const struct claim *c)
{
    struct buf body = {0};
    struct node_claim claim = {.stream = c->stream,
                               .device = c->device,
                               .id = (uint64_t)w->o.id << 56 | c->serial,
                               .user = slice_of(c->user, c->user_len)};
    node_put_claim(&body, &claim);
    bool good = !body.failed;
    if (good) replicate_send(w, NODE_CLAIM, c->place.inc, false, &body);
    buf_fini(&body);
    return good;
}

static struct claim *new_claim(const struct world *w, const struct home_session *s,
                               const struct left *l, kith_slice fields)
{
    struct claim *c = fields.len <= META_BYTES_MAX ? malloc(sizeof *c) : NULL;
    if (!c) return NULL;
    c->owner = s->owner;
    c->device = s->device;
    c->until_ms = w->now.mono_ms + CLAIM_WAIT_MS;
    c->hiding = (uint8_t)s->hiding;
    c->stream = l->stream;
    c->place = l->place;
    c->user_len = (uint8_t)s->user.len;
    c->fields_len = (uint16_t)fields.len;
    if (s->user.len) memcpy(c->user, s->user.ptr, s->user.len);
    if (fields.len) memcpy(c->fields, fields.ptr, fields.len);
    return c;
}

static bool wait_for_answer(struct world *w, const struct home_session *s, const struct left *l,
                            kith_slice fields)
{
    struct claim *c = new_claim(w, s, l, fields);
    if (!c || claims_add(&w->claims, c)) goto forget;
    if (send_claim(w, c)) return true;
    claims_remove(&w->claims, c);
forget:
    free(c);
    return false;
}

/* False: no other node has one like it, or there is no memory to ask. */
static bool begin(struct world *w, const struct home_session *s, kith_slice fields)
{
    struct left l;
    if (!find_elsewhere(w, s, &l)) return false;
    if (!replicate_is_lost(w, l.place.inc)) return wait_for_answer(w, s, &l, fields);
    appear(w, *s, &l, fields);
    return true;
}

/* While it waits. False: it does not. */
static bool change(struct world *w, const struct home_session *s, kith_slice fields)
{
    struct claim *c = claims_of_owner(&w->claims, s->owner);
    if (!c || fields.len > META_BYTES_MAX) return false;
    if (fields.len) memcpy(c->fields, fields.ptr, fields.len);
    c->fields_len = (uint16_t)fields.len;
    return true;
}

void claims_track(struct world *w, const struct home_session *s, kith_slice fields)
{
    if (change(w, s, fields)) return;
    if (!w->replicate || !begin(w, s, fields)) hiding_track(w, s, fields);
}

void claims_status(struct world *w, const struct home_session *s, kith_slice fields)
{
    if (!change(w, s, fields)) home_status(w, s, fields);
}

void claims_lost(struct world *w, const struct home_session *s, uint64_t grace_ms)
{
    struct claim *c = claims_of_owner(&w->claims, s->owner);
    if (!c) {
        home_lost(w, s, grace_ms);
        return;
    }
    claims_remove(&w->claims, c);
    free(c);
}

/* It does not wait for an answer then. */
void claims_hide(struct world *w, struct mail *m)
{
    struct claim *c = claims_of_owner(&w->claims, home_owner(m->from, m->handle));
    if (c) {
        c->hiding = (uint8_t)m->hiding;
        settle(w, c, NULL);
    }
    hiding_change(w, m);
}

/* Answering */

/* Hidden ones first here too; one that lives only if nothing is left beside it. */
static struct node_claimed judge(const struct world *w, const struct node_claim *claim)
{
    struct presence_topic name;
    struct node_claimed answer = {.id = claim->id};
    struct home_session s = {.user = claim->user, .device = claim->device};
    struct presence_session p = home_presence(&name, &s);
    uint32_t partition = claim->stream % PARTITIONS;
    for (uint32_t from = STREAM_NUMBERS; from > 0 && answer.left != NODE_LEFT_LOST;) {
        from -= PARTITIONS;
        answer.stream = from + partition;
        switch (presence_left(stream_place(w, answer.stream), &p, &answer.slot)) {
        case PRESENCE_LEFT_LOST: answer.left = NODE_LEFT_LOST; break;
        case PRESENCE_LEFT_LIVES: answer.left = NODE_LEFT_LIVES; break;
        case PRESENCE_LEFT_NONE: break;
        }
    }
    return answer;
}

static void answer(struct world *w, const struct mail *m)
{
    struct node_claim claim;
    struct buf body = {0};
    if (m->a_len != sizeof claim) return;
    memcpy(&claim, mail_a(m).ptr, sizeof claim);
    claim.user = mail_b(m);
    if (!stream_is_here(w, claim.stream)) return;
    struct node_claimed claimed = judge(w, &claim);
    node_put_claimed(&body, &claimed);
    replicate_send(w, NODE_CLAIMED, m->inc, false, &body);
    buf_fini(&body);
}

static void hear(struct world *w, const struct mail *m)
{
    struct node_claimed a;
    if (m->a_len != sizeof a) return;
    memcpy(&a, mail_a(m).ptr, sizeof a);
    struct claim *c = claims_of_serial(&w->claims, a.id & (((uint64_t)1 << 56) - 1));
    if (!c || c->place.inc != m->inc) return;
    struct left l = {c->stream, c->place};
    if (a.left == NODE_LEFT_LOST) l = (struct left){a.stream, {m->inc, a.slot}};
    settle(w, c, a.left == NODE_LEFT_LIVES && !MUTANT(CLAIM_LIVES) ? NULL : &l);
}

void claims_receive(struct world *w, struct mail *m)
{
    if (w->replicate && m->type == MAIL_CLAIM) answer(w, m);
    if (m->type == MAIL_CLAIMED) hear(w, m);
    mail_free(m);
}

void claims_tick(struct world *w)
{
    for (struct claim *c; (c = claims_oldest(&w->claims)) && c->until_ms <= w->now.mono_ms;) {
        struct left l = {c->stream, c->place};
        settle(w, c, &l);
    }
}

uint64_t claims_due(const struct world *w)
{
    const struct claim *c = claims_oldest(&w->claims);
    return c ? c->until_ms : UINT64_MAX;
}
