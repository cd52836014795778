/* tests/io/nats.c -- a real nats-server in a process of its own. */
#include "nats.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 15000, LOOK_MS = 10, FIRST_PORT = 12000, PORTS = 20000 };

/* libnats 3.4 loses the buffer of a message that its connection ended in the middle of. */
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void)
{
    return "leak:natsBuf_Create\n";
}

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

/* Of those that the system gives to nobody's client while a server is away. */
uint16_t nats_free_port(void)
{
    for (;;) {
        uint16_t chance;
        assert_int_equal(getrandom(&chance, sizeof chance, 0), sizeof chance);
        struct sockaddr_in a = loopback((uint16_t)(FIRST_PORT + chance % PORTS));
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int taken = bind(fd, (struct sockaddr *)&a, sizeof a);
        close(fd);
        if (!taken) return ntohs(a.sin_port);
    }
}

static int listens(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = loopback(port);
    int failed = connect(fd, (struct sockaddr *)&a, sizeof a);
    close(fd);
    return !failed;
}

static void be_server(const struct nats *n)
{
    char config[96], log[96];
    (void)snprintf(config, sizeof config, "%s/nats.conf", n->folder);
    (void)snprintf(log, sizeof log, "%s/log", n->folder);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that failed does not stop it */
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    close_range(STDERR_FILENO + 1, ~0U, 0);
    execlp("nats-server", "nats-server", "-c", config, (char *)NULL);
    execl("/usr/sbin/nats-server", "nats-server", "-c", config, (char *)NULL);
    _exit(127);
}

void nats_again(struct nats *n)
{
    fflush(NULL);
    n->pid = fork();
    assert_true(n->pid >= 0);
    if (n->pid == 0) be_server(n);
    for (int waited = 0; !listens(n->port); waited += LOOK_MS) {
        int status;
        if (waited >= PATIENCE_MS || waitpid(n->pid, &status, WNOHANG) == n->pid)
            fail_msg("nats-server does not start; see %s/log", n->folder);
        poll(NULL, 0, LOOK_MS);
    }
}

void nats_start(struct nats *n, const char *settings)
{
    char path[96];
    if (!n->port) n->port = nats_free_port();
    (void)snprintf(n->folder, sizeof n->folder, "/tmp/kith-nats-XXXXXX");
    assert_non_null(mkdtemp(n->folder));
    (void)snprintf(n->url, sizeof n->url, "nats://127.0.0.1:%u", n->port);
    (void)snprintf(path, sizeof path, "%s/nats.conf", n->folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "listen: 127.0.0.1:%u\n%s\n", n->port, settings);
    assert_int_equal(fclose(f), 0);
    nats_again(n);
}

void nats_signal(const struct nats *n, int number) { assert_int_equal(kill(n->pid, number), 0); }

void nats_stop(struct nats *n)
{
    if (!n->pid) return;
    (void)kill(n->pid, SIGKILL);
    assert_int_equal(waitpid(n->pid, NULL, 0), n->pid);
    n->pid = 0;
}

void nats_remove(struct nats *n)
{
    static const char *const files[] = {"nats.conf", "log"};
    nats_stop(n);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[96];
        (void)snprintf(path, sizeof path, "%s/%s", n->folder, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(n->folder);
    *n = (struct nats){0};
}
