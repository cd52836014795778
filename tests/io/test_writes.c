/* tests/io/test_writes.c -- many sockets written to at once: what arrives, and what is said of
 * those that take nothing, take a part, or are gone; with io_uring and without. */
#include "io/writes.h"

#include "failures.h"

#include <errno.h>
#include <liburing.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct writes w;
static int here[WRITES_MAX], there[WRITES_MAX];

static int set_up(void **state)
{
    bool together = *(bool *)*state;
    int e = writes_init(&w, together);
    if (e) printf("no io_uring here: %s\n", strerror(e));
    assert_true(!e || e == EPERM || e == ENOSYS); /* some containers have none */
    assert_int_equal(w.ring != NULL, together && !e);
    for (int i = 0; i < WRITES_MAX; i++) {
        int pair[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
        here[i] = pair[0], there[i] = pair[1];
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    writes_fini(&w);
    for (int i = 0; i < WRITES_MAX; i++)
        close(here[i]), close(there[i]);
    return 0;
}

static void put(int socket, const char *first, const char *second)
{
    struct iovec *room = writes_room(&w);
    assert_non_null(room);
    room[0] = (struct iovec){(void *)(uintptr_t)first, strlen(first)};
    if (second) room[1] = (struct iovec){(void *)(uintptr_t)second, strlen(second)};
    writes_add(&w, here[socket], second ? 2 : 1, &here[socket]);
}

static void assert_heard(int socket, const char *text)
{
    char got[64] = {0};
    ssize_t n = recv(there[socket], got, sizeof got - 1, 0);
    assert_int_equal(n, strlen(text));
    assert_string_equal(got, text);
}

/* Until it takes no more. */
static void stuff(int socket)
{
    static const char many[65536];
    while (send(here[socket], many, sizeof many, MSG_DONTWAIT) > 0)
        ;
}

static void each_socket_gets_its_own_and_in_order(void **state)
{
    (void)state;
    put(0, "ann", NULL);
    put(1, "ben", " is here");
    put(0, " is away", NULL);
    unsigned calls = writes_go(&w);
    assert_int_equal(calls, w.ring ? 1 : 3);
    assert_int_equal(w.count, 3);
    assert_ptr_equal(w.all[1].who, &here[1]);
    assert_int_equal(w.all[0].result, 3);
    assert_int_equal(w.all[1].result, 11);
    assert_heard(0, "ann is away");
    assert_heard(1, "ben is here");
    writes_clear(&w);
    assert_int_equal(writes_go(&w), 0);
}

static void as_many_as_fit_are_one_call_again_and_again(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < WRITES_MAX && writes_room(&w); i++)
            put(i, "x", NULL);
        size_t count = w.count;
        assert_int_equal(writes_go(&w), w.ring ? 1 : count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(w.all[i].result, 1);
            assert_heard((int)i, "x");
        }
        writes_clear(&w);
    }
}

static void there_is_room_for_all_of_a_socket_or_for_none(void **state)
{
    (void)state;
    struct iovec *room;
    for (int i = 0; (room = writes_room(&w)); i++) {
        for (int k = 0; k < IOV_MAX_PIECES; k++)
            room[k] = (struct iovec){"y", 1};
        writes_add(&w, here[i], IOV_MAX_PIECES, NULL);
    }
    assert_int_equal(w.count, WRITES_PIECES_MAX / IOV_MAX_PIECES);
    (void)writes_go(&w);
    for (size_t i = 0; i < w.count; i++)
        assert_int_equal(w.all[i].result, IOV_MAX_PIECES);
}

static void who_takes_nothing_holds_up_nobody(void **state)
{
    (void)state;
    stuff(1);
    put(0, "a", NULL);
    put(1, "b", NULL);
    put(1, "b", "c");
    put(2, "c", NULL);
    (void)writes_go(&w);
    assert_int_equal(w.all[0].result, 1);
    assert_int_equal(w.all[1].result, -EAGAIN);
    assert_int_equal(w.all[2].result, -EAGAIN);
    assert_int_equal(w.all[3].result, 1);
    assert_heard(2, "c");
}

static void who_is_gone_is_an_error_of_its_own_and_no_signal(void **state)
{
    (void)state;
    shutdown(there[0], SHUT_RD);
    put(0, "a", NULL);
    put(1, "b", NULL);
    (void)writes_go(&w);
    assert_int_equal(w.all[0].result, -EPIPE);
    assert_heard(1, "b");
}

static void a_socket_takes_the_part_that_it_has_room_for(void **state)
{
    (void)state;
    static char large[8 << 20];
    struct iovec *room = writes_room(&w);
    room[0] = (struct iovec){large, sizeof large};
    writes_add(&w, here[0], 1, NULL);
    put(1, "b", NULL);
    (void)writes_go(&w);
    assert_true(w.all[0].result > 0 && (size_t)w.all[0].result < sizeof large);
    assert_heard(1, "b");
}

/* What the ring did not take is written without it, and nothing twice. */
static void a_ring_that_fails_is_left_for_single_calls(void **state)
{
    (void)state;
    if (!w.ring) skip(); /* a system without io_uring has none to fail */
    close(w.ring->ring_fd);
    put(0, "a", NULL);
    put(1, "b", "c");
    assert_int_equal(writes_go(&w), 3);
    assert_null(w.ring);
    assert_heard(0, "a");
    assert_heard(1, "bc");
}

static void without_memory_for_a_ring_there_is_none(void **state)
{
    (void)state;
    struct writes other;
    alloc_fail(0, 1);
    assert_int_equal(writes_init(&other, true), ENOMEM);
    alloc_heal();
    assert_null(other.ring);
    writes_fini(&other);
}

static bool yes = true, no = false;
#define BOTH(name)                                                                                 \
    cmocka_unit_test_prestate_setup_teardown(name, set_up, tear_down, &no),                        \
        cmocka_unit_test_prestate_setup_teardown(name, set_up, tear_down, &yes)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(each_socket_gets_its_own_and_in_order),
        BOTH(as_many_as_fit_are_one_call_again_and_again),
        BOTH(there_is_room_for_all_of_a_socket_or_for_none),
        BOTH(who_takes_nothing_holds_up_nobody),
        BOTH(who_is_gone_is_an_error_of_its_own_and_no_signal),
        BOTH(a_socket_takes_the_part_that_it_has_room_for),
        cmocka_unit_test_prestate_setup_teardown(a_ring_that_fails_is_left_for_single_calls, set_up,
                                                 tear_down, &yes),
        cmocka_unit_test(without_memory_for_a_ring_there_is_none),
    };
    return cmocka_run_group_tests_name("writes", tests, NULL, NULL);
}
