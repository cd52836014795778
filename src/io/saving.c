/* io/saving.c -- the sessions of a run that ends. */
#include "io/saving.h"

#include "shard/home.h"

static void note(struct saving *s, kith_err e)
{
    if (!e || s->error) return;
    s->error = e;
    (void)problem(e, &s->words, "%s", store_error(s->store));
}

void saving_begin(struct saving *s)
{
    s->begun = true;
    note(s, store_begin_aside(s->store));
    if (!s->error) note(s, store_clear_sessions(s->store));
}

void saving_keep(struct saving *s, const struct mail *m)
{
    struct saved_dots dots;
    if (s->error) return;
    memcpy(&dots, mail_c(m).ptr, sizeof dots);
    note(s, store_save_session(s->store,
                               &(struct saved_session){.user = mail_a(m),
                                                       .device = m->device,
                                                       .fields = mail_b(m),
                                                       .online_at_s = (uint32_t)m->online_at_s,
                                                       .ref_inc = dots.ref.inc,
                                                       .ref_seq = dots.ref.seq,
                                                       .prev_inc = dots.prev.inc,
                                                       .prev_seq = dots.prev.seq,
                                                       .hidden = m->hidden}));
}

void saving_said(struct saving *s)
{
    if (++s->said < s->shards) return;
    if (!s->error)
        note(s, store_commit(s->store));
    else
        store_rollback(s->store);
}

/* A shard whose last word was lost, for want of memory: closing takes back what the others said. */
kith_err saving_end(struct saving *s, kith_problem *why)
{
    bool unsaid = !s->error && s->begun && s->said < s->shards;
    if (unsaid) (void)problem(KITH_NOMEM, &s->words, "%s", kith_err_text(KITH_NOMEM));
    if (!unsaid && !s->error) return KITH_OK;
    return problem(KITH_IO, why, "the presence of this run could not be saved: %s", s->words.text);
}
