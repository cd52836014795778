/* tests/docs/main_of_page.c -- behind the C of docs/from-phoenix.md it makes a program of it, whose
 * server runs until SIGTERM. */
#include <signal.h>

static struct kith_server *server_for_test(void);

int main(void)
{
    sigset_t ends;
    int number;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    struct kith_server *s = server_for_test();
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("ready 127.0.0.1:%u\n", kith_server_port(s));
    sigwait(&ends, &number);
    kith_server_free(s);
    return 0;
}
