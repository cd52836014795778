/* tests/shard/test_tracking.c -- trackers at their topics' homes: asked from outside of channels,
 * and what their owners are told. */
#include "shard/list.h"
#include "shard/rooms.h"

enum { HEARD_MAX = 8192 };

static char heard[HEARD_MAX]; /* what callbacks were told, parted by blanks */
static const char *fetched;   /* what fetch answers; NULL: nothing */

static void hear(const char *word)
{
    assert_true(strlen(heard) + strlen(word) + 2 < sizeof heard);
    if (heard[0]) strcat(heard, " ");
    strcat(heard, word);
}

static int number_of(kith_slice meta)
{
    json_t *m = json_loadb((const char *)meta.ptr, meta.len, 0, NULL);
    assert_non_null(m);
    int n = (int)json_integer_value(json_object_get(m, "n"));
    json_decref(m);
    return n;
}

static void hear_diff(const char *what, const struct kith_diff *d)
{
    char word[128], now[16] = "", old[16] = "";
    if (d->now.len) snprintf(now, sizeof now, "+%d", number_of(d->now));
    if (d->old.len) snprintf(old, sizeof old, "-%d", number_of(d->old));
    snprintf(word, sizeof word, "%s:%.*s/%.*s%s%s", what, (int)d->topic.len,
             (const char *)d->topic.ptr, (int)d->key.len, (const char *)d->key.ptr, now, old);
    hear(word);
}

static void handle_diff(void *context, const struct kith_diff *d)
{
    assert_ptr_equal(context, &s);
    hear_diff("diff", d);
}

static void handle_metas(void *context, const struct kith_diff *d, kith_slice metas)
{
    char word[32];
    json_t *all = json_loadb((const char *)metas.ptr, metas.len, 0, NULL);
    assert_ptr_equal(context, &s);
    hear_diff("metas", d);
    snprintf(word, sizeof word, "of %zu", json_array_size(all));
    hear(word);
    json_decref(all);
}

static size_t fetch(void *context, kith_slice topic, kith_slice key, char *out, size_t room)
{
    assert_ptr_equal(context, &s);
    assert_true(topic.len > 0 && key.len > 0);
    size_t len = fetched ? strlen(fetched) : 0;
    memcpy(out, fetched ? fetched : "", len < room ? len : room);
    return len;
}

static const struct kith_tracker_behaviour plain_behaviour = {.handle_diff = handle_diff,
                                                              .context = &s};
static const struct kith_presence_behaviour presence_behaviour = {
    .fetch = fetch, .handle_metas = handle_metas, .context = &s};
static const struct kith_tracker plain = {.number = 0, .behaviour = &plain_behaviour};
static const struct kith_tracker presence = {.number = 7, .presence = &presence_behaviour};

static int start(void **state)
{
    sim_init(&s, *(unsigned *)*state, 8, 1);
    heard[0] = 0;
    fetched = NULL;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    sim_fini(&s);
    return 0;
}

static void expect_heard(const char *words)
{
    assert_string_equal(heard, words);
    heard[0] = 0;
}

static void done(void *arg, kith_err e)
{
    char word[64];
    snprintf(word, sizeof word, "%s:%s", (const char *)arg, e ? kith_err_text(e) : "ok");
    hear(word);
}

static void listed(void *arg, struct kith_list *l)
{
    kith_slice key, value;
    char word[256];
    hear(arg);
    while (list_next(l, &key, &value)) {
        snprintf(word, sizeof word, "%.*s", (int)key.len, (const char *)key.ptr);
        hear(word);
    }
    snprintf(word, sizeof word, "%zu", list_json(l).len);
    hear(word);
}

static void ask(const struct kith_tracker *t, struct tracking_request r)
{
    unsigned home;
    if (!r.arg) r.arg = "done";
    r.done = r.op == TRACKING_LIST ? NULL : done;
    r.listed = listed;
    struct mail *m = tracking_mail(t, &r, s.shards, &home);
    assert_non_null(m);
    shard_receive(s.world[home], m);
    sim_post(&s, home);
    sim_settle(&s);
}

static void change(const struct kith_tracker *t, enum tracking_op op, uint64_t owner,
                   const char *topic, const char *key, const char *meta)
{
    ask(t, (struct tracking_request){.op = op,
                                     .owner = owner,
                                     .topic = slice_str(topic),
                                     .key = slice_str(key),
                                     .meta = slice_str(meta)});
}

static void a_tracker_tells_each_change_and_then_that_it_is_done(void **state)
{
    (void)state;
    change(&plain, TRACKING_TRACK, 1, "t", "k", "{\"n\":1}");
    expect_heard("diff:t/k+1 done:ok");
    change(&plain, TRACKING_UPDATE, 1, "t", "k", "{\"n\":2}");
    expect_heard("diff:t/k+2-1 done:ok");
    change(&plain, TRACKING_UNTRACK, 1, "t", "k", "");
    expect_heard("diff:t/k-2 done:ok");
}

static void what_cannot_be_done_says_why(void **state)
{
    (void)state;
    char twice[64], none[64];
    snprintf(twice, sizeof twice, "done:%s", kith_err_text(KITH_EXISTS));
    snprintf(none, sizeof none, "done:%s", kith_err_text(KITH_NONE));
    change(&plain, TRACKING_UPDATE, 1, "t", "k", "{}");
    expect_heard(none);
    change(&plain, TRACKING_UNTRACK, 1, "t", "k", "");
    expect_heard("done:ok");
    change(&plain, TRACKING_TRACK, 1, "t", "k", "{\"n\":1}");
    change(&plain, TRACKING_TRACK, 1, "t", "k", "{\"n\":2}");
    heard[strlen("diff:t/k+1 done:ok")] = ' ';
    assert_non_null(strstr(heard, twice));
    heard[0] = 0;
    change(&plain, TRACKING_UPDATE, 2, "t", "k", "{}");
    expect_heard(none);
}

static void owners_outside_are_nobody_elses(void **state)
{
    (void)state;
    unsigned ann = member(0, "chat:ann");
    track_on(ann, &plain, "t", "k", "{\"n\":1}");
    sim_settle(&s);
    for (uint64_t owner = 1; owner < 4; owner++)
        change(&plain, TRACKING_TRACK, owner, "t", "k", "{\"n\":2}");
    expect_heard("diff:t/k+1 diff:t/k+2 done:ok diff:t/k+2 done:ok diff:t/k+2 done:ok");
    sim_channel_end(&s, ann);
    sim_settle(&s);
    expect_heard("diff:t/k-1");
}

static void a_list_is_told_in_order(void **state)
{
    (void)state;
    change(&plain, TRACKING_TRACK, 1, "t", "b", "{}");
    change(&plain, TRACKING_TRACK, 2, "t", "a", "{}");
    change(&plain, TRACKING_TRACK, 3, "t", "b", "{}");
    heard[0] = 0;
    ask(&plain,
        (struct tracking_request){.op = TRACKING_LIST, .topic = KITH_LIT("t"), .arg = "list"});
    size_t meta = strlen("{\"phx_ref\":\"0123456789abcdef\"}");
    char all[64], one[64];
    snprintf(all, sizeof all, "list a b %zu",
             strlen("{\"a\":{\"metas\":[]},\"b\":{\"metas\":[,]}}") + 3 * meta);
    expect_heard(all);
    ask(&plain,
        (struct tracking_request){
            .op = TRACKING_LIST, .topic = KITH_LIT("t"), .key = KITH_LIT("a"), .arg = "list"});
    snprintf(one, sizeof one, "list a %zu", strlen("{\"a\":{\"metas\":[]}}") + meta);
    expect_heard(one);
    ask(&plain, (struct tracking_request){
                    .op = TRACKING_LIST, .topic = KITH_LIT("nothing here"), .arg = "list"});
    expect_heard("list 2");
}

static void an_owner_goes_from_every_topic(void **state)
{
    (void)state;
    char topic[16];
    for (unsigned i = 0; i < 40; i++) {
        snprintf(topic, sizeof topic, "t:%u", i);
        change(&plain, TRACKING_TRACK, 1 + i % 2, topic, "k", "{}");
    }
    heard[0] = 0;
    for (unsigned i = 0; i < s.shards; i++) {
        unsigned ignored;
        struct tracking_request r = {.op = TRACKING_UNTRACK_OWNER, .owner = 1};
        shard_receive(s.world[i], tracking_mail(&plain, &r, s.shards, &ignored));
    }
    for (unsigned i = 0; i < 40; i++) {
        char gone[32];
        snprintf(gone, sizeof gone, "diff:t:%u/k-0", i);
        assert_int_equal(strstr(heard, gone) != NULL, i % 2 == 0);
    }
    assert_int_equal(strlen(heard) + 1,
                     5 * strlen("diff:t:0/k-0 ") + 15 * strlen("diff:t:10/k-0 "));
    expect_heard(heard);
}

static void a_presence_tells_what_is_there_behind_its_diff(void **state)
{
    (void)state;
    unsigned ann = member(0, "room:1"), ben = member(s.shards - 1, "room:1");
    enter(ann, &presence, "ann", "{\"n\":1}");
    sim_settle(&s);
    expect_heard("metas:room:1/ann+1 of 1");
    track_on(ben, &presence, "", "ann", "{\"n\":2}");
    sim_settle(&s);
    expect_heard("metas:room:1/ann+2 of 2");
    update_on(ben, &presence, "", "ann", "{\"n\":3}");
    sim_settle(&s);
    expect_heard("metas:room:1/ann+3-2 of 2");
    sim_channel_end(&s, ann);
    sim_channel_end(&s, ben);
    sim_settle(&s);
    assert_non_null(strstr(heard, "of 1 "));
    assert_non_null(strstr(heard, "of 0"));
    heard[0] = 0;
}

static json_t *listed_value(unsigned client, const char *key)
{
    assert_int_equal(tracked_list(world_of(client), s.clients[client].number, &presence,
                                  (kith_slice){0}, (kith_slice){0}, NULL),
                     KITH_OK);
    sim_post(&s, s.clients[client].shard);
    sim_settle(&s);
    return json_object_get(s.clients[client].listed, key);
}

static void what_is_fetched_stands_beside_the_metas(void **state)
{
    (void)state;
    unsigned ann = member(0, "room:1");
    fetched = " \"user\" : {\"name\":\"Ann\"}, \"x\":[1] ";
    track_on(ann, &presence, "", "ann", "{\"n\":1}");
    track_on(ann, &presence, "", "ben", "{\"n\":1}");
    json_t *value = listed_value(ann, "ann");
    assert_int_equal(json_array_size(json_object_get(value, "metas")), 1);
    assert_string_equal(json_string_value(json_object_get(json_object_get(value, "user"), "name")),
                        "Ann");
    assert_int_equal(json_object_size(value), 3);
    assert_int_equal(json_object_size(listed_value(ann, "ben")), 3);
}

static void what_is_not_members_of_json_is_left_out(void **state)
{
    (void)state;
    static char too_long[FETCHED_BYTES_MAX + 2], longest[FETCHED_BYTES_MAX + 1];
    memset(too_long, ' ', FETCHED_BYTES_MAX + 1);
    memcpy(too_long, "\"a\":1", 5);
    memcpy(longest, too_long, FETCHED_BYTES_MAX);
    const char *wrong[] = {"nonsense", "\"a\":1,", "{\"a\":1}",         "\"a\":1}",
                           "  ",       "",         "\"a\":1,\"a\":2",   "\"metas\":[]",
                           "\"a\":",   too_long,   "\"a\":1},{\"b\":2", "\"a\":\"\xff\""};
    unsigned ann = member(0, "room:1");
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        fetched = wrong[i];
        track_on(ann, &presence, "", "ann", "{\"n\":1}");
        assert_int_equal(json_object_size(listed_value(ann, "ann")), 1);
        untrack_on(ann, &presence, "", "ann");
        sim_settle(&s);
    }
    fetched = longest;
    track_on(ann, &presence, "", "ann", "{\"n\":1}");
    assert_int_equal(json_object_size(listed_value(ann, "ann")), 2);
}

static void diffs_bear_it_too(void **state)
{
    (void)state;
    unsigned ann = member(0, "room:1");
    sim_settle(&s);
    fetched = "\"user\":1";
    track_on(ann, &presence, "", "ann", "{\"n\":1}");
    update_on(ann, &presence, "", "ann", "{\"n\":2}");
    untrack_on(ann, &presence, "", "ann");
    sim_settle(&s);
    assert_int_equal(json_array_size(s.clients[ann].pending), 3);
    static const char *const sides[3][2] = {{"joins", NULL}, {"joins", "leaves"}, {"leaves", NULL}};
    for (unsigned i = 0; i < 3; i++)
        for (unsigned k = 0; k < 2 && sides[i][k]; k++) {
            json_t *diff = json_array_get(s.clients[ann].pending, i);
            json_t *value = json_object_get(json_object_get(diff, sides[i][k]), "ann");
            assert_int_equal(json_integer_value(json_object_get(value, "user")), 1);
            assert_int_equal(json_array_size(json_object_get(value, "metas")), 1);
        }
}

static void a_partition_has_room_for_so_many(void **state)
{
    (void)state;
    static const struct kith_tracker quiet = {.number = 3};
    struct world *w = s.world[0];
    char topic[32];
    unsigned made = 0;
    kith_err e = KITH_OK;
    for (unsigned i = 0; made <= TRACKED_ENTRIES_MAX && !e; i++) {
        snprintf(topic, sizeof topic, "t:%u", i);
        if (presence_partition(slice_str(topic), PARTITIONS) != 5) continue;
        struct tracking_entry entry = {&quiet, 1, slice_str(topic), KITH_LIT("k")};
        e = tracking_change(w, TRACKING_TRACK, &entry, KITH_LIT("{}"));
        tracking_announce(w, &quiet);
        made += !e;
    }
    assert_int_equal(e, KITH_FULL);
    assert_int_equal(made, TRACKED_ENTRIES_MAX);
}

#define CASE(f, shards)                                                                            \
    {                                                                                              \
#f, f, start, stop, shards                                                                 \
    }
#define CASES(shards)                                                                              \
    CASE(a_tracker_tells_each_change_and_then_that_it_is_done, shards),                            \
        CASE(what_cannot_be_done_says_why, shards), CASE(owners_outside_are_nobody_elses, shards), \
        CASE(a_list_is_told_in_order, shards), CASE(an_owner_goes_from_every_topic, shards),       \
        CASE(a_presence_tells_what_is_there_behind_its_diff, shards),                              \
        CASE(what_is_fetched_stands_beside_the_metas, shards),                                     \
        CASE(what_is_not_members_of_json_is_left_out, shards), CASE(diffs_bear_it_too, shards)

int main(void)
{
    static unsigned one = 1, two = 2, four = 4;
    const struct CMUnitTest tests[] = {CASES(&one), CASES(&two), CASES(&four),
                                       CASE(a_partition_has_room_for_so_many, &one)};
    return cmocka_run_group_tests_name("tracking", tests, NULL, NULL);
}
