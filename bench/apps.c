/* bench/apps.c -- the clients of one way. */
#include "apps.h"

#include "sockets.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>

struct apps {
    struct apps_options o;
    struct sockets *sockets;
    uint32_t users, channels;
    app_fn on;
    void *ctx;
    struct apps_told told;
    uint32_t *states;    /* that a client has had since it entered */
    uint32_t in;         /* clients that have had all of theirs */
    uint64_t due, known; /* of ordered pairs of clients: one is to know, or knows, of the other */
    size_t row_words;    /* a row of bits for each client: */
    uint64_t *online, *heard; /* whom it believes to be online; of whom it was ever told */
};

static void on_socket(void *ctx, const struct socket_event *e);

struct apps *apps_new(const struct apps_options *o)
{
    struct apps *a = calloc(1, sizeof *a);
    if (!a) die("out of memory");
    a->o = *o;
    a->users = o->ring->users;
    a->channels = o->way->topic ? 1 : o->ring->friends;
    a->row_words = (a->users + 63) / 64;
    a->states = calloc(a->users, sizeof *a->states);
    a->online = calloc(a->users * a->row_words, sizeof *a->online);
    a->heard = calloc(a->users * a->row_words, sizeof *a->heard);
    if (!a->states || !a->online || !a->heard) die("out of memory");
    a->sockets = sockets_new(&(struct sockets_options){
        .count = a->users, .port = o->port, .keep = UINT32_MAX, .on = on_socket, .ctx = a});
    return a;
}

void apps_free(struct apps *a)
{
    if (!a) return;
    sockets_free(a->sockets);
    free(a->states);
    free(a->online);
    free(a->heard);
    free(a);
}

void apps_listen(struct apps *a, app_fn on, void *ctx)
{
    a->on = on;
    a->ctx = ctx;
}

void apps_poll(struct apps *a, double wait_us) { sockets_poll(a->sockets, wait_us); }
struct apps_told apps_told(const struct apps *a) { return a->told; }
uint32_t apps_channels(const struct apps *a) { return a->channels; }

uint32_t apps_audience(const struct apps *a)
{
    switch (a->o.way->audience) {
    case AUDIENCE_FRIENDS: return a->o.ring->friends;
    case AUDIENCE_EVERYBODY: return a->users - 1;
    case AUDIENCE_NOBODY: break;
    }
    return 0;
}

/* Who believes what */

static uint64_t *row(const struct apps *a, uint64_t *bits, uint32_t who)
{
    return bits + who * a->row_words;
}

static bool is_set(const uint64_t *bits, uint32_t i) { return bits[i / 64] >> i % 64 & 1; }

static uint64_t ones(const struct apps *a, const uint64_t *bits)
{
    uint64_t n = 0;
    for (size_t i = 0; i < a->row_words; i++)
        n += (uint64_t)__builtin_popcountll(bits[i]);
    return n;
}

static uint32_t friends_in(const struct apps *a, const uint64_t *bits, uint32_t who)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < a->o.ring->friends; k++)
        n += is_set(bits, ring_friend(a->o.ring, who, k));
    return n;
}

/* All that it believes. */
static void forget(struct apps *a, uint32_t who)
{
    uint64_t *online = row(a, a->online, who);
    a->known -= ones(a, online) - is_set(online, who);
    memset(online, 0, a->row_words * sizeof *online);
}

static void learn(struct apps *a, uint32_t who, uint32_t about, bool here)
{
    uint64_t *online = row(a, a->online, who), *heard = row(a, a->heard, who);
    uint64_t bit = (uint64_t)1 << about % 64;
    if (about != who) a->known += (uint64_t)here - is_set(online, about);
    online[about / 64] = here ? online[about / 64] | bit : online[about / 64] & ~bit;
    heard[about / 64] |= bit;
}

/* Those who are in, and to be told of whom has just come in; they are due to it, too. */
static uint32_t mates(const struct apps *a, uint32_t who)
{
    uint32_t n = 0;
    if (a->o.way->audience == AUDIENCE_EVERYBODY) return a->in;
    for (uint32_t k = 0; k < apps_audience(a); k++)
        n += a->states[ring_friend(a->o.ring, who, k)] >= a->channels;
    return n;
}

static void come_in(struct apps *a, uint32_t who)
{
    a->due += 2 * mates(a, who);
    a->in++;
    if (a->on) a->on(a->ctx, APP_IN, who, who);
}

uint64_t apps_owed(const struct apps *a) { return a->due > a->known ? a->due - a->known : 0; }

/* Out */

void apps_enter(struct apps *a, uint32_t who)
{
    char path[80];
    snprintf(path, sizeof path, "/socket/websocket?vsn=2.0.0&user_id=%u", RING_FIRST_ID + who);
    forget(a, who);
    sockets_dial(a->sockets, who, path);
}

void apps_drop(struct apps *a, uint32_t who)
{
    sockets_drop(a->sockets, who);
    forget(a, who);
    a->in -= a->states[who] >= a->channels;
    a->states[who] = 0;
    a->due -= 2 * mates(a, who);
}

static void join(struct apps *a, uint32_t who, uint32_t ref, const char *topic)
{
    sockets_send(a->sockets, who, "[\"%u\",\"%u\",\"%s\",\"phx_join\",{}]", ref, ref, topic);
}

/* Ids have all the same number of digits, so the lesser one is the lesser string, too. */
static void join_rooms(struct apps *a, uint32_t who)
{
    char topic[40];
    for (uint32_t k = 0; k < a->o.ring->friends; k++) {
        uint32_t other = ring_friend(a->o.ring, who, k);
        uint32_t low = who < other ? who : other, high = who < other ? other : who;
        snprintf(topic, sizeof topic, "friends:%u:%u", RING_FIRST_ID + low, RING_FIRST_ID + high);
        join(a, who, k + 1, topic);
    }
}

static void join_all(struct apps *a, uint32_t who)
{
    char topic[40];
    const char *form = a->o.way->topic;
    if (!form) {
        join_rooms(a, who);
    } else if (strchr(form, '%')) {
        snprintf(topic, sizeof topic, "%.*s%u", (int)strcspn(form, "%"), form, RING_FIRST_ID + who);
        join(a, who, 1, topic);
    } else {
        join(a, who, 1, form);
    }
}

/* In */

/* The next key of {"<id>":{"metas":[..]},..}, as a client's number; false: that was all. */
static bool next_key(const struct apps *a, kith_slice *text, uint32_t *key)
{
    static const char mark[] = "\":{\"metas\":[";
    uint64_t id = 0, place = 1;
    const uint8_t *at = text->len ? memmem(text->ptr, text->len, mark, sizeof mark - 1) : NULL;
    if (!at) return false;
    for (const uint8_t *digit = at; digit > text->ptr && digit[-1] != '"'; digit--, place *= 10)
        id += place * (uint64_t)(digit[-1] - '0');
    if (id < RING_FIRST_ID || id >= RING_FIRST_ID + a->users)
        die("a client was told of somebody who is not there");
    *key = (uint32_t)id - RING_FIRST_ID;
    *text = slice_from(*text, (size_t)(at - text->ptr) + sizeof mark - 1);
    return true;
}

/* A client that falls behind gets a second state, which replaces what it had; a room of two is too
 * small for that. */
static void on_state(struct apps *a, uint32_t who, kith_slice text)
{
    if (a->o.way->topic) forget(a, who);
    for (uint32_t about; next_key(a, &text, &about);)
        learn(a, who, about, true);
    if (++a->states[who] == a->channels) come_in(a, who);
}

static void on_side(struct apps *a, uint32_t who, kith_slice side, enum app_kind kind)
{
    for (uint32_t about; next_key(a, &side, &about);) {
        learn(a, who, about, kind == APP_CAME);
        if (about != who && a->on) a->on(a->ctx, kind, who, about);
    }
}

static void on_diff(struct apps *a, uint32_t who, kith_slice text)
{
    static const char middle[] = "},\"leaves\":{";
    const uint8_t *at = memmem(text.ptr, text.len, middle, sizeof middle - 1);
    if (!at) die("a diff without leaves");
    size_t joins = (size_t)(at - text.ptr);
    on_side(a, who, slice_from(text, joins), APP_WENT);
    on_side(a, who, slice_head(text, joins), APP_CAME);
}

static bool begins_with(kith_slice text, const char *word)
{
    size_t len = text.len < 128 ? text.len : 128; /* topic and event stand there */
    return memmem(text.ptr, len, word, strlen(word)) != NULL;
}

static void on_text(struct apps *a, uint32_t who, kith_slice text)
{
    if (begins_with(text, ",\"presence_diff\",{"))
        on_diff(a, who, text);
    else if (begins_with(text, ",\"presence_state\",{"))
        on_state(a, who, text);
    else if (!begins_with(text, "\"status\":\"ok\""))
        die("client %u was told %.*s", who, (int)(text.len < 200 ? text.len : 200),
            (const char *)text.ptr);
}

static void on_socket(void *ctx, const struct socket_event *e)
{
    struct apps *a = ctx;
    a->told.messages += e->kind == SOCKET_TEXT || e->kind == SOCKET_OTHER;
    a->told.bytes += e->bytes;
    if (e->kind == SOCKET_OPEN) join_all(a, e->who);
    if (e->kind == SOCKET_TEXT) on_text(a, e->who, e->text);
    if (e->kind == SOCKET_REFUSED || e->kind == SOCKET_CLOSED)
        die("the server turned client %u away", e->who);
}

struct apps_views apps_views(const struct apps *a)
{
    struct apps_views v = {0};
    for (uint32_t who = 0; who < a->users; who++) {
        const uint64_t *online = row(a, a->online, who), *heard = row(a, a->heard, who);
        v.strangers += ones(a, heard) - is_set(heard, who) - friends_in(a, heard, who);
        v.missed += a->o.ring->friends - friends_in(a, online, who);
    }
    return v;
}
