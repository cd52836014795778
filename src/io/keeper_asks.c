/* io/keeper_asks.c -- what users and operators ask of the store: each waits for its turn. */
#include "io/keeper_state.h"

#include "io/log.h"
#include "io/system.h"

/* Where they are read from its tables the application changes them there. */
static bool changes_edges(const struct mail *m)
{
    enum rule_kind kind = m->type == MAIL_RULE ? rule_of_mail(m).kind : RULE_BLOCK;
    return kind == RULE_WATCH || kind == RULE_FRIENDS || kind == RULE_EDGES;
}

/* With a source of its own the application has the edges, of which rules and questions would speak;
 * but who is to be forgotten or barred, and when who was last seen, is kept here. */
static bool is_kept_here(const struct keeper *k, const struct mail *m)
{
    if (k->reading) return !changes_edges(m);
    if (!k->o.source || m->type == MAIL_SEEN_WHEN) return true;
    if (m->type == MAIL_CALL) return m->call == CALL_BAR;
    enum rule_kind kind = m->type == MAIL_RULE ? rule_of_mail(m).kind : RULE_WATCH;
    return kind == RULE_ERASE || kind == RULE_LAST_SEEN;
}

static void refuse(struct keeper *k, struct mail *m, kith_err e)
{
    /* Operators are told apart a full disk, which they can see to, and who has to come again. */
    if (e == KITH_FULL && (m->type == MAIL_CALL || m->operators)) e = KITH_NOMEM;
    if (m->type == MAIL_CALL)
        keeper_give(k, m->from, call_answer_failed(m, e));
    else
        ruling_refuse(m, e, k->answers);
}

/* Who asks: a user by one of its sessions. Empty: an operator, or the application. */
static kith_slice user_of(const struct mail *m)
{
    if (m->type == MAIL_RULE)
        return m->handle && !m->operators ? rule_of_mail(m).user : (kith_slice){0};
    return m->type == MAIL_CALL ? (kith_slice){0} : mail_a(m);
}

void keeper_take_ask(struct keeper *k, struct mail *m, struct waiting *w)
{
    kith_err e = is_kept_here(k, m) ? waiting_put(w, user_of(m), m) : KITH_REFUSED;
    if (e) refuse(k, m, e);
}

void keeper_take_call(struct keeper *k, struct mail *m)
{
    unsigned asker = m->from;
    if (call_is_long(m)) {
        keeper_take_ask(k, m, k->calls);
        return;
    }
    if (m->call == CALL_EVENTS) {
        mail_append(&k->pages, m);
        return;
    }
    if (m->call == CALL_BAR) seens_commit(&k->seens); /* it commits by itself */
    keeper_give(k, asker,
                is_kept_here(k, m) ? calls_answer(k->o.store, k->o.reciprocal, m)
                                   : call_answer_failed(m, KITH_REFUSED));
}

/* One may name thousands of users, and whoever joins meanwhile is not to wait for all. A list that
 * is read before a change is corrected by it. Those for which there is no room wait on, until
 * others hold everywhere. */
bool keeper_make_rules(struct keeper *k)
{
    uint64_t end_ms = keeper_end_of_turn();
    bool any = false;
    for (struct mail *m; !(any && keeper_is_over(end_ms)) && ruling_has_room(k->ruling) &&
                         (m = waiting_take(k->rules));
         any = true) {
        struct rule r = rule_of_mail(m);
        if (!any) seens_commit(&k->seens); /* what is to be erased is to be there */
        keeper_log_before(k, &r);
        kith_err e = ruling_make(k->ruling, m);
        if (e) ruling_refuse(m, e, k->answers);
    }
    keeper_commit(k);
    return any;
}

/* What each has asked so far is forgotten with the old one. Without memory the old one stays. */
static void set_budget(struct keeper *k, uint32_t users)
{
    struct siphash_key key = system_random_key();
    struct budget *b = users ? budget_new(users, BUDGET_WINDOW_MS, &key) : NULL;
    if (users && !b) return;
    budget_free(k->budget);
    k->budget = b;
    k->o.watch_budget = users;
}

void keeper_look_at_limits(struct keeper *k)
{
    if (!k->o.limits) return;
    uint32_t users = atomic_load_explicit(&k->o.limits->watch_budget, memory_order_relaxed);
    if (users != k->o.watch_budget) set_budget(k, users);
    k->seens.keep_s = atomic_load_explicit(&k->o.limits->last_seen_s, memory_order_relaxed);
}

/* Who reads unusually many is stopped, and told of: it may be somebody who collects. */
static bool over_budget(struct keeper *k, kith_slice asker, kith_slice ids)
{
    char user[LOG_ID_MAX];
    if (!k->budget || ids.len == 0) return false;
    enum budget_verdict v = budget_spend(k->budget, asker, ids, system_now().mono_ms);
    if (v == BUDGET_OVER_NOW)
        log_warn("user %s asks about more than %u users within an hour, and is refused "
                 "(presence.watch_budget)",
                 log_id(user, asker), k->o.watch_budget);
    return v != BUDGET_WITHIN;
}

static kith_err ask(struct keeper *k, struct mail *m)
{
    m->over_budget = m->asks && over_budget(k, mail_a(m), mail_b(m)); /* unwatch costs nothing */
    return m->over_budget ? KITH_FULL : ruling_ask(k->ruling, m, k->answers);
}

/* Whoever is asked about costs the same, friends too: what is left would else tell who is one. */
static kith_err judge_seen(struct keeper *k, struct mail *m)
{
    m->over_budget = over_budget(k, mail_a(m), slice_head(mail_b(m), m->ids_bytes));
    return m->over_budget ? KITH_FULL : seens_judge(&k->seens, m);
}

static kith_err answer_seen(struct keeper *k, struct mail *m)
{
    unsigned asker = m->from;
    bool homes_first = m->homes;
    kith_err e = homes_first ? judge_seen(k, m) : KITH_OK;
    if (!e) keeper_give(k, asker, homes_first ? m : seens_answer(&k->seens, m));
    return e;
}

static void judge(struct keeper *k, struct mail *m)
{
    kith_err e = KITH_OK;
    if (m->type == MAIL_SEEN_WHEN)
        e = answer_seen(k, m);
    else if (m->type == MAIL_ASK)
        e = ask(k, m);
    else if (!ruling_askers(k->ruling, m, k->answers))
        waiting_put_own(k->asks, m); /* the rest of them, when its turn comes again */
    if (e) ruling_refuse(m, e, k->answers);
}

/* Of those that other shards wait for always, so that there is room again. */
static struct mail *next_ask(struct keeper *k)
{
    return ruling_has_room(k->ruling) ? waiting_take(k->asks) : waiting_take_own(k->asks);
}

/* As keeper_make_rules. By what is committed: who is told something is told what holds. */
bool keeper_judge_asks(struct keeper *k)
{
    uint64_t end_ms = keeper_end_of_turn();
    bool any = false;
    for (struct mail *m; !(any && keeper_is_over(end_ms)) && (m = next_ask(k)); any = true)
        judge(k, m);
    return any;
}

bool keeper_answer_calls(struct keeper *k)
{
    struct long_call *q = &k->call;
    if (!q->asked && !(q->asked = waiting_take(k->calls))) return false;
    unsigned asker = q->asked->from;
    struct mail *answer = long_call_go_on(q, k->o.store, k->o.reciprocal);
    if (answer) keeper_give(k, asker, answer);
    return true;
}

void keeper_refuse_rest(struct keeper *k, struct waiting *w)
{
    for (struct mail *m; (m = waiting_take(w));)
        refuse(k, m, KITH_FULL);
}
