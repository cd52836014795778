/* io/tables_listener.c -- a thread that hears by NOTIFY whose edges have changed. A payload is an
 * id, or a JSON array of ids, as text or as whole numbers; an empty one, or one that cannot be
 * read, is about anybody. */
#include "io/tables_thread.h"

#include "base/ids.h"
#include "base/limits.h"
#include "edge/token.h"
#include "io/system.h"
#include "wire/json.h"

static bool put_element(struct buf *ids, struct json value)
{
    struct buf scratch = {0};
    kith_slice id = value.type == JSON_STRING   ? json_text(value, &scratch)
                    : value.type == JSON_NUMBER ? value.raw
                                                : (kith_slice){0};
    bool good = token_user_valid(id);
    if (good) ids_put(ids, id);
    buf_fini(&scratch);
    return good;
}

/* False: nobody knows whom it is about. */
static bool put_ids(struct buf *ids, kith_slice payload)
{
    struct json array, value;
    if (payload.len == 0 || payload.ptr[0] != '[') {
        bool good = token_user_valid(payload);
        if (good) ids_put(ids, payload);
        return good;
    }
    if (json_parse(payload, &array) != KITH_OK) return false;
    for (struct json_walk w = json_walk(array); json_next(&w, NULL, &value);)
        if (!put_element(ids, value)) return false;
    return true;
}

/* No ids: of anybody. */
static void tell(struct tables_thread *t, kith_slice ids)
{
    tables_tell(t, mail_new(MAIL_HINT, ids, (kith_slice){0}, (kith_slice){0}));
}

/* All that has come, in one mail, or a few. */
static void hear(struct tables_thread *t)
{
    struct buf ids = {0};
    bool anybody = false;
    for (PGnotify *n; (n = PQnotifies(t->conn.conn)); PQfreemem(n)) {
        anybody = !put_ids(&ids, slice_str(n->extra)) || anybody;
        if (ids.len < SOURCE_HINT_IDS_MAX * 16) continue;
        tell(t, buf_slice(&ids));
        buf_clear(&ids);
    }
    if (ids.len && !ids.failed) tell(t, buf_slice(&ids));
    if (anybody || ids.failed) tell(t, (kith_slice){0});
    buf_fini(&ids);
}

static void tell_deaf(struct tables_thread *t, kith_slice words)
{
    struct mail *m = mail_new(MAIL_HINT, (kith_slice){0}, (kith_slice){0}, words);
    if (m) m->failed = true;
    tables_tell(t, m);
}

static kith_err listen_on(struct tables_conn *c)
{
    struct buf sql = {0};
    PGresult *r = NULL;
    char *name = PQescapeIdentifier(c->conn, c->o->channel, strlen(c->o->channel));
    buf_printf(&sql, "LISTEN %s", name ? name : "");
    buf_putc(&sql, 0);
    kith_err e = !name || sql.failed
                     ? KITH_NOMEM
                     : tables_answer(c, PQsendQuery(c->conn, (const char *)sql.ptr), &r);
    if (!e && pq_failed(r)) e = KITH_BAD;
    if (e && c->conn) tables_lose(c, r ? PQresultErrorMessage(r) : kith_err_text(e));
    PQclear(r);
    PQfreemem(name);
    buf_fini(&sql);
    return e;
}

/* Of what came before nobody would tell. */
static void connect_anew(struct tables_thread *t)
{
    kith_err e = tables_connect(&t->conn);
    if (!e) e = listen_on(&t->conn);
    if (!e) tell(t, (kith_slice){0});
    if (e == KITH_BAD) tell_deaf(t, slice_str(t->conn.words)); /* a standby, for one, has none */
}

static int pause_ms(const struct tables_conn *c)
{
    uint64_t now_ms = system_now().mono_ms;
    if (c->conn) return -1;
    return c->retry_at_ms > now_ms ? (int)(c->retry_at_ms - now_ms) : 1;
}

void *tables_listener(void *thread)
{
    struct tables_thread *t = thread;
    struct tables_conn *c = &t->conn;
    while (!atomic_load_explicit(&t->stop, memory_order_acquire)) {
        if (!c->conn) connect_anew(t);
        if (c->conn) hear(t); /* one may have come beside an answer */
        tables_pause(t, c->conn ? PQsocket(c->conn) : -1, pause_ms(c));
        if (!c->conn || PQconsumeInput(c->conn)) continue;
        tables_lose(c, PQerrorMessage(c->conn));
        tell_deaf(t, (kith_slice){0});
    }
    return NULL;
}
