/* tests/fuzz/fuzz_store.c -- the store of the fuzzed edge. */
#include "fuzz_store.h"

#include "base/assert.h"
#include "base/ids.h"
#include "shard/by_home.h"
#include "shard/call.h"
#include "shard/rule.h"
#include "shard/shade.h"
#include "shard/sight_mail.h"

static struct rig *rig;
static uint32_t tickets;

/* As ids_put writes them. */
#define EVERYBODY                                                                                  \
    {                                                                                              \
        (const uint8_t *)"\0011\0012\0013\0014", 8                                                 \
    }

/* The others are those that no script may touch. */
static bool is_ours(kith_slice user) { return user.len == 1; }

static void tell_home(kith_slice user, const struct sight_lists *l)
{
    struct mail *m = is_ours(user) ? sight_mail(user, l) : NULL;
    if (!m) return;
    m->serial = ++tickets;
    shard_receive(rig->worlds[world_home(rig->worlds[0], user)], m);
}

static void tell_edge(kith_slice watcher, kith_slice user, bool sees)
{
    struct buf ids = {0};
    if (!is_ours(watcher)) return;
    ids_put(&ids, watcher);
    tell_home(user, &(struct sight_lists){.gained = sees ? buf_slice(&ids) : (kith_slice){0},
                                          .lost = sees ? (kith_slice){0} : buf_slice(&ids)});
    buf_fini(&ids);
}

static void tell_visibility(const struct rule *r)
{
    static const struct sight_lists lists[] = {
        [VISIBILITY_FRIENDS] = {.gained = EVERYBODY, .publicity = PUBLICITY_ENDS},
        [VISIBILITY_PUBLIC] = {.publicity = PUBLICITY_BEGINS},
        [VISIBILITY_NOBODY] = {.lost = EVERYBODY, .invisibility = INVISIBILITY_BEGINS},
        [VISIBILITY_ONLY] = {.lost = EVERYBODY, .publicity = PUBLICITY_ENDS},
        [VISIBILITY_EXCEPT] = {.gained = EVERYBODY, .invisibility = INVISIBILITY_ENDS},
    };
    tell_home(r->user, &lists[r->visibility]);
}

static void apply(const struct rule *r)
{
    switch (r->kind) {
    case RULE_VISIBILITY: tell_visibility(r); break;
    case RULE_FRIENDS: tell_edge(r->other, r->user, r->on); /* fallthrough */
    case RULE_WATCH: tell_edge(r->user, r->other, r->on); break;
    case RULE_BLOCK: tell_edge(r->other, r->user, !r->on); break;
    case RULE_ERASE: tell_home(r->user, &(struct sight_lists){.lost = EVERYBODY}); break;
    default: break;
    }
}

/* What operators ask */

static struct mail *answer_call(struct mail *m)
{
    kith_slice none = {0};
    struct rule r;
    if (m->type == MAIL_RULE) {
        r = rule_of_mail(m);
        apply(&r);
        return call_answer_number(m, r.kind == RULE_EDGES);
    }
    if (m->call == CALL_VISIBLE) return call_answer(m, none, mail_b(m), none);
    return call_answer(m, none, none, m->call == CALL_EXPORT ? KITH_LIT("1 2\n") : none);
}

/* What sessions ask */

static void answer_channel(const struct mail *asker, kith_slice response)
{
    struct mail *m = mail_new(MAIL_ANSWER, mail_c(asker), (kith_slice){0}, response);
    if (!m) return;
    m->handle = asker->handle;
    m->serial = asker->serial;
    m->over_budget = asker->over_budget;
    m->new_bytes = asker->new_bytes;
    shard_receive(rig->worlds[asker->from], m);
}

/* Those of even names may be seen by whoever asks. */
static void grant(const struct mail *ask)
{
    struct by_home parts = {0};
    kith_slice rest = mail_b(ask);
    for (kith_slice id; ids_next(&rest, &id);) {
        struct shade shade;
        bool denied = ask->asks && (!is_ours(id) || id.ptr[0] % 2);
        kith_slice name = denied ? shade_of(&shade, id) : id;
        ids_put(&parts.of[world_home(rig->worlds[0], name)], name);
    }
    for (unsigned home = 0; home < rig->shards; home++) {
        struct mail *m = parts.of[home].len ? mail_new(MAIL_GRANT, buf_slice(&parts.of[home]),
                                                       (kith_slice){0}, (kith_slice){0})
                                            : NULL;
        if (!m) continue;
        m->handle = ask->handle;
        m->shard = ask->from;
        m->asks = ask->asks;
        m->serial = ++tickets;
        shard_receive(rig->worlds[home], m);
    }
    by_home_fini(&parts, SHARDS_MAX);
}

static bool take(struct mail *m)
{
    struct rule r;
    switch ((enum mail_type)m->type) {
    case MAIL_RULE:
        r = rule_of_mail(m);
        apply(&r);
        if (m->handle) answer_channel(m, KITH_LIT("{}"));
        break;
    case MAIL_ASK:
        grant(m);
        answer_channel(m, KITH_LIT("{}"));
        break;
    case MAIL_ASKERS: tell_home(mail_a(m), &(struct sight_lists){.asked = mail_b(m)}); break;
    case MAIL_SEEN_WHEN: answer_channel(m, KITH_LIT("{\"last_seen\":{}}")); break;
    default: return false;
    }
    mail_free(m);
    return true;
}

void fuzz_store_begin(struct rig *r)
{
    rig = r;
    tickets = 0;
    r->asked = answer_call;
    r->taken = take;
}
