/* io/signals.c -- the signals that end a program which has something to bring to an end before. */
#include "io/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* A terminal that is closed says SIGHUP, and ends a program no less orderly than Ctrl-C. */
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

bool signals_on_terminal(void)
{
    struct sigaction hangup;
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler == SIG_IGN) return false;
    int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0) (void)close(fd);
    return fd >= 0;
}

/* Which of the set; 0: none in time. */
static int wait_for(const sigset_t *set, uint32_t ms)
{
    const struct timespec most = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    int number;
    do
        number = sigtimedwait(set, NULL, ms == UINT32_MAX ? NULL : &most);
    while (number < 0 && ms == UINT32_MAX);
    return number < 0 ? 0 : number;
}

enum signal_kind signals_next(uint32_t ms, bool terminal)
{
    sigset_t set = ending();
    int number = wait_for(&set, ms);
    if (!number) return SIGNAL_NONE;
    if (number == SIGHUP && !(terminal && !signals_on_terminal())) return SIGNAL_AGAIN;
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    return SIGNAL_END;
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
