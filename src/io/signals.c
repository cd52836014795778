/* io/signals.c -- the signals that end a program which has something to bring to an end before. */
#include "io/signals.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* A terminal that is closed says SIGHUP, and ends a server no less orderly than Ctrl-C. */
static sigset_t ending(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    return set;
}

void signals_block(void)
{
    sigset_t set = ending();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN); /* a stdout that is closed is no reason to end */
}

/* One has come. From here on a second one does what it does to any process. */
static void take(const sigset_t *set)
{
    int number;
    while (sigwait(set, &number) != 0)
        ;
    pthread_sigmask(SIG_UNBLOCK, set, NULL);
}

void signals_wait(void)
{
    sigset_t set = ending();
    take(&set);
}

bool signals_wait_for(uint32_t ms)
{
    const struct timespec most = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    sigset_t set = ending();
    if (sigtimedwait(&set, NULL, &most) < 0) return false;
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    return true;
}

/* Where there is no descriptor left for the signals (poll passes over -1) none is seen. */
bool signals_wait_readable(int fd)
{
    sigset_t set = ending();
    struct pollfd waits[2] = {{.fd = fd, .events = POLLIN},
                              {.fd = signalfd(-1, &set, SFD_CLOEXEC), .events = POLLIN}};
    while (poll(waits, 2, -1) < 0 && errno == EINTR)
        ;
    bool came = waits[1].revents & POLLIN;
    if (waits[1].fd >= 0) (void)close(waits[1].fd);
    if (came) take(&set);
    return !came;
}
