/* bench/desk_people.c -- the clients of a desk, and its store. */
#include "desk_state.h"
#include "tool.h"

#include "base/ids.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    JOINS_AT_ONCE = 64, /* of each thread: on their way between the first byte and the state */
    FLIPS_AT_ONCE = 64, /* likewise, between the message and its reply */
};

/* What clients send */

static void say(struct desk *d, uint32_t user, bool opens, kith_slice bytes)
{
    if (d->said_count == SAID_MAX) die("too much at once");
    d->said[d->said_count++] = (struct said){
        .user = user, .at = (uint32_t)d->bytes.len, .len = (uint32_t)bytes.len, .opens = opens};
    buf_put(&d->bytes, bytes);
    if (d->bytes.failed) die("out of memory");
}

static void mark_time(struct desk *d, uint32_t user, double at_us)
{
    uint32_t since = (uint32_t)(at_us - d->all->began_us);
    atomic_store_explicit(&d->all->since[user], since, memory_order_relaxed);
}

static void say_hello(struct desk *d, uint32_t user)
{
    char text[256];
    int len = snprintf(text, sizeof text,
                       "GET /socket/websocket?vsn=2.0.0&user_id=%u HTTP/1.1\r\n"
                       "Host: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                       "Sec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                       user + SINK_FIRST_ID);
    say(d, user, true, slice_of(text, (size_t)len));
}

/* Masked with zeros, which leaves the text as it is. */
static void say_text(struct desk *d, uint32_t user, const char *fmt)
{
    char frame[6 + 125];
    int len = snprintf(frame + 6, 125, fmt, user + SINK_FIRST_ID);
    memcpy(frame, (const uint8_t[]){0x81, (uint8_t)(0x80 | len), 0, 0, 0, 0}, 6);
    say(d, user, false, slice_of(frame, 6 + (size_t)len));
}

static void say_join(struct desk *d, uint32_t user)
{
    say_text(d, user, "[\"1\",\"1\",\"user:%u\",\"phx_join\",{}]");
}

/* All are mutual, save that the star watches nobody. */
static uint32_t audience(const struct desk *d, uint32_t user)
{
    const struct friends *f = d->all->friends;
    uint32_t watched = friends_count(f, user);
    return watched && friends_of(f, user)[watched - 1] == d->all->star ? watched - 1 : watched;
}

/* All in one order, and again: nobody's second one comes soon after its first. */
static void say_flip(struct desk *d, double due_us)
{
    uint32_t user = d->people[d->flipped % d->count];
    if (user == d->all->star) user = d->people[++d->flipped % d->count];
    bool away = d->flipped / d->count % 2 == 0;
    d->flipped++;
    mark_time(d, user, due_us);
    say_text(d, user,
             away ? "[\"1\",\"2\",\"user:%u\",\"status\",{\"status\":\"away\"}]"
                  : "[\"1\",\"2\",\"user:%u\",\"status\",{\"status\":\"online\"}]");
    atomic_fetch_add_explicit(&d->due, audience(d, user), memory_order_relaxed);
}

static double come(struct desk *d)
{
    double now = now_us();
    uint64_t here = atomic_load_explicit(&d->made, memory_order_relaxed);
    for (; d->come < d->count && d->come - here < JOINS_AT_ONCE; d->come++) {
        mark_time(d, d->people[d->come], now);
        say_hello(d, d->people[d->come]);
    }
    return INFINITY;
}

static double flip_in_time(struct desk *d)
{
    double now = now_us(), pace = DESKS * 1e6 / d->all->flips_s;
    if (d->flip_due_us == 0) d->flip_due_us = now;
    for (unsigned n = 0; d->flip_due_us <= now && n < EVENTS_MAX; n++) {
        d->late_us = now - d->flip_due_us;
        say_flip(d, d->flip_due_us);
        d->flip_due_us += pace;
    }
    return d->flip_due_us;
}

/* Each has the next number. Who has gone comes again. */
static void say_star(struct desk *d, bool goes)
{
    uint32_t number = atomic_load(&d->all->star_asked);
    char fmt[100];
    bool leaves = goes && !d->star_gone;
    if (leaves)
        snprintf(fmt, sizeof fmt, "[\"1\",\"3\",\"user:%%u\",\"phx_leave\",{}]");
    else
        snprintf(fmt, sizeof fmt, "[\"1\",\"1\",\"user:%%u\",\"%s\",{\"number\":%u}]",
                 d->star_gone ? "phx_join" : "status", ++number);
    d->star_gone = leaves;
    atomic_store(&d->all->star_asked, number);
    d->all->star_asked_us = now_us();
    say_text(d, d->all->star, fmt);
}

static double star_in_time(struct desk *d, bool goes)
{
    double now = now_us(), pace = 1e6 / d->all->star_flips_s;
    if (d->all->star % DESKS != d->id || d->all->star_flips_s == 0) return INFINITY;
    if (d->star_due_us == 0) d->star_due_us = now;
    for (; d->star_due_us <= now; d->star_due_us += goes ? pace / 2 : pace)
        say_star(d, goes);
    return d->star_due_us;
}

static double flip_at_once(struct desk *d)
{
    double now = now_us();
    while (d->flipped - d->flipped_before - atomic_load_explicit(&d->made, memory_order_relaxed) <
           FLIPS_AT_ONCE)
        say_flip(d, now);
    return INFINITY;
}

double desk_say(struct desk *d, enum desk_work work)
{
    switch (work) {
    case DESK_JOIN: return come(d);
    case DESK_FLIP: return fmin(flip_in_time(d), star_in_time(d, false));
    case DESK_GO: return fmin(flip_in_time(d), star_in_time(d, true));
    case DESK_FLOOD: return flip_at_once(d);
    case DESK_REST:
        if (d->star_gone) say_star(d, true);
        break;
    case DESK_END: break;
    }
    return INFINITY;
}

/* What they hear */

void desk_take(struct desk *d, uint32_t slot, struct frame *f)
{
    if (d->taken_count == TAKEN_MAX) die("too many frames in one turn");
    d->taken[d->taken_count++] = (struct taken){slot, frame_ref(f)};
}

static uint64_t told_of(const struct sink *s)
{
    return s->count[HEARD_FLIP] + s->count[HEARD_JOIN] + s->entries;
}

static uint64_t told_of_star(const struct sink *s)
{
    return s->count[HEARD_STAR] + s->count[HEARD_LEFT];
}

/* What was said in the turn that is over is done with; what clients say to what they hear is for
 * the next one. */
void desk_sink(struct desk *d)
{
    struct sink *s = &d->sink;
    uint64_t told = told_of(s), star = told_of_star(s), made = 0;
    d->said_count = 0;
    buf_clear(&d->bytes);
    for (uint32_t i = 0; i < d->taken_count; i++) {
        const uint32_t *user = &d->user_of[d->taken[i].slot];
        struct frame *f = d->taken[i].frame;
        enum heard what = sink_take(s, user, f);
        if (what == HEARD_STRANGE) die("a client was sent: %.*s", (int)f->len, (char *)f->bytes);
        if (what == HEARD_UPGRADED) say_join(d, *user);
        made += what == d->makes && (what != HEARD_REPLY || *user != d->all->star);
    }
    for (uint32_t i = 0; i < d->taken_count; i++)
        frame_unref(d->taken[i].frame);
    d->busy |= d->taken_count != 0;
    d->taken_count = 0;
    sink_forget(s);
    told = told_of(s) - told;
    star = told_of_star(s) - star;
    if (told) atomic_fetch_add_explicit(&d->told, told, memory_order_relaxed);
    if (star) atomic_fetch_add_explicit(&d->star_told, star, memory_order_relaxed);
    if (made) atomic_fetch_add_explicit(&d->made, made, memory_order_relaxed);
}

/* The store */

struct mail *desk_answer(struct desk *d, const struct mail *want)
{
    char id[16];
    uint64_t user;
    if (want->type != MAIL_WANT_WATCHED) return NULL;
    if (!slice_u64(mail_a(want), &user)) die("somebody joins who is not here");
    const struct friends *f = d->all->friends;
    uint32_t me = (uint32_t)user - SINK_FIRST_ID;
    buf_clear(&d->ids);
    for (uint32_t i = 0; i < friends_count(f, me); i++) {
        int len = snprintf(id, sizeof id, "%u", friends_of(f, me)[i] + SINK_FIRST_ID);
        ids_put(&d->ids, slice_of(id, (size_t)len));
    }
    struct mail *m = mail_new(MAIL_WATCHED, buf_slice(&d->ids), (kith_slice){0}, (kith_slice){0});
    if (!m || d->ids.failed) die("out of memory");
    m->handle = want->handle;
    m->serial = want->serial;
    return m;
}
