/* tests/io/test_events.c -- the log of events on the store's thread: what waits, what is missed,
 * and what becomes of it. */
#include "log_fixture.h"

static void what_is_noted_is_in_the_log_a_little_later(void **state)
{
    struct store *s = fixture_open(*state);
    struct events *ev = begin(s, 1, &usual);
    settle(ev);
    events_note(ev, session("ann", "", "a1"));
    events_note(ev, session("ann", "a1", "a2"));
    assert_int_equal(ev->stats.waiting, 2);
    expect(s, "");
    settle(ev);
    expect(s, "online ann {\"o\":1}>{\"n\":1}, status ann {\"o\":1}>{\"n\":1}, ");
    assert_int_equal(ev->stats.logged, 2);
    assert_int_equal(ev->stats.waiting, 0);
    assert_int_equal(ev->bytes, 0);
    end(ev);
    store_close(s);
}

static void what_waits_is_written_before_the_end(void **state)
{
    struct store *s = fixture_open(*state);
    struct events *ev = begin(s, 1, &usual);
    for (int i = 0; i < 3 * EVENTS_PER_COMMIT; i++) {
        char user[16];
        (void)snprintf(user, sizeof user, "u%d", i);
        events_note(ev, session(user, "", user));
    }
    events_flush(ev);
    events_flush(NULL);
    assert_int_equal(ev->stats.logged, 3 * EVENTS_PER_COMMIT);
    end(ev);
    store_close(s);
}

static void a_user_is_written_before_others_who_wait_longer(void **state)
{
    struct store *s = fixture_open(*state);
    struct events *ev = begin(s, 1, &usual);
    assert_false(events_await(NULL, KITH_LIT("ann")));
    assert_false(events_await(ev, KITH_LIT("ann")));
    for (int i = 0; i < 2 * EVENTS_PER_COMMIT; i++) {
        char user[16];
        (void)snprintf(user, sizeof user, "u%d", i);
        events_note(ev, session(user, "", user));
    }
    events_note(ev, session("ann", "", "a1"));
    events_note(ev, session("ann", "a1", ""));
    assert_true(events_await(ev, KITH_LIT("ann")));
    events_flush_user(ev, KITH_LIT("ann"));
    assert_false(events_await(ev, KITH_LIT("ann")));
    assert_int_equal(ev->stats.logged, EVENTS_PER_COMMIT);
    assert_int_equal(ev->stats.waiting, EVENTS_PER_COMMIT + 2);
    events_flush(ev);
    uint64_t forgotten, latest;
    must(store_events_range(s, &forgotten, &latest));
    must(store_events_after(s, forgotten, 3, tell, NULL));
    buf_putc(&told, 0);
    assert_string_equal((const char *)told.ptr,
                        "online ann {\"o\":1}>{\"n\":1}, offline ann {\"o\":1}>{\"n\":1}, "
                        "online u0 {\"o\":1}>{\"n\":1}, ");
    assert_int_equal(latest - forgotten, 2 * EVENTS_PER_COMMIT + 2);
    assert_int_equal(ev->bytes, 0);
    end(ev);
    store_close(s);
}

static void who_is_not_back_after_a_restart_is_gone(void **state)
{
    struct store *s = fixture_open(*state);
    struct events *ev = begin(s, 1, &usual);
    events_note(ev, session("ann", "", "a1"));
    events_note(ev, session("bob", "", "b1"));
    events_note(ev, session("eve", "", "e1"));
    events_flush(ev);
    end(ev);
    struct events_options short_grace = usual;
    short_grace.grace_ms = 100;
    ev = begin(s, 2, &short_grace);
    events_note(ev, session("bob", "", "b1")); /* kept over it */
    events_note(ev, session("eve", "", "e2")); /* come anew */
    events_flush(ev);
    buf_clear(&told);
    uint64_t forgotten, latest;
    must(store_events_range(s, &forgotten, &latest));
    assert_int_equal(latest - forgotten, 4);
    settle(ev);
    must(store_events_after(s, latest, 10, tell, NULL));
    buf_putc(&told, 0);
    assert_non_null(strstr((char *)told.ptr, "offline ann {\"phx_ref\":\"a1--------------\"}>, "));
    assert_non_null(strstr((char *)told.ptr, "status eve {\"phx_ref\":\"e1--------------\"}>, "));
    assert_null(strstr((char *)told.ptr, "bob"));
    end(ev);
    store_close(s);
}

/* A shard is asked for its part of a roll, from where on: -1: it is not. */
static int64_t asked(unsigned shard)
{
    struct mail_queue in = mailbox_take(&boxes[shard]);
    int64_t slot = -1;
    for (struct mail *m; (m = mail_take(&in)); mail_free(m))
        if (m->type == MAIL_ROLL) slot = (int64_t)m->slot;
    return slot;
}

static void rolled(struct events *ev, unsigned shard, uint64_t next)
{
    struct mail *m = mail_new(MAIL_ROLL, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
    assert_non_null(m);
    m->from = (uint8_t)shard;
    m->slot = next;
    events_note(ev, m);
    settle(ev);
}

static void what_was_missed_is_made_up_for_by_a_roll_of_all_shards(void **state)
{
    struct store *s = fixture_open(*state);
    struct events *ev = begin(s, 1, &usual);
    events_note(ev, session("ann", "", "a1"));
    events_note(ev, session("bob", "", "b1"));
    settle(ev);
    expect(s, "online ann {\"o\":1}>{\"n\":1}, online bob {\"o\":1}>{\"n\":1}, ");
    assert_int_equal(asked(0), -1);
    struct mail *behind = session("eve", "", "e1"); /* behind one that found no memory: ann's end */
    behind->failed = true;
    events_note(ev, behind);
    settle(ev);
    assert_int_equal(ev->stats.dropped, 1);
    assert_int_equal(asked(0), 0);
    events_note(ev, session("bob", "", "b1"));
    rolled(ev, 0, 17);
    assert_int_equal(asked(0), 17);
    rolled(ev, 0, 0);
    assert_int_equal(asked(1), 0);
    events_note(ev, session("eve", "", "e1"));
    events_note(ev, session("dan", "", "d1")); /* whose coming was missed */
    rolled(ev, 1, 0);
    assert_int_equal(asked(0), -1);
    expect(s, "online ann {\"o\":1}>{\"n\":1}, online bob {\"o\":1}>{\"n\":1}, "
              "online eve {\"o\":1}>{\"n\":1}, online dan {\"o\":1}>{\"n\":1}, "
              "offline ann {\"phx_ref\":\"a1--------------\"}>, ");
    end(ev);
    store_close(s);
}

static void what_cannot_be_written_waits_up_to_a_bound(void **state)
{
    only_in_a_file((struct folder *)*state);
    struct store *s = fixture_open(*state), *other = fixture_open(*state);
    struct events *ev = begin_locked(s, other);
    events_note(ev, session("ann", "", "a1"));
    (void)poll(NULL, 0, 30);
    events_go_on(ev);
    assert_int_equal(ev->stats.waiting, 1);
    assert_true(events_due_ms(ev) > 500);
    size_t each = mail_size(ev->waiting.first);
    for (int i = 0; ev->bytes + each <= EVENTS_WAITING_BYTES_MAX; i++) {
        char user[16];
        (void)snprintf(user, sizeof user, "%d", i % 10000);
        events_note(ev, session(user, "", "a1"));
    }
    assert_int_equal(ev->stats.dropped, 0);
    events_note(ev, session("ann", "a1", ""));
    assert_int_equal(ev->stats.dropped, 1);
    assert_true(ev->missed);
    store_rollback(other);
    ev->again_ms = 0;
    events_flush(ev);
    assert_int_equal(ev->bytes, 0);
    settle(ev);
    assert_int_equal(asked(0), 0);
    end(ev);
    store_close(other);
    store_close(s);
}

/* It may have been kept, and only the answer lost: it is known by its number, so nothing joins it.
 */
static void a_batch_that_failed_is_said_again_as_it_was(void **state)
{
    only_in_a_file((struct folder *)*state);
    struct store *s = fixture_open(*state), *other = fixture_open(*state);
    struct events *ev = begin_locked(s, other);
    events_note(ev, session("ann", "", "a1"));
    events_note(ev, session("bob", "", "b1"));
    events_flush(ev);
    assert_int_equal(ev->stats.waiting, 2);
    uint64_t number = ev->number;
    store_rollback(other);
    events_note(ev, session("eve", "", "e1"));
    events_note(ev, session("dan", "", "d1"));
    events_flush_user(ev, KITH_LIT("dan"));
    assert_int_equal(ev->number, number + 2);
    assert_int_equal(ev->stats.waiting, 0);
    expect(s, "online ann {\"o\":1}>{\"n\":1}, online bob {\"o\":1}>{\"n\":1}, "
              "online dan {\"o\":1}>{\"n\":1}, online eve {\"o\":1}>{\"n\":1}, ");
    end(ev);
    store_close(other);
    store_close(s);
}

static void of_more_than_are_to_be_kept_the_oldest_are_forgotten(void **state)
{
    struct store *s = fixture_open(*state);
    struct events_options few = usual;
    few.keep = 2;
    struct events *ev = begin(s, 1, &few);
    for (int i = 0; i < 5; i++)
        events_note(ev, session("ann", i ? (i % 2 ? "a0" : "a1") : "", i % 2 ? "a1" : "a0"));
    settle(ev);
    ev->forget_ms = 0;
    settle(ev);
    expect(s, "status ann {\"o\":1}>{\"n\":1}, status ann {\"o\":1}>{\"n\":1}, ");
    assert_int_equal(ev->stats.forgotten, 3);
    end(ev);
    store_close(s);
}

static struct mail *question(const struct call_events *q)
{
    struct mail *m = mail_new(MAIL_CALL, slice_of(q, sizeof *q), (kith_slice){0}, (kith_slice){0});
    assert_non_null(m);
    m->call = CALL_EVENTS;
    return m;
}

static uint64_t answered(struct events *ev, struct store *s, const struct call_events *q,
                         const char *words)
{
    struct mail *m = events_answer(ev, s, question(q));
    assert_int_equal(m->type, MAIL_CALL_ANSWER);
    assert_false(m->failed);
    if (words && !memmem(mail_c(m).ptr, m->c_len, words, strlen(words)))
        fail_msg("%.*s", (int)m->c_len, (const char *)mail_c(m).ptr);
    uint64_t end = m->number;
    mail_free(m);
    return end;
}

static void it_is_read_page_by_page_and_what_is_gone_is_said(void **state)
{
    struct store *s = fixture_open(*state);
    struct events *ev = begin(s, 1, &usual);
    uint64_t forgotten, latest;
    char words[64];
    events_note(ev, session("ann", "", "a1"));
    events_note(ev, session("bob", "", "b1"));
    events_flush(ev);
    must(store_events_range(s, &forgotten, &latest));
    struct call_events q = {.max = 1};
    (void)snprintf(words, sizeof words, "\"next\":%llu,\"more\":true}",
                   (unsigned long long)latest - 1);
    assert_int_equal(answered(ev, s, &q, words), EVENTS_TOLD);
    q = (struct call_events){.after = latest - 1, .max = 1, .from = EVENTS_AFTER};
    (void)snprintf(words, sizeof words, "\"next\":%llu,\"more\":false}",
                   (unsigned long long)latest);
    assert_int_equal(answered(ev, s, &q, words), EVENTS_TOLD);
    q = (struct call_events){.max = 1, .from = EVENTS_FROM_NOW};
    assert_int_equal(answered(ev, s, &q, "{\"events\":[],"), EVENTS_TOLD);
    q = (struct call_events){.after = latest + 1, .max = 1, .from = EVENTS_AFTER};
    assert_int_equal(answered(ev, s, &q, NULL), EVENTS_FORGOTTEN);
    q.after = forgotten - 1;
    assert_int_equal(answered(ev, s, &q, NULL), EVENTS_FORGOTTEN);
    must(
        store_epoch(s, latest / 1000000 + 1000, &forgotten)); /* one that begins on an older copy */
    events_note(ev, session("bob", "b1", ""));
    events_flush(ev);
    q.after = latest + 1; /* had been given in the newer one */
    assert_int_equal(answered(ev, s, &q, NULL), EVENTS_FORGOTTEN);
    q.after = latest;
    assert_int_equal(answered(ev, s, &q, "offline"), EVENTS_TOLD);
    assert_int_equal(answered(NULL, s, &q, NULL), EVENTS_NOT_KEPT);
    end(ev);
    store_close(s);
}

/* The last of them are of somebody who was erased: a reader is not to wait for them. */
static void behind_what_was_erased_there_is_no_more(void **state)
{
    struct store *s = fixture_open(*state);
    struct events *ev = begin(s, 1, &usual);
    events_note(ev, session("ann", "", "a1"));
    events_note(ev, session("bob", "", "b1"));
    events_flush(ev);
    must(store_begin(s));
    must(store_erase_user(s, KITH_LIT("bob"), false));
    must(store_commit(s));
    struct call_events q = {.max = 100};
    assert_int_equal(answered(ev, s, &q, "\"more\":false}"), EVENTS_TOLD);
    end(ev);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(what_is_noted_is_in_the_log_a_little_later),
        in_a_folder(what_waits_is_written_before_the_end),
        in_a_folder(a_user_is_written_before_others_who_wait_longer),
        in_a_folder(who_is_not_back_after_a_restart_is_gone),
        in_a_folder(what_was_missed_is_made_up_for_by_a_roll_of_all_shards),
        in_a_folder(what_cannot_be_written_waits_up_to_a_bound),
        in_a_folder(a_batch_that_failed_is_said_again_as_it_was),
        in_a_folder(of_more_than_are_to_be_kept_the_oldest_are_forgotten),
        in_a_folder(it_is_read_page_by_page_and_what_is_gone_is_said),
        in_a_folder(behind_what_was_erased_there_is_no_more),
    };
    return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
