/* io/calls.c -- what operators ask of the store. */
#include "io/calls.h"

#include "base/ids.h"
#include "base/limits.h"
#include "io/numbered.h"

#include <string.h>

enum { JUDGED_AT_ONCE = 500 }; /* some 5 ms */

static struct mail *visibility(struct store *s, struct mail *m)
{
    struct buf ids = {0};
    enum visibility mode;
    enum last_seen how = LAST_SEEN_OFF;
    uint64_t at_s;
    kith_err e = store_visibility(s, mail_a(m), &mode, &ids);
    if (!e) e = store_last_seen(s, mail_a(m), &how, &at_s);
    m = e ? call_answer_failed(m, e)
          : call_answer(m, buf_slice(&ids), (kith_slice){0}, (kith_slice){0});
    if (!m->failed) m->number = (uint64_t)mode | (uint64_t)how << 8;
    buf_fini(&ids);
    return m;
}

/* Now, and if the viewer asked for a while; and what it comes of. */
static struct mail *verdict(struct store *s, enum reciprocity reciprocal, struct mail *m)
{
    struct stance viewer, user;
    kith_err e = store_stances(s, mail_b(m), mail_a(m), &viewer, &user);
    if (!e) e = store_watch_is_beyond(s, mail_b(m), mail_a(m), &viewer.beyond);
    if (e) return call_answer_failed(m, e);
    uint64_t now = audience_judge(&viewer, &user, reciprocal);
    uint64_t of = stance_byte(&viewer) | (uint64_t)stance_byte(&user) << 8 |
                  (uint64_t)reciprocal << 16;
    viewer.asks = true;
    uint64_t asked = audience_judge(&viewer, &user, reciprocal);
    return call_answer_number(m, now | asked << 8 | of << 16);
}

void long_call_fini(struct long_call *c)
{
    mail_free(c->asked);
    buf_fini(&c->seen);
    buf_fini(&c->other);
    *c = (struct long_call){0};
}

static struct mail *say_visible(struct long_call *c, kith_err e)
{
    struct mail *m = c->asked;
    c->asked = NULL;
    m = e ? call_answer_failed(m, e)
          : call_answer(m, buf_slice(&c->seen), buf_slice(&c->other), (kith_slice){0});
    long_call_fini(c);
    return m;
}

/* To ask is all that it takes to see who is public. Each id costs the same, whatever there is to be
 * said of it. */
static struct mail *visible(struct long_call *c, struct store *s, enum reciprocity reciprocal)
{
    kith_slice ids = mail_b(c->asked), rest = slice_from(ids, c->at), id;
    kith_err e = KITH_OK;
    for (unsigned i = 0; !e && i < JUDGED_AT_ONCE && ids_next(&rest, &id); i++) {
        struct stance viewer, user;
        e = store_stances(s, mail_a(c->asked), id, &viewer, &user);
        viewer.asks = true;
        bool sees = !e && audience_judge(&viewer, &user, reciprocal) == AUDIENCE_SEES;
        ids_put(sees ? &c->seen : &c->other, id);
    }
    c->at = ids.len - rest.len;
    if (c->seen.failed || c->other.failed) e = KITH_NOMEM;
    return e || rest.len == 0 ? say_visible(c, e) : NULL;
}

/* Who watches a user, a page at a time. */

struct audience {
    enum reciprocity reciprocal;
    uint32_t count;
    struct buf out;
    uint8_t last_len, last[USER_ID_BYTES_MAX];
};

static kith_err put_watcher(void *ctx, kith_slice watcher, const struct stance *of_user,
                            const struct stance *of_watcher)
{
    struct audience *a = ctx;
    if (a->count++ == API_PAGE) return KITH_FULL;
    ids_put(&a->out, watcher);
    buf_putc(&a->out, (uint8_t)audience_judge(of_watcher, of_user, a->reciprocal));
    memcpy(a->last, watcher.ptr, watcher.len);
    a->last_len = (uint8_t)watcher.len;
    return KITH_OK;
}

static struct mail *audience(struct store *s, enum reciprocity reciprocal, struct mail *m)
{
    struct audience a = {.reciprocal = reciprocal};
    struct buf ids = {0};
    enum visibility mode;
    struct inquiry q = {mail_a(m), ABOUT_WATCHERS, API_PAGE + 1, true, mail_b(m)};
    kith_err e = store_visibility(s, q.user, &mode, &ids);
    if (!e) e = store_each_about(s, &q, put_watcher, &a);
    bool more = e == KITH_FULL;
    if (more) e = KITH_OK;
    if (a.out.failed) e = KITH_NOMEM;
    m = e ? call_answer_failed(m, e)
          : call_answer(m, buf_slice(&a.out), slice_of(a.last, more ? a.last_len : 0),
                        (kith_slice){0});
    if (!m->failed) m->number = mode;
    buf_fini(&a.out);
    buf_fini(&ids);
    return m;
}

/* Other nodes are told of it by the store, too: one that is cut off from this one hears of it so.
 */
static kith_err keep_bar(struct store *s, kith_slice user, uint64_t until_s, uint64_t now_s)
{
    struct buf note = {0};
    uint64_t number;
    kith_err e = store_begin(s);
    if (e) return e;
    numbered_put_bar(&note, user, until_s);
    e = note.failed ? KITH_NOMEM : store_set_bar(s, user, until_s, now_s);
    if (!e) e = store_note_change(s, buf_slice(&note), &number);
    buf_fini(&note);
    if (!e) return store_commit(s);
    store_rollback(s);
    return e;
}

static struct mail *bar(struct store *s, struct mail *m)
{
    uint64_t until_s;
    memcpy(&until_s, mail_b(m).ptr, sizeof until_s);
    kith_err e = keep_bar(s, mail_a(m), until_s, m->now_s);
    return e ? call_answer_failed(m, e) : call_answer_number(m, 0);
}

/* The graph as text, a piece at a time. */

struct export_piece {
    bool ndjson;
    struct buf text, last; /* the latest edge, as ids */
};

static void put_line(struct export_piece *x, const struct watch *edge)
{
    if (x->ndjson)
        edges_write_json(&x->text, edge);
    else if (edges_write(&x->text, edge) != KITH_OK)
        buf_puts(&x->text, "# an edge is left out: plain text cannot carry its ids, NDJSON can\n");
}

static kith_err put_edge(void *ctx, kith_slice watcher, kith_slice watched)
{
    struct export_piece *x = ctx;
    if (x->text.len >= API_PIECE_BYTES) return KITH_FULL;
    put_line(x, &(struct watch){watcher, watched});
    buf_clear(&x->last);
    ids_put(&x->last, watcher);
    ids_put(&x->last, watched);
    return x->text.failed || x->last.failed ? KITH_NOMEM : KITH_OK;
}

static struct mail *export(struct store *s, struct mail *m)
{
    struct export_piece x = {.ndjson = m->ndjson};
    struct watch after = {mail_a(m), mail_b(m)};
    kith_slice watcher = {0}, watched = {0};
    kith_err e = store_each_watch(s, &after, put_edge, &x);
    if (e == KITH_FULL) {
        kith_slice last = buf_slice(&x.last);
        (void)(ids_next(&last, &watcher) && ids_next(&last, &watched));
        e = KITH_OK;
    }
    m = e ? call_answer_failed(m, e) : call_answer(m, watcher, watched, buf_slice(&x.text));
    buf_fini(&x.text);
    buf_fini(&x.last);
    return m;
}

struct mail *calls_answer(struct store *s, enum reciprocity reciprocal, struct mail *m)
{
    switch ((enum call_kind)m->call) {
    case CALL_VISIBILITY: return visibility(s, m);
    case CALL_BAR: return bar(s, m);
    case CALL_VERDICT: return verdict(s, reciprocal, m);
    case CALL_VISIBLE:
    case CALL_AUDIENCE:
    case CALL_EXPORT: /* long ones */
    case CALL_EVENTS: /* io/events.h answers it */
    case CALL_PRESENCE:
    case CALL_NOTED:
    case CALL_FIGURES:
    case CALL_PUSH:
    case CALL_DISCONNECT:
    case CALL_DISCONNECTED:
    case CALL_REFRESH:
    case CALL_FENCE:
    case CALL_FENCED: break; /* a shard's, never the store's */
    }
    return call_answer_failed(m, KITH_BAD);
}

bool call_is_long(const struct mail *m)
{
    return m->call == CALL_VISIBLE || m->call == CALL_AUDIENCE || m->call == CALL_EXPORT;
}

struct mail *long_call_go_on(struct long_call *c, struct store *s, enum reciprocity reciprocal)
{
    struct mail *m = c->asked;
    if (m->call == CALL_VISIBLE) return visible(c, s, reciprocal);
    c->asked = NULL;
    return m->call == CALL_AUDIENCE ? audience(s, reciprocal, m) : export(s, m);
}
