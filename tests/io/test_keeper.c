/* tests/io/test_keeper.c -- the store's thread: questions and answers, and the sessions of a
 * restart, on a real database. */
#include "io/system.h"
#include "keeper_fixture.h"
#include "shard/home.h"

static void save(const char *user, uint8_t from, uint64_t device)
{
    struct saved_dots dots = {{7, 8}, {0, 0}};
    struct mail *m = mail_new(MAIL_SAVE, slice_str(user), KITH_LIT("{\"status\":\"x\"}"),
                              slice_of(&dots, sizeof dots));
    assert_non_null(m);
    m->device = device;
    m->online_at_s = 1795487065;
    post(m, from);
}

static void say_saved(uint8_t from)
{
    post(mail_new(MAIL_SAVED, (kith_slice){0}, (kith_slice){0}, (kith_slice){0}), from);
}

static kith_err count_session(void *ctx, const struct saved_session *s)
{
    assert_int_equal(s->ref_inc, 7);
    assert_int_equal(s->ref_seq, 8);
    assert_int_equal(s->online_at_s, 1795487065);
    assert_true(slice_is(s->fields, "{\"status\":\"x\"}"));
    ++*(unsigned *)ctx;
    return KITH_OK;
}

static unsigned sessions(const struct folder *f)
{
    unsigned n = 0;
    struct store *s = fixture_open(f);
    assert_int_equal(store_each_session(s, count_session, &n), KITH_OK);
    store_close(s);
    return n;
}

static void an_answer_goes_to_who_asked(void **state)
{
    befriend(*state, "ann", "ben");
    befriend(*state, "ann", "cat");
    start(*state);
    ask("ann", 1, 42);
    ask("nobody", 0, 43);
    struct mail *m = answer(1);
    assert_int_equal(m->type, MAIL_WATCHED);
    assert_int_equal(m->serial, 42);
    assert_int_equal(m->handle, 0x100000007);
    assert_false(m->failed);
    assert_true(slice_is(mail_a(m), "\3ben\3cat"));
    mail_free(m);
    m = answer(0);
    assert_int_equal(m->serial, 43);
    assert_int_equal(m->a_len, 0);
    assert_false(m->failed);
    mail_free(m);
    assert_int_equal(stop(), KITH_OK);
}

/* Whatever there was to read. */
static void no_answer_leaves_before_its_step_is_over(void **state)
{
    befriend(*state, "ann", "ben");
    start(*state);
    for (unsigned i = 0; i < 50; i++) {
        uint64_t asked_us = system_us();
        ask(i % 2 ? "ann" : "nobody", 0, i);
        mail_free(answer(0));
        assert_true(system_us() - asked_us >= STORE_STEP_US);
    }
    assert_int_equal(stop(), KITH_OK);
}

static void a_flood_of_questions_of_many_is_answered_in_order(void **state)
{
    char user[16];
    befriend(*state, "u1", "ben");
    start(*state);
    for (uint32_t i = 0; i < 5000; i++) {
        (void)snprintf(user, sizeof user, "u%u", i);
        ask(user, (uint8_t)(i % SHARDS), i);
    }
    for (uint32_t i = 0; i < 5000; i++) {
        struct mail *m = answer(i % SHARDS);
        assert_int_equal(m->serial, i);
        assert_false(m->failed);
        assert_int_equal(m->a_len, i == 1 ? 4 : 0);
        mail_free(m);
    }
    assert_int_equal(stop(), KITH_OK);
}

static void changes_that_wait_are_made_before_the_end(void **state)
{
    struct mail_queue q = {0};
    start(*state);
    for (unsigned i = 0; i < 30; i++)
        mail_append(&q, long_list(i, 1000));
    mailbox_post(&wants, &q);
    save("ann", 0, 1);
    say_saved(0);
    say_saved(1);
    assert_int_equal(keeper_join(keeper, NULL), KITH_OK);
    for (unsigned i = 0; i < 30; i++) {
        struct mail *m = answer(0);
        assert_false(m->failed);
        mail_free(m);
    }
    for (int i = 0; i < SHARDS; i++)
        mailbox_fini(&boxes[i]);
    mailbox_fini(&wants);
    assert_int_equal(sessions(*state), 1);
}

static void what_is_asked_at_the_very_end_is_still_done(void **state)
{
    befriend(*state, "ann", "ben");
    for (int round = 0; round < 50; round++) {
        start(*state);
        ask("ann", 0, 1);
        kith_err e = keeper_join(keeper, NULL);
        assert_int_equal(e, KITH_OK);
        struct mail *m = answer(0);
        assert_int_equal(m->serial, 1);
        mail_free(m);
        for (int i = 0; i < SHARDS; i++)
            mailbox_fini(&boxes[i]);
        mailbox_fini(&wants);
    }
}

static void sessions_are_saved_once_all_shards_have_said_theirs(void **state)
{
    start(*state);
    save("ann", 0, 1);
    save("ben", 1, 2);
    say_saved(0);
    say_saved(1);
    assert_int_equal(stop(), KITH_OK);
    assert_int_equal(sessions(*state), 2);
    start(*state); /* the next run's take the place of these */
    save("cat", 1, 3);
    say_saved(1);
    say_saved(0);
    assert_int_equal(stop(), KITH_OK);
    assert_int_equal(sessions(*state), 1);
    start(*state); /* and of none, none */
    say_saved(0);
    say_saved(1);
    assert_int_equal(stop(), KITH_OK);
    assert_int_equal(sessions(*state), 0);
}

static void a_shard_whose_last_word_is_missing_is_an_error_and_changes_nothing(void **state)
{
    start(*state);
    save("ann", 0, 1);
    say_saved(0);
    say_saved(1);
    assert_int_equal(stop(), KITH_OK);
    start(*state);
    save("ben", 0, 1);
    say_saved(0);
    assert_int_equal(stop(), KITH_IO);
    assert_int_equal(sessions(*state), 1);
}

/* Another process writes, and does not stop. */
static void sessions_that_cannot_be_written_are_an_error_and_the_rest_goes_on(void **state)
{
    only_in_a_file((struct folder *)*state);
    befriend(*state, "ann", "ben");
    start(*state);
    struct store *other = fixture_open(*state);
    assert_int_equal(store_begin(other), KITH_OK);
    save("ann", 0, 1);
    say_saved(0);
    say_saved(1);
    ask("ann", 1, 5);
    struct mail *m = answer(1);
    assert_true(slice_is(mail_a(m), "\3ben"));
    mail_free(m);
    store_close(other);
    assert_int_equal(stop(), KITH_IO);
    assert_int_equal(sessions(*state), 0);
}

static void mail_that_is_not_for_the_store_is_dropped(void **state)
{
    start(*state);
    for (int type = MAIL_LISTEN; type <= MAIL_STATS; type++)
        if (type != MAIL_CALL)
            post(mail_new((enum mail_type)type, KITH_LIT("a"), (kith_slice){0}, (kith_slice){0}),
                 0);
    ask("ann", 0, 9);
    struct mail *m = answer(0);
    assert_int_equal(m->serial, 9);
    mail_free(m);
    assert_int_equal(stop(), KITH_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(an_answer_goes_to_who_asked),
        in_a_folder(no_answer_leaves_before_its_step_is_over),
        in_a_folder(a_flood_of_questions_of_many_is_answered_in_order),
        in_a_folder(changes_that_wait_are_made_before_the_end),
        in_a_folder(what_is_asked_at_the_very_end_is_still_done),
        in_a_folder(sessions_are_saved_once_all_shards_have_said_theirs),
        in_a_folder(a_shard_whose_last_word_is_missing_is_an_error_and_changes_nothing),
        in_a_folder(sessions_that_cannot_be_written_are_an_error_and_the_rest_goes_on),
        in_a_folder(mail_that_is_not_for_the_store_is_dropped),
    };
    return cmocka_run_group_tests_name("keeper", tests, NULL, NULL);
}
