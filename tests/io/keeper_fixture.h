/* tests/io/keeper_fixture.h -- the store's thread on a database of its own, and the boxes of two
 * shards. */
#pragma once

#include "base/ids.h"
#include "base/limits.h"
#include "io/keeper.h"
#include "shard/call.h"
#include "shard/rule.h"
#include "store_fixture.h"

#include <poll.h>

enum { SHARDS = 2, PATIENCE_MS = 20000 };

static struct mailbox boxes[SHARDS], wants;
static struct keeper *keeper;

static inline void start_with(const struct folder *f, const struct events_options *events)
{
    struct store *s = fixture_open(f);
    for (int i = 0; i < SHARDS; i++)
        assert_int_equal(mailbox_init(&boxes[i]), KITH_OK);
    assert_int_equal(mailbox_init(&wants), KITH_OK);
    assert_int_equal(
        keeper_start(
            &(struct keeper_options){
                .store = s, .box = &wants, .boxes = boxes, .shards = SHARDS, .events = events},
            &keeper),
        KITH_OK);
}

static inline void start(const struct folder *f) { start_with(f, NULL); }

static inline kith_err stop(void)
{
    kith_err e = keeper_join(keeper, NULL);
    for (int i = 0; i < SHARDS; i++)
        mailbox_fini(&boxes[i]);
    mailbox_fini(&wants);
    return e;
}

static inline void befriend(const struct folder *f, const char *a, const char *b)
{
    bool added;
    struct store *s = fixture_open(f);
    assert_int_equal(store_begin(s), KITH_OK);
    assert_int_equal(store_add_watch(s, slice_str(a), slice_str(b), &added), KITH_OK);
    assert_int_equal(store_commit(s), KITH_OK);
    store_close(s);
}

static inline void post(struct mail *m, uint8_t from)
{
    struct mail_queue q = {0};
    assert_non_null(m);
    m->from = from;
    mail_append(&q, m);
    mailbox_post(&wants, &q);
}

static inline void ask(const char *user, uint8_t from, uint32_t serial)
{
    struct mail *m = mail_new(MAIL_WANT_WATCHED, slice_str(user), (kith_slice){0}, (kith_slice){0});
    assert_non_null(m);
    m->handle = 0x100000007;
    m->until_ms = UINT64_MAX;
    m->serial = serial;
    post(m, from);
}

/* The next answer to a shard; the caller's. */
static inline struct mail *answer(unsigned shard)
{
    static struct mail_queue kept[SHARDS];
    struct mail *m;
    while (!(m = mail_take(&kept[shard]))) {
        struct pollfd p = {.fd = boxes[shard].event_fd, .events = POLLIN};
        assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
        kept[shard] = mailbox_take(&boxes[shard]);
    }
    return m;
}

/* A change that lists `count` users, whom nobody has heard of. */
static inline struct mail *long_list(unsigned number, unsigned count)
{
    char user[16], id[USER_ID_BYTES_MAX + 1];
    struct buf ids = {0};
    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(id, sizeof id, "%0*u", USER_ID_BYTES_MAX, i);
        ids_put(&ids, slice_str(id));
    }
    (void)snprintf(user, sizeof user, "u%u", number);
    struct rule rule = {.kind = RULE_VISIBILITY,
                        .user = slice_str(user),
                        .visibility = VISIBILITY_ONLY,
                        .ids = buf_slice(&ids)};
    struct mail *m = rule_mail(&rule, KITH_LIT("\"1\""));
    assert_non_null(m);
    m->handle = 5;
    buf_fini(&ids);
    return m;
}
