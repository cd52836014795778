/* io/keeper.c -- the store's thread. */
#include "io/keeper.h"

#include "io/budget.h"
#include "io/calls.h"
#include "io/log.h"
#include "io/ruling.h"
#include "io/seens.h"
#include "io/system.h"
#include "shard/home.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    ANSWER_BYTES =
        65536,     /* go out at once: short lists share a wake-up, a long one does not wait */
    RULES_MS = 20, /* of changes at once: then come those who ask */
};

struct keeper {
    struct keeper_options o;
    struct ruling *ruling;
    struct seens seens;
    struct budget *budget; /* of those who ask; NULL: there is none */
    pthread_t thread;
    atomic_bool stop;
    struct mail_queue answers[SHARDS_MAX];
    size_t answer_bytes; /* in them */
    struct buf ids;
    struct mail_queue rules; /* changes that are not made yet */
    struct mail_queue asks;  /* whom sessions ask to see, not judged yet */
    size_t waiting_bytes;    /* of both */
    bool saving;             /* in the transaction that replaces the saved sessions */
    unsigned saved;
    kith_err save_error;
    kith_problem words; /* the store's, of that error */
};

static void answer_watched(struct keeper *k, const struct mail *m)
{
    uint32_t count = 0;
    if (m->at < system_now().mono_ms) return; /* its join has been refused by now */
    buf_clear(&k->ids);
    kith_err e = k->o.source
                     ? source_watched(k->o.source, mail_a(m), &k->ids)
                     : rules_visible(k->o.store, mail_a(m), k->o.reciprocal, &k->ids, &count);
    struct mail *answer = mail_new(MAIL_WATCHED, e ? (kith_slice){0} : buf_slice(&k->ids),
                                   (kith_slice){0}, (kith_slice){0});
    if (!answer) return; /* the join times out and is refused */
    answer->failed = e != KITH_OK;
    answer->cut = count > WATCHES_MAX;
    answer->handle = m->handle;
    answer->serial = m->serial;
    mail_append(&k->answers[m->from], answer);
    k->answer_bytes += answer->a_len;
}

static void post_answers(struct keeper *k)
{
    for (unsigned i = 0; i < k->o.shards; i++)
        mailbox_post(&k->o.boxes[i], &k->answers[i]);
    k->answer_bytes = 0;
}

/* Commits the changes that wait, and tells of them: behind the answers that were made before, so
 * that a shard knows whom a user watches before it hears how that has changed. */
static void commit_rules(struct keeper *k)
{
    if (!ruling_open(k->ruling)) return;
    post_answers(k);
    ruling_commit(k->ruling, k->answers);
    post_answers(k);
}

static size_t bytes_of(const struct mail *m) { return sizeof *m + m->a_len + m->b_len + m->c_len; }

/* With a source of its own the application has the edges, of which rules and questions would speak;
 * but who is to be forgotten or barred, and when who was last seen, is kept here. */
static bool is_kept_here(const struct keeper *k, const struct mail *m)
{
    if (!k->o.source) return true;
    if (m->type == MAIL_CALL) return m->at == CALL_BAR;
    enum rule_kind kind = m->type == MAIL_RULE ? rule_of_mail(m).kind : RULE_WATCH;
    return kind == RULE_ERASE || kind == RULE_LAST_SEEN;
}

/* What other shards wait for is never refused. */
static void take(struct keeper *k, struct mail *m, struct mail_queue *q)
{
    kith_err e = is_kept_here(k, m) ? KITH_OK : KITH_REFUSED;
    bool fits = k->waiting_bytes + bytes_of(m) <= RULES_WAITING_BYTES_MAX;
    if (!e && !fits && m->type != MAIL_ASKERS) e = KITH_FULL;
    if (e) {
        ruling_refuse(m, e, k->answers);
        return;
    }
    k->waiting_bytes += bytes_of(m);
    mail_append(q, m);
}

static void take_call(struct keeper *k, struct mail *m)
{
    unsigned asker = m->from;
    seens_commit(&k->seens);
    m = is_kept_here(k, m) ? calls_answer(k->o.store, k->o.reciprocal, m)
                           : call_answer_failed(m, KITH_REFUSED);
    k->answer_bytes += bytes_of(m);
    mail_append(&k->answers[asker], m);
}

/* Some of the changes that wait: one may name thousands of users, and whoever joins meanwhile is
 * not to wait for all. A list that is read before a change is corrected by it. */
static void make_rules(struct keeper *k)
{
    uint64_t end_ms = system_now().mono_ms + RULES_MS;
    seens_commit(&k->seens);
    for (struct mail *m; (m = mail_take(&k->rules));) {
        k->waiting_bytes -= bytes_of(m);
        kith_err e = ruling_make(k->ruling, m);
        if (e) ruling_refuse(m, e, k->answers);
        if (system_now().mono_ms >= end_ms) break;
    }
    commit_rules(k);
}

/* Who reads unusually many is stopped, and told of: it may be somebody who collects. */
static bool over_budget(struct keeper *k, const struct mail *m)
{
    char user[LOG_ID_MAX];
    if (!k->budget || !m->at) return false; /* unwatch costs nothing */
    enum budget_verdict v = budget_spend(k->budget, mail_a(m), mail_b(m), system_now().mono_ms);
    if (v == BUDGET_OVER_NOW)
        log_warn("user %s asks to watch more than %u users within an hour, and is refused "
                 "(presence.watch_budget)",
                 log_id(user, mail_a(m)), k->o.watch_budget);
    return v != BUDGET_WITHIN;
}

static void judge(struct keeper *k, struct mail *m)
{
    size_t bytes = bytes_of(m);
    kith_err e = KITH_OK;
    if (m->type == MAIL_ASK && (m->cut = over_budget(k, m)))
        e = KITH_FULL;
    else if (m->type == MAIL_ASK)
        e = ruling_ask(k->ruling, m, k->answers);
    else if (!ruling_askers(k->ruling, m, k->answers))
        mail_append(&k->asks, m), bytes = 0; /* the rest of them, when its turn comes again */
    if (e) ruling_refuse(m, e, k->answers);
    k->waiting_bytes -= bytes;
}

/* As make_rules. By what is committed: who is told something is told what holds. */
static void judge_asks(struct keeper *k)
{
    uint64_t end_ms = system_now().mono_ms + RULES_MS;
    for (struct mail *m; (m = mail_take(&k->asks));) {
        judge(k, m);
        if (system_now().mono_ms >= end_ms) break;
    }
}

/* The first error is kept, with its words: what fails after it says less. */
static void note(struct keeper *k, kith_err e)
{
    if (!e || k->save_error) return;
    k->save_error = e;
    (void)problem(e, &k->words, "%s", store_error(k->o.store));
}

static void begin_save(struct keeper *k)
{
    if (k->saving) return;
    while (k->rules.first)
        make_rules(k);
    k->saving = true;
    seens_commit(&k->seens);
    note(k, store_begin(k->o.store));
    if (!k->save_error) note(k, store_clear_sessions(k->o.store));
}

static void save(struct keeper *k, const struct mail *m)
{
    struct saved_dots dots;
    begin_save(k);
    if (k->save_error) return;
    memcpy(&dots, mail_c(m).ptr, sizeof dots);
    note(k, store_save_session(k->o.store, &(struct saved_session){.user = mail_a(m),
                                                                   .device = m->device,
                                                                   .fields = mail_b(m),
                                                                   .online_at_s = (uint32_t)m->at,
                                                                   .ref_inc = dots.ref.inc,
                                                                   .ref_seq = dots.ref.seq,
                                                                   .prev_inc = dots.prev.inc,
                                                                   .prev_seq = dots.prev.seq,
                                                                   .hidden = m->serial}));
}

static void saved(struct keeper *k)
{
    begin_save(k);
    if (++k->saved < k->o.shards) return;
    if (!k->save_error)
        note(k, store_commit(k->o.store));
    else
        store_rollback(k->o.store);
}

static void handle(struct keeper *k, const struct mail *m)
{
    switch ((enum mail_type)m->type) {
    case MAIL_WANT_WATCHED: answer_watched(k, m); break;
    case MAIL_SAVE: save(k, m); break;
    case MAIL_SAVED: saved(k); break;
    case MAIL_LAST_SEEN:
        if (!k->saving) seens_note(&k->seens, m);
        break;
    case MAIL_APPLIED: ruling_applied(k->ruling, m, k->answers); break;
    default: break; /* a shard's, never the store's */
    }
}

static void answer_seen(struct keeper *k, struct mail *m)
{
    unsigned asker = m->from;
    m = seens_answer(&k->seens, m);
    k->answer_bytes += bytes_of(m);
    mail_append(&k->answers[asker], m);
}

/* Takes the mail. */
static void take_in(struct keeper *k, struct mail *m)
{
    switch ((enum mail_type)m->type) {
    case MAIL_RULE: take(k, m, &k->rules); break;
    case MAIL_ASK:
    case MAIL_ASKERS: take(k, m, &k->asks); break;
    case MAIL_CALL: take_call(k, m); break;
    case MAIL_SEEN_WHEN: answer_seen(k, m); break;
    default: handle(k, m); mail_free(m);
    }
}

static bool work(struct keeper *k)
{
    struct mail_queue in = mailbox_take(k->o.box);
    bool any = in.first != NULL;
    for (struct mail *m; (m = mail_take(&in));) {
        take_in(k, m);
        if (k->answer_bytes >= ANSWER_BYTES) post_answers(k);
    }
    if (k->rules.first) make_rules(k);
    if (k->asks.first) judge_asks(k);
    post_answers(k);
    return any || k->rules.first || k->asks.first;
}

static void *run(void *arg)
{
    struct keeper *k = arg;
    struct pollfd wait = {.fd = k->o.box->event_fd, .events = POLLIN};
    if (k->o.tid) atomic_store(k->o.tid, gettid());
    for (;;) {
        while (work(k))
            ;
        /* Looked at after the box, whose wake-up may have been the one that tells of it. */
        if (atomic_load_explicit(&k->stop, memory_order_acquire)) break;
        (void)poll(&wait, 1, k->saving ? -1 : seens_tick(&k->seens));
    }
    while (work(k))
        ;
    seens_commit(&k->seens);
    return NULL;
}

static void keeper_free(struct keeper *k)
{
    ruling_free(k->ruling);
    budget_free(k->budget);
    buf_fini(&k->ids);
    free(k);
}

kith_err keeper_start(const struct keeper_options *o, struct keeper **out)
{
    struct keeper *k = calloc(1, sizeof *k);
    if (!k) return KITH_NOMEM;
    k->o = *o;
    k->ruling = ruling_new(o->store, o->reciprocal, o->shards);
    struct siphash_key key = system_random_key();
    if (o->watch_budget) k->budget = budget_new(o->watch_budget, BUDGET_WINDOW_MS, &key);
    k->seens = (struct seens){.store = o->store,
                              .source = o->source,
                              .reciprocal = o->reciprocal,
                              .keep_s = o->last_seen_s ? o->last_seen_s : 90 * 86400};
    atomic_init(&k->stop, false);
    bool whole = k->ruling && (k->budget || !o->watch_budget);
    kith_err e = !whole                                          ? KITH_NOMEM
                 : pthread_create(&k->thread, NULL, run, k) != 0 ? KITH_IO
                                                                 : KITH_OK;
    if (e)
        keeper_free(k);
    else
        *out = k;
    return e;
}

kith_err keeper_join(struct keeper *k, kith_problem *why)
{
    atomic_store_explicit(&k->stop, true, memory_order_release);
    mailbox_wake(k->o.box);
    pthread_join(k->thread, NULL);
    /* A shard whose last word was lost, for want of memory: closing takes back what the others
     * said. */
    bool unsaid = !k->save_error && k->saving && k->saved < k->o.shards;
    if (unsaid) (void)problem(KITH_NOMEM, &k->words, "%s", kith_err_text(KITH_NOMEM));
    bool lost = unsaid || k->save_error;
    kith_err e = !lost ? KITH_OK
                       : problem(KITH_IO, why, "the presence of this run could not be saved: %s",
                                 k->words.text);
    store_close(k->o.store);
    for (unsigned i = 0; i < k->o.shards; i++)
        mail_queue_fini(&k->answers[i]);
    keeper_free(k);
    return e;
}
