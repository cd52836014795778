/* bench/crowd.c -- the clients of one way. */
#include "crowd.h"

#include "load.h"
#include "sockets.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>

struct crowd {
    struct crowd_options o;
    struct sockets *sockets;
    uint32_t users, channels;
    crowd_fn on;
    void *ctx;
    struct crowd_told told;
    uint32_t *states;    /* that a client has had since it entered */
    uint32_t in;         /* clients that have had all of theirs */
    uint64_t due, known; /* of ordered pairs of clients: one is to know, or knows, of the other */
    size_t row_words;    /* a row of bits for each client: */
    uint64_t *online, *heard; /* whom it believes to be online; of whom it was ever told */
};

static void on_socket(void *ctx, const struct socket_event *e);

struct crowd *crowd_new(const struct crowd_options *o)
{
    struct crowd *c = calloc(1, sizeof *c);
    if (!c) die("out of memory");
    c->o = *o;
    c->users = o->graph->users;
    c->channels = o->way->topic ? 1 : o->graph->friends;
    c->row_words = (c->users + 63) / 64;
    c->states = calloc(c->users, sizeof *c->states);
    c->online = calloc(c->users * c->row_words, sizeof *c->online);
    c->heard = calloc(c->users * c->row_words, sizeof *c->heard);
    if (!c->states || !c->online || !c->heard) die("out of memory");
    c->sockets = sockets_new(&(struct sockets_options){
        .count = c->users, .port = o->port, .keep = UINT32_MAX, .on = on_socket, .ctx = c});
    return c;
}

void crowd_free(struct crowd *c)
{
    if (!c) return;
    sockets_free(c->sockets);
    free(c->states);
    free(c->online);
    free(c->heard);
    free(c);
}

void crowd_listen(struct crowd *c, crowd_fn on, void *ctx)
{
    c->on = on;
    c->ctx = ctx;
}

void crowd_poll(struct crowd *c, double wait_us) { sockets_poll(c->sockets, wait_us); }
struct crowd_told crowd_told(const struct crowd *c) { return c->told; }
uint32_t crowd_channels(const struct crowd *c) { return c->channels; }

uint32_t crowd_audience(const struct crowd *c)
{
    switch (c->o.way->audience) {
    case AUDIENCE_FRIENDS: return c->o.graph->friends;
    case AUDIENCE_EVERYBODY: return c->users - 1;
    case AUDIENCE_NOBODY: break;
    }
    return 0;
}

/* Who believes what */

static uint64_t *row(const struct crowd *c, uint64_t *bits, uint32_t who)
{
    return bits + who * c->row_words;
}

static bool is_set(const uint64_t *bits, uint32_t i) { return bits[i / 64] >> i % 64 & 1; }

static uint64_t ones(const struct crowd *c, const uint64_t *bits)
{
    uint64_t n = 0;
    for (size_t i = 0; i < c->row_words; i++)
        n += (uint64_t)__builtin_popcountll(bits[i]);
    return n;
}

static uint32_t friends_in(const struct crowd *c, const uint64_t *bits, uint32_t who)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < c->o.graph->friends; k++)
        n += is_set(bits, graph_friend(c->o.graph, who, k));
    return n;
}

/* All that it believes. */
static void forget(struct crowd *c, uint32_t who)
{
    uint64_t *online = row(c, c->online, who);
    c->known -= ones(c, online) - is_set(online, who);
    memset(online, 0, c->row_words * sizeof *online);
}

static void learn(struct crowd *c, uint32_t who, uint32_t about, bool here)
{
    uint64_t *online = row(c, c->online, who), *heard = row(c, c->heard, who);
    uint64_t bit = (uint64_t)1 << about % 64;
    if (about != who) c->known += (uint64_t)here - is_set(online, about);
    online[about / 64] = here ? online[about / 64] | bit : online[about / 64] & ~bit;
    heard[about / 64] |= bit;
}

/* Those who are in, and to be told of whom has just come in; they are due to it, too. */
static uint32_t mates(const struct crowd *c, uint32_t who)
{
    uint32_t n = 0;
    if (c->o.way->audience == AUDIENCE_EVERYBODY) return c->in;
    for (uint32_t k = 0; k < crowd_audience(c); k++)
        n += c->states[graph_friend(c->o.graph, who, k)] >= c->channels;
    return n;
}

static void come_in(struct crowd *c, uint32_t who)
{
    c->due += 2 * mates(c, who);
    c->in++;
    if (c->on) c->on(c->ctx, CROWD_IN, who, who);
}

uint64_t crowd_owed(const struct crowd *c) { return c->due > c->known ? c->due - c->known : 0; }

/* Out */

void crowd_enter(struct crowd *c, uint32_t who)
{
    char path[80];
    snprintf(path, sizeof path, "/socket/websocket?vsn=2.0.0&user_id=%u", LOAD_FIRST_ID + who);
    forget(c, who);
    sockets_dial(c->sockets, who, path);
}

void crowd_drop(struct crowd *c, uint32_t who)
{
    sockets_drop(c->sockets, who);
    forget(c, who);
    c->in -= c->states[who] >= c->channels;
    c->states[who] = 0;
    c->due -= 2 * mates(c, who);
}

static void join(struct crowd *c, uint32_t who, uint32_t ref, const char *topic)
{
    sockets_send(c->sockets, who, "[\"%u\",\"%u\",\"%s\",\"phx_join\",{}]", ref, ref, topic);
}

/* Ids have all the same number of digits, so the lesser one is the lesser string, too. */
static void join_rooms(struct crowd *c, uint32_t who)
{
    char topic[40];
    for (uint32_t k = 0; k < c->o.graph->friends; k++) {
        uint32_t other = graph_friend(c->o.graph, who, k);
        uint32_t low = who < other ? who : other, high = who < other ? other : who;
        snprintf(topic, sizeof topic, "friends:%u:%u", LOAD_FIRST_ID + low, LOAD_FIRST_ID + high);
        join(c, who, k + 1, topic);
    }
}

static void join_all(struct crowd *c, uint32_t who)
{
    char topic[40];
    const char *form = c->o.way->topic;
    if (!form) {
        join_rooms(c, who);
    } else if (strchr(form, '%')) {
        snprintf(topic, sizeof topic, "%.*s%u", (int)strcspn(form, "%"), form, LOAD_FIRST_ID + who);
        join(c, who, 1, topic);
    } else {
        join(c, who, 1, form);
    }
}

/* In */

/* The next key of {"<id>":{"metas":[..]},..}, as a client's number; false: that was all. */
static bool next_key(const struct crowd *c, kith_slice *text, uint32_t *key)
{
    static const char mark[] = "\":{\"metas\":[";
    uint64_t id = 0, place = 1;
    const uint8_t *at = text->len ? memmem(text->ptr, text->len, mark, sizeof mark - 1) : NULL;
    if (!at) return false;
    for (const uint8_t *digit = at; digit > text->ptr && digit[-1] != '"'; digit--, place *= 10)
        id += place * (uint64_t)(digit[-1] - '0');
    if (id < LOAD_FIRST_ID || id >= LOAD_FIRST_ID + c->users)
        die("a client was told of somebody who is not there");
    *key = (uint32_t)id - LOAD_FIRST_ID;
    *text = slice_from(*text, (size_t)(at - text->ptr) + sizeof mark - 1);
    return true;
}

/* A client that falls behind gets a second state, which replaces what it had; a room of two is too
 * small for that. */
static void on_state(struct crowd *c, uint32_t who, kith_slice text)
{
    if (c->o.way->topic) forget(c, who);
    for (uint32_t about; next_key(c, &text, &about);)
        learn(c, who, about, true);
    if (++c->states[who] == c->channels) come_in(c, who);
}

static void on_side(struct crowd *c, uint32_t who, kith_slice side, enum crowd_kind kind)
{
    for (uint32_t about; next_key(c, &side, &about);) {
        learn(c, who, about, kind == CROWD_CAME);
        if (about != who && c->on) c->on(c->ctx, kind, who, about);
    }
}

static void on_diff(struct crowd *c, uint32_t who, kith_slice text)
{
    static const char middle[] = "},\"leaves\":{";
    const uint8_t *at = memmem(text.ptr, text.len, middle, sizeof middle - 1);
    if (!at) die("a diff without leaves");
    size_t joins = (size_t)(at - text.ptr);
    on_side(c, who, slice_from(text, joins), CROWD_WENT);
    on_side(c, who, slice_head(text, joins), CROWD_CAME);
}

static bool begins_with(kith_slice text, const char *word)
{
    size_t len = text.len < 128 ? text.len : 128; /* topic and event stand there */
    return memmem(text.ptr, len, word, strlen(word)) != NULL;
}

static void on_text(struct crowd *c, uint32_t who, kith_slice text)
{
    if (begins_with(text, ",\"presence_diff\",{"))
        on_diff(c, who, text);
    else if (begins_with(text, ",\"presence_state\",{"))
        on_state(c, who, text);
    else if (!begins_with(text, "\"status\":\"ok\""))
        die("client %u was told %.*s", who, (int)(text.len < 200 ? text.len : 200),
            (const char *)text.ptr);
}

static void on_socket(void *ctx, const struct socket_event *e)
{
    struct crowd *c = ctx;
    c->told.messages += e->kind == SOCKET_TEXT || e->kind == SOCKET_OTHER;
    c->told.bytes += e->bytes;
    if (e->kind == SOCKET_OPEN) join_all(c, e->who);
    if (e->kind == SOCKET_TEXT) on_text(c, e->who, e->text);
    if (e->kind == SOCKET_REFUSED || e->kind == SOCKET_CLOSED)
        die("the server turned client %u away", e->who);
}

struct crowd_views crowd_views(const struct crowd *c)
{
    struct crowd_views v = {0};
    for (uint32_t who = 0; who < c->users; who++) {
        const uint64_t *online = row(c, c->online, who), *heard = row(c, c->heard, who);
        v.strangers += ones(c, heard) - is_set(heard, who) - friends_in(c, heard, who);
        v.missed += c->o.graph->friends - friends_in(c, online, who);
    }
    return v;
}
