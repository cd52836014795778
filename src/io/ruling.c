/* io/ruling.c -- changes of the rules on the store's thread. */
#include "io/ruling.h"

#include "base/assert.h"
#include "base/limits.h"
#include "io/asks.h"
#include "io/numbered.h"
#include "io/ruling_answer.h"
#include "io/ruling_sights.h"
#include "shard/world.h"

#include <stdlib.h>

enum { CHANGES_PER_READ = 64 }; /* each may be of 100,000 watchers */
#define NO_TICKET UINT32_MAX    /* a serial of none */

/* A change that is not acknowledged yet. */
struct ticket {
    struct mail *asker; /* its MAIL_RULE, and others behind it; NULL: the ticket is free */
    uint32_t serial;
    uint32_t homes;           /* that have still to say to how many shards they have told it */
    int64_t shards;           /* that have still to say that they have applied it */
    kith_err err;             /* until it is committed */
    uint64_t changes;         /* of edges and blocks, which operators are told */
    uint64_t number;          /* under which all nodes hear of it; 0: there is nothing to hear */
    bool committed;           /* and is told in its turn */
    struct mail_queue sights; /* likewise: what is to be told */
};

struct ruling {
    struct store *store;
    enum reciprocity reciprocal;
    unsigned shards;
    bool numbered;  /* other nodes make changes, too */
    uint64_t heard; /* all changes up to this one are told here */
    bool open;
    kith_err begun; /* how the transaction began */
    uint32_t serial;
    uint32_t taken;                            /* tickets */
    uint32_t made[RULES_OPEN_MAX], made_count; /* tickets of the open transaction, in order */
    struct ticket tickets[RULES_OPEN_MAX];
};

struct ruling *ruling_new(struct store *store, enum reciprocity reciprocal, unsigned shards)
{
    struct ruling *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    r->store = store;
    r->reciprocal = reciprocal;
    r->shards = shards;
    return r;
}

void ruling_free(struct ruling *r)
{
    if (!r) return;
    for (uint32_t i = 0; i < RULES_OPEN_MAX; i++) {
        mail_queue_fini(&(struct mail_queue){.first = r->tickets[i].asker});
        mail_queue_fini(&r->tickets[i].sights);
    }
    free(r);
}

bool ruling_open(const struct ruling *r) { return r->open; }

bool ruling_has_room(const struct ruling *r) { return r->taken < RULES_OPEN_MAX; }

static void finish(struct ruling *r, struct ticket *t, kith_err e, struct mail_queue to[])
{
    struct mail *asker = t->asker;
    t->asker = NULL;
    r->taken--;
    mail_queue_fini(&t->sights);
    ruling_answer(asker, e, t->changes, to);
}

/* Making */

static struct ticket *take_ticket(struct ruling *r)
{
    if (r->serial >= NO_TICKET - RULES_OPEN_MAX) r->serial = 0;
    for (uint32_t i = 0; i < RULES_OPEN_MAX && ruling_has_room(r); i++) {
        struct ticket *t = &r->tickets[(r->serial + i) % RULES_OPEN_MAX];
        if (t->asker) continue;
        r->serial += i;
        r->taken++;
        *t = (struct ticket){.serial = r->serial++};
        return t;
    }
    return NULL;
}

static struct ticket *ticket_of(struct ruling *r, uint32_t serial)
{
    struct ticket *t = &r->tickets[serial % RULES_OPEN_MAX];
    return t->asker && t->serial == serial ? t : NULL;
}

/* They are made before the change is kept: what there is no memory to tell does not happen. */
static kith_err prepare(struct ticket *t, const struct rule *rule, const struct sights *s)
{
    kith_err e = ruling_sights(rule->user, s, &t->sights);
    for (struct mail *m = t->sights.first; m; m = m->next, t->homes++)
        m->serial = t->serial;
    return e;
}

/* Under the next number, in the transaction that makes it. */
static kith_err note(struct ruling *r, struct ticket *t)
{
    struct buf body = {0};
    if (!r->numbered || !t->sights.first) return KITH_OK;
    numbered_put(&body, &t->sights);
    kith_err e = body.failed ? KITH_NOMEM
                             : store_note_change(r->store, buf_slice(&body), &t->number);
    buf_fini(&body);
    return e;
}

/* A part of the transaction, so that what fails takes nothing else with it. */
static kith_err make(struct ruling *r, struct ticket *t, const struct rule *rule)
{
    struct sights s = {0};
    kith_err e = r->begun ? r->begun : store_mark(r->store);
    if (e) return e;
    e = rules_apply(r->store, rule, r->reciprocal, &s);
    if (!e) e = prepare(t, rule, &s);
    if (!e) e = note(r, t);
    t->changes = s.changes;
    sights_fini(&s);
    kith_err end = e ? store_undo(r->store) : store_keep(r->store);
    return e ? e : end;
}

kith_err ruling_make(struct ruling *r, struct mail *m)
{
    struct rule rule = rule_of_mail(m);
    struct ticket *t = take_ticket(r);
    if (!t) return KITH_FULL;
    if (!r->open) {
        r->open = true;
        r->begun = store_begin(r->store);
    }
    t->asker = m;
    t->err = make(r, t, &rule);
    r->made[r->made_count++] = t->serial;
    return KITH_OK;
}

/* Committed */

static void tell(struct ruling *r, struct ticket *t, struct mail_queue to[])
{
    for (struct mail *m; (m = mail_take(&t->sights));) {
        m->rules_at = t->number;
        mail_append(&to[user_home(mail_a(m), r->shards)], m);
    }
    t->committed = false;
    if (t->homes == 0) finish(r, t, KITH_OK, to);
}

void ruling_each_made(struct ruling *r, void (*each)(void *ctx, kith_slice user), void *ctx)
{
    for (uint32_t i = 0; i < r->made_count; i++) {
        const struct ticket *t = ticket_of(r, r->made[i]);
        if (!t->err) each(ctx, rule_of_mail(t->asker).user);
    }
}

kith_err ruling_commit(struct ruling *r, struct mail_queue to[])
{
    if (!r->open) return KITH_OK;
    kith_err e = r->begun ? r->begun : store_commit(r->store);
    kith_err bad = e;
    store_scrub(r->store); /* before anybody hears that something is erased */
    for (uint32_t i = 0; i < r->made_count; i++) {
        struct ticket *t = ticket_of(r, r->made[i]);
        if (!bad) bad = t->err;
        if (e || t->err)
            finish(r, t, e ? e : t->err, to);
        else if (t->number)
            t->committed = true;
        else
            tell(r, t, to);
    }
    r->open = false;
    r->made_count = 0;
    return bad;
}

/* Numbered */

kith_err ruling_number(struct ruling *r, uint64_t heard)
{
    kith_err e = store_watch_changes(r->store);
    r->heard = heard;
    r->numbered = !e;
    return e;
}

struct follower {
    struct ruling *r;
    struct mail_queue *to;
};

static struct ticket *ticket_of_number(struct ruling *r, uint64_t number)
{
    for (uint32_t i = 0; i < RULES_OPEN_MAX && r->taken; i++) {
        struct ticket *t = &r->tickets[i];
        if (t->asker && t->committed && t->number == number) return t;
    }
    return NULL;
}

/* Of a bar every shard is to hear. */
static kith_err add_told(const struct ruling *r, struct mail *m, struct mail_queue told[])
{
    if (m->type != MAIL_BAR) {
        mail_append(&told[user_home(mail_a(m), r->shards)], m);
        return KITH_OK;
    }
    kith_err e = KITH_OK;
    for (unsigned shard = 0; !e && shard < r->shards; shard++) {
        struct mail *copy = mail_new(MAIL_BAR, mail_a(m), (kith_slice){0}, (kith_slice){0});
        if (copy) copy->until_s = m->until_s;
        if (copy) mail_append(&told[shard], copy);
        if (!copy) e = KITH_NOMEM;
    }
    mail_free(m);
    return e;
}

/* What another node has changed nobody here waits for. All of it is made before any is told, so
 * that it is told as a whole, or again. */
static kith_err tell_body(const struct follower *f, uint64_t number, kith_slice body)
{
    struct mail_queue told[SHARDS_MAX] = {0};
    kith_err e = KITH_OK;
    while (!e && body.len) {
        struct mail *m;
        e = numbered_next(&body, &m);
        if (!e) e = add_told(f->r, m, told);
    }
    for (unsigned shard = 0; shard < f->r->shards; shard++)
        for (struct mail *m; (m = mail_take(&told[shard]));) {
            m->serial = NO_TICKET;
            if (m->type == MAIL_SIGHT) m->rules_at = number;
            if (e)
                mail_free(m);
            else
                mail_append(&f->to[shard], m);
        }
    return e;
}

static kith_err follow_one(void *ctx, uint64_t number, kith_slice body)
{
    const struct follower *f = ctx;
    struct ticket *own = ticket_of_number(f->r, number);
    kith_err e = KITH_OK;
    if (own)
        tell(f->r, own, f->to);
    else
        e = tell_body(f, number, body);
    if (!e) f->r->heard = number;
    return e;
}

static void tell_heard(const struct ruling *r, struct mail_queue to[])
{
    for (unsigned shard = 0; shard < r->shards; shard++) {
        struct mail *m =
            mail_new(MAIL_RULES_HEARD, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
        if (!m) continue; /* the next one says as much */
        m->rules_at = r->heard;
        mail_append(&to[shard], m);
    }
}

kith_err ruling_follow(struct ruling *r, struct mail_queue to[])
{
    struct follower f = {r, to};
    uint64_t before;
    kith_err e = KITH_OK;
    KITH_ASSERT(!r->open);
    do {
        before = r->heard;
        e = store_changes_after(r->store, r->heard, CHANGES_PER_READ, follow_one, &f);
    } while (!e && r->heard != before);
    tell_heard(r, to);
    return e;
}

/* All who had to have said that they have. */
static void finish_if_seen(struct ruling *r, struct ticket *t, struct mail_queue to[])
{
    if (t->homes == 0 && t->shards == 0) finish(r, t, KITH_OK, to);
}

void ruling_applied(struct ruling *r, const struct mail *m, struct mail_queue to[])
{
    struct ticket *t = ticket_of(r, m->serial);
    if (!t) return;
    if (m->shards) t->homes--;
    t->shards += m->shards ? (int64_t)m->shards - 1 : -1;
    finish_if_seen(r, t, to);
}

void ruling_refuse(struct mail *m, kith_err e, struct mail_queue to[])
{
    ruling_answer(m, e, 0, to);
}

/* Asked for */

static struct asks_options asks_of(const struct ruling *r)
{
    return (struct asks_options){r->store, r->reciprocal, r->shards};
}

kith_err ruling_ask(struct ruling *r, struct mail *m, struct mail_queue to[])
{
    struct asks_options o = asks_of(r);
    struct mail *grants[SHARDS_MAX] = {0};
    struct ticket *t = take_ticket(r);
    KITH_ASSERT(!r->open);
    if (!t) return KITH_FULL;
    t->asker = m;
    kith_err e = asks_judge(&o, m, grants);
    for (unsigned home = 0; home < r->shards; home++) {
        if (!grants[home]) continue;
        grants[home]->serial = t->serial;
        mail_append(&to[home], grants[home]);
        t->homes++;
    }
    if (t->homes == 0) finish(r, t, e, to);
    return KITH_OK;
}

/* What cannot be judged is not seen. */
bool ruling_askers(struct ruling *r, struct mail *m, struct mail_queue to[])
{
    struct asks_options o = asks_of(r);
    struct ticket *t = ticket_of(r, m->serial);
    struct mail *sight = NULL;
    KITH_ASSERT(!r->open);
    kith_err e = asks_judge_some(&o, m, &sight);
    if (sight) {
        sight->serial = m->serial;
        if (t) t->homes++;
        mail_append(&to[user_home(mail_a(m), r->shards)], sight);
    }
    if (!e && m->judged < m->b_len) return false;
    m->shards = 0;
    ruling_applied(r, m, to);
    mail_free(m);
    return true;
}
