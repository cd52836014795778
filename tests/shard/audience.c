/* tests/shard/audience.c -- thousands of people who watch one other each. */
#include "shard/audience.h"

#include "base/ids.h"
#include "shard/states.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void audience_init(struct audience *a, unsigned shards, const struct world_options *o)
{
    memset(a, 0, sizeof *a);
    a->shards = shards;
    a->now = (struct now){.mono_ms = 1000, .unix_ms = 1795487065000};
    for (unsigned i = 0; i < shards; i++) {
        struct world_options mine = *o;
        mine.id = i;
        mine.count = shards;
        mine.node = "here";
        mine.inc = 77;
        mine.join_wait_ms = 5000;
        if (!mine.outbox_bytes_max) mine.outbox_bytes_max = OUTBOX_BYTES_MAX;
        a->world[i] = shard_new(&mine);
        assert_non_null(a->world[i]);
        a->world[i]->now = a->now;
    }
}

void audience_fini(struct audience *a)
{
    for (unsigned i = 0; i < a->count; i++)
        social_lost(a->world[a->watchers[i].shard], a->watchers[i].slot, 0);
    for (unsigned i = 0; i < a->count; i++)
        clients_close(a->world[a->watchers[i].shard]->clients, a->watchers[i].slot);
    for (unsigned i = 0; i < a->shards; i++)
        shard_free(a->world[i]);
}

struct watcher *audience_add(struct audience *a, unsigned shard, const char *user,
                             const char *watches)
{
    struct watcher *k = &a->watchers[a->count++];
    struct world *w = a->world[shard];
    assert_true(a->count <= AUDIENCE_WATCHERS_MAX);
    *k = (struct watcher){.shard = shard, .sees = AUDIENCE_OFFLINE};
    snprintf(k->user, sizeof k->user, "%s", user);
    snprintf(k->watches, sizeof k->watches, "%s", watches);
    assert_int_equal(clients_open(w->clients, &k->slot), KITH_OK);
    assert_int_equal(social_join(w, k->slot,
                                 &(struct social_join){.form = KITH_SOCIAL_FRIENDS,
                                                       .user = slice_str(k->user),
                                                       .name = KITH_LIT("friends1"),
                                                       .topic_len = 7,
                                                       .ref = KITH_LIT("1"),
                                                       .fields = KITH_LIT("{\"status\":\"s0\"}")}),
                     KITH_OK);
    return k;
}

void audience_status(struct audience *a, const struct watcher *who, int n, unsigned note_bytes)
{
    char fields[META_BYTES_MAX];
    struct frame *reply = frame_of(KITH_LIT("\x81\x02{}"));
    snprintf(fields, sizeof fields, "{\"status\":\"s%d\",\"note\":\"%0*d\"}", n, (int)note_bytes,
             0);
    assert_int_equal(social_status(a->world[who->shard], who->slot, slice_str(fields), reply),
                     KITH_OK);
}

/* Of the frame's first status behind `from`, or offline. */
static int status_in(kith_slice frame, const char *from)
{
    static const char key[] = "\"status\":\"s";
    const uint8_t *begin = memmem(frame.ptr, frame.len, from, strlen(from));
    assert_non_null(begin);
    size_t left = frame.len - (size_t)(begin - frame.ptr);
    const char *status = memmem(begin, left, key, sizeof key - 1);
    return status ? atoi(status + sizeof key - 1) : AUDIENCE_OFFLINE;
}

static bool holds(kith_slice frame, const char *what)
{
    return memmem(frame.ptr, frame.len, what, strlen(what));
}

static void read_frame(struct watcher *k, kith_slice frame)
{
    if (holds(frame, "\"presence_state\"")) {
        k->sees = status_in(frame, "\"presence_state\"");
        k->states++;
    } else if (holds(frame, "\"presence_diff\"")) {
        k->sees = holds(frame, "\"joins\":{}") ? AUDIENCE_OFFLINE : status_in(frame, "\"joins\"");
        k->diffs++;
    }
}

static void read_one(struct audience *a, struct watcher *k)
{
    struct world *w = a->world[k->shard];
    struct client *c = clients_at(w->clients, k->slot);
    kith_slice frame;
    if (k->stalled) return;
    for (; outbox_peek(&c->outbox, &frame, 1); k->heard_turn = a->turn) {
        read_frame(k, frame);
        clients_sent(w->clients, k->slot, frame.len);
    }
    if (!c->behind) return;
    states_catch_up(w, k->slot);
    if (c->outbox.count) read_one(a, k);
}

static void put_ids(const char *with_commas, struct buf *out)
{
    for (size_t len; *with_commas; with_commas += len + (with_commas[len] == ',')) {
        len = strcspn(with_commas, ",");
        ids_put(out, slice_of((const uint8_t *)with_commas, len));
    }
}

static void answer_store(struct audience *a, const struct mail *want)
{
    struct buf ids = {0};
    struct world *w = a->world[want->from];
    for (unsigned i = a->count; i-- > 0;)
        if (slice_is(mail_a(want), a->watchers[i].user)) {
            put_ids(a->watchers[i].watches, &ids);
            break;
        }
    if (want->type == MAIL_WANT_WATCHED)
        states_watched(w, want->handle, want->serial, buf_slice(&ids), false);
    buf_fini(&ids);
}

bool audience_turn(struct audience *a)
{
    bool more = false;
    a->turn++;
    for (unsigned i = 0; i < a->shards; i++) {
        struct world *w = a->world[i];
        for (struct mail *m; (m = mail_take(&w->wants)); mail_free(m))
            answer_store(a, m);
        (void)shard_tick(w);
        (void)clients_release(w->clients, UINT32_MAX, 0);
        for (struct mail *m; (m = mail_take(&w->news));)
            mail_free(m);
        for (unsigned to = 0; to < a->shards; to++)
            for (struct mail *m; (m = mail_take(&w->out[to]));)
                shard_receive(a->world[to], m);
    }
    for (unsigned i = 0; i < a->count; i++)
        read_one(a, &a->watchers[i]);
    for (unsigned i = 0; i < a->shards; i++) {
        more |= shard_due(a->world[i]) <= a->now.mono_ms || a->world[i]->wants.first;
        for (unsigned to = 0; to < a->shards; to++)
            more |= a->world[i]->out[to].first != NULL;
    }
    return more;
}

unsigned audience_settle(struct audience *a)
{
    unsigned turns = 1;
    while (audience_turn(a))
        turns++;
    return turns;
}

void audience_pass(struct audience *a, uint64_t ms)
{
    a->now.mono_ms += ms;
    a->now.unix_ms += ms;
    for (unsigned i = 0; i < a->shards; i++)
        a->world[i]->now = a->now;
}
