/* tests/shard/friends.h -- friends who come online, and what they are sent, in a sim of the test's.
 */
#pragma once

#include "shard/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct sim s;

static inline void befriend(unsigned a, unsigned b) { s.watches[a][b] = s.watches[b][a] = true; }

static inline unsigned online(unsigned user, unsigned shard)
{
    unsigned c = sim_connect(&s, user, shard);
    sim_join(&s, c, KITH_SOCIAL_USER, "", 0);
    sim_settle(&s);
    char words[2048];
    sim_transcript(&s, c, words);
    return c;
}

static inline void expect(unsigned client, const char *words)
{
    char out[2048];
    assert_string_equal(sim_transcript(&s, client, out), words);
}
