/* tests/base/test_notes.c -- what a thread has to tell the log. */
#include "base/notes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void what_nobody_wants_is_not_noted(void **state)
{
    static struct notes n;
    (void)state;
    n = (struct notes){.from = LOG_AT_INFO};
    assert_null(notes_add(NULL, LOG_AT_ERROR, "nowhere"));
    assert_null(notes_add(&n, LOG_AT_DEBUG, "too little"));
    notes_user(NULL, "nowhere", KITH_LIT("ann"), 0);
    notes_user(&n, "too little", KITH_LIT("ann"), 0);
    assert_int_equal(n.count, 0);
    assert_int_equal(n.lost, 0);
}

static void a_note_begins_with_its_words_alone(void **state)
{
    static struct notes n;
    (void)state;
    memset(&n, 0xff, sizeof n);
    n.from = LOG_AT_DEBUG;
    n.count = n.lost = 0;
    struct note *note = notes_add(&n, LOG_AT_INFO, "said");
    assert_ptr_equal(note, &n.at[0]);
    assert_string_equal(note->what, "said");
    assert_int_equal(note->level, LOG_AT_INFO);
    assert_null(note->path);
    assert_int_equal(note->status, 0);
    assert_int_equal(note->user_len, 0);
    assert_string_equal(note->request_id, "");
}

static void a_user_is_kept_as_it_is_called_and_no_byte_more(void **state)
{
    static struct notes n;
    uint8_t id[USER_ID_BYTES_MAX + 9];
    (void)state;
    n = (struct notes){.from = LOG_AT_DEBUG};
    memset(id, 'x', sizeof id);
    notes_user(&n, "ends", KITH_LIT("an\0n"), 4001);
    notes_user(&n, "ends", (kith_slice){0}, 0);
    notes_user(&n, "ends", slice_of(id, sizeof id), 0);
    assert_int_equal(n.count, 3);
    assert_int_equal(n.at[0].user_len, 4);
    assert_memory_equal(n.at[0].user, "an\0n", 4);
    assert_int_equal(n.at[0].status, 4001);
    assert_int_equal(n.at[1].user_len, 0);
    assert_int_equal(n.at[2].user_len, USER_ID_BYTES_MAX);
}

static void what_finds_no_room_is_counted(void **state)
{
    static struct notes n;
    (void)state;
    n = (struct notes){.from = LOG_AT_DEBUG};
    for (unsigned i = 0; i < NOTES_MAX + 3; i++)
        notes_user(&n, "one more", KITH_LIT("ann"), 0);
    assert_int_equal(n.count, NOTES_MAX);
    assert_int_equal(n.lost, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_wants_is_not_noted),
        cmocka_unit_test(a_note_begins_with_its_words_alone),
        cmocka_unit_test(a_user_is_kept_as_it_is_called_and_no_byte_more),
        cmocka_unit_test(what_finds_no_room_is_counted),
    };
    return cmocka_run_group_tests_name("notes", tests, NULL, NULL);
}
