/* io/tables_reader.c -- a thread that asks the application's own tables whom a user watches. */
#include "io/tables_thread.h"

static kith_err get_ready(struct tables_conn *c)
{
    kith_problem why;
    kith_err e = tables_connect(c);
    if (!e) e = tables_prepare(c, &why);
    if (e == KITH_BAD) pq_words(c->words, sizeof c->words, why.text);
    return e;
}

/* A connection that has stood idle may be gone for long: that one is made anew first. */
static kith_err ask(struct tables_conn *c, kith_slice user, struct buf *ids, bool *cut)
{
    bool old = c->conn != NULL;
    kith_err e = get_ready(c);
    if (!e) e = tables_ask(c, user, ids, cut);
    if (e != KITH_IO || !old) return e;
    c->retry_at_ms = 0;
    buf_clear(ids);
    e = get_ready(c);
    return e ? e : tables_ask(c, user, ids, cut);
}

static struct mail *answer(struct tables_conn *c, const struct mail *m)
{
    struct buf ids = {0};
    bool cut = false;
    kith_err e = ask(c, mail_a(m), &ids, &cut);
    struct mail *a = e ? mail_new(MAIL_READ, mail_a(m), (kith_slice){0}, slice_str(c->words))
                       : mail_new(MAIL_READ, mail_a(m), buf_slice(&ids), (kith_slice){0});
    buf_fini(&ids);
    if (!a) return NULL;
    a->failed = e != KITH_OK;
    a->lost = e == KITH_IO;
    a->cut = cut;
    a->serial = m->serial;
    return a;
}

/* Whoever asked hears of it in any case. */
static void take(struct tables_thread *t, struct mail *m)
{
    struct mail *a = answer(&t->conn, m);
    if (a) {
        mail_free(m);
    } else {
        a = m;
        a->failed = true;
        a->lost = false;
        a->b_len = a->c_len = 0;
    }
    tables_tell(t, a);
}

void *tables_reader(void *thread)
{
    struct tables_thread *t = thread;
    while (!atomic_load_explicit(&t->stop, memory_order_acquire)) {
        struct mail_queue in = mailbox_take(&t->box);
        if (!in.first) tables_pause(t, -1, -1);
        for (struct mail *m; (m = mail_take(&in));)
            take(t, m);
    }
    return NULL;
}
