/* tests/io/server.c -- the whole server in a process of its own. */
#include "server.h"

#include "base/limits.h"
#include "edge/rig_rooms.h"
#include "io/host.h"
#include "io/import.h"
#include "io/signals.h"

#include <dirent.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 30000 };

static uint32_t either(uint32_t a, uint32_t b) { return a ? a : b; }

/* Never returns: the child's whole life. */
static void serve(const struct server_options *o, int out)
{
    static struct edge_options options;
    static const struct edge_mount mount = {.behaviour = &rig_socket};
    kith_problem why = {"no problem"};
    struct store *store = NULL;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that failed does not stop it */
    dup2(out, STDOUT_FILENO);
    close_range(STDERR_FILENO + 1, ~0U, 0); /* the test's sockets are not ours to keep open */
    options = (struct edge_options){.auth_none = true,
                                    .api_private = true,
                                    .mounts = &mount,
                                    .mount_count = 1,
                                    .device_key = {1, 2},
                                    .handshake_ms = HANDSHAKE_MS,
                                    .ping_ms = either(o->ping_ms, PING_MS),
                                    .idle_ms = either(o->idle_ms, IDLE_MS),
                                    .grace_ms = either(o->grace_ms, GRACE_MS),
                                    .message_bytes_max = MESSAGE_BYTES_MAX};
    kith_err e = store_open(o->data, &store, &why);
    struct host *h = NULL;
    signals_block();
    if (!e)
        e = host_start(&(struct host_options){.edge = &options,
                                              .store = store,
                                              .listen = "127.0.0.1:0",
                                              .api = "127.0.0.1:0",
                                              .workers = o->workers,
                                              .connections_max = either(o->connections_max, 100000),
                                              .restart_grace_ms =
                                                  either(o->restart_grace_ms, RESTART_GRACE_MS),
                                              .drain_ms = either(o->drain_ms, DRAIN_MS),
                                              .outbox_bytes_max = OUTBOX_BYTES_MAX},
                       &h, &why);
    if (!e) {
        host_go(h);
        host_print_ready(h);
        while (signals_next(UINT32_MAX, false) != SIGNAL_END)
            ;
        e = host_stop(h, &why);
    }
    host_free(h);
    if (e) fprintf(stderr, "server: %s\n", why.text);
    exit(e ? 78 : 0);
}

static void read_ready_line(int in, struct server *s)
{
    char line[256];
    size_t n = 0;
    unsigned port, api;
    while (n + 1 < sizeof line && (n == 0 || line[n - 1] != '\n')) {
        struct pollfd p = {.fd = in, .events = POLLIN};
        assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
        ssize_t got = read(in, line + n, 1);
        assert_int_equal(got, 1);
        n++;
    }
    line[n] = 0;
    int found = sscanf(line, "ready ws://127.0.0.1:%u/socket/websocket api http://127.0.0.1:%u",
                       &port, &api);
    assert_int_equal(found, 2);
    s->port = (uint16_t)port;
    s->api_port = (uint16_t)api;
}

void server_start(struct server *s, const struct server_options *o)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    s->pid = fork();
    assert_true(s->pid >= 0);
    if (s->pid == 0) serve(o, ends[1]);
    close(ends[1]);
    read_ready_line(ends[0], s);
    close(ends[0]);
}

void server_signal(const struct server *s, int number)
{
    assert_int_equal(kill(s->pid, number), 0);
}

int server_wait(struct server *s)
{
    int status = 0;
    for (int waited = 0; waited < PATIENCE_MS; waited += 10) {
        pid_t ended = waitpid(s->pid, &status, WNOHANG);
        assert_true(ended >= 0);
        if (ended == s->pid) return status;
        poll(NULL, 0, 10);
    }
    kill(s->pid, SIGABRT);
    waitpid(s->pid, &status, 0);
    fail_msg("the server did not end");
    return status;
}

void server_stop(struct server *s)
{
    server_signal(s, SIGTERM);
    int status = server_wait(s);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

unsigned long server_cpu_ms(const struct server *s)
{
    char path[64], stat[1024];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", s->pid);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t n = fread(stat, 1, sizeof stat - 1, f);
    fclose(f);
    stat[n] = 0;
    const char *at = strrchr(stat, ')'); /* the name may hold anything */
    assert_non_null(at);
    int found =
        sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    assert_int_equal(found, 2);
    return (user + system) * 1000 / (unsigned long)sysconf(_SC_CLK_TCK);
}

unsigned server_descriptors(const struct server *s)
{
    char path[64];
    unsigned n = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", s->pid);
    DIR *d = opendir(path);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

void server_graph(const char *data, const char *lines)
{
    kith_problem why;
    struct store *s = NULL;
    assert_int_equal(store_open(data, &s, &why), KITH_OK);
    assert_int_equal(import_text(s, slice_str(lines), &why), KITH_OK);
    store_close(s);
}
