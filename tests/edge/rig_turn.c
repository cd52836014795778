/* tests/edge/rig_turn.c -- what a worker's turn does: mail goes round, the store answers, outboxes
 * are read, and time goes by. */
#include "base/assert.h"
#include "edge/api.h"
#include "edge/longpoll.h"
#include "edge/polls.h"
#include "edge/rig.h"
#include "edge/rig_state.h"
#include "shard/states.h"

/* The ids that `user` watches, as the store lists them. */
static size_t watched(const struct rig *r, kith_slice user, uint8_t *out, size_t cap)
{
    size_t n = 0;
    kith_slice rest = slice_str(r->graph), line, watcher;
    while (rest.len) {
        rest = slice_cut(rest, '\n', &line);
        kith_slice id = slice_cut(line, ' ', &watcher);
        if (!slice_eq(watcher, user) || id.len == 0) continue;
        KITH_ASSERT(n + 1 + id.len <= cap);
        out[n++] = (uint8_t)id.len;
        memcpy(out + n, id.ptr, id.len);
        n += id.len;
    }
    return n;
}

bool rig_answer(struct rig *r)
{
    static uint8_t ids[65536];
    struct mail *want = mail_take(&r->wants);
    if (!want) return false;
    if (r->asked && (want->type == MAIL_CALL || (want->type == MAIL_RULE && want->operators))) {
        unsigned asker = want->from;
        want = r->asked(want);
        if (want) shard_receive(r->worlds[asker], want);
        return true;
    }
    if (r->taken && r->taken(want)) return true;
    if (want->type == MAIL_WANT_WATCHED) {
        size_t n = r->store_fails ? 0 : watched(r, mail_a(want), ids, sizeof ids);
        struct mail *m = mail_new(MAIL_WATCHED, slice_of(ids, n), (kith_slice){0}, (kith_slice){0});
        if (m) {
            m->handle = want->handle;
            m->serial = want->serial;
            m->failed = r->store_fails;
            shard_receive(r->worlds[want->from], m);
        }
    }
    mail_free(want);
    return true;
}

static struct rig_client *client_of(struct rig *r, unsigned shard, uint32_t slot)
{
    for (struct rig_client *c = r->clients; c < r->clients + RIG_CLIENTS_MAX; c++)
        if (c->open && c->shard == shard && c->edge.slot == slot) return c;
    return NULL;
}

static bool take_for_edge(struct rig *r, unsigned shard)
{
    struct world *w = r->worlds[shard];
    bool any = w->to_edge.first;
    for (struct mail *m; (m = mail_take(&w->to_edge));) {
        if (m->type == MAIL_CALL) {
            api_disconnect(w, m);
            continue;
        }
        if (m->type != MAIL_POLL_ANSWER && m->type != MAIL_CALL_ANSWER) {
            polls_receive(r->polls[shard], m);
            continue;
        }
        uint32_t at;
        bool there = clients_find(w->clients, m->handle, &at);
        struct rig_client *c = there ? client_of(r, shard, at) : NULL;
        if (m->type == MAIL_CALL_ANSWER)
            api_answered(c ? &c->edge : NULL, m);
        else
            longpoll_answered(w, c ? &c->edge : NULL, m);
        if (c) rig_tick(r, (unsigned)(c - r->clients));
    }
    return any;
}

static bool carry_mail(struct rig *r)
{
    bool any = false;
    for (unsigned i = 0; i < r->shards; i++)
        any |= take_for_edge(r, i);
    for (unsigned from = 0; from < r->shards; from++) {
        for (unsigned to = 0; to < r->shards; to++)
            for (struct mail *m; (m = mail_take(&r->worlds[from]->out[to])); any = true)
                shard_receive(r->worlds[to], m);
        for (struct mail *m; (m = mail_take(&r->worlds[from]->wants));)
            mail_append(&r->wants, m);
    }
    while (!r->store_waits && rig_answer(r))
        any = true;
    return any;
}

static void read_out(struct rig_client *c, kith_slice piece)
{
    if (c->mute) return;
    if (c->out_at == c->out_len) c->out_at = c->out_len = 0;
    KITH_ASSERT(c->out_len + piece.len <= RIG_OUT_MAX);
    memcpy(c->out + c->out_len, piece.ptr, piece.len);
    c->out_len += piece.len;
}

static void drained(struct world *w, struct edge *e, const struct client *k)
{
    edge_drained(e);
    if (k->behind) states_catch_up(w, e->slot);
}

/* What io/conn.c does at the end of a turn. */
static void flush(struct rig *r, unsigned client)
{
    struct rig_client *c = &r->clients[client];
    struct world *w = rig_world(r, client);
    struct client *k = clients_at(w->clients, c->edge.slot);
    kith_slice piece;
    edge_settle(&c->edge);
    while (!c->stuck && outbox_peek(&k->outbox, &piece, 1)) {
        read_out(c, piece);
        clients_sent(w->clients, c->edge.slot, piece.len);
    }
    if (k->overrun)
        rig_close(r, client);
    else if (c->held && !edge_waits(&c->edge) && rig_feed_rest(r, client))
        clients_mark_dirty(w->clients, c->edge.slot);
    else if (k->outbox.count == 0 && c->edge.phase != EDGE_DONE)
        drained(w, &c->edge, k);
}

static bool flush_dirty(struct rig *r, unsigned shard)
{
    bool any = false;
    (void)clients_release(r->worlds[shard]->clients, UINT32_MAX, 0);
    for (uint32_t slot; (slot = clients_next_dirty(r->worlds[shard]->clients)) != UINT32_MAX;) {
        struct rig_client *c = client_of(r, shard, slot);
        if (c)
            flush(r, (unsigned)(c - r->clients));
        else
            polls_flush(r->polls[shard], slot);
        any = true;
    }
    return any;
}

static bool take_news(struct world *w)
{
    bool any = w->news.first;
    (void)session_news(w);
    return any;
}

static uint64_t tick_shard(struct rig *r, unsigned i)
{
    uint64_t shard = shard_tick(r->worlds[i]), polls = polls_tick(r->polls[i]);
    return shard < polls ? shard : polls;
}

void rig_turn(struct rig *r)
{
    for (bool any = true; any;) {
        for (unsigned i = 0; i < r->shards; i++)
            (void)tick_shard(r, i);
        any = carry_mail(r);
        for (unsigned i = 0; i < r->shards; i++)
            any |= take_news(r->worlds[i]);
        for (unsigned i = 0; i < r->shards; i++)
            any |= flush_dirty(r, i);
    }
}

/* When something is next due, `until` at the latest. */
static uint64_t next_due(const struct rig *r, const uint64_t shard_due[], uint64_t until)
{
    for (unsigned i = 0; i < RIG_CLIENTS_MAX; i++)
        if (r->clients[i].open && r->clients[i].due_ms < until) until = r->clients[i].due_ms;
    for (unsigned i = 0; i < r->shards; i++)
        if (shard_due[i] < until) until = shard_due[i];
    return until;
}

static void tick_due(struct rig *r)
{
    for (unsigned i = 0; i < RIG_CLIENTS_MAX; i++) {
        if (!r->clients[i].open || r->clients[i].due_ms > r->now.mono_ms) continue;
        r->clients[i].due_ms = UINT64_MAX;
        rig_tick(r, i);
    }
}

void rig_wait(struct rig *r, uint64_t ms)
{
    uint64_t until = r->now.mono_ms + ms, shard_due[RIG_SHARDS_MAX] = {0};
    for (;;) {
        uint64_t now = next_due(r, shard_due, until);
        if (now < r->now.mono_ms) now = r->now.mono_ms;
        r->now.unix_ms += now - r->now.mono_ms;
        r->now.mono_ms = now;
        for (unsigned i = 0; i < r->shards; i++)
            r->worlds[i]->now = r->now;
        tick_due(r);
        for (unsigned i = 0; i < r->shards; i++)
            shard_due[i] = tick_shard(r, i);
        rig_turn(r);
        if (now >= until) return;
    }
}
