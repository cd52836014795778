/* tests/core/members.h -- one node among others that only exist as what it hears: what it believes
 * and what it sends, as text. */
#pragma once

#include "base/limits.h"
#include "core/membership.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A node's name is a letter, and a run of it a number. */
enum { OWN = 1000, START_MS = 5000000, GONE_MS = 1200000 };

static inline struct membership_options options_of(char name, uint64_t inc)
{
    static char names[256];
    names[(uint8_t)name] = name;
    return (struct membership_options){.name = slice_of(&names[(uint8_t)name], 1),
                                       .nid = (uint64_t)name,
                                       .inc = inc,
                                       .heartbeat_ms = 1000,
                                       .suspect_ms = 3000,
                                       .down_ms = 6000,
                                       .gone_ms = GONE_MS,
                                       .features = 7,
                                       .seed = inc};
}

/* "came 7", "7 via 5": what it believes, or "" for what is only sent. */
static inline void belief_text(const struct membership_out *o, char *out, size_t size)
{
    unsigned long about = (unsigned long)o->about, via = (unsigned long)o->via;
    const char *form = "";
    switch (o->kind) {
    case MEMBERSHIP_CAME: form = "came %lu"; break;
    case MEMBERSHIP_DOWN: form = o->left ? "left %lu" : "down %lu"; break;
    case MEMBERSHIP_BACK: form = "back %lu"; break;
    case MEMBERSHIP_MISSED: form = "missed %lu"; break;
    case MEMBERSHIP_GONE: form = "gone %lu"; break;
    case MEMBERSHIP_RELAYED: form = via ? "%lu via %lu" : "%lu direct"; break;
    case MEMBERSHIP_ISOLATED: form = o->isolated ? "isolated" : "calm"; break;
    case MEMBERSHIP_REPLACED: form = "replaced %lu"; break;
    case MEMBERSHIP_NAME_TAKEN: form = "taken %lu"; break;
    case MEMBERSHIP_HEARTBEAT:
    case MEMBERSHIP_STALE:
    case MEMBERSHIP_ASK:
    case MEMBERSHIP_VOUCH: break;
    }
    snprintf(out, size, form, about, via);
}

/* "hb", "hb? 7": with a reply wanted, to one; "hb! 7": a reply; "ask 5 7", "vouch 5 7 age 20". */
static inline void sending_text(const struct membership_out *o, char *out, size_t size)
{
    unsigned long to = (unsigned long)o->to, about = (unsigned long)o->about;
    char whom[24] = "";
    if (o->to) snprintf(whom, sizeof whom, " %lu", to);
    if (o->kind == MEMBERSHIP_HEARTBEAT)
        snprintf(out, size, "hb%s%s%s", o->want_reply ? "?" : "", o->answers ? "!" : "", whom);
    else if (o->kind == MEMBERSHIP_STALE)
        snprintf(out, size, "stale %lu %lu", to, about);
    else if (o->kind == MEMBERSHIP_ASK)
        snprintf(out, size, "ask %lu %lu", to, about);
    else if (o->kind == MEMBERSHIP_VOUCH)
        snprintf(out, size, "vouch %lu %lu age %lu", to, about, (unsigned long)o->age_ms);
    else
        *out = '\0';
}

static inline void append(char *list, size_t size, const char *item)
{
    size_t len = strlen(list);
    if (*item) snprintf(list + len, size - len, "%s%s", len ? ", " : "", item);
}

struct self {
    struct membership *m;
    struct membership_options o;
    uint64_t now_ms, due_ms;
    bool deaf; /* it does not hear itself */
    char believes[8192], sends[8192];
};

static inline struct heartbeat heartbeat_of(const struct membership_options *o,
                                            enum node_state state)
{
    return (struct heartbeat){.nid = o->nid,
                              .inc = o->inc,
                              .name = o->name,
                              .state = state,
                              .features = o->features,
                              .to_inbox = true};
}

/* Takes what was put out, and what of it the engine brings back at once. */
static inline void self_take(struct self *s)
{
    struct membership_out o;
    char text[80];
    bool echo = false;
    while (membership_next(s->m, &o)) {
        belief_text(&o, text, sizeof text);
        append(s->believes, sizeof s->believes, text);
        sending_text(&o, text, sizeof text);
        append(s->sends, sizeof s->sends, text);
        if (o.kind == MEMBERSHIP_HEARTBEAT && o.to == 0) echo = true;
    }
    if (!echo || s->deaf) return;
    struct heartbeat h = heartbeat_of(&s->o, membership_state(s->m));
    membership_heartbeat(s->m, s->now_ms, &h);
    self_take(s);
}

static inline void self_tick(struct self *s)
{
    s->due_ms = membership_tick(s->m, s->now_ms);
    self_take(s);
}

static inline void assert_believes(struct self *s, const char *expected)
{
    assert_string_equal(s->believes, expected);
    *s->believes = '\0';
}

static inline void assert_sends(struct self *s, const char *expected)
{
    assert_string_equal(s->sends, expected);
    *s->sends = '\0';
}

static inline void self_forget(struct self *s) { *s->believes = *s->sends = '\0'; }

static inline struct self self_of(const struct membership_options *o)
{
    struct self s = {.o = *o, .now_ms = START_MS};
    s.m = membership_new(o);
    assert_non_null(s.m);
    return s;
}

/* Connected, and up. */
static inline struct self self_up(void)
{
    struct membership_options o = options_of('a', OWN);
    struct self s = self_of(&o);
    membership_connected(s.m, s.now_ms, true);
    self_take(&s);
    membership_ready(s.m, s.now_ms);
    self_take(&s);
    self_tick(&s);
    assert_believes(&s, "calm");
    self_forget(&s);
    return s;
}

/* Time goes on; everything is done when it is due, and not before. */
static inline void self_pass(struct self *s, uint64_t ms)
{
    uint64_t end = s->now_ms + ms;
    self_tick(s);
    while (s->due_ms <= end) {
        assert_true(s->due_ms > s->now_ms);
        s->now_ms = s->due_ms;
        self_tick(s);
    }
    s->now_ms = end;
}

static inline void hear(struct self *s, const struct heartbeat *h)
{
    membership_heartbeat(s->m, s->now_ms, h);
    self_take(s);
}

static inline void hear_from(struct self *s, char name, uint64_t inc, enum node_state state)
{
    struct membership_options o = options_of(name, inc);
    struct heartbeat h = heartbeat_of(&o, state);
    hear(s, &h);
}

static inline void hear_up(struct self *s, char name, uint64_t inc)
{
    hear_from(s, name, inc, NODE_UP);
}

static inline void hear_vouch(struct self *s, uint64_t from, uint64_t about, uint64_t age_ms)
{
    membership_vouch(s->m, s->now_ms, &(struct vouch){from, about, age_ms});
    self_take(s);
}

/* It is known; how it is. */
static inline struct peer_view view_of(struct self *s, uint64_t inc)
{
    struct peer_view v;
    for (uint32_t at = 0; membership_next_peer(s->m, s->now_ms, &at, &v);)
        if (v.inc == inc) return v;
    fail_msg("%lu is not known", (unsigned long)inc);
    return v;
}

static inline uint32_t peers_of(struct self *s)
{
    struct peer_view v;
    uint32_t at = 0;
    while (membership_next_peer(s->m, s->now_ms, &at, &v))
        continue;
    return at;
}

static inline int self_set_up(void **state)
{
    static struct self s;
    s = self_up();
    *state = &s;
    return 0;
}

static inline int self_tear_down(void **state)
{
    struct self *s = *state;
    membership_free(s->m);
    return 0;
}

#define WITH_SELF(test) cmocka_unit_test_setup_teardown(test, self_set_up, self_tear_down)
