/* tests/io/test_accept.c -- whatever the system answers when a connection is to be accepted, the
 * server goes on serving. In its process accept4 fails as the test has asked. */
#include "server.h"
#include "store_fixture.h"
#include "talker.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum { TIMES = 5 };

/* Of both processes. */
static struct {
    _Atomic int error;
    _Atomic int times; /* it is still to fail */
} * asked;

int __real_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags);

int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
    if (asked && atomic_load(&asked->times) > 0) {
        atomic_fetch_sub(&asked->times, 1);
        errno = atomic_load(&asked->error);
        return -1;
    }
    return __real_accept4(fd, address, len, flags);
}

static void heartbeat(struct talker *t)
{
    talker_say(t, "[null,'h','phoenix','heartbeat',{}]");
    talker_await_replies(t, t->replies + 1);
    assert_false(t->ended);
}

static void a_connection_that_cannot_be_accepted_harms_no_other(void **state)
{
    static const int errors[] = {EMFILE,    ENFILE, ENOMEM, ENOBUFS,    ECONNABORTED,
                                 EINTR,     EPROTO, EPERM,  ENETDOWN,   EHOSTUNREACH,
                                 EHOSTDOWN, ENONET, EAGAIN, EOPNOTSUPP, ENETUNREACH};
    struct folder *f = *state;
    struct server server;
    server_start(&server, &(struct server_options){.data = f->data, .workers = 1});
    struct talker old = {.fd = -1};
    talker_connect(&old, server.port, "user_id=old");
    talker_await_upgrade(&old);
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct talker t = {.fd = -1};
        atomic_store(&asked->error, errors[i]);
        atomic_store(&asked->times, TIMES);
        talker_connect(&t, server.port, "user_id=new");
        heartbeat(&old);
        talker_await_upgrade(&t);
        assert_int_equal(t.status, 101);
        assert_int_equal(atomic_load(&asked->times), 0);
        heartbeat(&t);
        talker_free(&t);
    }
    talker_free(&old);
    server_stop(&server);
}

int main(void)
{
    asked = mmap(NULL, sizeof *asked, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(asked != MAP_FAILED);
    const struct CMUnitTest tests[] = {
        in_a_folder(a_connection_that_cannot_be_accepted_harms_no_other),
    };
    return cmocka_run_group_tests_name("accept", tests, NULL, NULL);
}
