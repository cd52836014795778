/* bench/sink.c -- what clients are sent: told apart, counted, and held against the graph. */
#include "sink.h"

#include "tool.h"

#include "base/chance.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 64 }; /* of so many frames one is held against the graph */

static const char metas[] = "\":{\"metas\":[";

static uint64_t mixed(uint32_t user)
{
    uint64_t seed = user;
    return chance_next(&seed);
}

uint64_t sink_sum(const struct friends *f, uint32_t user)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < friends_count(f, user); i++)
        sum += mixed(friends_of(f, user)[i]);
    return sum;
}

static uint32_t read_number(const uint8_t *at)
{
    uint32_t n = 0;
    for (; *at >= '0' && *at <= '9'; at++)
        n = n * 10 + (uint32_t)(*at - '0');
    return n;
}

/* Behind the first `text` in `s`; empty: it is not there. */
static kith_slice behind(kith_slice s, const char *text)
{
    size_t len = strlen(text);
    const uint8_t *at = s.len ? memmem(s.ptr, s.len, text, len) : NULL;
    return at ? slice_from(s, (size_t)(at - s.ptr) + len) : (kith_slice){0};
}

/* A change has a number, which its end has, too. Before the first of them it is as all others. */
static enum heard tell_star(struct sink *s, kith_slice meta, bool comes)
{
    kith_slice number = behind(meta, "\"number\":");
    if (!number.len) return comes ? HEARD_JOIN : HEARD_STRANGE;
    s->star.step = 2 * read_number(number.ptr) + !comes;
    s->star.announced += s->star.step > s->star.latest;
    if (s->star.step > s->star.latest) s->star.latest = s->star.step;
    return comes ? HEARD_STAR : HEARD_LEFT;
}

/* {"joins":{..},"leaves":{..}}, of one user. */
static enum heard tell_diff(struct sink *s, kith_slice payload)
{
    kith_slice joins = behind(payload, "{\"joins\":{"), leaves = behind(payload, "\"leaves\":{");
    if (joins.len < 2 || leaves.len < 2) return HEARD_STRANGE;
    bool comes = joins.ptr[0] == '"', went = leaves.ptr[0] == '"';
    if (!comes && !went) return HEARD_STRANGE;
    s->subject = read_number((comes ? joins : leaves).ptr + 1) - SINK_FIRST_ID;
    if (s->subject >= s->friends->users) return HEARD_STRANGE;
    if (s->subject == s->star.user) return tell_star(s, comes ? joins : leaves, comes);
    if (!comes) return HEARD_STRANGE;
    return went ? HEARD_FLIP : HEARD_JOIN;
}

static enum heard tell(struct sink *s, const struct frame *f)
{
    kith_slice all = frame_slice(f), body = frame_body(f);
    if (slice_starts(all, KITH_LIT("HTTP/1.1 101 "))) return HEARD_UPGRADED;
    if (slice_starts(body, KITH_LIT("[null,null,\"user_presence:")))
        return tell_diff(s, behind(body, ",\"presence_diff\","));
    if (behind(slice_head(body, body.len < 64 ? body.len : 64), ",\"presence_state\",").len)
        return HEARD_STATE;
    if (behind(slice_head(body, body.len < 64 ? body.len : 64), ",\"phx_close\",").len)
        return HEARD_CLOSE;
    bool ok = body.len > 16 && slice_is(slice_from(body, body.len - 15), "\"status\":\"ok\"}]");
    return ok ? HEARD_REPLY : HEARD_STRANGE;
}

static void look(struct sink *s, uint32_t user, uint32_t subject)
{
    s->looked++;
    if (!friends_has(s->friends, user, subject)) s->leaks++;
}

/* Each entry is "<id>":{"metas":[..]}. */
static void take_state(struct sink *s, uint32_t user, kith_slice body)
{
    for (; (body = behind(body, metas)).len; s->entries++) {
        const uint8_t *id = body.ptr - (sizeof metas - 1);
        while (id[-1] != '"')
            id--;
        uint32_t subject = read_number(id) - SINK_FIRST_ID;
        s->shown[user] += mixed(subject);
        if (s->entries % SAMPLE == 0) look(s, user, subject);
    }
}

static double passed_us(const struct sink *s, uint32_t user)
{
    double since = atomic_load_explicit(&s->since[user], memory_order_relaxed);
    return now_us() - s->began_us - since;
}

static void take_star(struct sink *s, uint32_t user, bool first)
{
    struct sink_star *star = &s->star;
    star->backward += star->step < star->shown[user];
    star->shown[user] = star->step;
    if (first) star->latest_us = now_us();
}

enum heard sink_take(struct sink *s, const uint32_t *user, const struct frame *f)
{
    bool first = f != s->frame;
    if (first) s->kind = tell(s, f);
    s->frame = f;
    s->bytes += f->len;
    if (s->kind == HEARD_STATE) {
        take_state(s, *user, frame_body(f));
        histogram_add(&s->join_us, whole_us(passed_us(s, *user)));
    }
    if (s->kind == HEARD_JOIN) s->shown[*user] += mixed(s->subject);
    if (s->kind == HEARD_FLIP && first)
        histogram_add(&s->flip_us, whole_us(passed_us(s, s->subject)));
    if (s->kind == HEARD_STAR || s->kind == HEARD_LEFT) take_star(s, *user, first);
    bool about = s->kind == HEARD_JOIN || s->kind == HEARD_FLIP || s->kind == HEARD_STAR;
    if (about && s->count[s->kind] % SAMPLE == 0) look(s, *user, s->subject);
    s->count[s->kind]++;
    return s->kind;
}
