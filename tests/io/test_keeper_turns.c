/* tests/io/test_keeper_turns.c -- whose turn it is on the store's thread: nobody waits for one who
 * asks much. */
#include "keeper_fixture.h"

#include "io/system.h"
#include "shard/hook.h"

static struct mail *want(const char *user, uint32_t serial)
{
    struct mail *m = mail_new(MAIL_WANT_WATCHED, slice_str(user), (kith_slice){0}, (kith_slice){0});
    assert_non_null(m);
    m->until_ms = UINT64_MAX;
    m->serial = serial;
    return m;
}

static void whoever_joins_does_not_wait_for_one_with_many_sockets(void **state)
{
    enum { SOCKETS = WAITING_OF_USER_MAX + 44 };
    struct mail_queue q = {0};
    unsigned failed = 0, before = 0;
    bool ben = false;
    start(*state);
    for (uint32_t i = 0; i < SOCKETS; i++)
        mail_append(&q, want("eve", i));
    mail_append(&q, want("ben", SOCKETS));
    mailbox_post(&wants, &q);
    for (uint32_t i = 0; i <= SOCKETS; i++) {
        struct mail *m = answer(0);
        if (m->serial == SOCKETS) ben = true;
        failed += m->failed;
        before += !ben && !m->failed;
        mail_free(m);
    }
    assert_true(ben);
    assert_int_equal(failed, 44); /* so many more than one user may have waiting */
    assert_int_equal(before, 1);
    assert_int_equal(stop(), KITH_OK);
}

static struct mail *last_seen(const char *user, uint32_t serial)
{
    struct mail *m =
        mail_new(MAIL_SEEN_WHEN, slice_str(user), KITH_LIT("\3ben\0"), KITH_LIT("\"1\""));
    assert_non_null(m);
    m->handle = 5;
    m->ids_bytes = 4;
    m->serial = serial;
    return m;
}

static void who_asks_does_not_wait_for_one_who_asks_much(void **state)
{
    enum { MANY = 200 };
    struct mail_queue q = {0};
    start(*state);
    for (uint32_t i = 0; i < MANY; i++)
        mail_append(&q, last_seen("eve", i));
    mail_append(&q, last_seen("ann", MANY));
    mailbox_post(&wants, &q);
    for (uint32_t i = 0; i <= MANY; i++) {
        struct mail *m = answer(0);
        assert_int_equal(m->serial, i == 0 ? 0 : i == 1 ? MANY : i - 1);
        assert_false(m->failed);
        mail_free(m);
    }
    assert_int_equal(stop(), KITH_OK);
}

static void whoever_joins_does_not_wait_for_those_who_change_rules(void **state)
{
    enum { CHANGES = 50 };
    struct mail_queue q = {0};
    befriend(*state, "ann", "ben");
    start(*state);
    for (unsigned i = 0; i < CHANGES; i++)
        mail_append(&q, long_list(i, 1000));
    struct mail *m = mail_new(MAIL_WANT_WATCHED, KITH_LIT("ann"), (kith_slice){0}, (kith_slice){0});
    m->until_ms = UINT64_MAX;
    mail_append(&q, m);
    mailbox_post(&wants, &q); /* all at once */
    m = answer(0);
    assert_int_equal(m->type, MAIL_WATCHED);
    mail_free(m);
    for (unsigned i = 0; i < CHANGES; i++) {
        m = answer(0);
        assert_int_equal(m->type, MAIL_ANSWER);
        assert_false(m->failed);
        mail_free(m);
    }
    assert_int_equal(stop(), KITH_OK);
}

static void changes_that_wait_take_no_more_than_their_room(void **state)
{
    enum { CHANGES = 40 };
    unsigned refused = 0;
    struct mail_queue q = {0};
    start(*state);
    for (unsigned i = 0; i < CHANGES; i++)
        mail_append(&q, long_list(i, CHOSEN_MAX));
    size_t fit = WAITING_BYTES_MAX / (CHOSEN_MAX * (USER_ID_BYTES_MAX + 1));
    mailbox_post(&wants, &q);
    for (unsigned i = 0; i < CHANGES; i++) {
        struct mail *m = answer(0);
        refused += m->failed;
        if (m->failed) assert_true(slice_is(mail_c(m), "{\"reason\":\"server busy, try again\"}"));
        mail_free(m);
    }
    assert_in_range(CHANGES - refused, fit - 1, fit);
    assert_int_equal(stop(), KITH_OK);
}

/* They can see to a disk that is full, and here nothing is. */
static void operators_are_told_that_it_is_busy_where_too_much_waits(void **state)
{
    enum { CHANGES = 40 };
    unsigned refused = 0;
    struct mail_queue q = {0};
    start(*state);
    for (unsigned i = 0; i < CHANGES; i++) {
        struct mail *m = long_list(i, CHOSEN_MAX);
        m->operators = true;
        mail_append(&q, m);
    }
    mailbox_post(&wants, &q);
    for (unsigned i = 0; i < CHANGES; i++) {
        struct mail *m = answer(0);
        assert_int_equal(m->type, MAIL_CALL_ANSWER);
        if (m->failed) assert_int_equal(m->err, KITH_NOMEM);
        refused += m->failed;
        mail_free(m);
    }
    assert_in_range(refused, 1, CHANGES - 1);
    assert_int_equal(stop(), KITH_OK);
}

static void of_a_users_changes_of_visibility_the_newest_that_waits_is_made(void **state)
{
    enum { CHANGES = 40 };
    struct mail_queue q = {0};
    start(*state);
    for (unsigned i = 1; i <= CHANGES; i++) {
        struct mail *m = long_list(0, i);
        m->serial = i;
        mail_append(&q, m);
    }
    mailbox_post(&wants, &q);
    for (unsigned i = 0; i < CHANGES; i++) {
        struct mail *m = answer(0);
        assert_int_equal(m->type, MAIL_ANSWER);
        assert_int_equal(m->serial, i == 0 ? CHANGES : i); /* all of them by one change */
        assert_false(m->failed);
        mail_free(m);
    }
    struct mail *m = mail_new(MAIL_CALL, KITH_LIT("u0"), (kith_slice){0}, (kith_slice){0});
    m->call = CALL_VISIBILITY;
    post(m, 0);
    m = answer(0);
    assert_int_equal(ids_count(mail_a(m)), CHANGES);
    mail_free(m);
    assert_int_equal(stop(), KITH_OK);
}

static struct mail *watch(unsigned number, const char *whom)
{
    char user[16];
    (void)snprintf(user, sizeof user, "u%u", number);
    struct rule r = {
        .kind = RULE_WATCH, .user = slice_str(user), .other = slice_str(whom), .on = true};
    struct mail *m = rule_mail(&r, KITH_LIT("\"1\""));
    assert_non_null(m);
    m->handle = 5;
    return m;
}

/* The number of the next change that shard 1 is told of. */
static uint32_t told(void)
{
    struct mail *m = answer(1);
    uint32_t serial = m->serial;
    assert_int_equal(m->type, MAIL_SIGHT);
    mail_free(m);
    return serial;
}

/* Somebody whose home is shard 1. */
static const char *of_shard_1(void)
{
    static char user[16];
    struct presence_topic name;
    unsigned n = 0;
    do
        (void)snprintf(user, sizeof user, "v%u", n++);
    while (topic_home(presence_topic(&name, slice_str(user)), SHARDS) != 1);
    return user;
}

static void changes_beyond_those_that_can_be_open_wait_for_room(void **state)
{
    enum { CHANGES = RULES_OPEN_MAX + 3 };
    uint32_t serials[CHANGES], known = 0;
    struct mail_queue q = {0};
    start(*state);
    for (unsigned i = 0; i < CHANGES; i++)
        mail_append(&q, watch(i, of_shard_1()));
    mailbox_post(&wants, &q);
    while (known < RULES_OPEN_MAX)
        serials[known++] = told();
    for (unsigned i = 0; i < CHANGES; i++) {
        struct mail *m = mail_new(MAIL_APPLIED, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
        m->serial = serials[i];
        m->shards = 1;
        post(m, 1);
        m = answer(0);
        assert_int_equal(m->type, MAIL_ANSWER);
        assert_false(m->failed);
        mail_free(m);
        if (known < CHANGES) serials[known++] = told(); /* there is room for one more */
    }
    assert_int_equal(stop(), KITH_OK);
}

static void changes_without_room_are_refused_at_the_end(void **state)
{
    enum { CHANGES = RULES_OPEN_MAX + 3 };
    struct mail_queue q = {0};
    start(*state);
    for (unsigned i = 0; i < CHANGES; i++)
        mail_append(&q, watch(i, of_shard_1()));
    mailbox_post(&wants, &q);
    for (unsigned i = 0; i < RULES_OPEN_MAX; i++)
        (void)told();
    assert_int_equal(keeper_join(keeper, NULL), KITH_OK);
    for (unsigned i = RULES_OPEN_MAX; i < CHANGES; i++) {
        struct mail *m = answer(0);
        assert_true(m->failed);
        mail_free(m);
    }
    for (int i = 0; i < SHARDS; i++)
        mailbox_fini(&boxes[i]);
    mailbox_fini(&wants);
}

/* Changes of sessions, as many as a lost database leaves. */
static void sessions(struct mail_queue *q, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct session_refs refs = {{0}, {0}};
        char user[16], ref[REF_BYTES + 1];
        (void)snprintf(user, sizeof user, "s%u", i);
        (void)snprintf(ref, sizeof ref, "%016u", i);
        memcpy(refs.now, ref, REF_BYTES);
        struct mail *m = mail_new(MAIL_SESSION, slice_str(user), KITH_LIT("{\"status\":\"x\"}"),
                                  slice_of(&refs, sizeof refs));
        assert_non_null(m);
        m->at_ms = system_now().unix_ms;
        mail_append(q, m);
    }
}

static void whoever_joins_does_not_wait_for_events_that_a_change_finds_waiting(void **state)
{
    enum { CHANGES = 50000 }; /* three seconds of writing */
    static const struct events_options events = {.keep_ms = 86400000, .keep = 1000000};
    struct mail_queue q = {0};
    befriend(*state, "ann", "ben");
    start_with(*state, &events);
    sessions(&q, CHANGES);
    mail_append(&q, watch(0, of_shard_1()));
    uint64_t from_ms = system_now().mono_ms;
    mailbox_post(&wants, &q);
    (void)told(); /* the change is made */
    ask("ann", 1, 1);
    struct mail *m = answer(1);
    assert_int_equal(m->type, MAIL_WATCHED);
    mail_free(m);
    uint64_t waited_ms = system_now().mono_ms - from_ms;
    assert_int_equal(stop(), KITH_OK); /* once all are written */
    assert_in_range(waited_ms, 0, (system_now().mono_ms - from_ms) / 2);
}

static kith_err count_hidden(void *ctx, const struct event *e)
{
    unsigned *hidden = ctx;
    *hidden += e->hidden;
    return KITH_OK;
}

/* What happened before it is told as it was, though it is not in the log yet. */
static void who_hides_was_seen_until_then(void **state)
{
    static const struct events_options events = {.keep_ms = 86400000, .keep = 1000000};
    struct rule r = {
        .kind = RULE_VISIBILITY, .user = KITH_LIT("s1"), .visibility = VISIBILITY_NOBODY};
    struct mail_queue q = {0};
    uint64_t forgotten, latest;
    unsigned hidden = 0;
    start_with(*state, &events);
    sessions(&q, 2);
    struct mail *m = rule_mail(&r, KITH_LIT("\"1\""));
    assert_non_null(m);
    m->handle = 5;
    mail_append(&q, m);
    mailbox_post(&wants, &q);
    assert_int_equal(stop(), KITH_OK);
    struct store *s = fixture_open(*state);
    assert_int_equal(store_events_range(s, &forgotten, &latest), KITH_OK);
    assert_int_equal(latest - forgotten, 2);
    assert_int_equal(store_events_after(s, forgotten, 10, count_hidden, &hidden), KITH_OK);
    assert_int_equal(hidden, 0);
    store_close(s);
}

static void whoever_joins_does_not_wait_for_those_who_read_the_log_of_events(void **state)
{
    enum { READERS = 50 };
    static const struct events_options events = {.keep_ms = 86400000, .keep = 1000000};
    struct call_events page = {.from = EVENTS_FROM_OLDEST, .max = EVENTS_PAGE};
    struct mail_queue q = {0};
    befriend(*state, "ann", "ben");
    start_with(*state, &events);
    for (unsigned i = 0; i < READERS; i++) {
        struct mail *m =
            mail_new(MAIL_CALL, slice_of(&page, sizeof page), (kith_slice){0}, (kith_slice){0});
        assert_non_null(m);
        m->call = CALL_EVENTS;
        m->from = 1;
        mail_append(&q, m);
    }
    struct mail *m = want("ann", 1);
    m->from = 1;
    mail_append(&q, m);
    mailbox_post(&wants, &q); /* all at once */
    m = answer(1);
    assert_int_equal(m->type, MAIL_WATCHED);
    mail_free(m);
    for (unsigned i = 0; i < READERS; i++) {
        m = answer(1);
        assert_int_equal(m->type, MAIL_CALL_ANSWER);
        assert_int_equal(m->number, EVENTS_TOLD);
        mail_free(m);
    }
    assert_int_equal(stop(), KITH_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(whoever_joins_does_not_wait_for_one_with_many_sockets),
        in_a_folder(who_asks_does_not_wait_for_one_who_asks_much),
        in_a_folder(whoever_joins_does_not_wait_for_those_who_change_rules),
        in_a_folder(changes_that_wait_take_no_more_than_their_room),
        in_a_folder(operators_are_told_that_it_is_busy_where_too_much_waits),
        in_a_folder(of_a_users_changes_of_visibility_the_newest_that_waits_is_made),
        in_a_folder(changes_beyond_those_that_can_be_open_wait_for_room),
        in_a_folder(whoever_joins_does_not_wait_for_events_that_a_change_finds_waiting),
        in_a_folder(whoever_joins_does_not_wait_for_those_who_read_the_log_of_events),
        in_a_folder(who_hides_was_seen_until_then),
        in_a_folder(changes_without_room_are_refused_at_the_end),
    };
    return cmocka_run_group_tests_name("keeper turns", tests, NULL, NULL);
}
