/* io/events.c -- the log of events of users' presence: written in batches.
 *
 *     homes --MAIL_SESSION--> [waiting] --a batch, every COMMIT_MS--> the store, which knows
 *                                   what it has told of a session, and makes events of it
 *
 * A run is a count of all sessions here. It begins with the server, where only those that linger
 * from before are there; and anew, by a roll of all homes, when some changes were missed. What is
 * of an earlier run when it is over has ended, and nobody has said so. */
#include "io/events.h"

#include "base/limits.h"
#include "io/events_state.h"
#include "io/log.h"
#include "io/system.h"
#include "shard/hook.h"

#include <stdlib.h>

enum {
    COMMIT_MS = 25,    /* one write to the disk for all that changes by then */
    AGAIN_MS = 1000,   /* between two tries to write to a store that fails */
    KEEP_MS = 2000,    /* between two looks whether others take this node for dead */
    FORGET_MS = 60000, /* between two looks for what is too old */
    SAID_MS = 60000,   /* between two log lines */
};

/* Ends of earlier runs, and of other nodes */

static void put_ending(struct events *ev, uint64_t of, uint64_t due_ms)
{
    if (ev->ending_count < EVENTS_ENDINGS_MAX)
        ev->endings[ev->ending_count++] = (struct ending){of, due_ms};
}

static void drop_ending(struct events *ev, unsigned at)
{
    ev->ending_count--;
    for (unsigned i = at; i < ev->ending_count; i++)
        ev->endings[i] = ev->endings[i + 1];
    buf_clear(&ev->end_after);
}

static void drop_own_ending(struct events *ev)
{
    for (unsigned i = 0; i < ev->ending_count; i++)
        if (!ev->endings[i].of) drop_ending(ev, i--);
}

void events_node_ended(struct events *ev, uint64_t inc, uint64_t after_ms)
{
    put_ending(ev, inc, system_now().mono_ms + after_ms);
}

kith_err events_new(const struct events_start *o, struct events **out)
{
    struct events *ev = calloc(1, sizeof *ev);
    if (!ev) return KITH_NOMEM;
    uint64_t now_ms = system_now().mono_ms;
    newest_init(&ev->newest);
    ev->key = system_random_key();
    ev->o = *o;
    ev->run = o->run;
    ev->write_ms = UINT64_MAX;
    ev->forget_ms = now_ms;
    ev->keep_ms = store_reach(o->store) == STORE_HERE ? UINT64_MAX : now_ms;
    put_ending(ev, 0, now_ms + o->options.grace_ms);
    *out = ev;
    return KITH_OK;
}

void events_free(struct events *ev)
{
    if (!ev) return;
    newest_fini(&ev->newest);
    mail_queue_fini(&ev->waiting);
    buf_fini(&ev->end_after);
    free(ev);
}

/* Rolls */

static void ask_roll(struct events *ev, struct mail *m)
{
    if (!m) m = mail_new(MAIL_ROLL, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
    ev->roll_out = m != NULL;
    if (m) mailbox_post_one(&ev->o.boxes[ev->roll_shard], m); /* else it is tried again */
}

/* Until it has ended nobody is taken for gone. */
static void begin_roll(struct events *ev)
{
    ev->missed = false;
    ev->rolling = true;
    ev->run++;
    ev->roll_shard = 0;
    ev->roll_slot = 0;
    drop_own_ending(ev);
    ask_roll(ev, NULL);
}

static void take_roll(struct events *ev, struct mail *m)
{
    ev->roll_out = false;
    if (m->slot == 0 && ++ev->roll_shard == ev->o.shards) {
        ev->rolling = false;
        put_ending(ev, 0, 0); /* once all that it told is written */
        mail_free(m);
        return;
    }
    ev->roll_slot = m->slot;
    mail_free(m);
}

/* The next part, when what the one before told is written. */
static void go_on_rolling(struct events *ev)
{
    struct mail *m = mail_new(MAIL_ROLL, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
    if (m) m->slot = ev->roll_slot;
    ask_roll(ev, m);
}

/* What waits */

static void miss(struct events *ev)
{
    ev->missed = true;
    ev->stats.dropped++;
}

static uint32_t *share_of(struct events *ev, const struct mail *m)
{
    return &ev->shares[siphash13(&ev->key, mail_a(m)) % EVENTS_SHARES];
}

/* While more waits than is written at once nobody may take the room of all by coming and going. */
static bool has_room(struct events *ev, const struct mail *m)
{
    bool behind = ev->stats.waiting >= EVENTS_PER_COMMIT;
    return ev->bytes + mail_size(m) <= EVENTS_WAITING_BYTES_MAX &&
           (!behind || *share_of(ev, m) < EVENTS_SHARE_MAX);
}

void events_note(struct events *ev, struct mail *m)
{
    if (m->type == MAIL_ROLL) {
        take_roll(ev, m);
        return;
    }
    if (m->failed) miss(ev);
    /* What is written at once is each change; of more, each session's newest status. */
    if (newest_join(&ev->newest, m, ev->stats.waiting >= EVENTS_PER_COMMIT, &ev->bytes)) {
        mail_free(m);
        return;
    }
    if (!has_room(ev, m)) {
        miss(ev);
        mail_free(m);
        return;
    }
    if (!ev->waiting.first) ev->write_ms = system_now().mono_ms + COMMIT_MS;
    ev->bytes += mail_size(m);
    ev->stats.waiting++;
    ++*share_of(ev, m);
    mail_append(&ev->waiting, m);
    newest_put(&ev->newest, m);
}

static kith_slice ref_of(const char ref[REF_BYTES])
{
    return slice_of(ref, ref[0] ? REF_BYTES : 0);
}

/* The first of those that wait, which stay where they are. A store whose answer was lost knows a
 * batch by its number, so what has come since is another one's. */
static void read_batch(struct events *ev, struct session_batch *b)
{
    uint32_t max = ev->tried ? ev->tried : EVENTS_PER_COMMIT;
    *b = (struct session_batch){.changes = ev->changes, .run = ev->run, .number = ev->number + 1};
    for (const struct mail *m = ev->waiting.first; m && b->count < max; m = m->next) {
        newest_drop(&ev->newest, m);
        const struct session_refs *refs = (const struct session_refs *)(const void *)mail_c(m).ptr;
        ev->changes[b->count++] =
            (struct session_change){.user = mail_a(m),
                                    .old_ref = ref_of(refs->old),
                                    .now_ref = ref_of(refs->now),
                                    .old = slice_head(mail_b(m), m->old_bytes),
                                    .now = slice_from(mail_b(m), m->old_bytes),
                                    .at_ms = m->at_ms,
                                    .hidden = m->hidden};
    }
}

static void drop_written(struct events *ev, uint32_t count)
{
    for (; count > 0; count--) {
        struct mail *m = mail_take(&ev->waiting);
        ev->bytes -= mail_size(m);
        ev->stats.waiting--;
        --*share_of(ev, m);
        mail_free(m);
    }
    ev->write_ms = ev->waiting.first ? 0 : UINT64_MAX;
}

/* Within a transaction of its own. */
static kith_err in_turn(struct events *ev, kith_err (*what)(struct events *ev, void *arg),
                        void *arg)
{
    kith_err e = store_begin_aside(ev->o.store);
    if (e) return e;
    e = what(ev, arg);
    if (!e) return store_commit(ev->o.store);
    store_rollback(ev->o.store);
    return e;
}

static void fail(struct events *ev)
{
    uint64_t now_ms = system_now().mono_ms;
    ev->again_ms = now_ms + AGAIN_MS;
    if (ev->said_ms && now_ms < ev->said_ms + SAID_MS) return;
    ev->said_ms = now_ms;
    log_warn("the log of events cannot be written (%s): %llu changes wait, and are written when it "
             "can be",
             store_error(ev->o.store), (unsigned long long)ev->stats.waiting);
}

static kith_err log_batch(struct events *ev, void *arg)
{
    uint64_t logged;
    kith_err e = store_log_sessions(ev->o.store, arg, &logged);
    ev->logged = logged;
    return e;
}

static bool write_some(struct events *ev)
{
    struct session_batch b;
    read_batch(ev, &b);
    ev->tried = b.count;
    if (in_turn(ev, log_batch, &b) != KITH_OK) {
        fail(ev);
        return false;
    }
    ev->tried = 0;
    ev->number++;
    ev->stats.logged += ev->logged;
    drop_written(ev, b.count);
    return true;
}

void events_flush(struct events *ev)
{
    while (ev && ev->waiting.first && write_some(ev))
        ;
}

bool events_await(const struct events *ev, kith_slice user)
{
    const struct mail *m = ev ? ev->waiting.first : NULL;
    while (m && !slice_eq(mail_a(m), user))
        m = m->next;
    return m != NULL;
}

/* To the front, behind what was tried; how many there are up to the last of them. */
static uint32_t bring_forward(struct events *ev, kith_slice user)
{
    struct mail_queue tried = {0}, own = {0}, others = {0};
    uint32_t at = 0, count = ev->tried;
    for (struct mail *m; (m = mail_take(&ev->waiting)); at++) {
        bool is_own = at >= ev->tried && slice_eq(mail_a(m), user);
        mail_append(at < ev->tried ? &tried : is_own ? &own : &others, m);
        count += is_own;
    }
    mail_prepend(&others, &own);
    mail_prepend(&others, &tried);
    ev->waiting = others;
    return count;
}

void events_flush_user(struct events *ev, kith_slice user)
{
    uint64_t others = ev->stats.waiting - bring_forward(ev, user);
    while (ev->stats.waiting > others && write_some(ev))
        ;
}

/* Ends */

static unsigned first_ending(const struct events *ev)
{
    unsigned first = 0;
    for (unsigned i = 1; i < ev->ending_count; i++)
        if (ev->endings[i].due_ms < ev->endings[first].due_ms) first = i;
    return first;
}

static uint64_t end_due(const struct events *ev)
{
    return ev->ending_count ? ev->endings[first_ending(ev)].due_ms : UINT64_MAX;
}

static kith_err end_part(struct events *ev, void *arg)
{
    const struct ending *ending = arg;
    struct ended_runs r = {.of = ending->of,
                           .before = ev->run,
                           .at_ms = system_now().unix_ms,
                           .max = EVENTS_PER_COMMIT};
    if (ev->end_of != ending->of) buf_clear(&ev->end_after);
    ev->end_of = ending->of;
    return store_end_runs(ev->o.store, &r, &ev->end_after, &ev->logged);
}

static void end_some(struct events *ev)
{
    unsigned first = first_ending(ev);
    if (in_turn(ev, end_part, &ev->endings[first]) != KITH_OK) {
        fail(ev);
        return;
    }
    ev->stats.logged += ev->logged;
    if (ev->end_after.len == 0) drop_ending(ev, first);
}

/* Others may have taken this node for dead; and some that is may have been seen to die by nobody.
 */
static void keep_run(struct events *ev, uint64_t now_ms)
{
    bool ended;
    uint64_t stale;
    ev->keep_ms = now_ms + KEEP_MS;
    if (store_keep_run(ev->o.store, ev->run, &ended, &stale) != KITH_OK) return;
    if (stale) put_ending(ev, stale, now_ms);
    if (!ended || ev->rolling) return;
    log_warn("events: another node has taken this one for dead: all sessions are counted anew");
    ev->missed = true;
}

/* Bounds */

static kith_err forget_part(struct events *ev, void *arg)
{
    uint64_t up_to, unix_ms = system_now().unix_ms;
    const struct events_options *o = &ev->o.options;
    struct old_events old = {.before_ms = unix_ms > o->keep_ms ? unix_ms - o->keep_ms : 0,
                             .keep = o->keep,
                             .max = EVENTS_FORGET_MAX};
    return store_forget_events(ev->o.store, &old, arg, &up_to);
}

static void forget_some(struct events *ev, uint64_t now_ms)
{
    uint32_t count = 0;
    if (in_turn(ev, forget_part, &count) != KITH_OK) fail(ev);
    ev->stats.forgotten += count;
    ev->forget_ms = count == EVENTS_FORGET_MAX ? now_ms : now_ms + FORGET_MS;
}

/* Turns */

static uint64_t sooner(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* What writes. Nothing ends while changes wait: they may tell of it. */
static uint64_t write_due(const struct events *ev)
{
    uint64_t due = sooner(ev->write_ms, sooner(ev->forget_ms, ev->keep_ms));
    if (!ev->waiting.first) due = sooner(due, end_due(ev));
    return due > ev->again_ms ? due : ev->again_ms;
}

static bool may_roll(const struct events *ev)
{
    return ev->rolling ? !ev->roll_out && !ev->waiting.first : ev->missed && !ev->waiting.first;
}

static uint64_t due(const struct events *ev)
{
    if (may_roll(ev)) return ev->again_ms;
    return write_due(ev);
}

bool events_due(const struct events *ev) { return ev && due(ev) <= system_now().mono_ms; }

int events_due_ms(const struct events *ev)
{
    uint64_t at = due(ev), now_ms = system_now().mono_ms;
    if (at <= now_ms) return 0;
    return at - now_ms > 60000 ? 60000 : (int)(at - now_ms);
}

void events_go_on(struct events *ev)
{
    uint64_t now_ms = system_now().mono_ms;
    if (may_roll(ev) && ev->again_ms <= now_ms) {
        if (ev->rolling)
            go_on_rolling(ev);
        else
            begin_roll(ev);
    }
    if (write_due(ev) > now_ms) return;
    if (ev->write_ms <= now_ms)
        (void)write_some(ev);
    else if (ev->keep_ms <= now_ms)
        keep_run(ev, now_ms);
    else if (end_due(ev) <= now_ms && !ev->waiting.first)
        end_some(ev);
    else
        forget_some(ev, now_ms);
}

const struct event_stats *events_stats(const struct events *ev) { return &ev->stats; }
