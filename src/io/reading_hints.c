/* io/reading_hints.c -- whose edges are to be read again: as the application says, and of them
 * those who are here. */
#include "base/ids.h"
#include "io/mailbox.h"
#include "io/reading_state.h"

void reading_take_hint(struct reading *r, struct mail *m)
{
    if (m->failed) {
        r->probe_ms = 0; /* if the tables are lost, that is to be seen */
        r->probe = true;
        if (m->c_len) reading_say_deaf(r, mail_c(m));
        r->stats.deaf = 1;
    } else if (m->a_len == 0) {
        fresh_clear(r->fresh);
        r->stats.deaf = 0; /* it may be the first that it says */
        sweep_begin_soon(r);
    } else {
        kith_slice rest = mail_a(m);
        for (kith_slice user; ids_next(&rest, &user); r->stats.notices++)
            fresh_drop(r->fresh, user);
        for (unsigned i = 0; i < r->o.shards; i++)
            reading_ask_shard(r, i,
                              mail_new(MAIL_HERE, mail_a(m), (kith_slice){0}, (kith_slice){0}));
    }
    mail_free(m);
}

void reading_take_here(struct reading *r, struct mail *m)
{
    kith_slice rest = mail_a(m);
    if (m->page)
        sweep_take(r, m);
    else
        for (kith_slice user; ids_next(&rest, &user) && !reading_is_lost(r);)
            if (!reading_put(r, user, WANTS_HINTS)) sweep_begin_soon(r);
    mail_free(m);
}

void reading_ask_shard(struct reading *r, unsigned shard, struct mail *m)
{
    if (m)
        mailbox_post_one(&r->o.boxes[shard], m);
    else
        sweep_begin_soon(r);
}
