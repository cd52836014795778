/* tests/soak/leak.c -- preloaded into a server: it loses what KITH_TEST_LEAK says, 80 kB of memory
 * a second, or ten descriptors. So it is seen whether a soak finds that. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *lose(void *what)
{
    for (;; usleep(100000))
        if (!strcmp(what, "descriptors"))
            (void)!dup(2);
        else {
            void *volatile lost = malloc(8192);
            if (lost) memset(lost, 1, 8192);
        }
    return NULL;
}

__attribute__((constructor)) static void begin(void)
{
    char *what = getenv("KITH_TEST_LEAK");
    pthread_t thread;
    if (what && !pthread_create(&thread, NULL, lose, what)) pthread_detach(thread);
}
