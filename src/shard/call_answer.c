/* shard/call_answer.c -- what is answered to a call. */
#include "shard/call_answer.h"

struct mail *call_answer_failed(struct mail *call, kith_err e)
{
    call->type = MAIL_CALL_ANSWER;
    call->failed = true;
    call->err = e;
    call->a_len = call->b_len = call->c_len = 0;
    return call;
}

struct mail *call_answer_number(struct mail *call, uint64_t at)
{
    struct mail *m = call_answer_failed(call, KITH_OK);
    m->failed = false;
    m->number = at;
    return m;
}

struct mail *call_answer(struct mail *call, kith_slice a, kith_slice b, kith_slice c)
{
    struct mail *m = mail_new(MAIL_CALL_ANSWER, a, b, c);
    if (!m) return call_answer_failed(call, KITH_NOMEM);
    m->handle = call->handle;
    m->serial = call->serial;
    mail_free(call);
    return m;
}

void call_take_answer(struct world *w, struct mail *answer)
{
    mail_append(answer->handle & CALL_FROM_PEER ? &w->to_cluster : &w->to_edge, answer);
}

void call_reply(struct world *w, unsigned shard, struct mail *answer)
{
    if (shard != w->o.id)
        world_post(w, shard, answer);
    else
        call_take_answer(w, answer);
}
