/* shard/publish.c -- one broadcast to all who listen here. */
#include "shard/publish.h"

#include "shard/awaited.h"
#include "shard/subscriber_table.h"

/* The forms it may take, made when first needed: V1 or V2 text, V2 binary, and what news share. */
struct encodings {
    struct frame *text[2], *binary, *news;
    bool unfit; /* its topic or event is too long for a binary frame: no client gets it */
};

static struct frame *text(struct world *w, struct encodings *f, const struct broadcast *b,
                          enum phx_vsn vsn)
{
    struct frame **at = &f->text[vsn == PHX_V2];
    if (*at) return *at;
    w->stats.encodings++;
    *at = phx_encode(
        vsn, &(struct phx_out){.topic = b->topic, .event = b->event, .payload = b->payload});
    return *at;
}

static struct frame *binary(struct world *w, struct encodings *f, const struct broadcast *b)
{
    kith_err e;
    if (f->binary || f->unfit) return f->binary;
    w->stats.encodings++;
    f->binary = phx_encode_binary_broadcast(
        &(struct phx_out){.topic = b->topic, .event = b->event, .payload = b->payload}, &e);
    f->unfit = !f->binary && e == KITH_FULL;
    return f->binary;
}

/* A client for which there is no memory is closed: it could not know what it missed. */
static void to_client(struct world *w, struct encodings *f, const struct broadcast *b,
                      const struct subscriber *s, const struct awaited *a)
{
    enum phx_vsn vsn = clients_at(w->clients, s->slot)->vsn;
    if (b->binary && vsn == PHX_V1) return;
    struct frame *frame = b->binary ? binary(w, f, b) : text(w, f, b, vsn);
    if (a)
        gather_hold(a->gather, b->home, frame);
    else if (!f->unfit)
        clients_push(w->clients, s->slot, frame);
    if (!a && b->diff_of) w->stats.deliveries++;
}

static void to_channel(struct world *w, struct encodings *f, const struct broadcast *b,
                       const struct subscriber *s, struct awaited *a, enum mail_type type)
{
    if (!f->news) f->news = mail_bytes(b->topic, b->event, b->payload);
    struct mail *m = mail_sharing(type, f->news, b->topic.len, b->event.len);
    if (m) {
        m->handle = clients_handle(w->clients, s->slot);
        m->serial = s->channel;
        m->binary = b->binary;
    }
    if (a)
        awaited_hold(a, b->home, m);
    else
        world_tell(w, m);
}

/* All that is said to a socket by its id. */
static void to_socket(struct world *w, const struct broadcast *b, const struct subscriber *s)
{
    if (!slice_is(b->event, "disconnect")) return;
    struct mail *m = mail_new(MAIL_CLOSE, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
    if (m) m->handle = clients_handle(w->clients, s->slot);
    world_tell(w, m);
}

static bool intercepts(const struct subscriber *s, const struct broadcast *b)
{
    if (!s->intercept || !slice_eq(s->topic, b->topic)) return false;
    for (const char *const *event = s->intercept; *event; event++)
        if (slice_is(b->event, *event)) return true;
    return false;
}

static bool is_sender(const struct world *w, const struct broadcast *b, const struct subscriber *s)
{
    return b->from.client && b->from.shard == w->o.id && b->from.channel == s->channel &&
           b->from.client == clients_handle(w->clients, s->slot);
}

/* The state on its way to the channel that this diff is to wait for, or NULL. */
static struct awaited *awaited_with(struct subscriber *s, const struct broadcast *b, topic_id topic)
{
    struct awaited *a = s->awaited;
    if (!b->diff_of) return NULL;
    if (a && awaited_covers(a, b->diff_of - 1, topic) &&
        !(a->gapless && !(a->gather->seen >> b->home & 1)))
        return a;
    if (s->view == VIEW_NONE) s->view = VIEW_DIFFS;
    return NULL;
}

static void deliver(struct world *w, struct encodings *f, const struct broadcast *b, topic_id topic,
                    subscriber_id who)
{
    struct subscriber *s = subscribers_at(w->subscribers, who >> 1);
    if (is_sender(w, b, s)) return;
    struct awaited *a = awaited_with(s, b, topic);
    if (s->channel == 0)
        to_socket(w, b, s);
    else if (who & 1)
        to_channel(w, f, b, s, a, MAIL_INFO);
    else if (intercepts(s, b))
        to_channel(w, f, b, s, a, MAIL_OUT);
    else
        to_client(w, f, b, s, a);
}

void publish(struct world *w, const struct broadcast *b)
{
    struct encodings f = {0};
    topic_id topic = pubsub_find(w->topics, b->topic);
    subscriber_id who;
    struct pubsub_walk walk = {0};
    while (topic != TOPIC_NONE && pubsub_next(w->topics, topic, &walk, &who))
        deliver(w, &f, b, topic, who);
    frame_unref(f.text[0]);
    frame_unref(f.text[1]);
    frame_unref(f.binary);
    frame_unref(f.news);
}
