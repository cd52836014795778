/* tests/shard/test_resume.c -- a client comes back and takes over the presence that it had. */
#include "shard/sim.h"
#include "support/failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { USERS = 8, STEPS = 200, SEEDS_PER_SHARD_COUNT = 300 };

static char words[2048];
static struct sim s;

static unsigned come(unsigned user, unsigned shard)
{
    unsigned k = sim_connect(&s, user, shard % s.shards);
    sim_join(&s, k, KITH_SOCIAL_FRIENDS, "{\"status\":\"x\"}", k + 1);
    return k;
}

/* The client on another connection, with all that it has. */
static unsigned again(unsigned old, unsigned shard)
{
    unsigned k = sim_connect(&s, s.clients[old].user, shard % s.shards);
    memcpy(s.clients[k].resume, s.clients[old].resume, sizeof s.clients[k].resume);
    s.clients[k].view = json_deep_copy(s.clients[old].view);
    return k;
}

static void join_again(unsigned k)
{
    s.clients[k].resumes = true;
    sim_join(&s, k, KITH_SOCIAL_FRIENDS, "", 1000 + k); /* of whatever device */
}

static const char *heard(unsigned client)
{
    sim_settle(&s);
    return sim_transcript(&s, client, words);
}

/* User 1 watches user 0, who watches user 2; all are there. */
static void scene(unsigned shards, unsigned *ann, unsigned *ben, unsigned *cleo)
{
    sim_init(&s, shards, 3, 1);
    s.boxes = true;
    s.watches[1][0] = s.watches[0][2] = true;
    *cleo = come(2, 0);
    sim_settle(&s);
    *ann = come(0, 0);
    *ben = come(1, 1);
    sim_settle(&s);
    (void)heard(*ann);
    (void)heard(*ben);
}

static void nobody_hears_of_it_and_the_old_socket_is_closed(void **state)
{
    unsigned ann, ben, cleo;
    scene(*(unsigned *)*state, &ann, &ben, &cleo);
    unsigned anew = again(ann, 1);
    join_again(anew);
    assert_string_equal(heard(anew), "ok");
    assert_true(s.clients[anew].resumed);
    assert_string_equal(heard(ann), "close");
    sim_lose(&s, ann, 5000);
    assert_string_equal(heard(ben), "");
    sim_status(&s, anew, "{\"status\":\"y\"}");
    assert_string_equal(heard(ben), "diff+0-0"); /* it is the same entry */
    sim_status(&s, cleo, "{\"status\":\"y\"}");
    assert_string_equal(heard(anew), "ok diff+2-2");
    sim_tick(&s, 10000);
    assert_string_equal(heard(ben), "");
    sim_fini(&s);
}

static void a_lost_session_is_resumed_likewise(void **state)
{
    unsigned ann, ben, cleo;
    scene(*(unsigned *)*state, &ann, &ben, &cleo);
    unsigned anew = again(ann, 1);
    sim_lose(&s, ann, 5000);
    s.clients[anew].resumes = true;
    sim_join(&s, anew, KITH_SOCIAL_FRIENDS, "", ann + 1);
    assert_string_equal(heard(anew), "ok");
    assert_true(s.clients[anew].resumed);
    assert_string_equal(heard(ben), "");
    sim_fini(&s);
}

static void what_has_changed_meanwhile_brings_a_state(void **state)
{
    unsigned ann, ben, cleo;
    scene(*(unsigned *)*state, &ann, &ben, &cleo);
    unsigned anew = again(ann, 1);
    sim_lose(&s, ann, 5000);
    sim_status(&s, cleo, "{\"status\":\"y\"}");
    sim_settle(&s);
    join_again(anew);
    assert_string_equal(heard(anew), "ok state");
    assert_false(s.clients[anew].resumed);
    sim_fini(&s);
}

/* The state is as it was at its join, and not what the client has by now: cleo came and went. */
static void who_was_told_something_since_its_join_gets_a_state(void **state)
{
    sim_init(&s, *(unsigned *)*state, 3, 1);
    s.boxes = true;
    s.watches[0][2] = true;
    unsigned ann = come(0, 0), cleo = come(2, 0);
    sim_settle(&s);
    assert_int_equal(json_object_size(s.clients[ann].view), 1);
    unsigned anew = again(ann, 1);
    sim_lose(&s, ann, 5000);
    sim_part(&s, cleo);
    sim_settle(&s);
    join_again(anew);
    assert_string_equal(heard(anew), "ok state");
    assert_int_equal(json_object_size(s.clients[anew].view), 0);
    sim_fini(&s);
}

static void a_second_join_on_the_same_socket_may_resume_itself(void **state)
{
    unsigned ann, ben, cleo;
    scene(*(unsigned *)*state, &ann, &ben, &cleo);
    join_again(ann);
    assert_string_equal(heard(ann), "ok");
    assert_string_equal(heard(ben), "");
    sim_status(&s, cleo, "{\"status\":\"y\"}");
    (void)heard(ann);
    join_again(ann);
    assert_string_equal(heard(ann), "ok state");
    sim_fini(&s);
}

static void assert_ignored(unsigned ann, unsigned ben, unsigned user, const char *token)
{
    unsigned k = sim_connect(&s, user, 1 % s.shards);
    snprintf(s.clients[k].resume, sizeof s.clients[k].resume, "%s", token);
    join_again(k);
    assert_string_equal(heard(k), "ok state");
    assert_string_equal(heard(ann), "");
    sim_part(&s, k);
    sim_settle(&s);
    (void)heard(ben);
}

static void what_is_no_token_or_anothers_is_ignored(void **state)
{
    unsigned ann, ben, cleo;
    scene(*(unsigned *)*state, &ann, &ben, &cleo);
    char token[64];
    snprintf(token, sizeof token, "%s", s.clients[ann].resume);
    assert_int_equal(strlen(token), 43);
    assert_ignored(ann, ben, 0, "");
    assert_ignored(ann, ben, 0, "nonsense");
    assert_ignored(ann, ben, 1, token); /* another user's */
    for (size_t i = 0; i < strlen(token); i += 7) {
        token[i] = token[i] == 'A' ? 'B' : 'A';
        assert_ignored(ann, ben, 0, token);
        snprintf(token, sizeof token, "%s", s.clients[ann].resume);
    }
    sim_fini(&s);
}

static void a_token_is_of_its_channels_form(void **state)
{
    unsigned ann, ben, cleo;
    scene(*(unsigned *)*state, &ann, &ben, &cleo);
    unsigned anew = again(ann, 1);
    s.clients[anew].resumes = true;
    sim_join(&s, anew, KITH_SOCIAL_USER, "", 1000);
    assert_string_equal(heard(anew), "ok state");
    assert_string_equal(heard(ann), "");
    sim_fini(&s);
}

static void a_token_is_good_once(void **state)
{
    unsigned ann, ben, cleo;
    scene(*(unsigned *)*state, &ann, &ben, &cleo);
    unsigned anew = again(ann, 1), third = again(ann, 0);
    join_again(anew);
    sim_settle(&s);
    (void)heard(anew);
    join_again(third); /* takes nothing: the session that it names is over */
    sim_settle(&s);
    assert_string_equal(heard(anew), "");
    assert_string_equal(heard(ben), "diff+0");
    sim_fini(&s);
}

/* Of what the new session's join takes the n-th allocation fails. */
static size_t resume_without_memory(size_t n)
{
    unsigned ann, ben, cleo;
    scene(2, &ann, &ben, &cleo);
    unsigned anew = again(ann, 1), there = s.clients[ann].shard;
    join_again(anew);
    alloc_fail(n, 1);
    while (sim_deliver(&s, 0, there))
        ;
    size_t asked = alloc_heal();
    sim_settle(&s);
    sim_tick(&s, 6000); /* what was lost is over by then */
    sim_settle(&s);
    (void)heard(anew);
    sim_fini(&s);
    return asked;
}

static void memory_that_runs_out_breaks_nothing(void **state)
{
    (void)state;
    for (size_t n = 0; n <= resume_without_memory(n); n++)
        ;
}

/* Whoever comes back with whatever it has: each view is the truth when all is quiet. */

static unsigned sessions_of(unsigned user)
{
    unsigned n = 0;
    for (unsigned k = 0; k < s.client_count; k++)
        n += s.clients[k].open && s.clients[k].user == user;
    return n;
}

/* The edge closes a socket whose presence was taken. */
static void close_taken(void)
{
    for (unsigned i = 0; i < s.client_count; i++) {
        const struct sim_client *c = &s.clients[i];
        if (!c->open) continue;
        const struct social *social = clients_at(s.world[c->shard]->clients, c->slot)->social;
        if (social && social->taken) sim_lose(&s, i, 5000);
    }
}

static void check_quiet(uint64_t seed)
{
    char id[16];
    sim_settle(&s);
    close_taken();
    sim_settle(&s);
    sim_tick(&s, 20000); /* nobody lingers */
    sim_settle(&s);
    for (unsigned i = 0; i < s.client_count; i++) {
        const struct sim_client *c = &s.clients[i];
        if (!c->open) continue;
        assert_true(c->joined && c->has_state);
        for (unsigned user = 0; user < s.users; user++) {
            snprintf(id, sizeof id, "%u", user);
            size_t seen = json_array_size(json_object_get(c->view, id));
            unsigned expected = s.watches[c->user][user] ? sessions_of(user) : 0;
            if (seen != expected)
                fail_msg("seed %llu, %u shards: client %u of user %u sees %zu of %u, not %u",
                         (unsigned long long)seed, s.shards, i, c->user, seen, user, expected);
        }
    }
}

static unsigned resumed;

static void come_back(unsigned client)
{
    sim_read_one(&s, client);
    if (!s.clients[client].has_state) return; /* a token is kept once the state is there */
    bool lost = sim_random(&s, 2);
    if (lost) sim_lose(&s, client, 5000);
    for (unsigned i = sim_random(&s, 4); i > 0; i--)
        sim_deliver_any(&s);
    if (!lost) sim_read_one(&s, client);
    unsigned k = again(client, sim_random(&s, s.shards));
    s.clients[k].resumes = true;
    sim_join(&s, k, KITH_SOCIAL_FRIENDS, "", client + 1);
    if (lost || sim_random(&s, 4)) return;
    sim_lose(&s, client, 5000); /* both at once */
}

static void random_step(void)
{
    unsigned client = s.client_count ? sim_random(&s, s.client_count) : 0;
    bool open = s.client_count && s.clients[client].open;
    switch (sim_random(&s, 12)) {
    case 0:
        if (s.client_count < 200) (void)come(sim_random(&s, s.users), sim_random(&s, s.shards));
        break;
    case 1:
        if (open && sim_random(&s, 2)) sim_lose(&s, client, sim_random(&s, 2) ? 5000 : 0);
        break;
    case 2:
        if (open) sim_status(&s, client, "{\"status\":\"y\"}");
        break;
    case 3:
    case 4:
        if (open && s.client_count < 200) come_back(client);
        break;
    case 5: sim_settle(&s); break;
    default: sim_deliver_any(&s); break;
    }
    sim_read(&s);
    close_taken();
    for (unsigned i = 0; i < s.client_count; i++) {
        resumed += s.clients[i].resumed;
        s.clients[i].resumed = false;
    }
}

static void every_view_is_the_truth(void **state)
{
    unsigned shards = *(unsigned *)*state;
    const char *one = getenv("KITH_SEED");
    resumed = 0;
    for (uint64_t seed = one ? strtoull(one, NULL, 10) : 1; seed <= SEEDS_PER_SHARD_COUNT; seed++) {
        sim_init(&s, shards, USERS, seed);
        s.boxes = true;
        for (unsigned a = 0; a < s.users; a++)
            for (unsigned b = 0; b < s.users; b++)
                s.watches[a][b] = sim_random(&s, 3) == 0;
        for (unsigned i = 0; i < STEPS; i++) {
            random_step();
            if (i % 50 == 49) check_quiet(seed);
        }
        sim_fini(&s);
        if (one) break;
    }
    if (!one) assert_in_range(resumed, 100, UINT32_MAX);
}

#define ON(test, shards) cmocka_unit_test_prestate(test, &shards)

int main(void)
{
    static unsigned one = 1, two = 2, four = 4;
    const struct CMUnitTest tests[] = {
        ON(nobody_hears_of_it_and_the_old_socket_is_closed, one),
        ON(nobody_hears_of_it_and_the_old_socket_is_closed, two),
        ON(a_lost_session_is_resumed_likewise, one),
        ON(a_lost_session_is_resumed_likewise, two),
        ON(what_has_changed_meanwhile_brings_a_state, two),
        ON(who_was_told_something_since_its_join_gets_a_state, one),
        ON(who_was_told_something_since_its_join_gets_a_state, two),
        ON(a_second_join_on_the_same_socket_may_resume_itself, two),
        ON(what_is_no_token_or_anothers_is_ignored, one),
        ON(a_token_is_of_its_channels_form, two),
        ON(a_token_is_good_once, two),
        cmocka_unit_test(memory_that_runs_out_breaks_nothing),
        ON(every_view_is_the_truth, one),
        ON(every_view_is_the_truth, two),
        ON(every_view_is_the_truth, four),
    };
    return cmocka_run_group_tests_name("resume", tests, NULL, NULL);
}
