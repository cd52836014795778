/* tests/kith/test_rules.c -- who may see whom, changed by the application while people are there.
 */
#include "app.h"

#include <string.h>
#include <time.h>

static struct app app;
static struct client ann, ben;

#define A    KITH_LIT("ann")
#define B    KITH_LIT("ben")
#define COME "presence_diff',{'joins':{'ben'"
#define GO   "presence_diff',{'joins':{},'leaves':{'ben'"

enum { PENDING = -1 };

static void told(void *arg, kith_err e) { atomic_store((atomic_int *)arg, (int)e); }

/* How a change ended. */
static int outcome(atomic_int *ended)
{
    for (int i = 0; i < 1000 && atomic_load(ended) == PENDING; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    return atomic_load(ended);
}

typedef kith_err (*pair_fn)(struct kith_server *, kith_slice, kith_slice, kith_ruled, void *);

static int pair(pair_fn change, kith_slice one, kith_slice other)
{
    static atomic_int ended;
    atomic_store(&ended, PENDING);
    assert_int_equal(change(app.server, one, other, told, &ended), KITH_OK);
    return outcome(&ended);
}

static int visibility(enum kith_visibility to, const kith_slice ids[], size_t count)
{
    static atomic_int ended;
    atomic_store(&ended, PENDING);
    assert_int_equal(kith_social_set_visibility(app.server, B, to, ids, count, told, &ended),
                     KITH_OK);
    return outcome(&ended);
}

static void open_both(const char *workers)
{
    app_start(&app, &(struct app_options){.workers = workers});
    app_client(&app, &ann, "user=ann", "friends");
    app_client(&app, &ben, "user=ben", "friends");
    assert_true(client_hears(&ann, "presence_state',{}"));
}

static void close_both(void)
{
    client_close(&ann);
    client_close(&ben);
    app_stop(&app);
}

static void edges_and_blocks_hold_once_they_are_told_to(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        open_both(i ? "4" : "1");
        assert_int_equal(pair(kith_social_watch, A, B), KITH_OK);
        assert_true(client_hears(&ann, COME));
        assert_int_equal(pair(kith_social_watch, A, B), KITH_OK); /* again is fine, and silent */
        assert_int_equal(pair(kith_social_block, B, A), KITH_OK);
        assert_true(client_is_there(&ann)); /* it has gone before the reply to what comes now */
        assert_true(client_heard(&ann, GO));
        assert_int_equal(pair(kith_social_unwatch, A, B), KITH_OK);
        assert_int_equal(pair(kith_social_unblock, B, A), KITH_OK);
        assert_int_equal(pair(kith_social_watch, A, B), KITH_OK);
        assert_true(client_hears(&ann, COME));
        assert_true(client_is_there(&ben));
        assert_false(client_heard(&ben, "presence_diff"));
        close_both();
    }
}

static void a_visibility_holds_once_it_is_told_to(void **state)
{
    (void)state;
    const kith_slice ann_alone[] = {A}, nobody_here[] = {KITH_LIT("cleo")};
    open_both("2");
    assert_int_equal(pair(kith_social_watch, A, B), KITH_OK);
    assert_true(client_hears(&ann, COME));
    assert_int_equal(visibility(KITH_VISIBLE_TO_NOBODY, NULL, 0), KITH_OK);
    assert_true(client_hears(&ann, GO));
    assert_int_equal(visibility(KITH_VISIBLE_TO_ONLY, ann_alone, 1), KITH_OK);
    assert_true(client_hears(&ann, COME));
    assert_int_equal(visibility(KITH_VISIBLE_TO_EXCEPT, ann_alone, 1), KITH_OK);
    assert_true(client_hears(&ann, GO));
    assert_int_equal(visibility(KITH_VISIBLE_TO_EXCEPT, nobody_here, 1), KITH_OK);
    assert_true(client_hears(&ann, COME));
    client_say(&ben, "['1','2','friends','visibility',{'mode':'nobody'}]");
    assert_true(
        client_hears(&ben, "['1','2','friends','phx_reply',{'response':{},'status':'ok'}]"));
    assert_true(client_hears(&ann, GO));
    close_both();
}

static kith_err watches_ben(void *context, kith_slice user, struct kith_ids *out)
{
    (void)context, (void)user;
    return kith_ids_add(out, B);
}
static const struct kith_source source = {.watched = watches_ben};

/* To try again would help nobody. */
static void where_a_source_says_who_watches_a_change_is_refused(void **state)
{
    (void)state;
    app_start(&app, &(struct app_options){.source = &source});
    app_client(&app, &ann, "user=ann", "friends");
    app_client(&app, &ben, "user=ben", "friends");
    assert_int_equal(pair(kith_social_unwatch, A, B), KITH_REFUSED);
    assert_int_equal(pair(kith_social_block, A, B), KITH_REFUSED);
    assert_int_equal(visibility(KITH_VISIBLE_TO_NOBODY, NULL, 0), KITH_REFUSED);
    client_say(&ben, "['1','2','friends','visibility',{'mode':'nobody'}]");
    assert_true(client_hears(&ben, "{'reason':'visibility is not kept here'},'status':'error'"));
    assert_true(client_hears(&ann, COME));
    close_both();
}

static void a_source_and_reciprocity_do_not_start_together(void **state)
{
    (void)state;
    kith_problem why = {"no problem"};
    app_make(&app, &(struct app_options){.source = &source, .reciprocity = "on"});
    assert_int_equal(kith_server_start(app.server, &why), KITH_BAD);
    assert_non_null(strstr(why.text, "presence.reciprocity"));
    app_stop(&app);
}

static void what_cannot_be_a_change_is_refused_at_once(void **state)
{
    (void)state;
    static char long_id[129];
    memset(long_id, 'x', sizeof long_id);
    const kith_slice wrong[] = {
        {0}, KITH_LIT("\xff"), KITH_LIT("a\0b"), {(const uint8_t *)long_id, 129}};
    static const pair_fn changes[] = {kith_social_watch, kith_social_unwatch, kith_social_block,
                                      kith_social_unblock};
    app_make(&app, &(struct app_options){0});
    assert_int_equal(kith_social_watch(app.server, A, B, NULL, NULL), KITH_BAD); /* not started */
    app_stop(&app);
    app_start(&app, &(struct app_options){0});
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        for (size_t j = 0; j < sizeof changes / sizeof changes[0]; j++) {
            assert_int_equal(changes[j](app.server, wrong[i], B, NULL, NULL), KITH_BAD);
            assert_int_equal(changes[j](app.server, A, wrong[i], NULL, NULL), KITH_BAD);
            assert_int_equal(changes[j](NULL, A, B, NULL, NULL), KITH_BAD);
        }
    const kith_slice one[] = {A};
    assert_int_equal(
        kith_social_set_visibility(app.server, B, KITH_VISIBLE_TO_NOBODY, one, 1, NULL, NULL),
        KITH_BAD);
    assert_int_equal(
        kith_social_set_visibility(app.server, B, KITH_VISIBLE_TO_ONLY, wrong, 2, NULL, NULL),
        KITH_BAD);
    app_stop(&app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_and_blocks_hold_once_they_are_told_to),
        cmocka_unit_test(a_visibility_holds_once_it_is_told_to),
        cmocka_unit_test(where_a_source_says_who_watches_a_change_is_refused),
        cmocka_unit_test(a_source_and_reciprocity_do_not_start_together),
        cmocka_unit_test(what_cannot_be_a_change_is_refused_at_once),
    };
    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
