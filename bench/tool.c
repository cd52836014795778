/* bench/tool.c -- what benchmarks share: clocks, cores, and last words. */
#include "tool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double read_us(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t) != 0) die("a clock cannot be read: has the process ended?");
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

double now_us(void) { return read_us(CLOCK_MONOTONIC); }

uint64_t whole_us(double us)
{
    uint64_t whole = us > 0 ? (uint64_t)us : 0;
    return whole + ((double)whole < us);
}

double thread_us(void) { return read_us(CLOCK_THREAD_CPUTIME_ID); }

double cpu_us(pid_t pid)
{
    clockid_t clock = CLOCK_PROCESS_CPUTIME_ID;
    if (pid && clock_getcpuclockid(pid, &clock) != 0) die("process %d has ended", (int)pid);
    return read_us(clock);
}

static bool is_called(const char *pid, const char *name)
{
    char path[300], line[32] = "";
    snprintf(path, sizeof path, "/proc/%s/comm", pid);
    FILE *in = fopen(path, "r");
    bool read = in && fgets(line, sizeof line, in);
    if (in) fclose(in);
    line[strcspn(line, "\n")] = 0;
    return read && strcmp(line, name) == 0;
}

pid_t softirq_pid(unsigned core)
{
    char name[32];
    int found = 0;
    DIR *all = opendir("/proc");
    snprintf(name, sizeof name, "ksoftirqd/%u", core);
    for (const struct dirent *d; all && !found && (d = readdir(all));)
        if (d->d_name[0] >= '0' && d->d_name[0] <= '9' && is_called(d->d_name, name))
            found = atoi(d->d_name);
    if (all) closedir(all);
    return found;
}

void sleep_until(double at_us)
{
    struct timespec t = {.tv_sec = (time_t)(at_us / 1e6)};
    t.tv_nsec = (long)((at_us - (double)t.tv_sec * 1e6) * 1e3);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

bool pin(unsigned core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

void die(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fputs("bench: ", stderr);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

void folder_remove(const char *path) { (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

/* The latest one, for an end before its time; only who made it removes it, and no child. */
static char left[256];
static pid_t maker;

static void remove_left(void)
{
    if (getpid() == maker) folder_remove(left);
}

/* For an end by a signal. Waits until nobody holds the other end of the pipe, which is this process
 * and its children. What they still wrote while they were killed is gone at the second try. */
_Noreturn static void remove_at_end(const char *path, int pipe_end)
{
    char nothing;
    (void)signal(SIGINT, SIG_IGN); /* Ctrl-C is for all of them */
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    while (read(pipe_end, &nothing, 1) < 0 && errno == EINTR)
        continue;
    for (int i = 0; i < 50 && access(path, F_OK) == 0; i++) {
        folder_remove(path);
        usleep(10000);
    }
    _exit(0);
}

static void watch_over(const char *path)
{
    int ends[2];
    fflush(NULL);
    if (pipe2(ends, O_CLOEXEC) != 0) die("no pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid < 0) die("fork failed");
    if (pid == 0) {
        close(ends[1]);
        remove_at_end(path, ends[0]);
    }
    close(ends[0]); /* the other one stays open until the end of the process */
}

void folder_make(char path[256])
{
    const char *above = getenv("TMPDIR");
    snprintf(path, 256, "%s/kith-bench-XXXXXX", above ? above : "/tmp");
    if (!mkdtemp(path)) die("cannot make the folder %s: %s", path, strerror(errno));
    if (!maker) atexit(remove_left);
    memcpy(left, path, sizeof left);
    maker = getpid();
    watch_over(path);
}

void need_descriptors(uint32_t count)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) die("no limits");
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < count)
        die("%u descriptors are needed, a process has %llu here", count,
            (unsigned long long)limit.rlim_cur);
}

pid_t fork_child(void)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) die("fork failed");
    if (pid == 0) prctl(PR_SET_PDEATHSIG, SIGKILL);
    return pid;
}
