/* tests/shard/test_home.c -- what a home tells about its users: of many sessions as many as fit;
 * and when memory runs out. */
#include "shard/home.h"

#include "base/ids.h"
#include "failures.h"
#include "shard/list.h"
#include "shard/shard.h"
#include "shard/social.h"
#include "shard/states.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct home_session ann(void)
{
    return (struct home_session){.user = KITH_LIT("ann"), .owner = home_owner(0, 1)};
}

static struct world *home_of_ann(void)
{
    struct world *w = shard_new(&(struct world_options){.count = 1,
                                                        .node = "here",
                                                        .inc = 77,
                                                        .ref_key = {1, 2},
                                                        .hash_key = {3, 4},
                                                        .outbox_bytes_max = OUTBOX_BYTES_MAX});
    assert_non_null(w);
    struct home_session s = ann();
    home_track(w, &s, KITH_LIT("{\"status\":\"online\"}"));
    return w;
}

/* The pieces, with the nth allocation failing; how many allocations there were. */
static size_t watch_ann(size_t nth, struct buf *pieces)
{
    struct world *w = home_of_ann();
    struct buf ids = {0};
    ids_put(&ids, KITH_LIT("ann"));
    alloc_fail(nth, 1);
    home_listen(w, 0, buf_slice(&ids), SIZE_MAX, pieces);
    size_t asked = alloc_heal();
    buf_fini(&ids);
    shard_free(w);
    return asked;
}

static void a_user_whose_piece_found_no_memory_is_not_told_to_be_away(void **state)
{
    (void)state;
    struct buf whole = {0};
    size_t asked = watch_ann(SIZE_MAX, &whole);
    assert_true(asked >= 2 && whole.len > 0);
    for (size_t nth = 0; nth < asked; nth++) {
        struct buf pieces = {0};
        (void)watch_ann(nth, &pieces);
        if (!pieces.failed) assert_true(slice_eq(buf_slice(&pieces), buf_slice(&whole)));
        buf_fini(&pieces);
    }
    buf_fini(&whole);
}

/* Ben listens to ann, and has taken his state. */
static uint32_t ben_listens(struct world *w)
{
    uint32_t slot;
    struct buf ids = {0};
    ids_put(&ids, KITH_LIT("ann"));
    assert_int_equal(clients_open(w->clients, &slot), KITH_OK);
    assert_int_equal(social_join(w, slot,
                                 &(struct social_join){.form = KITH_SOCIAL_FRIENDS,
                                                       .user = KITH_LIT("ben"),
                                                       .name = KITH_LIT("friends1"),
                                                       .topic_len = 7,
                                                       .ref = KITH_LIT("1")}),
                     KITH_OK);
    struct mail *want = mail_take(&w->wants);
    states_watched(w, want->handle, want->serial, buf_slice(&ids), false);
    states_start(w);
    mail_free(want);
    buf_fini(&ids);
    assert_false(clients_at(w->clients, slot)->social->channels[KITH_SOCIAL_FRIENDS].gather);
    return slot;
}

static bool ann_is_away(const struct world *w)
{
    struct presence_topic name;
    struct tracker_walk walk = {0};
    struct entry e;
    assert_true(presence_next(w->presence, presence_topic(&name, KITH_LIT("ann")), &walk, &e));
    return slice_starts(e.meta.fields, KITH_LIT("{\"status\":\"away\""));
}

/* Ann is away, with the nth allocation failing; how many there were. The note is long, so that what
 * was written before left no room for it. */
static size_t ann_goes_away(size_t nth)
{
    char fields[1000];
    (void)snprintf(fields, sizeof fields, "{\"status\":\"away\",\"note\":\"%0900d\"}", 0);
    struct world *w = home_of_ann();
    uint32_t slot = ben_listens(w);
    uint64_t told = w->stats.deliveries;
    alloc_fail(nth, 1);
    struct home_session s = ann();
    home_status(w, &s, slice_str(fields));
    size_t asked = alloc_heal();
    bool knows = w->stats.deliveries > told || clients_at(w->clients, slot)->behind;
    assert_int_equal(knows, ann_is_away(w)); /* now, or by a full state to come */
    social_lost(w, slot, 0);
    clients_close(w->clients, slot);
    shard_free(w);
    return asked;
}

static void a_change_that_there_is_no_memory_to_tell_is_told_by_a_state(void **state)
{
    (void)state;
    size_t asked = ann_goes_away(SIZE_MAX);
    assert_true(asked >= 3);
    for (size_t nth = 0; nth < asked; nth++)
        (void)ann_goes_away(nth);
}

/* Ann has ten sessions, ben has one that came last, and of cid there is none. */
static size_t told(size_t pieces_max, unsigned *of_ann, unsigned *of_ben)
{
    struct world *w = home_of_ann();
    struct buf ids = {0}, pieces = {0};
    for (uint64_t i = 2; i <= 11; i++) {
        struct home_session s = ann();
        if (i == 11) s.user = KITH_LIT("ben");
        s.owner = home_owner(0, i);
        home_track(w, &s,
                   i == 11 ? KITH_LIT("{\"status\":\"late\"}") : KITH_LIT("{\"status\":\"more\"}"));
    }
    ids_put(&ids, KITH_LIT("ann"));
    ids_put(&ids, KITH_LIT("ben"));
    ids_put(&ids, KITH_LIT("cid"));
    home_listen(w, 0, buf_slice(&ids), pieces_max, &pieces);
    assert_false(pieces.failed);
    size_t len = pieces.len;
    struct kith_list list;
    kith_slice key, value;
    *of_ann = *of_ben = 0;
    assert_int_equal(list_make(&list, buf_slice(&pieces)), KITH_OK);
    while (list_next(&list, &key, &value)) {
        unsigned *n = slice_is(key, "ann") ? of_ann : of_ben;
        for (kith_slice rest = value; rest.len; rest = slice_from(rest, 1))
            *n += rest.len > 9 && memcmp(rest.ptr, "\"phx_ref\"", 9) == 0;
        if (n == of_ann)
            assert_non_null(memmem(value.ptr, value.len, "online", 6)); /* the eldest */
    }
    list_fini(&list);
    buf_fini(&ids);
    buf_fini(&pieces);
    shard_free(w);
    return len;
}

static void of_too_many_sessions_the_eldest_stand_for_all(void **state)
{
    (void)state;
    unsigned of_ann, of_ben;
    size_t all = told(SIZE_MAX, &of_ann, &of_ben);
    assert_int_equal(of_ann, 10);
    assert_int_equal(of_ben, 1);
    assert_int_equal(told(all, &of_ann, &of_ben), all);
    assert_int_equal(of_ann, 10);
    assert_true(told(all - 1, &of_ann, &of_ben) < all);
    assert_in_range(of_ann, 2, 9); /* a third of it, whoever else there is */
    assert_int_equal(of_ben, 1);
    (void)told(1, &of_ann, &of_ben);
    assert_int_equal(of_ann, 1);
    assert_int_equal(of_ben, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_too_many_sessions_the_eldest_stand_for_all),
        cmocka_unit_test(a_change_that_there_is_no_memory_to_tell_is_told_by_a_state),
        cmocka_unit_test(a_user_whose_piece_found_no_memory_is_not_told_to_be_away),
    };
    return cmocka_run_group_tests_name("home", tests, NULL, NULL);
}
