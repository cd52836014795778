/* shard/claims.c -- sessions that may have been on another node a moment ago. */
#include "shard/claims.h"

#include "core/replica.h"
#include "shard/hiding.h"
#include "shard/home_state.h"
#include "shard/replicate.h"
#include "shard/replicate_state.h"

#include <stdlib.h>

struct claim {
    struct claim *next;
    uint64_t id, owner, device, until_ms;
    enum hiding hiding;
    bool hidden; /* the entry is one of a hidden session */
    struct place at;
    uint32_t fields_len;
    uint8_t user_len, user[USER_ID_BYTES_MAX];
    uint8_t fields[META_BYTES_MAX];
};

void claims_fini(struct claims *c)
{
    for (struct claim *next; c->first; c->first = next) {
        next = c->first->next;
        free(c->first);
    }
}

static struct home_session session_of(const struct claim *c)
{
    return (struct home_session){slice_of(c->user, c->user_len), c->owner, c->device, c->hiding};
}

static struct claim **find(struct claims *all, uint64_t owner)
{
    struct claim **at = &all->first;
    while (*at && (*at)->owner != owner)
        at = &(*at)->next;
    return at;
}

static struct claim *take(struct claim **at)
{
    struct claim *c = *at;
    *at = c->next;
    return c;
}

/* Whoever is hidden without having said so is to know. */
static void tell_hidden(struct world *w, const struct claim *c)
{
    struct mail *m =
        mail_new(MAIL_HIDDEN, slice_of(c->user, c->user_len), (kith_slice){0}, (kith_slice){0});
    if (m) m->handle = home_owner_handle(c->owner);
    world_send(w, home_owner_shard(c->owner), m);
}

static kith_err take_over(struct world *w, const struct home_session *s, bool hidden,
                          const struct place *at, kith_slice fields)
{
    struct presence_topic name;
    struct presence_session p = home_presence(&name, s);
    struct presence *place = hidden ? w->hidden : w->presence;
    kith_err e = presence_take_over(place, &p, at, fields, &w->changes);
    home_tell(w, place);
    return e;
}

/* Takes the claim. */
static void settle(struct world *w, struct claim *c, bool granted)
{
    struct home_session s = session_of(c);
    kith_slice fields = slice_of(c->fields, c->fields_len);
    if (granted && take_over(w, &s, c->hidden, &c->at, fields) == KITH_OK) fields = (kith_slice){0};
    hiding_track(w, &s, fields);
    if (s.hiding == HIDING_UNSAID && hiding_holds(w, &s)) tell_hidden(w, c);
    free(c);
}

/* Where another node has one like it: hidden ones first, whom nobody is to see. */
static bool find_elsewhere(const struct world *w, const struct presence_session *p,
                           const struct home_session *s, struct place *at, bool *hidden)
{
    *hidden = presence_elsewhere(w->hidden, p, at);
    return *hidden || (s->hiding != HIDING_YES && presence_elsewhere(w->presence, p, at));
}

static bool send_claim(struct world *w, const struct claim *c, uint16_t partition)
{
    struct buf body = {0};
    struct node_claim claim = {.stream = partition + (c->hidden ? PARTITIONS : 0u),
                               .slot = c->at.slot,
                               .seq = c->at.seq,
                               .id = c->id};
    node_put_claim(&body, &claim);
    bool good = !body.failed;
    if (good) replicate_send(w, NODE_CLAIM, c->at.inc, false, &body);
    buf_fini(&body);
    return good;
}

static bool keep(struct world *w, const struct home_session *s, const struct place *at, bool hidden,
                 kith_slice fields)
{
    struct presence_topic name;
    struct claim *c = fields.len <= META_BYTES_MAX ? calloc(1, sizeof *c) : NULL;
    if (!c) return false;
    *c = (struct claim){.id = (uint64_t)w->o.id << 56 | ++w->claims.serial,
                        .owner = s->owner,
                        .device = s->device,
                        .until_ms = w->now.mono_ms + CLAIM_WAIT_MS,
                        .hiding = s->hiding,
                        .hidden = hidden,
                        .at = *at,
                        .fields_len = (uint32_t)fields.len,
                        .user_len = (uint8_t)s->user.len};
    if (s->user.len) memcpy(c->user, s->user.ptr, s->user.len);
    if (fields.len) memcpy(c->fields, fields.ptr, fields.len);
    if (!send_claim(w, c, presence_partition(presence_topic(&name, s->user), PARTITIONS))) {
        free(c);
        return false;
    }
    struct claim **last = &w->claims.first;
    while (*last)
        last = &(*last)->next;
    *last = c;
    return true;
}

/* False: no other node has one like it, or there is no memory to ask. */
static bool begin(struct world *w, const struct home_session *s, kith_slice fields)
{
    struct presence_topic name;
    struct place at;
    bool hidden;
    struct presence_session p = home_presence(&name, s);
    if (presence_finds(w->presence, &p) || presence_finds(w->hidden, &p)) return false;
    if (!find_elsewhere(w, &p, s, &at, &hidden)) return false;
    if (!replicate_is_lost(w, at.inc)) return keep(w, s, &at, hidden, fields);
    return take_over(w, s, hidden, &at, fields) == KITH_OK;
}

static bool change(struct world *w, const struct home_session *s, kith_slice fields)
{
    struct claim *c = *find(&w->claims, s->owner);
    if (!c || fields.len > META_BYTES_MAX) return false;
    if (fields.len) memcpy(c->fields, fields.ptr, fields.len);
    c->fields_len = (uint32_t)fields.len;
    return true;
}

void claims_track(struct world *w, const struct home_session *s, kith_slice fields)
{
    if (w->claims.first && change(w, s, fields)) return;
    if (!w->replicate || !begin(w, s, fields)) hiding_track(w, s, fields);
}

void claims_status(struct world *w, const struct home_session *s, kith_slice fields)
{
    if (!w->claims.first || !change(w, s, fields)) home_status(w, s, fields);
}

void claims_lost(struct world *w, const struct home_session *s, uint64_t grace_ms)
{
    struct claim **at = find(&w->claims, s->owner);
    if (*at)
        free(take(at));
    else
        home_lost(w, s, grace_ms);
}

/* It does not wait for an answer then. */
void claims_hide(struct world *w, struct mail *m)
{
    struct claim **at = find(&w->claims, home_owner(m->from, m->handle));
    if (*at) {
        (*at)->hiding = (enum hiding)m->hiding;
        settle(w, take(at), false);
    }
    hiding_change(w, m);
}

/* Whether somebody else may have the entry: its session is lost, or the slot is free by now. */
static void judge(struct world *w, const struct mail *m)
{
    struct node_claim claim;
    struct buf body = {0};
    if (m->a_len != sizeof claim) return;
    memcpy(&claim, mail_a(m).ptr, sizeof claim);
    if (!stream_is_here(w, claim.stream)) return;
    struct tracker *t = stream_tracker(w, claim.stream);
    uint64_t owner = t ? tracker_slot_owner(t, claim.slot) : 0;
    node_put_claimed(&body,
                     &(struct node_claimed){claim.id, owner == 0 || (owner & TRACKER_LOST) != 0});
    replicate_send(w, NODE_CLAIMED, m->inc, false, &body);
    buf_fini(&body);
}

static void hear(struct world *w, const struct mail *m)
{
    struct claim **at = &w->claims.first;
    while (*at && (*at)->id != m->claim)
        at = &(*at)->next;
    if (*at && (*at)->at.inc == m->inc) settle(w, take(at), m->granted);
}

void claims_receive(struct world *w, struct mail *m)
{
    if (w->replicate && m->type == MAIL_CLAIM) judge(w, m);
    if (m->type == MAIL_CLAIMED) hear(w, m);
    mail_free(m);
}

/* They stand in the order in which they came. */
void claims_tick(struct world *w)
{
    while (w->claims.first && w->claims.first->until_ms <= w->now.mono_ms)
        settle(w, take(&w->claims.first), true);
}

uint64_t claims_due(const struct world *w)
{
    return w->claims.first ? w->claims.first->until_ms : UINT64_MAX;
}
