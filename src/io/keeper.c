/* io/keeper.c -- the store's thread. */
#include "io/keeper.h"

#include "io/keeper_state.h"
#include "io/log.h"
#include "io/system.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    FOLLOW_MS = 1000, /* others' changes hold here by then, though no sign of them comes */
    FORGOTTEN_PER_TURN = 1000,
};

void keeper_give(struct keeper *k, unsigned shard, struct mail *answer)
{
    k->answer_bytes += mail_size(answer);
    mail_append(&k->answers[shard], answer);
}

void keeper_post(struct keeper *k)
{
    for (unsigned i = 0; i < k->o.shards; i++) {
        lost_forget_sights(&k->away, &k->answers[i]);
        lost_answer(&k->away, &k->answers[i]);
        mailbox_post(&k->o.boxes[i], &k->answers[i]);
    }
    k->answer_bytes = 0;
}

/* A node that has missed changes of the rules for good is not to show anybody anything. */
static void give_up(struct keeper *k, kith_err e)
{
    if (k->lost) return;
    k->lost = true;
    log_warn(e == KITH_BAD
                 ? "cluster: a change of the rules is of a later version of Kith, and not "
                   "understood; this node stops: update it"
                 : "cluster: changes of the rules were missed for too long; this node "
                   "stops, and is to be started again");
    (void)kill(getpid(), SIGTERM);
}

/* What all nodes have changed since, in order. */
static void follow(struct keeper *k)
{
    k->follow_ms = system_now().mono_ms + FOLLOW_MS;
    if (k->lost) return;
    kith_err e = ruling_follow(k->ruling, k->answers);
    if (e == KITH_NONE || e == KITH_BAD) give_up(k, e);
}

static bool follow_if_due(struct keeper *k)
{
    uint32_t forgotten;
    if (!k->o.numbered) return false;
    bool heard = store_changes_heard(k->o.store), due = system_now().mono_ms >= k->follow_ms;
    if (!heard && !due) return false;
    follow(k);
    if (!heard && store_forget_changes(k->o.store, FORGOTTEN_PER_TURN, &forgotten))
        forgotten = 0; /* another time */
    return heard;
}

static void forget(void *ctx, kith_slice user) { lost_forget(ctx, user); }

/* Whose commit gets no answer may have been changed all the same. */
void keeper_commit(struct keeper *k)
{
    if (!ruling_open(k->ruling)) return;
    keeper_post(k);
    ruling_each_made(k->ruling, forget, &k->away);
    lost_heed(&k->away, ruling_commit(k->ruling, k->answers));
    if (k->o.numbered) follow(k);
    keeper_post(k);
}

uint64_t keeper_end_of_turn(void) { return system_now().mono_ms + TURN_MS; }

bool keeper_is_over(uint64_t end_ms) { return system_now().mono_ms >= end_ms; }

/* All that was asked before is made first. */
static void begin_save(struct keeper *k)
{
    if (k->saving.begun) return;
    while (keeper_make_rules(k))
        ;
    keeper_refuse_rest(k, k->rules);
    seens_commit(&k->seens);
    events_flush(k->events);
    saving_begin(&k->saving);
}

static void handle(struct keeper *k, const struct mail *m)
{
    switch ((enum mail_type)m->type) {
    case MAIL_SAVE:
        begin_save(k);
        saving_keep(&k->saving, m);
        break;
    case MAIL_SAVED:
        begin_save(k);
        saving_said(&k->saving);
        break;
    case MAIL_LAST_SEEN:
        if (!k->saving.begun) seens_note(&k->seens, m);
        break;
    case MAIL_APPLIED: ruling_applied(k->ruling, m, k->answers); break;
    default: break; /* a shard's, never the store's */
    }
}

/* Takes the mail. */
static void take_in(struct keeper *k, struct mail *m)
{
    switch ((enum mail_type)m->type) {
    case MAIL_WANT_WATCHED: keeper_take_list(k, m); break;
    case MAIL_RULE: keeper_take_ask(k, m, k->rules); break;
    case MAIL_ASK:
    case MAIL_SEEN_WHEN: keeper_take_ask(k, m, k->asks); break;
    case MAIL_ASKERS: waiting_put_own(k->asks, m); break;
    case MAIL_CALL: keeper_take_call(k, m); break;
    case MAIL_SESSION:
    case MAIL_NODE_ENDED:
    case MAIL_HOOK:
    case MAIL_ROLL: keeper_take_event(k, m); break;
    case MAIL_READ:
    case MAIL_HINT:
    case MAIL_HERE:
        if (k->reading)
            reading_receive(k->reading, m);
        else
            mail_free(m);
        break;
    default: handle(k, m); mail_free(m);
    }
}

static bool has_answers(const struct keeper *k)
{
    for (unsigned i = 0; i < k->o.shards; i++)
        if (k->answers[i].first) return true;
    return false;
}

/* Of half a step, where a turn takes more than that: so there is no length of a list at which one
 * row more is a step more. */
static uint64_t by_chance(uint64_t spent_us, uint32_t step_us)
{
    uint32_t chance;
    if (spent_us < step_us / 2) return 0;
    system_random(&chance, sizeof chance);
    return chance % (step_us / 2);
}

/* Answers leave a fixed time after the turn began, or twice that and so on: whoever asks learns
 * nothing by the time that it took to read what it is not told of. */
static void answer_in_step(struct keeper *k, uint64_t begun_us)
{
    if (has_answers(k)) {
        uint64_t spent_us = system_us() - begun_us;
        uint64_t steps = (spent_us + by_chance(spent_us, k->step_us)) / k->step_us + 1;
        system_wait_until(begun_us + steps * k->step_us);
    }
    keeper_post(k);
}

static bool work(struct keeper *k)
{
    struct mail_queue in = mailbox_take(k->o.box);
    uint64_t begun_us = system_us(); /* what comes from now on is the next turn's */
    keeper_look_at_limits(k);
    bool any = in.first != NULL;
    for (struct mail *m; (m = mail_take(&in));) {
        take_in(k, m);
        if (k->answer_bytes >= ANSWER_BYTES) keeper_post(k);
    }
    any = follow_if_due(k) || any;
    any = keeper_answer_lists(k) || any;
    any = keeper_read_edges(k) || any;
    any = keeper_make_rules(k) || any;
    any = keeper_judge_asks(k) || any;
    any = keeper_answer_calls(k) || any;
    any = keeper_log_events(k) || any;
    any = keeper_tell_events(k) || any;
    answer_in_step(k, begun_us);
    return any;
}

static int sooner(int a_ms, int b_ms)
{
    return a_ms < 0 || (b_ms >= 0 && b_ms < a_ms) ? b_ms : a_ms;
}

static int pause_ms(struct keeper *k)
{
    int ms = k->saving.begun ? -1 : seens_tick(&k->seens);
    if (k->reading) ms = sooner(ms, reading_due_ms(k->reading));
    ms = sooner(ms, keeper_events_due_ms(k));
    return sooner(sooner(ms, k->o.numbered ? FOLLOW_MS : -1), lost_look(&k->away));
}

static void *run(void *arg)
{
    struct keeper *k = arg;
    struct pollfd wait[2] = {{.fd = k->o.box->event_fd, .events = POLLIN}, {.events = POLLIN}};
    (void)pthread_setname_np(pthread_self(), "keeper");
    if (k->o.tid) atomic_store(k->o.tid, gettid());
    for (;;) {
        while (work(k))
            ;
        /* Looked at after the box, whose wake-up may have been the one that tells of it. */
        if (atomic_load_explicit(&k->stop, memory_order_acquire)) break;
        int ms = pause_ms(k);
        wait[1].fd = store_changes_fd(k->o.store); /* which that may have changed */
        (void)poll(wait, 2, ms);
    }
    while (work(k))
        ;
    keeper_refuse_rest(k, k->rules);
    keeper_refuse_rest(k, k->asks);
    keeper_post(k);
    seens_commit(&k->seens);
    return NULL;
}

static void keeper_free(struct keeper *k)
{
    reading_free(k->reading);
    delivery_free(k->delivery);
    events_free(k->events);
    ruling_free(k->ruling);
    budget_free(k->budget);
    lost_fini(&k->away);
    waiting_free(k->lists);
    waiting_free(k->rules);
    waiting_free(k->asks);
    waiting_free(k->calls);
    mail_queue_fini(&k->pages);
    long_call_fini(&k->call);
    buf_fini(&k->ids);
    free(k);
}

static kith_err begin_reading(struct keeper *k, const struct siphash_key *key)
{
    const struct keeper_options *o = &k->o;
    struct reading_options r = {.tables = o->tables,
                                .sweep_ms = o->sweep_ms,
                                .store = o->store,
                                .ruling = k->ruling,
                                .box = o->box,
                                .boxes = o->boxes,
                                .shards = o->shards};
    return o->tables ? reading_new(&r, key, &k->reading) : KITH_OK;
}

kith_err keeper_start(const struct keeper_options *o, struct keeper **out)
{
    struct keeper *k = calloc(1, sizeof *k);
    if (!k) return KITH_NOMEM;
    k->o = *o;
    k->ruling = ruling_new(o->store, o->reciprocal, o->shards);
    struct siphash_key key = system_random_key();
    k->lists = waiting_new(&key);
    k->rules = waiting_new(&key);
    k->asks = waiting_new(&key);
    k->calls = waiting_new(&key);
    if (o->watch_budget) k->budget = budget_new(o->watch_budget, BUDGET_WINDOW_MS, &key);
    kith_err lost = lost_init(&k->away, o->store, &key);
    k->away.told_ms = o->lost_ms;
    k->step_us = store_reach(o->store) == STORE_HERE ? STORE_STEP_US : STORE_STEP_FAR_US;
    k->saving = (struct saving){.store = o->store, .shards = o->shards};
    k->seens = (struct seens){.store = o->store,
                              .source = o->source,
                              .reciprocal = o->reciprocal,
                              .keep_s = o->last_seen_s ? o->last_seen_s : 90 * 86400};
    atomic_init(&k->stop, false);
    kith_err numbered = o->numbered && k->ruling ? ruling_number(k->ruling, o->heard) : KITH_OK;
    bool whole = k->ruling && k->lists && k->rules && k->asks && k->calls &&
                 (k->budget || !o->watch_budget) && !lost;
    kith_err reads;
    kith_err e = numbered                                        ? numbered
                 : !whole                                        ? KITH_NOMEM
                 : (reads = begin_reading(k, &key))              ? reads
                 : (reads = keeper_begin_events(k))              ? reads
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
    kith_err e = saving_end(&k->saving, why);
    keeper_end_events(k);
    store_close(k->o.store);
    for (unsigned i = 0; i < k->o.shards; i++)
        mail_queue_fini(&k->answers[i]);
    keeper_free(k);
    return e;
}
