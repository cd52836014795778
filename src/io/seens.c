/* io/seens.c -- when users were last seen, on the store's thread. */
#include "io/seens.h"

#include "base/ids.h"
#include "io/rules.h"
#include "io/system.h"
#include "shard/shade.h"
#include "wire/json.h"

#include <stdio.h>

enum {
    COMMIT_MS = 1000, /* of what was noted: a write to the disk for all that leave in a second */
    SWEEP_MS = 3600 * 1000,
    SWEEP_MAX = 500, /* forgotten at once: a millisecond or two */
};

/* Another process may write, and be waited for: not for each that leaves. */
static bool begin(struct seens *s)
{
    uint64_t now_ms = system_now().mono_ms;
    if (s->open || now_ms < s->again_ms) return s->open;
    s->open = store_begin_aside(s->store) == KITH_OK;
    s->commit_ms = now_ms + COMMIT_MS;
    if (!s->open) s->again_ms = now_ms + COMMIT_MS;
    return s->open;
}

static void take_back(struct seens *s)
{
    store_rollback(s->store);
    s->open = false;
}

void seens_note(struct seens *s, const struct mail *m)
{
    enum last_seen how;
    uint64_t at_s;
    if (store_last_seen(s->store, mail_a(m), &how, &at_s) != KITH_OK || how == LAST_SEEN_OFF)
        return; /* as nearly all are: they cost no write */
    if (begin(s) && store_mark_seen(s->store, mail_a(m), m->seen_s, m->gone) != KITH_OK)
        take_back(s);
}

void seens_commit(struct seens *s)
{
    if (!s->open) return;
    s->open = false;
    (void)(store_commit(s->store) == KITH_OK); /* a full disk: it is not kept */
}

static void sweep(struct seens *s, uint64_t now_ms)
{
    uint32_t forgotten = 0;
    uint64_t now_s = system_now().unix_ms / 1000;
    s->sweep_ms = now_ms + SWEEP_MS;
    store_forget_copies(s->store, now_s); /* it is forgetting, too */
    if (now_s < s->keep_s || !begin(s)) return;
    if (store_forget_seen(s->store, now_s - s->keep_s, SWEEP_MAX, &forgotten) != KITH_OK)
        take_back(s);
    seens_commit(s);
    if (forgotten == SWEEP_MAX) s->sweep_ms = now_ms + COMMIT_MS;
}

int seens_tick(struct seens *s)
{
    uint64_t now_ms = system_now().mono_ms;
    if (now_ms >= s->sweep_ms) sweep(s, now_ms);
    if (s->open && now_ms >= s->commit_ms) seens_commit(s);
    uint64_t next = s->open && s->commit_ms < s->sweep_ms ? s->commit_ms : s->sweep_ms;
    return next > now_ms ? (int)(next - now_ms) : 0;
}

/* Answers */

static bool lists(kith_slice ids, kith_slice wanted)
{
    for (kith_slice id; ids_next(&ids, &id);)
        if (slice_eq(id, wanted)) return true;
    return false;
}

/* Who asks about one asks for it, as a watch does. */
static kith_err may_see(struct seens *s, kith_slice watcher, kith_slice user,
                        const struct buf *watched, bool *sees)
{
    enum audience_sight sight;
    if (s->source) {
        *sees = lists(buf_slice(watched), user);
        return KITH_OK;
    }
    kith_err e = rules_sight(s->store, watcher, user, s->reciprocal, &sight);
    *sees = !e && sight != AUDIENCE_NEVER;
    return e;
}

static void put_when(struct buf *out, enum last_seen how, uint64_t at_s, uint64_t now_s)
{
    char text[48];
    if (how == LAST_SEEN_EXACT)
        (void)snprintf(text, sizeof text, "{\"at\":%llu}", (unsigned long long)at_s);
    else
        (void)snprintf(text, sizeof text, "{\"ago\":\"%s\"}",
                       last_seen_rung(now_s > at_s ? now_s - at_s : 0));
    buf_puts(out, text);
}

kith_err seens_judge(struct seens *s, struct mail *m)
{
    kith_slice ids = slice_head(mail_b(m), m->ids_bytes), user;
    struct buf watched = {0};
    kith_err e = s->source ? source_watched(s->source, mail_a(m), &watched) : KITH_OK;
    while (!e && ids_next(&ids, &user)) {
        struct shade shade;
        bool sees;
        e = may_see(s, mail_a(m), user, &watched, &sees);
        kith_slice name = sees ? user : shade_of(&shade, user);
        size_t at = (size_t)(user.ptr - m->bytes);
        memmove(m->bytes + at, name.ptr, name.len);
    }
    buf_fini(&watched);
    return e;
}

static kith_err put_one(struct seens *s, kith_slice name, bool online, struct buf *out)
{
    enum last_seen how;
    struct shade real;
    uint64_t at_s, now_s = system_now().unix_ms / 1000;
    bool sees = !shade_is(name);
    kith_slice user = sees ? name : shade_of(&real, name);
    kith_err e = store_last_seen(s->store, user, &how, &at_s);
    if (e) return e;
    if (online) at_s = now_s;
    json_put_quoted(out, user);
    buf_putc(out, ':');
    if (sees && how != LAST_SEEN_OFF && at_s && at_s + s->keep_s > now_s)
        put_when(out, how, at_s, now_s);
    else
        buf_puts(out, "null");
    return KITH_OK;
}

/* b is the names, ids_bytes long, and a byte for each: whether it is online. */
static kith_err put_all(struct seens *s, const struct mail *m, struct buf *out)
{
    kith_slice names = slice_head(mail_b(m), m->ids_bytes), rest = names, name;
    const uint8_t *online = mail_b(m).ptr + m->ids_bytes;
    bool comma = false;
    kith_err e = KITH_OK;
    buf_puts(out, "{\"last_seen\":{");
    for (; !e && ids_next(&rest, &name); online++) {
        kith_slice before = slice_head(names, (size_t)(name.ptr - 1 - names.ptr));
        if (lists(before, name)) continue; /* asked for twice */
        if (comma) buf_putc(out, ',');
        comma = true;
        e = put_one(s, name, *online, out);
    }
    buf_puts(out, "}}");
    return !e && out->failed ? KITH_NOMEM : e;
}

struct mail *seens_answer(struct seens *s, struct mail *question)
{
    struct buf out = {0};
    bool good = put_all(s, question, &out) == KITH_OK;
    struct mail *m =
        mail_new(MAIL_ANSWER, mail_c(question), (kith_slice){0},
                 good ? buf_slice(&out) : KITH_LIT("{\"reason\":\"server busy, try again\"}"));
    if (m) {
        m->handle = question->handle;
        m->serial = question->serial;
        mail_free(question);
    } else {
        m = question;
        mail_answer(m);
        good = false;
    }
    m->failed = !good;
    buf_fini(&out);
    return m;
}
