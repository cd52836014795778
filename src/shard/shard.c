/* shard/shard.c -- one thread's world: made, fed with mail, and ticked. */
#include "shard/shard.h"

#include "shard/asking.h"
#include "shard/bars.h"
#include "shard/broadcast.h"
#include "shard/call.h"
#include "shard/claims.h"
#include "shard/cluster.h"
#include "shard/ended.h"
#include "shard/fastlane.h"
#include "shard/full.h"
#include "shard/gather.h"
#include "shard/here.h"
#include "shard/hiding.h"
#include "shard/hook.h"
#include "shard/large_states.h"
#include "shard/pacing.h"
#include "shard/per_user.h"
#include "shard/push.h"
#include "shard/replicate.h"
#include "shard/resume.h"
#include "shard/rule_numbers.h"
#include "shard/seen.h"
#include "shard/showing.h"
#include "shard/sight.h"
#include "shard/sight_home.h"
#include "shard/sight_slices.h"
#include "shard/spread.h"
#include "shard/states.h"
#include "shard/subscriber_table.h"
#include "shard/tracked.h"
#include "shard/trackers.h"
#include "shard/watching.h"

#include <stdlib.h>

struct world *shard_new(const struct world_options *o)
{
    struct world *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    w->o = *o;
    w->expire_at_ms = UINT64_MAX;
    if (!w->o.hot_audience) w->o.hot_audience = HOT_AUDIENCE;
    if (!w->o.hot_deliveries_s) w->o.hot_deliveries_s = HOT_DELIVERIES_S;
    w->changes.of_replaced = o->events;
    if (!w->o.spread_per_turn) w->o.spread_per_turn = SPREAD_PER_TURN;
    if (!w->o.ended_per_turn) w->o.ended_per_turn = ENDED_PER_TURN;
    if (!w->o.left_at_once) w->o.left_at_once = LEFT_AT_ONCE;
    if (!w->o.large_states_bytes) w->o.large_states_bytes = LARGE_STATES_BYTES_MAX;
    if (!w->o.section_records_max) w->o.section_records_max = SECTION_RECORDS_MAX;
    if (!w->o.pull_bytes_max) w->o.pull_bytes_max = PULL_BYTES_MAX;
    pacing_init(&w->pacing);
    per_user_init(&w->per_user);
    w->clients = clients_new(o->outbox_bytes_max, &w->now, &w->stats);
    w->people = pubsub_new(&o->hash_key);
    w->asking = pubsub_new(&o->hash_key);
    w->topics = pubsub_new(&o->hash_key);
    w->subscribers = subscribers_new();
    w->trackers = trackers_new();
    struct presence_options p = {.inc = o->inc,
                                 .ref_key = o->ref_key,
                                 .hash_key = o->hash_key,
                                 .partitions = PARTITIONS,
                                 .sessions_max = SESSIONS_MAX};
    w->presence = presence_new(&p);
    p.ref_key.k0 = ~p.ref_key.k0; /* a ref is of one entry, and the two number theirs alike */
    w->hidden = presence_new(&p);
    w->others = calloc(o->count, sizeof *w->others);
    if (o->clustered) w->replicate = replicate_new(o->hash_key.k0 + o->id);
    if (!w->clients || !w->people || !w->asking || !w->topics || !w->subscribers || !w->trackers ||
        !w->presence || !w->hidden || !w->others || (o->clustered && !w->replicate)) {
        shard_free(w);
        return NULL;
    }
    return w;
}

void shard_free(struct world *w)
{
    if (!w) return;
    clients_free(w->clients);
    pubsub_free(w->people);
    pubsub_free(w->asking);
    pubsub_free(w->topics);
    subscribers_free(w->subscribers);
    trackers_free(w->trackers);
    presence_free(w->presence);
    presence_free(w->hidden);
    pacing_fini(&w->pacing);
    per_user_fini(&w->per_user);
    full_forget(w);
    spread_fini(&w->spreads);
    ended_fini(&w->ended);
    sight_slices_fini(&w->slices);
    mail_queue_fini(&w->unheard);
    mail_queue_fini(&w->pushes.waiting);
    free(w->others);
    free(w->marks.sent);
    changes_fini(&w->changes);
    buf_fini(&w->scratch);
    heap_fini(&w->join_deadlines);
    heap_fini(&w->state_deadlines);
    heap_fini(&w->starts);
    large_states_fini(&w->large_states);
    for (unsigned i = 0; i < SHARDS_MAX; i++)
        mail_queue_fini(&w->out[i]);
    mail_queue_fini(&w->wants);
    mail_queue_fini(&w->late_sights);
    bars_fini(w);
    claims_fini(&w->claims);
    rule_numbers_fini(&w->rule_numbers);
    replicate_free(w->replicate);
    cluster_free(w->cluster);
    mail_queue_fini(&w->self);
    mail_queue_fini(&w->to_cluster);
    map_fini(&w->sessions);
    mail_queue_fini(&w->news);
    mail_queue_fini(&w->to_edge);
    free(w);
}

static void publish_diff(struct world *w, const struct mail *m)
{
    sight_slices_finish(w, mail_a(m));
    topic_id topic = pubsub_find(w->people, mail_a(m));
    w->made_us = (uint32_t)m->made_us;
    if (topic != TOPIC_NONE)
        fastlane_publish(w, m->from, topic, mail_a(m), mail_b(m));
    else
        watching_unmark(w, m->from, mail_a(m)); /* a mark that was left, or whose end was lost */
}

static void pass_reply(struct world *w, const struct mail *m)
{
    uint32_t slot;
    if (!clients_find(w->clients, m->handle, &slot)) return;
    struct frame *f = frame_of(mail_c(m));
    if (f) f->body_at = m->c_body_at;
    clients_push(w->clients, slot, f);
    frame_unref(f);
}

void shard_receive(struct world *w, struct mail *m)
{
    switch ((enum mail_type)m->type) {
    case MAIL_LISTEN:
    case MAIL_UNLISTEN:
    case MAIL_TRACK:
    case MAIL_STATUS:
    case MAIL_LOST: home_receive(w, m); return;
    case MAIL_SOCKET: per_user_receive(w, m); break;
    case MAIL_FULL: full_receive(w, m); break;
    case MAIL_HIDE: claims_hide(w, m); return;
    case MAIL_HIDDEN: showing_hidden(w, m->handle); break;
    case MAIL_TOLD: hiding_receive(w, m); return;
    case MAIL_HEARD: hiding_heard(w, m); break;
    case MAIL_RESUME: resume_receive(w, m); return;
    case MAIL_TAKE: resume_take(w, m); return;
    case MAIL_RESUMED: resume_taken(w, m); return;
    case MAIL_FRAGMENT:
        w->state_ids_out -= m->ids_count < w->state_ids_out ? (uint32_t)m->ids_count
                                                            : w->state_ids_out;
        states_fragment(w, m);
        break;
    case MAIL_DIFF: publish_diff(w, m); break;
    case MAIL_REPLY: pass_reply(w, m); break;
    case MAIL_MARK:
    case MAIL_UNMARK:
    case MAIL_SAY:
    case MAIL_BROADCAST:
    case MAIL_PUBLISH: broadcast_receive(w, m); break;
    case MAIL_ANSWER:
        w->stats.watches_refused += m->over_budget;
        if (m->failed && m->b_len)
            asking_refused(w, m->handle, slice_head(mail_b(m), m->new_bytes));
        world_tell(w, m);
        return;
    case MAIL_INFO:
    case MAIL_OUT:
    case MAIL_LISTED:
    case MAIL_JOINED:
    case MAIL_CLOSE: world_tell(w, m); return;
    case MAIL_POLL:
    case MAIL_POLL_POST:
    case MAIL_POLL_GONE:
    case MAIL_POLL_ANSWER:
    case MAIL_POLL_TAKEN: mail_append(&w->to_edge, m); return;
    case MAIL_TRACKING: tracking_receive(w, m); return;
    case MAIL_TRACKING_STATE: tracked_receive(w, m); break;
    case MAIL_CALL: call_receive(w, m); return;
    case MAIL_CALL_ANSWER: call_take_answer(w, m); return;
    case MAIL_STATS: memcpy(&w->others[m->from], m->bytes, sizeof(struct stats)); break;
    case MAIL_WATCHED:
        w->stats.lists_cut += m->cut;
        w->stats.lists_failed += m->failed;
        w->stats.lists_known += m->known;
        states_watched(w, m->handle, m->serial, mail_a(m), m->failed);
        break;
    case MAIL_SIGHT:
    case MAIL_GRANT: sight_change(w, m); return;
    case MAIL_SIGHT_HERE: sight_slices_begin(w, m, NULL, 0); return;
    case MAIL_GRANT_HERE:
        sight_slices_finish_lists(w, mail_a(m));
        sight_grant_receive(w, m);
        return;
    case MAIL_SEEN_WHEN: seen_receive(w, m); return;
    case MAIL_CLAIM:
    case MAIL_CLAIMED: claims_receive(w, m); return;
    case MAIL_PEER:
    case MAIL_SECTION:
    case MAIL_PULL:
    case MAIL_REST: replicate_receive(w, m); return;
    case MAIL_POSITIONS:
        if (m->inc)
            replicate_receive(w, m);
        else
            mail_append(&w->to_cluster, m);
        return;
    case MAIL_FRAME: mail_append(&w->to_cluster, m); return;
    case MAIL_SOURCE:
        memcpy(&w->source, m->bytes, sizeof w->source);
        w->reads_tables = true;
        break;
    case MAIL_EVENTS:
        memcpy(&w->events, mail_a(m).ptr, sizeof w->events);
        w->logs_events = true;
        w->delivers_events = m->b_len != 0;
        if (m->b_len) memcpy(&w->hooks, mail_b(m).ptr, sizeof w->hooks);
        break;
    case MAIL_ROLL: hook_roll(w, m); return;
    case MAIL_HERE: here_receive(w, m); return;
    case MAIL_BAR:
        if (bars_set(w, mail_a(m), m->until_s)) w->stats.mails_lost++;
        break;
    case MAIL_RULES_HEARD: sight_change(w, m); return; /* behind the changes that it is about */
    case MAIL_LAST_SEEN:
    case MAIL_SESSION:
    case MAIL_NODE_ENDED:
    case MAIL_HOOK:
    case MAIL_RULE:
    case MAIL_ASK:
    case MAIL_ASKERS:
    case MAIL_APPLIED:
    case MAIL_WANT_WATCHED:
    case MAIL_READ:
    case MAIL_HINT:
    case MAIL_SAVE:
    case MAIL_SAVED: break; /* the store's, never a shard's */
    case MAIL_LANE: break;  /* a link's */
    }
    mail_free(m);
}

uint64_t shard_tick(struct world *w)
{
    for (struct mail *m; (m = mail_take(&w->self));)
        shard_receive(w, m);
    home_expire(w);
    home_release(w);
    states_expire(w);
    states_start(w);
    tracked_expire(w);
    tracking_retry(w);
    sight_retry(w);
    sight_slices_turn(w);
    spread_turn(w);
    push_turn(w);
    ended_turn(w);
    claims_tick(w);
    replicate_tick(w);
    return shard_due(w);
}

uint64_t shard_due(const struct world *w)
{
    uint64_t due = earlier(w->expire_at_ms, states_next_due(w));
    due = earlier(due, earlier(pacing_next_due(w), spread_next_due(w)));
    due = earlier(due, earlier(push_next_due(w), tracking_next_due(w)));
    due = earlier(due, earlier(tracked_next_due(w), ended_next_due(w)));
    due = earlier(due, earlier(claims_due(w), replicate_due(w)));
    return earlier(due, earlier(sight_next_due(w), sight_slices_next_due(w)));
}

void shard_limit(struct world *w, uint32_t grace_ms, uint32_t outbox_bytes_max,
                 uint32_t per_user_max)
{
    w->o.grace_ms = grace_ms;
    if (w->o.per_user_max != per_user_max) full_forget(w); /* as the old bound had it */
    w->o.per_user_max = per_user_max;
    clients_limit(w->clients, outbox_bytes_max);
}

kith_err shard_restore(struct world *w, const struct entry *e, uint64_t device, uint64_t until_ms,
                       bool hidden)
{
    struct presence_topic name;
    struct presence *p = hidden ? w->hidden : w->presence;
    kith_err err = presence_restore(p, presence_topic(&name, e->key), e, device, until_ms);
    if (!err && until_ms < w->expire_at_ms) w->expire_at_ms = until_ms;
    if (!err) w->stats.presences++; /* no counter tells that there is news to report */
    return err;
}
