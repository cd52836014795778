/* shard/resume.h -- a client that comes back takes over the presence of the session that it had,
 * also while that one's socket still looks alive: nobody is told, and the old socket is closed.
 *
 *     new session's shard -- MAIL_RESUME -> the old one's -- MAIL_TAKE -> the user's home
 *             ^------------------------- MAIL_RESUMED -------------------------'
 *
 * The presence lingers at the home for the new session before that hears of it, and so adopts it
 * when it is shown. If the old client was sent nothing since the state of its join, and that is the
 * state still, the new one is sent none. */
#pragma once

#include "shard/social_state.h"

/* A join that resumes the session of `token`, which may be anything: what is none is ignored. */
void resume_begin(struct world *w, uint32_t slot, unsigned form, kith_slice token);

/* A session is lost, with what its channels were shown. */
void resume_note_lost(struct world *w, uint32_t slot);

/* One mail goes all the way, so that no want of memory can lose it. They take it. */
void resume_receive(struct world *w, struct mail *m); /* MAIL_RESUME, at the old session's shard */
void resume_take(struct world *w, struct mail *m);    /* MAIL_TAKE, at the user's home */
void resume_taken(struct world *w, struct mail *m);   /* MAIL_RESUMED, at the new session's shard */
