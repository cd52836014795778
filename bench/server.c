/* bench/server.c -- a real server as a child. */
#include "server.h"

#include "tool.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t spawn(const char *const argv[], int core, int out)
{
    pid_t pid = fork_child();
    if (pid) return pid;
    if (core >= 0) (void)pin((unsigned)core);
    sigset_t held;
    sigemptyset(&held);
    (void)sigprocmask(SIG_SETMASK, &held, NULL); /* a load holds those that end it */
    if (out >= 0 && dup2(out, STDOUT_FILENO) < 0) _exit(126);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    fprintf(stderr, "bench: cannot start %s\n", argv[0]);
    _exit(127);
}

/* ready ws://127.0.0.1:PORT/socket/websocket api http://127.0.0.1:PORT */
static void read_ports(int from, struct server *s)
{
    FILE *in = fdopen(from, "r");
    if (!in || fscanf(in, "ready ws://127.0.0.1:%hu/socket/websocket api http://127.0.0.1:%hu",
                      &s->port, &s->api) != 2)
        die("the server did not come up");
    fclose(in);
}

static struct server start(const char *const argv[], int core)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) die("no pipe");
    struct server s = {.pid = spawn(argv, core, ends[1]),
                       .softirq = core < 0 ? 0 : softirq_pid((unsigned)core)};
    close(ends[1]);
    read_ports(ends[0], &s);
    return s;
}

struct server server_start(const struct server_options *o)
{
    char grace[64], restart[64], workers[16], listen[32];
    snprintf(grace, sizeof grace, "presence.grace_s=%g", o->grace_s);
    snprintf(restart, sizeof restart, "presence.restart_grace_s=%g", o->restart_grace_s);
    snprintf(listen, sizeof listen, "127.0.0.1:%u", o->port);
    snprintf(workers, sizeof workers, "%u", o->workers);
    const char *const argv[] = {o->kith,     "serve",
                                "--auth",    "none",
                                "--listen",  listen,
                                "--api",     "127.0.0.1:0",
                                "--workers", workers,
                                "--data",    o->data,
                                "--set",     grace,
                                "--set",     restart,
                                "--set",     "server.idle_s=7200",
                                "--set",     "server.ping_s=3600",
                                NULL};
    return start(argv, o->core);
}

struct server server_start_node(const char *kith, const char *config)
{
    const char *const argv[] = {kith,        "serve",
                                "--config",  config,
                                "--auth",    "none",
                                "--listen",  "127.0.0.1:0",
                                "--api",     "127.0.0.1:0",
                                "--workers", "1",
                                "--set",     "server.idle_s=7200",
                                "--set",     "server.ping_s=3600",
                                NULL};
    return start(argv, -1);
}

struct server server_start_example(const char *program, const char *graph, int core)
{
    const char *const argv[] = {program, "--graph",   graph, "--port",    "0",       "--api",
                                "0",     "--workers", "1",   "--idle-ms", "7200000", NULL};
    return start(argv, core);
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

double server_cpu_us(const struct server *s)
{
    return cpu_us(s->pid) + (s->softirq ? cpu_us(s->softirq) : 0);
}

static int dial_api(const struct server *s)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(s->api)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        die("the operators' port does not answer");
    return fd;
}

double server_metric(const struct server *s, const char *name)
{
    static const char ask[] =
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    char line[256], found[80];
    double value = -1, v;
    FILE *api = fdopen(dial_api(s), "r+");
    if (!api || fputs(ask, api) < 0 || fflush(api) != 0) die("no /metrics");
    while (fgets(line, sizeof line, api))
        if (sscanf(line, "%79s %lf", found, &v) == 2 && strcmp(found, name) == 0) value = v;
    fclose(api);
    if (value < 0) die("/metrics has no %s", name);
    return value;
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

static void import(const char *kith, const char *where, const char *file, const char *mutual)
{
    const char *option = strncmp(where, "postgresql:", 11) == 0 ? "--store" : "--data";
    const char *const argv[] = {kith, "graph", "import", file, option, where, mutual, NULL};
    wait_for(spawn(argv, -1, STDERR_FILENO), "kith graph import");
}

void server_import(const char *kith, const char *where, const char *file)
{
    import(kith, where, file, "--mutual");
}

void server_import_edges(const char *kith, const char *where, const char *file)
{
    import(kith, where, file, NULL);
}
