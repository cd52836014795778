/* tests/shard/test_hook.c -- what the application hears of its users' presence, and what the log
 * of events does. */
#include "shard/sim.h"

#include "shard/home.h"
#include "shard/hook.h"

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
    /* Which of the two is lost first is for their threads to say. */
    bool in_order = strstr(heard, "status 1 a>") != NULL;
    const char *one = strstr(heard, in_order ? "status 1 a>" : "status 1 b>");
    const char *last = strstr(heard, in_order ? "offline 1 b>" : "offline 1 a>");
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

/* What the log hears: refs, each under the number of its first mention. */

static char refs[64][REF_BYTES];
static unsigned ref_count;
static uint64_t next_slot;

static unsigned number_of(const char ref[REF_BYTES])
{
    static const char none[REF_BYTES] = {0};
    if (memcmp(ref, none, REF_BYTES) == 0) return 0;
    for (unsigned i = 0; i < ref_count; i++)
        if (memcmp(refs[i], ref, REF_BYTES) == 0) return i + 1;
    memcpy(refs[ref_count++], ref, REF_BYTES);
    return ref_count;
}

static void logged(const struct mail *m)
{
    struct session_refs r;
    if (m->type == MAIL_ROLL) {
        next_slot = m->slot;
        return;
    }
    memcpy(&r, mail_c(m).ptr, sizeof r);
    assert_int_equal(m->at_ms, s.now.unix_ms);
    if (heard[0]) strcat(heard, ", ");
    unsigned old = number_of(r.old); /* the first that is mentioned */
    sprintf(heard + strlen(heard), "%.*s %u>%u %s%s", (int)m->a_len, (const char *)mail_a(m).ptr,
            old, number_of(r.now), m->hidden ? "hidden " : "", m->failed ? "missed " : "");
    put_status(slice_head(mail_b(m), m->old_bytes));
    strcat(heard, ">");
    put_status(slice_from(mail_b(m), m->old_bytes));
}

static void log_it(void)
{
    for (unsigned i = 0; i < s.shards; i++) {
        s.world[i]->o.hook = NULL;
        s.world[i]->o.events = true;
    }
    s.logged = logged;
    ref_count = 0;
}

static void the_log_hears_of_each_session_by_its_refs(void **state)
{
    (void)state;
    log_it();
    unsigned a = join(1, "a", 1);
    expect("1 0>1 >a");
    sim_status(&s, a, "{\"status\":\"away\"}");
    expect("1 1>2 a>away");
    unsigned b = join(1, "b", 2);
    expect("1 0>3 >b");
    sim_hide(&s, b, true);
    expect("1 3>4 hidden b>b");
    sim_part(&s, a);
    expect("1 2>0 away>");
    sim_part(&s, b);
    expect("1 4>0 hidden b>");
}

static void of_all_who_are_there_the_log_hears_anew_when_it_asks(void **state)
{
    (void)state;
    log_it();
    (void)join(1, "a", 1);
    unsigned b = join(2, "b", 1);
    sim_hide(&s, b, true);
    (void)join(3, "c", 1);
    sim_lose(&s, join(4, "d", 1), 5000); /* it lingers, and has not gone */
    sim_settle(&s);
    heard[0] = 0;
    for (unsigned shard = 0; shard < s.shards; shard++) {
        struct mail *m = mail_new(MAIL_ROLL, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
        next_slot = 1;
        assert_non_null(m);
        sim_send(&s, SIM_STORE, shard, m);
        sim_settle(&s);
        assert_int_equal(next_slot, 0);
    }
    const char *const all[] = {"1 0>1 >a", "2 0>3 hidden >b", "3 0>4 >c", "4 0>5 >d"};
    size_t len = 0;
    for (unsigned i = 0; i < 4; i++) {
        assert_non_null(strstr(heard, all[i]));
        len += strlen(all[i]) + (i ? 2 : 0);
    }
    assert_int_equal(strlen(heard), len);
}

static void who_is_visible_again_is_known_by_its_new_refs(void **state)
{
    (void)state;
    log_it();
    unsigned a = join(1, "a", 1);
    expect("1 0>1 >a");
    struct world *home = s.world[world_home(s.world[0], KITH_LIT("1"))];
    assert_int_equal(home_renew(home, KITH_LIT("1")), KITH_OK);
    expect("1 1>2 a>a");
    sim_part(&s, a);
    expect("1 2>0 a>");
}

static void what_found_no_memory_is_known_by_the_next_that_does(void **state)
{
    (void)state;
    log_it();
    for (unsigned i = 0; i < s.shards; i++)
        s.world[i]->events_missed = true;
    unsigned c = join(1, "a", 1);
    expect("1 0>1 missed >a");
    sim_part(&s, c);
    expect("1 1>0 a>");
}

static void without_a_log_the_store_hears_nothing(void **state)
{
    (void)state;
    s.logged = logged;
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
        CASE(without_a_hook_nobody_is_told, shards),                                               \
        CASE(the_log_hears_of_each_session_by_its_refs, shards),                                   \
        CASE(of_all_who_are_there_the_log_hears_anew_when_it_asks, shards),                        \
        CASE(who_is_visible_again_is_known_by_its_new_refs, shards),                               \
        CASE(what_found_no_memory_is_known_by_the_next_that_does, shards),                         \
        CASE(without_a_log_the_store_hears_nothing, shards)

int main(void)
{
    static unsigned one = 1, two = 2, four = 4;
    const struct CMUnitTest tests[] = {CASES(&one), CASES(&two), CASES(&four)};
    return cmocka_run_group_tests_name("hook", tests, NULL, NULL);
}
