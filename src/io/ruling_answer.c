/* io/ruling_answer.c -- whoever has asked for a change of the rules is answered: a channel, an
 * operator, or the program that the library is in. */
#include "io/ruling_answer.h"

#include "shard/call.h"

/* To try again helps against all but a refusal. */
static kith_slice response(const struct mail *asker, kith_err e)
{
    if (e == KITH_REFUSED)
        return asker->type == MAIL_ASK ? KITH_LIT("{\"reason\":\"nobody can be asked for here\"}")
                                       : KITH_LIT("{\"reason\":\"visibility is not kept here\"}");
    if (e == KITH_FULL &&
        (asker->type == MAIL_ASK || (asker->type == MAIL_SEEN_WHEN && asker->over_budget)))
        return KITH_LIT("{\"reason\":\"too many users are asked for, try again later\"}");
    return e ? KITH_LIT("{\"reason\":\"server busy, try again\"}") : KITH_LIT("{}");
}

/* Of users who were asked for in vain its shard hears which: it asks for them no more. */
static void answer_channel(struct mail *asker, kith_err e, struct mail_queue *to)
{
    bool in_vain = e && asker->type == MAIL_ASK && asker->asks;
    struct mail *m = mail_new(MAIL_ANSWER, mail_c(asker), in_vain ? mail_b(asker) : (kith_slice){0},
                              response(asker, e));
    if (m) {
        m->handle = asker->handle;
        m->serial = asker->serial;
        m->over_budget = asker->over_budget;
        m->new_bytes = asker->new_bytes;
        mail_free(asker);
    } else {
        m = asker; /* without memory for it the question becomes the answer */
        if (in_vain)
            mail_answer_with(m);
        else
            mail_answer(m);
    }
    m->failed = e != KITH_OK;
    mail_append(to, m);
}

static void answer_one(struct mail *asker, kith_err e, uint64_t changes, struct mail_queue to[])
{
    kith_ruled done = (kith_ruled)(uintptr_t)asker->done;
    if (asker->operators) {
        struct mail_queue *back = &to[asker->from];
        mail_append(back, e ? call_answer_failed(asker, e) : call_answer_number(asker, changes));
        return;
    }
    if (asker->handle) {
        answer_channel(asker, e, &to[asker->from]);
        return;
    }
    if (done) done((void *)(uintptr_t)asker->done_arg, e);
    mail_free(asker);
}

void ruling_answer(struct mail *asker, kith_err e, uint64_t changes, struct mail_queue to[])
{
    for (struct mail *next; asker; asker = next) {
        next = asker->next;
        answer_one(asker, e, changes, to);
    }
}
