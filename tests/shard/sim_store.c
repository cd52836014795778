/* tests/shard/sim_store.c -- the sim's store: it knows who may see whom, says so, and counts who
 * has heard it. */
#include "base/ids.h"
#include "core/audience.h"
#include "shard/asking.h"
#include "shard/by_home.h"
#include "shard/shade.h"
#include "shard/sight_mail.h"
#include "shard/sim.h"
#include "support/must.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static enum audience_sight sight_of(const struct sim *s, unsigned watcher, unsigned user)
{
    if (s->blocks[watcher][user] || s->nobody[user]) return AUDIENCE_NEVER;
    if (s->watches[watcher][user]) return AUDIENCE_ALWAYS;
    return s->open[user] ? AUDIENCE_IF_ASKED : AUDIENCE_NEVER;
}

bool sim_may_see(const struct sim *s, unsigned client, unsigned user)
{
    const struct sim_client *c = &s->clients[client];
    enum audience_sight sight = sight_of(s, c->user, user);
    return sight == AUDIENCE_ALWAYS || (sight == AUDIENCE_IF_ASKED && c->asks[user]);
}

static kith_slice name_of(const struct sim *s, unsigned user, char out[16])
{
    snprintf(out, 16, "%u", sim_name(s, user));
    return slice_str(out);
}

static unsigned user_of(const struct sim *s, kith_slice name)
{
    char text[16];
    snprintf(text, sizeof text, "%.*s", (int)name.len, (const char *)name.ptr);
    return sim_user(s, (unsigned)atoi(text));
}

static void put_seen(const struct sim *s, struct buf *ids, unsigned user, bool seen)
{
    char name[16];
    (seen ? ids_put : shade_put)(ids, name_of(s, user, name));
}

static void put_user(const struct sim *s, struct buf *ids, unsigned user)
{
    put_seen(s, ids, user, true);
}

/* Changes */

static struct sim_sight *new_ticket(struct sim *s, unsigned user, unsigned watcher)
{
    must(s->sight_count < SIM_SIGHTS_MAX);
    struct sim_sight *t = &s->sights[s->sight_count++];
    *t = (struct sim_sight){.watcher = watcher, .user = user};
    if (user != SIM_ANYBODY)
        ++*(watcher == SIM_ANYBODY ? &s->open_unknown[user] : &s->unknown[watcher][user]);
    return t;
}

static void acknowledge(struct sim *s, struct sim_sight *t)
{
    t->acknowledged = s->heard = true;
    if (t->user == SIM_ANYBODY) return;
    if (t->watcher == SIM_ANYBODY) {
        s->open_unknown[t->user]--;
        s->open_step[t->user] = s->step;
    } else {
        s->unknown[t->watcher][t->user]--;
        s->known_step[t->watcher][t->user] = s->step;
    }
}

static void tell_home(struct sim *s, struct sim_sight *t, unsigned user,
                      const struct sight_lists *l)
{
    char name[16];
    struct mail *m = sight_mail(name_of(s, user, name), l);
    must(m);
    m->serial = (uint32_t)(t - s->sights);
    m->rules_at = s->telling;
    t->homes++;
    sim_send(s, SIM_STORE, world_home(s->world[0], slice_str(name)), m);
}

static void tell_sight(struct sim *s, struct sim_sight *t, enum audience_sight sight)
{
    struct buf ids = {0};
    struct sight_lists l = {0};
    put_user(s, &ids, t->watcher);
    switch (sight) {
    case AUDIENCE_ALWAYS: l.gained = buf_slice(&ids); break;
    case AUDIENCE_IF_ASKED: l.asked = buf_slice(&ids); break;
    case AUDIENCE_NEVER: l.lost = buf_slice(&ids); break;
    }
    tell_home(s, t, t->user, &l);
    buf_fini(&ids);
}

static void tell_pair(struct sim *s, unsigned watcher, unsigned user)
{
    tell_sight(s, new_ticket(s, user, watcher), sight_of(s, watcher, user));
}

void sim_sight(struct sim *s, unsigned watcher, unsigned user, bool sees)
{
    s->watches[watcher][user] = sees;
    tell_pair(s, watcher, user);
}

void sim_block(struct sim *s, unsigned watcher, unsigned user, bool blocks)
{
    s->blocks[watcher][user] = blocks;
    tell_pair(s, watcher, user);
}

void sim_publicity(struct sim *s, unsigned user, bool open)
{
    s->open[user] = open;
    tell_home(s, new_ticket(s, user, SIM_ANYBODY), user,
              &(struct sight_lists){.publicity = open ? PUBLICITY_BEGINS : PUBLICITY_ENDS});
}

void sim_nobody(struct sim *s, unsigned user, bool nobody)
{
    struct buf ids = {0};
    struct sight_lists l = {0};
    s->nobody[user] = false;
    for (unsigned watcher = 0; watcher < s->users; watcher++)
        if (sight_of(s, watcher, user) == AUDIENCE_ALWAYS) put_user(s, &ids, watcher);
    s->nobody[user] = nobody;
    if (s->open[user]) l.publicity = nobody ? PUBLICITY_ENDS : PUBLICITY_BEGINS;
    *(nobody ? &l.lost : &l.gained) = buf_slice(&ids);
    tell_home(s, new_ticket(s, user, SIM_ANYBODY), user, &l);
    buf_fini(&ids);
}

/* Changes with numbers */

void sim_commit(struct sim *s, struct sim_change *c)
{
    switch (c->kind) {
    case SIM_WATCH: s->watches[c->watcher][c->user] = c->on; break;
    case SIM_BLOCK: s->blocks[c->watcher][c->user] = c->on; break;
    case SIM_NOBODY: s->nobody[c->user] = false; break;
    }
    c->watchers = 0;
    if (c->kind == SIM_NOBODY)
        for (unsigned watcher = 0; watcher < s->users; watcher++)
            if (sight_of(s, watcher, c->user) == AUDIENCE_ALWAYS)
                c->watchers |= (uint64_t)1 << watcher;
    if (c->kind == SIM_NOBODY)
        s->nobody[c->user] = c->on;
    else
        c->sight = sight_of(s, c->watcher, c->user);
}

unsigned sim_await(struct sim *s, const struct sim_change *c)
{
    unsigned watcher = c->kind == SIM_NOBODY ? SIM_ANYBODY : c->watcher;
    return (unsigned)(new_ticket(s, c->user, watcher) - s->sights);
}

static void tell_nobody(struct sim *s, const struct sim_change *c, struct sim_sight *t)
{
    struct buf ids = {0};
    struct sight_lists l = {.invisibility = c->on ? INVISIBILITY_BEGINS : INVISIBILITY_ENDS};
    for (unsigned watcher = 0; watcher < s->users; watcher++)
        if (c->watchers >> watcher & 1) put_user(s, &ids, watcher);
    *(c->on ? &l.lost : &l.gained) = buf_slice(&ids);
    tell_home(s, t, c->user, &l);
    buf_fini(&ids);
}

void sim_tell(struct sim *s, const struct sim_change *c, unsigned awaited)
{
    struct sim_sight *t = &s->sights[awaited];
    s->telling = c->number;
    if (c->kind == SIM_NOBODY)
        tell_nobody(s, c, t);
    else
        tell_sight(s, t, c->sight);
    s->telling = 0;
}

void sim_heard(struct sim *s, uint64_t number)
{
    for (unsigned shard = 0; shard < s->shards; shard++) {
        struct mail *m =
            mail_new(MAIL_RULES_HEARD, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
        must(m);
        m->rules_at = number;
        sim_send(s, SIM_STORE, shard, m);
    }
}

bool sim_known(const struct sim *s, unsigned watcher, unsigned user)
{
    return s->unknown[watcher][user] == 0 && s->open_unknown[user] == 0;
}

bool sim_must_not_see(const struct sim *s, const struct sim_client *c, unsigned user)
{
    return !sim_may_see(s, (unsigned)(c - s->clients), user) && sim_known(s, c->user, user) &&
           c->questions == c->answered && s->known_step[c->user][user] < s->step &&
           s->open_step[user] < s->step && c->answered_step < s->step;
}

/* Asking */

void sim_ask(struct sim *s, unsigned client, unsigned user, bool on)
{
    struct sim_client *c = &s->clients[client];
    struct buf ids = {0};
    put_user(s, &ids, user);
    c->asks[user] = on;
    must(asking_change(s->world[c->shard], c->slot,
                       &(struct social_ask){.on = on,
                                            .ids = buf_slice(&ids),
                                            .channel = ++c->questions,
                                            .ref = KITH_LIT("\"1\"")}) == KITH_OK);
    buf_fini(&ids);
    sim_post(s, c->shard);
}

static void grant(struct sim *s, const struct mail *ask)
{
    struct by_home parts = {0};
    kith_slice rest = mail_b(ask);
    unsigned watcher = user_of(s, mail_a(ask));
    struct sim_sight *t = new_ticket(s, SIM_ANYBODY, watcher);
    t->client = ask->handle;
    t->shard = ask->from;
    t->question = ask->serial;
    for (kith_slice id; ids_next(&rest, &id);) {
        struct shade shade;
        bool denied = ask->asks && sight_of(s, watcher, user_of(s, id)) == AUDIENCE_NEVER;
        kith_slice name = denied ? shade_of(&shade, id) : id;
        ids_put(&parts.of[world_home(s->world[0], name)], name);
    }
    for (unsigned home = 0; home < s->shards; home++) {
        const struct buf *ids = &parts.of[home];
        if (ids->len == 0) continue;
        struct mail *m = mail_new(MAIL_GRANT, buf_slice(ids), (kith_slice){0}, (kith_slice){0});
        m->handle = ask->handle;
        m->shard = ask->from;
        m->asks = ask->asks;
        m->serial = (uint32_t)(t - s->sights);
        t->homes++;
        sim_send(s, SIM_STORE, home, m);
    }
    by_home_fini(&parts, SHARDS_MAX);
}

/* One shard has done its part. */
static void count_seen(struct sim *s, const struct mail *m, uint64_t at)
{
    struct sim_sight *t = &s->sights[m->serial];
    must(!t->acknowledged);
    t->homes -= at > 0;
    t->shards += at ? (int64_t)at - 1 : -1;
    if (t->homes || t->shards) return;
    acknowledge(s, t);
    if (!t->client) return;
    for (unsigned i = 0; i < s->client_count; i++) {
        struct sim_client *c = &s->clients[i];
        if (c->open && c->shard == t->shard &&
            clients_handle(s->world[c->shard]->clients, c->slot) == t->client)
            c->answered = t->question, c->answered_step = s->step;
    }
}

static void judge_askers(struct sim *s, const struct mail *m)
{
    kith_slice rest = mail_b(m);
    unsigned user = user_of(s, mail_a(m));
    struct buf granted = {0};
    for (kith_slice id; ids_next(&rest, &id);)
        if (sight_of(s, user_of(s, id), user) == AUDIENCE_IF_ASKED) ids_put(&granted, id);
    if (granted.len)
        tell_home(s, &s->sights[m->serial], user,
                  &(struct sight_lists){.asked = buf_slice(&granted)});
    buf_fini(&granted);
    count_seen(s, m, 0);
}

/* Whom a user watches */

static void answer_watched(struct sim *s, const struct mail *want)
{
    struct buf ids = {0};
    unsigned user = user_of(s, mail_a(want));
    for (unsigned other = 0; other < s->users; other++)
        put_seen(s, &ids, other, sight_of(s, user, other) == AUDIENCE_ALWAYS);
    struct mail *m = mail_new(MAIL_WATCHED, buf_slice(&ids), (kith_slice){0}, (kith_slice){0});
    m->handle = want->handle;
    m->serial = want->serial;
    m->failed = s->store_fails;
    m->from = SIM_STORE;
    sim_send(s, SIM_STORE, want->from, m);
    buf_fini(&ids);
}

void sim_store_receive(struct sim *s, const struct mail *m)
{
    switch ((enum mail_type)m->type) {
    case MAIL_WANT_WATCHED: answer_watched(s, m); break;
    case MAIL_APPLIED: count_seen(s, m, m->shards); break;
    case MAIL_ASK: grant(s, m); break;
    case MAIL_ASKERS: judge_askers(s, m); break;
    case MAIL_SESSION:
    case MAIL_ROLL:
        if (s->logged) s->logged(m);
        break;
    default: break;
    }
}
