/* tests/shard/test_hook.c -- what the application hears of its users' presence. */
#include "shard/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct sim s;
static char heard[4096]; /* "online 1 -> s", with the status before and after */

static void put_status(kith_slice meta)
{
    if (meta.len == 0) return;
    json_t *m = json_loadb((const char *)meta.ptr, meta.len, 0, NULL);
    assert_non_null(m);
    assert_non_null(json_object_get(m, "phx_ref"));
    strcat(heard, json_string_value(json_object_get(m, "status")));
    json_decref(m);
}

static void event(void *context, const struct kith_hook_event *e)
{
    static const char *const kinds[] = {[KITH_HOOK_ONLINE] = "online",
                                        [KITH_HOOK_OFFLINE] = "offline",
                                        [KITH_HOOK_STATUS] = "status"};
    assert_ptr_equal(context, &s);
    assert_int_equal(e->unix_ms, s.now.unix_ms);
    if (heard[0]) strcat(heard, ", ");
    sprintf(heard + strlen(heard), "%s %.*s %s", kinds[e->kind], (int)e->user.len,
            (const char *)e->user.ptr, e->hidden ? "hidden " : "");
    put_status(e->old);
    strcat(heard, ">");
    put_status(e->now);
}

static const struct kith_hook hook = {.event = event, .context = &s};

static int start(void **state)
{
    sim_init(&s, *(unsigned *)*state, 8, 1);
    heard[0] = 0;
    for (unsigned i = 0; i < s.shards; i++)
        s.world[i]->o.hook = &hook;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    sim_fini(&s);
    return 0;
}

static unsigned join(unsigned user, const char *status, uint64_t device)
{
    char fields[64];
    unsigned c = sim_connect(&s, user, sim_random(&s, s.shards));
    snprintf(fields, sizeof fields, "{\"status\":\"%s\"}", status);
    sim_join(&s, c, KITH_SOCIAL_FRIENDS, fields, device);
    sim_settle(&s);
    return c;
}

static void expect(const char *words)
{
    sim_settle(&s);
    assert_string_equal(heard, words);
    heard[0] = 0;
}

static void a_user_comes_changes_and_goes(void **state)
{
    (void)state;
    unsigned c = join(1, "here", 0);
    expect("online 1 >here");
    sim_status(&s, c, "{\"status\":\"away\"}");
    expect("status 1 here>away");
    sim_part(&s, c);
    expect("offline 1 away>");
}

static void only_the_first_session_is_online_and_only_the_last_offline(void **state)
{
    (void)state;
    unsigned a = join(1, "a", 1), b = join(1, "b", 2);
    expect("online 1 >a, status 1 >b");
    sim_part(&s, a);
    expect("status 1 a>");
    sim_part(&s, b);
    expect("offline 1 b>");
}

static void who_is_back_within_its_grace_was_never_gone(void **state)
{
    (void)state;
    unsigned c = join(1, "here", 1);
    expect("online 1 >here");
    sim_lose(&s, c, 5000);
    sim_tick(&s, 4000);
    (void)join(1, "here", 1);
    sim_tick(&s, 60000);
    expect("");
}

static void a_grace_that_is_over_is_an_offline_for_each_user_once(void **state)
{
    (void)state;
    unsigned a = join(1, "a", 1), b = join(1, "b", 2), c = join(2, "c", 1);
    expect("online 1 >a, status 1 >b, online 2 >c");
    sim_lose(&s, a, 5000);
    sim_lose(&s, b, 5000);
    sim_lose(&s, c, 5000);
    sim_settle(&s);
    sim_tick(&s, 5000); /* all of one home end in one turn */
    sim_settle(&s);
    const char *one = strstr(heard, "status 1 a>"), *last = strstr(heard, "offline 1 b>");
    assert_non_null(one);
    assert_non_null(last);
    assert_true(one < last);
    assert_non_null(strstr(heard, "offline 2 c>"));
    assert_int_equal(strlen(heard), strlen("status 1 a>, offline 1 b>, offline 2 c>"));
}

static void of_hidden_sessions_it_hears_that_they_are(void **state)
{
    (void)state;
    unsigned a = join(1, "a", 1), b = join(1, "b", 2);
    expect("online 1 >a, status 1 >b");
    sim_hide(&s, a, true);
    expect("status 1 hidden a>a");
    sim_status(&s, a, "{\"status\":\"away\"}");
    expect("status 1 hidden a>away");
    sim_part(&s, b);
    expect("status 1 b>");
    sim_hide(&s, a, false);
    expect("status 1 away>away");
    sim_hide(&s, a, true);
    expect("status 1 hidden away>away");
    sim_lose(&s, a, 5000);
    sim_settle(&s);
    sim_tick(&s, 5000);
    expect("offline 1 hidden away>");
}

static void without_a_hook_nobody_is_told(void **state)
{
    (void)state;
    for (unsigned i = 0; i < s.shards; i++)
        s.world[i]->o.hook = NULL;
    sim_part(&s, join(1, "here", 0));
    expect("");
}

#define CASE(f, shards)                                                                            \
    {                                                                                              \
#f, f, start, stop, shards                                                                 \
    }
#define CASES(shards)                                                                              \
    CASE(a_user_comes_changes_and_goes, shards),                                                   \
        CASE(only_the_first_session_is_online_and_only_the_last_offline, shards),                  \
        CASE(who_is_back_within_its_grace_was_never_gone, shards),                                 \
        CASE(a_grace_that_is_over_is_an_offline_for_each_user_once, shards),                       \
        CASE(of_hidden_sessions_it_hears_that_they_are, shards),                                   \
        CASE(without_a_hook_nobody_is_told, shards)

int main(void)
{
    static unsigned one = 1, two = 2, four = 4;
    const struct CMUnitTest tests[] = {CASES(&one), CASES(&two), CASES(&four)};
    return cmocka_run_group_tests_name("hook", tests, NULL, NULL);
}
