/* tests/fuzz/fuzz_kept.c -- all that is asked of a store whose rows may be anything. */
#include "fuzz_kept.h"

#include "base/assert.h"
#include "base/ids.h"
#include "base/limits.h"
#include "io/calls.h"
#include "io/numbered.h"
#include "io/rules.h"
#include "shard/call.h"

#include <stdlib.h>

#define ANN KITH_LIT("ann")
#define BOB KITH_LIT("bob")

static void check_id(kith_slice id) { KITH_ASSERT(id.len > 0 && id.len <= USER_ID_BYTES_MAX); }

static void check_ids(kith_slice ids)
{
    for (kith_slice id; ids_next(&ids, &id);)
        check_id(id);
    KITH_ASSERT(ids.len == 0);
}

static kith_err take_about(void *ctx, kith_slice other, const struct stance *of_user,
                           const struct stance *of_other)
{
    (void)ctx;
    check_id(other);
    (void)audience_judge(of_user, of_other, RECIPROCITY_ON);
    return KITH_OK;
}

static kith_err take_edge(void *ctx, kith_slice watcher, kith_slice watched)
{
    (void)ctx;
    check_id(watcher);
    check_id(watched);
    return KITH_OK;
}

static kith_err take_session(void *ctx, const struct saved_session *e)
{
    (void)ctx;
    check_id(e->user);
    return KITH_OK;
}

static kith_err take_bar(void *ctx, kith_slice user, uint64_t until_s)
{
    (void)ctx;
    (void)until_s;
    check_id(user);
    return KITH_OK;
}

static kith_err take_event(void *ctx, const struct event *e)
{
    struct buf json = {0};
    (void)ctx;
    check_id(e->user);
    event_put(&json, e);
    buf_fini(&json);
    return KITH_OK;
}

static kith_err take_change(void *ctx, uint64_t number, kith_slice body)
{
    struct mail *m;
    (void)ctx;
    (void)number;
    while (body.len && numbered_next(&body, &m) == KITH_OK)
        mail_free(m);
    return KITH_OK;
}

static void ask_visibility(struct store *s)
{
    struct buf ids = {0};
    enum visibility mode;
    if (store_visibility(s, ANN, &mode, &ids) == KITH_OK)
        check_ids(buf_slice(&ids));
    else
        KITH_ASSERT(ids.len == 0);
    buf_fini(&ids);
}

static void ask_watched(struct store *s)
{
    struct buf ids = {0};
    if (store_watched(s, ANN, &ids) == KITH_OK) check_ids(buf_slice(&ids));
    buf_fini(&ids);
}

static void ask_about(struct store *s, enum store_side side)
{
    struct inquiry q = {.user = ANN, .side = side, .max = WATCHES_MAX, .back = true};
    (void)!store_each_about(s, &q, take_about, NULL);
}

/* An operator, who gets the first page. */
static void ask_long(struct store *s, enum call_kind call, kith_slice user)
{
    struct long_call c = {.asked = mail_new(MAIL_CALL, user, (kith_slice){0}, (kith_slice){0})};
    struct mail *m = NULL;
    if (!c.asked) abort();
    c.asked->call = (uint16_t)call;
    while (!m)
        m = long_call_go_on(&c, s, RECIPROCITY_ON);
    if (!m->failed) KITH_ASSERT(mail_b(m).len <= USER_ID_BYTES_MAX);
    mail_free(m);
}

static void change(struct store *s, const struct rule *r)
{
    struct sights sights = {0};
    if (rules_apply(s, r, RECIPROCITY_ON, &sights) == KITH_OK) {
        check_ids(buf_slice(&sights.gained));
        check_ids(buf_slice(&sights.asked));
        check_ids(buf_slice(&sights.lost));
    }
    sights_fini(&sights);
}

static void ask_ends(struct store *s)
{
    struct ended_runs r = {.before = UINT32_MAX, .at_ms = 1, .max = 8};
    struct buf after = {0};
    uint64_t logged;
    for (int i = 0; i < 4 && store_end_runs(s, &r, &after, &logged) == KITH_OK && after.len; i++)
        ;
    buf_fini(&after);
}

static void ask_numbers(struct store *s)
{
    uint64_t a, b;
    uint32_t n;
    bool is;
    enum last_seen how;
    uint8_t secret[32];
    (void)!store_read_version(s, ANN, &a);
    (void)!store_last_seen(s, ANN, &how, &a);
    (void)!store_count_cut(s, &a);
    (void)!store_watch_is_beyond(s, ANN, BOB, &is);
    (void)!store_secret(s, "s", secret, sizeof secret);
    (void)!store_epoch(s, 7, &a);
    (void)!store_keep_run(s, 1 << STORE_RUN_BITS, &is, &a);
    (void)!store_events_range(s, &a, &b);
    (void)!store_was_given(s, b, &is);
    (void)!store_count_events(s, a, b, &a);
    (void)!store_lead_delivery(s, 1000, &is, &a);
    (void)!store_latest_change(s, &a);
    (void)!store_forget_seen(s, 1, 8, &n);
}

void kept_ask(struct store *s, unsigned which)
{
    struct stance a, b;
    switch (which % KEPT_QUESTIONS) {
    case 0: ask_visibility(s); break;
    case 1: ask_watched(s); break;
    case 2: ask_about(s, ABOUT_WATCHED); break;
    case 3: ask_about(s, ABOUT_WATCHERS); break;
    case 4: ask_long(s, CALL_AUDIENCE, ANN); break;
    case 5: ask_long(s, CALL_EXPORT, (kith_slice){0}); break;
    case 6: (void)!store_each_watch(s, NULL, take_edge, NULL); break;
    case 7: (void)!store_each_session(s, take_session, NULL); break;
    case 8: (void)!store_each_bar(s, 0, take_bar, NULL); break;
    case 9: (void)!store_events_after(s, 0, 100, take_event, NULL); break;
    case 10: (void)!store_changes_after(s, 0, 100, take_change, NULL); break;
    case 11: (void)!store_stances(s, ANN, BOB, &a, &b); break;
    case 12: ask_ends(s); break;
    case 13:
        change(s, &(struct rule){
                      .kind = RULE_VISIBILITY, .user = ANN, .visibility = VISIBILITY_NOBODY});
        break;
    case 14:
        change(s, &(struct rule){.kind = RULE_READ, .user = ANN, .ids = KITH_LIT("\3bob")});
        break;
    case 15: ask_numbers(s); break;
    }
}
