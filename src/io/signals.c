/* io/signals.c -- the signals that end a program which does nothing but serve. */
#include "io/signals.h"

#include <pthread.h>
#include <signal.h>

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

void signals_wait(void)
{
    sigset_t set = ending();
    int number;
    while (sigwait(&set, &number) != 0)
        ;
    /* From here on a second signal does what it does to any process. */
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
