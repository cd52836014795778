/* shard/home_mail.c -- what other shards' sessions say to their home. */
#include "shard/claims.h"
#include "shard/hiding.h"
#include "shard/starts.h"

/* Without memory for the pieces no answer is sent; the asker's join times out and is refused. */
static void answer_listener(struct world *w, const struct mail *m)
{
    struct buf pieces = {0};
    bool busy = !starts_may_answer(w);
    if (!busy) home_listen(w, m->from, mail_a(m), m->pieces_max, &pieces);
    struct mail *answer = pieces.failed ? NULL
                                        : mail_new(MAIL_FRAGMENT, buf_slice(&pieces),
                                                   (kith_slice){0}, (kith_slice){0});
    if (answer) {
        answer->handle = m->handle;
        answer->serial = m->serial;
        answer->ids_count = m->ids_count;
        answer->failed = busy;
    }
    world_post(w, m->from, answer);
    buf_fini(&pieces);
}

static struct home_session session_of(const struct mail *m)
{
    return (struct home_session){.user = mail_a(m),
                                 .owner = home_owner(m->from, m->handle),
                                 .device = m->device,
                                 .hiding = (enum hiding)m->said};
}

/* Takes the mail: it goes back where its session does not know yet that it is hidden. */
static void track(struct world *w, struct mail *m)
{
    struct home_session s = session_of(m);
    claims_track(w, &s, mail_b(m));
    if (s.hiding == HIDING_UNSAID && hiding_holds(w, &s)) {
        m->type = MAIL_HIDDEN;
        world_post(w, m->from, m);
    } else {
        mail_free(m);
    }
}

static void lose(struct world *w, const struct mail *m)
{
    struct home_session s = session_of(m);
    if (m->away)
        home_end_away(w, &s);
    else
        claims_lost(w, &s, m->linger_ms);
}

static void change_status(struct world *w, const struct mail *m)
{
    struct home_session s = session_of(m);
    claims_status(w, &s, mail_b(m));
    if (m->c_len == 0) return;
    struct mail *answer = mail_new(MAIL_REPLY, (kith_slice){0}, (kith_slice){0}, mail_c(m));
    if (answer) {
        answer->handle = m->handle;
        answer->c_body_at = m->c_body_at;
    }
    world_post(w, m->from, answer);
}

void home_receive(struct world *w, struct mail *m)
{
    switch ((enum mail_type)m->type) {
    case MAIL_LISTEN: answer_listener(w, m); break;
    case MAIL_UNLISTEN: home_unlisten(w, m->from, m->sights, mail_a(m)); break;
    case MAIL_TRACK: track(w, m); return;
    case MAIL_STATUS: change_status(w, m); break;
    case MAIL_LOST: lose(w, m); break;
    default: break;
    }
    mail_free(m);
}
