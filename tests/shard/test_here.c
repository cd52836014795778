/* tests/shard/test_here.c -- a shard says whose sessions it has: of those who are named, or of all,
 * part by part. */
#include "shard/here.h"

#include "shard/friends.h"

#include "failures.h"

static struct world *w(void) { return s.world[0]; }

/* The answer; the caller's. */
static struct mail *ask(kith_slice ids, bool page, uint64_t slot)
{
    struct mail *m = mail_new(MAIL_HERE, ids, (kith_slice){0}, (kith_slice){0});
    assert_non_null(m);
    m->page = page;
    m->slot = slot;
    here_receive(w(), m);
    struct mail *answer = mail_take(&w()->wants);
    assert_non_null(answer);
    assert_int_equal(answer->type, MAIL_HERE);
    assert_int_equal(answer->page, page);
    return answer;
}

static kith_slice name_of(unsigned client)
{
    return social_user(clients_at(w()->clients, client)->social);
}

static void of_those_who_are_named_the_ones_with_sessions(void **state)
{
    (void)state;
    sim_init(&s, 1, 4, 1);
    struct buf ids = {0}, want = {0};
    (void)online(1, 0);
    (void)online(2, 0);
    for (uint32_t slot = 0; slot < clients_end(w()->clients); slot++)
        if (clients_at(w()->clients, slot)->social) ids_put(&want, name_of(slot));
    ids_put(&ids, KITH_LIT("nobody"));
    buf_put(&ids, buf_slice(&want));
    struct mail *answer = ask(buf_slice(&ids), false, 0);
    assert_true(slice_eq(mail_a(answer), buf_slice(&want)));
    mail_free(answer);
    answer = ask(KITH_LIT(""), false, 0);
    assert_int_equal(answer->a_len, 0);
    mail_free(answer);
    buf_fini(&ids);
    buf_fini(&want);
    sim_fini(&s);
}

static void of_all_in_one_part_if_they_are_few(void **state)
{
    (void)state;
    sim_init(&s, 1, 4, 1);
    struct mail *answer = ask(KITH_LIT(""), true, 0);
    assert_int_equal(answer->a_len, 0);
    assert_int_equal(answer->slot, 0);
    mail_free(answer);
    (void)online(1, 0);
    (void)online(2, 0);
    answer = ask(KITH_LIT(""), true, 0);
    assert_int_equal(ids_count(mail_a(answer)), 2);
    assert_int_equal(answer->slot, 0);
    mail_free(answer);
    answer = ask(KITH_LIT(""), true, UINT64_MAX); /* who was there has gone meanwhile */
    assert_int_equal(answer->a_len, 0);
    assert_int_equal(answer->slot, 0);
    mail_free(answer);
    sim_fini(&s);
}

static void without_memory_it_is_not_said(void **state)
{
    (void)state;
    sim_init(&s, 1, 4, 1);
    (void)online(1, 0);
    struct mail *m = mail_new(MAIL_HERE, KITH_LIT(""), (kith_slice){0}, (kith_slice){0});
    assert_non_null(m);
    m->page = true;
    alloc_fail(0, 1);
    here_receive(w(), m);
    (void)alloc_heal();
    assert_null(w()->wants.first);
    assert_int_equal(w()->stats.mails_lost, 1);
    sim_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_those_who_are_named_the_ones_with_sessions),
        cmocka_unit_test(of_all_in_one_part_if_they_are_few),
        cmocka_unit_test(without_memory_it_is_not_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
