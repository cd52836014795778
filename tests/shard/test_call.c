/* tests/shard/test_call.c -- what operators ask of shards: whom of it they hear, and that each
 * call is answered once, whatever memory there is. */
#include "shard/call.h"

#include "base/ids.h"
#include "failures.h"
#include "shard/home.h"
#include "shard/list.h"
#include "shard/shard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Shard 0 of two. */
static struct world *new_world(void)
{
    struct world *w = shard_new(&(struct world_options){.count = 2,
                                                        .node = "here",
                                                        .inc = 77,
                                                        .ref_key = {1, 2},
                                                        .hash_key = {3, 4},
                                                        .outbox_bytes_max = OUTBOX_BYTES_MAX});
    assert_non_null(w);
    return w;
}

static void come(struct world *w, const char *user)
{
    struct home_session s = {.user = slice_str(user), .owner = home_owner(0, (uint8_t)user[0])};
    home_track(w, &s, KITH_LIT("{\"status\":\"here\"}"));
}

static struct mail *call(enum call_kind what, kith_slice a, kith_slice b)
{
    struct mail *m = mail_new(MAIL_CALL, a, b, KITH_LIT("{}"));
    assert_non_null(m);
    m->call = what;
    m->serial = 5;
    m->handle = 6;
    return m;
}

/* What this shard says to itself. */
static struct mail *answered(struct world *w)
{
    struct mail *m = mail_take(&w->to_edge);
    assert_non_null(m);
    assert_null(w->to_edge.first);
    assert_int_equal(m->type, MAIL_CALL_ANSWER);
    assert_int_equal(m->serial, 5);
    assert_int_equal(m->handle, 6);
    return m;
}

static void who_is_listed_is_told_of_and_who_is_not_is_not(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct buf ids = {0}, others = {0};
    struct kith_list list;
    kith_slice key, value;
    come(w, "ann");
    come(w, "ben");
    ids_put(&ids, KITH_LIT("ann"));
    ids_put(&ids, KITH_LIT("nobody"));
    ids_put(&others, KITH_LIT("ben"));
    assert_true(call_send(w, 0, call(CALL_PRESENCE, buf_slice(&ids), buf_slice(&others))));
    struct mail *m = answered(w);
    assert_false(m->failed);
    assert_int_equal(list_make(&list, mail_a(m)), KITH_OK);
    assert_true(list_next(&list, &key, &value));
    assert_true(slice_is(key, "ann"));
    assert_false(list_next(&list, &key, &value));
    list_fini(&list);
    mail_free(m);
    buf_fini(&ids);
    buf_fini(&others);
    shard_free(w);
}

static void a_call_to_another_shard_comes_back_from_there(void **state)
{
    (void)state;
    struct world *w = new_world();
    assert_true(call_send(w, 1, call(CALL_PUSH, KITH_LIT("ann"), KITH_LIT("e"))));
    struct mail *m = mail_take(&w->out[1]);
    assert_non_null(m);
    assert_int_equal(m->from, 0);
    m->from = 1; /* as if it had asked */
    call_receive(w, m);
    assert_null(w->to_edge.first);
    m = mail_take(&w->out[1]);
    assert_int_equal(m->type, MAIL_CALL_ANSWER);
    assert_int_equal(m->number, 0);
    mail_free(m);
    shard_free(w);
}

static void a_push_to_nobody_reaches_none(void **state)
{
    (void)state;
    struct world *w = new_world();
    come(w, "ann"); /* its session is on another shard */
    assert_true(call_send(w, 0, call(CALL_PUSH, KITH_LIT("ann"), KITH_LIT("e"))));
    struct mail *m = answered(w);
    assert_int_equal(m->number, 0);
    mail_free(m);
    assert_true(call_send(w, 0, call(CALL_PUSH, (kith_slice){0}, KITH_LIT("e"))));
    (void)shard_tick(w);
    m = answered(w);
    assert_int_equal(m->number, 0);
    assert_false(m->failed);
    mail_free(m);
    assert_null(w->news.first);
    shard_free(w);
}

static void a_disconnect_is_for_the_edge(void **state)
{
    (void)state;
    struct world *w = new_world();
    assert_true(call_send(w, 0, call(CALL_DISCONNECT, KITH_LIT("ann"), (kith_slice){0})));
    struct mail *m = mail_take(&w->to_edge);
    assert_int_equal(m->type, MAIL_CALL);
    mail_free(m);
    shard_free(w);
}

/* The fence comes to a shard behind what was said there of the user, and is answered from there. */
static void a_fence_goes_behind_what_its_home_has_said(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct buf ids = {0}, pieces = {0};
    ids_put(&ids, KITH_LIT("ann"));
    home_listen(w, 1, buf_slice(&ids), SIZE_MAX, &pieces);
    come(w, "ann");
    struct mail *m = call(CALL_FENCE, KITH_LIT("ann"), (kith_slice){0});
    m->shard = 1;
    assert_true(call_send(w, 0, m));
    m = mail_take(&w->out[1]);
    assert_int_equal(m->type, MAIL_DIFF);
    mail_free(m);
    m = mail_take(&w->out[1]);
    assert_int_equal(m->type, MAIL_CALL);
    m->asker = 0; /* as if this were that shard */
    call_receive(w, m);
    mail_free(answered(w));
    m = call(CALL_FENCE, KITH_LIT("ann"), (kith_slice){0}); /* of this shard itself */
    assert_true(call_send(w, 0, m));
    mail_free(answered(w));
    buf_fini(&ids);
    buf_fini(&pieces);
    shard_free(w);
}

static void what_is_for_the_store_alone_is_dropped(void **state)
{
    (void)state;
    struct world *w = new_world();
    static const enum call_kind others[] = {CALL_VISIBILITY, CALL_VISIBLE, CALL_AUDIENCE,
                                            CALL_VERDICT,    CALL_EXPORT,  CALL_BAR};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_true(call_send(w, 0, call(others[i], KITH_LIT("ann"), KITH_LIT("ben"))));
    assert_null(w->to_edge.first);
    shard_free(w);
}

static void a_call_without_memory_is_counted(void **state)
{
    (void)state;
    struct world *w = new_world();
    uint64_t lost = w->stats.mails_lost;
    assert_false(call_send(w, 1, NULL));
    assert_int_equal(w->stats.mails_lost, lost + 1);
    shard_free(w);
}

/* One that fails says so: the call itself carries it back. */
static void each_is_answered_once_whatever_memory_there_is(void **state)
{
    (void)state;
    struct buf ids = {0};
    ids_put(&ids, KITH_LIT("ann"));
    static const enum call_kind all[] = {CALL_PRESENCE, CALL_PUSH};
    for (size_t i = 0; i < 2; i++)
        for (size_t nth = 0, asked = 1; nth < asked; nth++) {
            struct world *w = new_world();
            come(w, "ann");
            kith_slice a = all[i] == CALL_PRESENCE ? buf_slice(&ids) : KITH_LIT("ann");
            struct mail *m = call(all[i], a, KITH_LIT("e"));
            if (all[i] == CALL_PRESENCE) m->b_len = 0;
            alloc_fail(nth, SIZE_MAX / 2);
            (void)call_send(w, 0, m);
            asked = alloc_heal();
            m = answered(w);
            if (m->failed) assert_int_equal(m->err, KITH_NOMEM);
            assert_true(m->failed || all[i] == CALL_PUSH || m->a_len > 0);
            mail_free(m);
            shard_free(w);
        }
    buf_fini(&ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_listed_is_told_of_and_who_is_not_is_not),
        cmocka_unit_test(a_call_to_another_shard_comes_back_from_there),
        cmocka_unit_test(a_push_to_nobody_reaches_none),
        cmocka_unit_test(a_disconnect_is_for_the_edge),
        cmocka_unit_test(a_fence_goes_behind_what_its_home_has_said),
        cmocka_unit_test(what_is_for_the_store_alone_is_dropped),
        cmocka_unit_test(a_call_without_memory_is_counted),
        cmocka_unit_test(each_is_answered_once_whatever_memory_there_is),
    };
    return cmocka_run_group_tests_name("api", tests, NULL, NULL);
}
