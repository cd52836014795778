/* tests/io/test_calls.c -- what operators ask of the store: verdicts, and audiences in pages,
 * whatever bytes ids have, and whatever memory there is. */
#include "calls_fixture.h"

#include "base/ids.h"
#include "failures.h"

static struct mail *ask(struct store *s, enum call_kind what, kith_slice a, kith_slice b)
{
    struct mail *m = mail_new(MAIL_CALL, a, b, (kith_slice){0});
    assert_non_null(m);
    m->call = what;
    m->from = 3;
    m->serial = 77;
    m->handle = 42;
    m = answer_to(s, m);
    assert_int_equal(m->type, MAIL_CALL_ANSWER);
    assert_int_equal(m->serial, 77);
    assert_int_equal(m->handle, 42);
    return m;
}

static void block(struct store *s, const char *blocker, const char *blocked)
{
    bool changed;
    must(store_set_block(s, slice_str(blocker), slice_str(blocked), true, &changed));
}

static void show_to(struct store *s, const char *user, enum visibility visibility, const char *id)
{
    bool changed;
    struct buf ids = {0};
    if (id) ids_put(&ids, slice_str(id));
    must(store_set_visibility(s, slice_str(user), visibility, buf_slice(&ids), &changed));
    buf_fini(&ids);
}

/* The ids, each with a blank behind it. */
static void assert_ids(kith_slice packed, const char *want)
{
    struct buf text = {0};
    for (kith_slice id; ids_next(&packed, &id);) {
        buf_put(&text, id);
        buf_putc(&text, ' ');
    }
    buf_putc(&text, 0);
    assert_string_equal((const char *)text.ptr, want);
    buf_fini(&text);
}

static void a_visibility_is_told_with_its_list(void **state)
{
    (void)state;
    struct store *s = open_store();
    struct mail *m = ask(s, CALL_VISIBILITY, KITH_LIT("unknown"), (kith_slice){0});
    assert_int_equal(m->number, VISIBILITY_FRIENDS);
    assert_int_equal(m->a_len, 0);
    mail_free(m);
    show_to(s, "ann", VISIBILITY_ONLY, "ben");
    m = ask(s, CALL_VISIBILITY, KITH_LIT("ann"), (kith_slice){0});
    assert_int_equal(m->number, VISIBILITY_ONLY);
    assert_ids(mail_a(m), "ben ");
    mail_free(m);
    store_close(s);
}

static unsigned verdict(struct store *s, const char *user, const char *viewer)
{
    struct mail *m = ask(s, CALL_VERDICT, slice_str(user), slice_str(viewer));
    unsigned both = (unsigned)m->number & 0xffff;
    assert_false(m->failed);
    mail_free(m);
    return both;
}

#define VERDICT(now, asked) (AUDIENCE_##now | AUDIENCE_##asked << 8)

static void a_verdict_is_that_of_the_rules(void **state)
{
    (void)state;
    struct store *s = open_store();
    add(s, "ben", "ann");
    add(s, "cleo", "ann");
    assert_int_equal(verdict(s, "ann", "ben"), VERDICT(SEES, SEES));
    assert_int_equal(verdict(s, "ben", "ann"), VERDICT(NO_EDGE, NO_EDGE));
    assert_int_equal(verdict(s, "nobody", "ann"), VERDICT(NO_EDGE, NO_EDGE));
    assert_int_equal(verdict(s, "ann", "nobody"), VERDICT(NO_EDGE, NO_EDGE));
    assert_int_equal(verdict(s, "ann", "ann"), VERDICT(NO_EDGE, NO_EDGE));
    show_to(s, "ann", VISIBILITY_PUBLIC, NULL);
    assert_int_equal(verdict(s, "ann", "nobody"), VERDICT(NO_EDGE, SEES));
    show_to(s, "ann", VISIBILITY_EXCEPT, "ben");
    assert_int_equal(verdict(s, "ann", "ben"), VERDICT(NOT_ADMITTED, NOT_ADMITTED));
    assert_int_equal(verdict(s, "ann", "cleo"), VERDICT(SEES, SEES));
    block(s, "cleo", "ann");
    assert_int_equal(verdict(s, "ann", "cleo"), VERDICT(BLOCKED, BLOCKED));
    store_close(s);
}

static void assert_stance(uint64_t byte, struct stance want)
{
    assert_int_equal(byte & 0xff, stance_byte(&want));
}

static void a_verdict_says_what_it_comes_of(void **state)
{
    (void)state;
    struct store *s = open_store();
    add(s, "ben", "ann");
    block(s, "ben", "ann");
    show_to(s, "ann", VISIBILITY_ONLY, "ben");
    show_to(s, "ben", VISIBILITY_EXCEPT, "cleo");
    struct mail *m = ask(s, CALL_VERDICT, KITH_LIT("ann"), KITH_LIT("ben"));
    assert_int_equal(m->number & 0xffff, VERDICT(BLOCKED, BLOCKED));
    assert_stance(
        m->number >> 16,
        (struct stance){.watches = true, .blocks = true, .visibility = VISIBILITY_EXCEPT});
    assert_stance(m->number >> 24, (struct stance){.visibility = VISIBILITY_ONLY, .lists = true});
    assert_int_equal(m->number >> 32, RECIPROCITY_OFF);
    mail_free(m);
    store_close(s);
}

static void of_a_viewer_with_more_edges_than_are_read_the_verdict_says_so(void **state)
{
    (void)state;
    struct store *s = open_store();
    for (unsigned i = 0; i <= WATCHES_MAX; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "u%05u", i);
        add(s, "me", name);
    }
    assert_int_equal(verdict(s, "u04999", "me"), VERDICT(SEES, SEES));
    assert_int_equal(verdict(s, "u05000", "me"), VERDICT(BEYOND, SEES));
    show_to(s, "u05000", VISIBILITY_NOBODY, NULL);
    assert_int_equal(verdict(s, "u05000", "me"), VERDICT(NOT_ADMITTED, NOT_ADMITTED));
    store_close(s);
}

static void who_asks_about_many_is_answered_in_parts(void **state)
{
    enum { IDS = API_IDS_MAX };
    (void)state;
    struct store *s = open_store();
    struct buf ids = {0};
    struct long_call q = {0};
    char name[16];
    add(s, "me", "u7");
    for (unsigned i = 0; i < IDS; i++) {
        (void)snprintf(name, sizeof name, "u%u", i);
        ids_put(&ids, slice_str(name));
    }
    struct mail *m = mail_new(MAIL_CALL, KITH_LIT("me"), buf_slice(&ids), (kith_slice){0}), *answer;
    unsigned parts = 1;
    m->call = CALL_VISIBLE;
    q.asked = m;
    for (; !(answer = long_call_go_on(&q, s, false)); parts++)
        ;
    assert_in_range(parts, 10, IDS);
    assert_ids(mail_a(answer), "u7 ");
    assert_int_equal(ids_count(mail_b(answer)), IDS - 1);
    mail_free(answer);
    q.asked = mail_new(MAIL_CALL, KITH_LIT("me"), buf_slice(&ids), (kith_slice){0});
    q.asked->call = CALL_VISIBLE;
    assert_null(long_call_go_on(&q, s, false));
    long_call_fini(&q); /* the server ends meanwhile */
    assert_null(q.asked);
    buf_fini(&ids);
    store_close(s);
}

static void whom_a_viewer_sees_is_told_apart_from_the_others(void **state)
{
    (void)state;
    struct store *s = open_store();
    struct buf ids = {0};
    static const char *const users[] = {"ann", "ben", "unknown", "cleo"};
    for (size_t i = 0; i < 4; i++)
        ids_put(&ids, slice_str(users[i]));
    add(s, "me", "ann");
    add(s, "me", "ben");
    add(s, "cleo", "me");
    show_to(s, "ben", VISIBILITY_NOBODY, NULL);
    struct mail *m = ask(s, CALL_VISIBLE, KITH_LIT("me"), buf_slice(&ids));
    assert_ids(mail_a(m), "ann ");
    assert_ids(mail_b(m), "ben unknown cleo ");
    mail_free(m);
    m = ask(s, CALL_VISIBLE, KITH_LIT("stranger"), buf_slice(&ids));
    assert_ids(mail_a(m), "");
    assert_ids(mail_b(m), "ann ben unknown cleo ");
    mail_free(m);
    show_to(s, "cleo", VISIBILITY_PUBLIC, NULL); /* who may ask for her sees her */
    m = ask(s, CALL_VISIBLE, KITH_LIT("stranger"), buf_slice(&ids));
    assert_ids(mail_a(m), "cleo ");
    mail_free(m);
    block(s, "cleo", "stranger");
    m = ask(s, CALL_VISIBLE, KITH_LIT("stranger"), buf_slice(&ids));
    assert_ids(mail_a(m), "");
    mail_free(m);
    m = ask(s, CALL_VISIBLE, KITH_LIT("ann"), buf_slice(&ids)); /* oneself is like any other */
    assert_ids(mail_a(m), "cleo ");
    mail_free(m);
    buf_fini(&ids);
    store_close(s);
}

static uint32_t count_page(kith_slice page, char *last)
{
    uint32_t n = 0;
    for (kith_slice id; ids_next(&page, &id); n++) {
        assert_int_equal(page.ptr[0], AUDIENCE_SEES);
        page = slice_from(page, 1);
        assert_int_equal(id.len, 5);
        assert_true(!*last || memcmp(last, id.ptr, 5) < 0);
        memcpy(last, id.ptr, 5);
        last[5] = 0;
    }
    return n;
}

static void an_audience_comes_in_pages_of_which_the_last_says_so(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1, API_PAGE - 1, API_PAGE, API_PAGE + 1, 2 * API_PAGE};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct store *s = open_store();
        char name[16], last[8] = "", after[8] = "";
        for (uint32_t w = 0; w < sizes[i]; w++) {
            snprintf(name, sizeof name, "%05u", w * 7919 % 100000);
            add(s, name, "star");
        }
        uint32_t all = 0, pages = 0;
        do {
            struct mail *m = ask(s, CALL_AUDIENCE, KITH_LIT("star"), slice_str(after));
            uint32_t n = count_page(mail_a(m), last);
            all += n;
            assert_true(n == API_PAGE || m->b_len == 0);
            snprintf(after, sizeof after, "%.*s", (int)m->b_len, (const char *)mail_b(m).ptr);
            assert_true(!*after || strcmp(after, last) == 0);
            mail_free(m);
            pages++;
        } while (*after);
        assert_int_equal(all, sizes[i]);
        assert_int_equal(pages, sizes[i] <= API_PAGE ? 1 : 2);
        store_close(s);
    }
}

static void ids_of_any_bytes_are_no_sql(void **state)
{
    (void)state;
    static const char *const ids[] = {
        "'; DROP TABLE people; --", "?1", "\"", "\r\n", "*", "%", "user:1:2", "\x7f"};
    struct store *s = open_store();
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        add(s, ids[i], "hub");
        assert_int_equal(verdict(s, "hub", ids[i]), VERDICT(SEES, SEES));
        struct mail *m = ask(s, CALL_AUDIENCE, KITH_LIT("hub"), slice_str(ids[i]));
        assert_false(m->failed);
        mail_free(m);
    }
    store_close(s);
}

static void what_is_not_for_the_store_fails(void **state)
{
    (void)state;
    struct store *s = open_store();
    static const enum call_kind others[] = {CALL_PRESENCE, CALL_PUSH, CALL_DISCONNECT, CALL_NOTED,
                                            CALL_FIGURES};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct mail *m = ask(s, others[i], KITH_LIT("a"), KITH_LIT("b"));
        assert_true(m->failed);
        assert_int_equal(m->err, KITH_BAD);
        mail_free(m);
    }
    store_close(s);
}

/* Whatever fails, the answer comes: whole, or one that says that there was no memory. */
static void each_question_is_answered_whatever_memory_there_is(void **state)
{
    (void)state;
    static const enum call_kind all[] = {CALL_VISIBILITY, CALL_VISIBLE, CALL_AUDIENCE, CALL_VERDICT,
                                         CALL_EXPORT};
    struct store *s = open_store();
    struct buf ids = {0};
    ids_put(&ids, KITH_LIT("b"));
    add(s, "a", "b");
    add(s, "b", "a");
    show_to(s, "a", VISIBILITY_ONLY, "b");
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        kith_slice b = all[i] == CALL_VISIBLE ? buf_slice(&ids) : KITH_LIT("0");
        for (size_t nth = 0, asked = 1; nth < asked; nth++) {
            struct mail *m = mail_new(MAIL_CALL, KITH_LIT("a"), b, (kith_slice){0});
            m->call = all[i];
            alloc_fail(nth, SIZE_MAX / 2);
            m = answer_to(s, m);
            asked = alloc_heal();
            assert_int_equal(m->type, MAIL_CALL_ANSWER);
            if (m->failed) assert_int_equal(m->err, KITH_NOMEM);
            mail_free(m);
        }
        struct mail *m = ask(s, all[i], KITH_LIT("a"), b);
        assert_false(m->failed);
        mail_free(m);
    }
    buf_fini(&ids);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_visibility_is_told_with_its_list),
        cmocka_unit_test(a_verdict_is_that_of_the_rules),
        cmocka_unit_test(a_verdict_says_what_it_comes_of),
        cmocka_unit_test(of_a_viewer_with_more_edges_than_are_read_the_verdict_says_so),
        cmocka_unit_test(who_asks_about_many_is_answered_in_parts),
        cmocka_unit_test(whom_a_viewer_sees_is_told_apart_from_the_others),
        cmocka_unit_test(an_audience_comes_in_pages_of_which_the_last_says_so),
        cmocka_unit_test(ids_of_any_bytes_are_no_sql),
        cmocka_unit_test(what_is_not_for_the_store_fails),
        cmocka_unit_test(each_question_is_answered_whatever_memory_there_is),
    };
    return cmocka_run_group_tests_name("questions", tests, NULL, NULL);
}
