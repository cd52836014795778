/* bench/server.c -- a real `kith serve` as a child. */
#include "server.h"

#include "tool.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t spawn(const char *const argv[], int core, int out)
{
    pid_t pid = fork_child();
    if (pid) return pid;
    if (core >= 0) (void)pin((unsigned)core);
    if (out >= 0 && dup2(out, STDOUT_FILENO) < 0) _exit(126);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    fprintf(stderr, "bench: cannot start %s\n", argv[0]);
    _exit(127);
}

/* ready ws://127.0.0.1:PORT/socket/websocket api .. */
static uint16_t read_port(int from)
{
    unsigned port = 0;
    FILE *in = fdopen(from, "r");
    if (!in || fscanf(in, "ready ws://127.0.0.1:%u/", &port) != 1)
        die("the server did not come up");
    fclose(in);
    return (uint16_t)port;
}

struct server server_start(const struct server_options *o)
{
    char grace[64];
    int ends[2];
    snprintf(grace, sizeof grace, "presence.grace_s=%g", o->grace_s);
    const char *const argv[] = {o->kith,     "serve",
                                "--auth",    "none",
                                "--listen",  "127.0.0.1:0",
                                "--api",     "127.0.0.1:0",
                                "--workers", "1",
                                "--data",    o->data,
                                "--set",     grace,
                                "--set",     "presence.restart_grace_s=0",
                                "--set",     "server.idle_s=7200",
                                "--set",     "server.ping_s=3600",
                                NULL};
    if (pipe2(ends, O_CLOEXEC) != 0) die("no pipe");
    struct server s = {.pid = spawn(argv, o->core, ends[1])};
    close(ends[1]);
    s.port = read_port(ends[0]);
    return s;
}

static void wait_for(pid_t pid, const char *what)
{
    int status;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        die("%s failed", what);
}

void server_stop(const struct server *s)
{
    kill(s->pid, SIGTERM);
    wait_for(s->pid, "the server");
}

struct memory server_memory(const struct server *s)
{
    char line[128];
    struct memory m = {0};
    snprintf(line, sizeof line, "/proc/%d/smaps_rollup", (int)s->pid);
    FILE *in = fopen(line, "r");
    if (!in) die("cannot read %s", line);
    while (fgets(line, sizeof line, in)) {
        (void)sscanf(line, "Rss: %lf", &m.rss);
        (void)sscanf(line, "Pss: %lf", &m.pss);
    }
    fclose(in);
    return (struct memory){m.rss * 1024, m.pss * 1024};
}

void server_import(const char *kith, const char *data, const char *file)
{
    const char *const argv[] = {kith, "graph", "import", file, "--mutual", "--data", data, NULL};
    wait_for(spawn(argv, -1, STDERR_FILENO), "kith graph import");
}
