/* load/crowd_take.c -- what comes on the sockets of a crowd. */
#include "load/crowd.h"
#include "load/crowd_state.h"

#include "base/limits.h"

static bool find(const struct crowd *c, kith_slice name, uint32_t *about)
{
    if (names_find(c->o.names, name, about) == KITH_OK) return true;
    c->tally->leaks++;
    return false;
}

static void keep_person(struct heard_diff *d, uint32_t about, const struct person *p)
{
    if (d->people < HEARD_PEOPLE_MAX)
        d->person[d->people] = (struct heard_person){about, p->joined, p->left, p->status};
    d->people++;
}

struct diff {
    kith_slice payload;
    uint32_t topic; /* of whom alone it may speak, or HEARD_NOBODY */
};

/* `keep`, where it is not NULL, is told what it says, unless it speaks of nobodies. */
static bool tell(struct crowd *c, uint32_t user, struct diff d, uint64_t now_us,
                 struct heard_diff *keep)
{
    struct person p;
    uint32_t about;
    bool all = true;
    if (!people_diff(&c->people, d.payload)) return false;
    while (people_next(&c->people, &p)) {
        bool found = find(c, p.name, &about);
        all = all && found;
        if (!found) continue;
        if (d.topic != HEARD_NOBODY && d.topic != about) return false;
        if (keep) keep_person(keep, about, &p);
        view_told(&c->view, user, &(struct view_news){about, p.left, p.joined, p.status, now_us});
    }
    if (keep) keep->whole = all && !c->people.bad && keep->people <= HEARD_PEOPLE_MAX;
    return !c->people.bad;
}

/* False: there is no memory, or it is too much. */
static bool hold(struct buf *early, kith_slice payload)
{
    size_t len = payload.len;
    buf_put(early, slice_of(&len, sizeof len));
    buf_put(early, payload);
    return !early->failed && early->len <= LOAD_EARLY_BYTES_MAX;
}

static bool tell_held(struct crowd *c, uint32_t user, uint64_t now_us)
{
    struct buf *early = &member_of(c, user)->early;
    bool good = true;
    c->view.held = true;
    for (size_t at = 0, len; good && at < early->len; at += len) {
        memcpy(&len, early->ptr + at, sizeof len);
        at += sizeof len;
        struct diff d = {slice_of(early->ptr + at, len), HEARD_NOBODY};
        good = tell(c, user, d, now_us, NULL);
    }
    c->view.held = false;
    buf_fini(early);
    return good;
}

/* A client takes what comes on a topic that it has joined, and nothing else. */
static bool is_joined(struct crowd *c, uint32_t user, kith_slice topic)
{
    return slice_eq(topic, crowd_topic(c, user, &c->people.text));
}

static bool take_state(struct crowd *c, uint32_t user, const struct client_message *m,
                       uint64_t now_us)
{
    struct person p;
    uint32_t about;
    if (!is_joined(c, user, m->topic) || !people_state(&c->people, m->payload)) return false;
    c->view.stated_us = now_us;
    view_state(&c->view, user);
    while (people_next(&c->people, &p))
        if (find(c, p.name, &about)) view_shown(&c->view, user, about, p.joined, p.status);
    crowd_joined(c, user, now_us);
    return !c->people.bad && tell_held(c, user, now_us);
}

/* user_presence:<id> comes unjoined, and names whom it is about before anything else does. */
static bool names_someone(const struct crowd *c, kith_slice topic, kith_slice *name)
{
    kith_slice prefix = KITH_LIT("user_presence:");
    bool starts = c->o.own_topic && slice_starts(topic, prefix);
    *name = starts ? slice_from(topic, prefix.len) : (kith_slice){0};
    return starts;
}

static void check_topic(struct crowd *c, uint32_t user, uint32_t about)
{
    if (about != HEARD_NOBODY) c->tally->leaks += graph_edge(c->o.graph, user, about) == GRAPH_NONE;
}

static bool take_diff(struct crowd *c, uint32_t user, const struct client_message *m,
                      uint64_t now_us, struct heard_diff *keep)
{
    struct member *to = member_of(c, user);
    struct diff d = {m->payload, HEARD_NOBODY};
    kith_slice name;
    c->tally->frames++;
    c->tally->frame_bytes += m->bytes + (m->bytes < 126 ? 2 : 4);
    bool named = names_someone(c, m->topic, &name);
    if (!named && !is_joined(c, user, m->topic)) return false;
    if (named ? !find(c, name, &d.topic) : c->o.own_topic) keep = NULL; /* it is not for others */
    check_topic(c, user, d.topic);
    if (keep) keep->topic = d.topic;
    if (to->state == MEMBER_JOINED) return tell(c, user, d, now_us, keep);
    c->tally->early++;
    return c->o.hold ? hold(&to->early, m->payload) : tell(c, user, d, now_us, NULL);
}

/* The same bytes say the same. */
static bool take_again(struct crowd *c, uint32_t user, struct client_input *in, uint64_t now_us)
{
    const struct heard_diff *d = heard_find(&c->heard, slice_of(in->at, in->left));
    if (!d) return false;
    in->at += d->bytes;
    in->left -= d->bytes;
    c->tally->frames++;
    c->tally->frame_bytes += d->bytes;
    check_topic(c, user, d->topic);
    for (uint32_t i = 0; i < d->people; i++) {
        const struct heard_person *p = &d->person[i];
        view_told(&c->view, user,
                  &(struct view_news){p->about, p->left, p->joined, p->status, now_us});
    }
    return true;
}

/* An error to a join ends the client. */
static bool take_reply(struct crowd *c, const struct client_message *m)
{
    if (m->ok || m->ref != CLIENT_REF_STATUS[0]) return m->ok || m->ref != CLIENT_REF_JOIN[0];
    c->tally->errors++;
    return true;
}

static bool broken(struct crowd *c, uint32_t user)
{
    c->tally->broken++;
    crowd_end(c, user);
    return false;
}

/* True: it goes on. */
static bool take_message(struct crowd *c, uint32_t user, enum client_event what,
                         const struct client_message *m, uint64_t now_us, struct heard_diff *keep)
{
    switch (what) {
    case CLIENT_STATE: return take_state(c, user, m, now_us) || broken(c, user);
    case CLIENT_DIFF: return take_diff(c, user, m, now_us, keep) || broken(c, user);
    case CLIENT_REPLY:
        if (take_reply(c, m)) return true;
        break;
    case CLIENT_REFUSED: c->tally->http_status = m->code; break;
    case CLIENT_CLOSED: c->tally->close_code = m->code; break;
    case CLIENT_ENDED: c->tally->ended++; break;
    case CLIENT_BROKEN: return broken(c, user);
    default: return true;
    }
    crowd_lost(c, user);
    return false;
}

bool crowd_take(struct crowd *c, uint32_t user, kith_slice bytes, uint64_t now_us, struct buf *out)
{
    struct member *to = member_of(c, user);
    struct client *client = &to->client;
    struct client_input in = client_take(client, (uint8_t *)(uintptr_t)bytes.ptr, bytes.len);
    struct client_message m;
    for (;;) {
        struct heard_diff *keep = NULL;
        if (to->state == MEMBER_JOINED && client_between(client)) {
            if (take_again(c, user, &in, now_us)) continue;
            keep = heard_take(&c->heard, slice_of(in.at, in.left));
        }
        enum client_event what = client_next(client, &in, &m);
        if (what == CLIENT_MORE) return true;
        if (what == CLIENT_UPGRADED) crowd_opened(c, user, now_us, out);
        if (what == CLIENT_PING) client_put_frame(out, WS_OP_PONG, m.payload);
        if (!take_message(c, user, what, &m, now_us, keep)) return false;
    }
}
