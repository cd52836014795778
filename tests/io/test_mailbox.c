/* tests/io/test_mailbox.c -- many threads write to one: nothing is lost, nobody's letters change
 * their order, and the reader is woken. */
#include "io/mailbox.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WRITERS = 6, LETTERS = 20000, PATIENCE_MS = 20000 };

static struct mailbox box;

static struct mail *letter(uint64_t from, uint64_t number)
{
    struct mail *m = mail_new(MAIL_DIFF, KITH_LIT("a"), KITH_LIT("bc"), (kith_slice){0});
    if (!m) abort();
    m->handle = from;
    m->number = number;
    return m;
}

static void *write_all(void *arg)
{
    uint64_t from = (uint64_t)(uintptr_t)arg, number = 0;
    while (number < LETTERS) {
        struct mail_queue q = {0};
        for (uint64_t n = 1 + (number * 7 + from) % 5; n > 0 && number < LETTERS; n--)
            mail_append(&q, letter(from, number++));
        mailbox_post(&box, &q);
        if (q.first || q.last) abort();
    }
    return NULL;
}

static bool readable(int timeout_ms)
{
    struct pollfd p = {.fd = box.event_fd, .events = POLLIN};
    return poll(&p, 1, timeout_ms) == 1;
}

static void letters_of_many_writers_come_all_and_in_order(void **state)
{
    (void)state;
    pthread_t threads[WRITERS];
    uint64_t expected[WRITERS] = {0}, total = 0;
    bool late = false, disorder = false;
    assert_int_equal(mailbox_init(&box), KITH_OK);
    for (uintptr_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_all, (void *)i), 0);
    while (total < (uint64_t)WRITERS * LETTERS && !late) {
        /* Sleeps before each look: a wake-up that got lost is a wait without end. */
        late = !readable(PATIENCE_MS);
        struct mail_queue q = mailbox_take(&box);
        for (struct mail *m; (m = mail_take(&q)); mail_free(m), total++)
            disorder |= m->number != expected[m->handle]++;
    }
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    assert_false(late);
    assert_false(disorder);
    assert_null(mailbox_take(&box).first);
    mailbox_fini(&box);
}

static void an_empty_box_is_not_readable(void **state)
{
    (void)state;
    struct mail_queue none = {0};
    assert_int_equal(mailbox_init(&box), KITH_OK);
    assert_false(readable(0));
    assert_null(mailbox_take(&box).first);
    mailbox_post(&box, &none);
    assert_false(readable(0));
    mailbox_fini(&box);
}

static void letters_or_a_call_wake_the_reader_once(void **state)
{
    (void)state;
    struct mail_queue q = {0};
    assert_int_equal(mailbox_init(&box), KITH_OK);
    mailbox_wake(&box);
    mailbox_wake(&box);
    assert_true(readable(0));
    assert_null(mailbox_take(&box).first);
    assert_false(readable(0));
    for (uint64_t i = 0; i < 3; i++) {
        mail_append(&q, letter(1, 2 * i));
        mail_append(&q, letter(1, 2 * i + 1));
        mailbox_post(&box, &q);
    }
    assert_true(readable(0));
    struct mail_queue all = mailbox_take(&box);
    uint64_t number = 0;
    for (struct mail *m; (m = mail_take(&all)); mail_free(m))
        assert_int_equal(m->number, number++);
    assert_int_equal(number, 6);
    assert_false(readable(0));
    mailbox_fini(&box);
}

/* What is taken is a queue like any other: more can be appended to it. */
static void what_was_taken_ends_where_it_says(void **state)
{
    (void)state;
    struct mail_queue q = {0};
    assert_int_equal(mailbox_init(&box), KITH_OK);
    for (uint64_t i = 0; i < 4; i++)
        mail_append(&q, letter(1, i));
    mailbox_post(&box, &q);
    struct mail_queue all = mailbox_take(&box);
    mail_append(&all, letter(1, 4));
    uint64_t number = 0;
    for (struct mail *m; (m = mail_take(&all)); mail_free(m))
        assert_int_equal(m->number, number++);
    assert_int_equal(number, 5);
    mailbox_fini(&box);
}

static void what_nobody_took_is_freed_with_the_box(void **state)
{
    (void)state;
    struct mail_queue q = {0};
    assert_int_equal(mailbox_init(&box), KITH_OK);
    mail_append(&q, letter(1, 1));
    mail_append(&q, letter(1, 2));
    mailbox_post(&box, &q);
    mailbox_fini(&box);
    assert_int_equal(box.event_fd, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_of_many_writers_come_all_and_in_order),
        cmocka_unit_test(an_empty_box_is_not_readable),
        cmocka_unit_test(letters_or_a_call_wake_the_reader_once),
        cmocka_unit_test(what_was_taken_ends_where_it_says),
        cmocka_unit_test(what_nobody_took_is_freed_with_the_box),
    };
    return cmocka_run_group_tests_name("mailbox", tests, NULL, NULL);
}
