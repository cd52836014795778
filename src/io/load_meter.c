/* io/load_meter.c -- what other processes take of the machine. */
#include "io/load_meter.h"

#include <dirent.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static FILE *open_of(pid_t pid, const char *name)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    return fopen(path, "re");
}

/* A name in /proc/PID/stat may hold blanks and parentheses: the fields stand behind the last one.
 */
static bool read_ticks(pid_t pid, uint64_t *user, uint64_t *sys)
{
    char line[1024];
    FILE *in = open_of(pid, "stat");
    size_t n = in ? fread(line, 1, sizeof line - 1, in) : 0;
    if (in) (void)fclose(in);
    line[n] = '\0';
    const char *fields = strrchr(line, ')');
    return fields &&
           sscanf(fields + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
                  user, sys) == 2;
}

static double cpu_us(pid_t pid)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0) return 0;
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void add_memory(pid_t pid, struct load_meter *out)
{
    char line[128];
    uint64_t kib;
    FILE *in = open_of(pid, "smaps_rollup");
    while (in && fgets(line, sizeof line, in)) {
        if (sscanf(line, "Rss: %" SCNu64, &kib) == 1) out->rss_bytes += (double)kib * 1024;
        if (sscanf(line, "Pss: %" SCNu64, &kib) == 1) out->pss_bytes += (double)kib * 1024;
    }
    if (in) (void)fclose(in);
}

/* The one core that all may run on; -1: there are several. */
static int core_of(const pid_t *pids, uint32_t count)
{
    int core = -1;
    for (uint32_t i = 0; i < count; i++) {
        cpu_set_t set;
        size_t only = 0;
        if (sched_getaffinity(pids[i], sizeof set, &set) != 0 || CPU_COUNT(&set) != 1) return -1;
        while (!CPU_ISSET(only, &set))
            only++;
        if (core >= 0 && (size_t)core != only) return -1;
        core = (int)only;
    }
    return core;
}

static bool is_called(pid_t pid, const char *name)
{
    char line[32] = "";
    FILE *in = open_of(pid, "comm");
    bool read = in && fgets(line, sizeof line, in);
    if (in) (void)fclose(in);
    line[strcspn(line, "\n")] = '\0';
    return read && strcmp(line, name) == 0;
}

/* The kernel's thread to which the network's work of a core may move; 0: it is not to be seen. */
static pid_t softirq_of(int core)
{
    char name[32];
    pid_t found = 0;
    DIR *all = core >= 0 ? opendir("/proc") : NULL;
    (void)snprintf(name, sizeof name, "ksoftirqd/%d", core);
    for (const struct dirent *d; all && !found && (d = readdir(all));) {
        pid_t pid = (pid_t)strtol(d->d_name, NULL, 10);
        if (pid > 0 && is_called(pid, name)) found = pid;
    }
    if (all) (void)closedir(all);
    return found;
}

kith_err load_measure(const pid_t *pids, uint32_t count, struct load_meter *out, kith_problem *why)
{
    double tick_us = 1e6 / (double)sysconf(_SC_CLK_TCK);
    *out = (struct load_meter){0};
    for (uint32_t i = 0; i < count; i++) {
        uint64_t user, sys;
        double us = cpu_us(pids[i]);
        if (!read_ticks(pids[i], &user, &sys) || us == 0)
            return problem(KITH_BAD, why,
                           "there is no process %d; say the server's with "
                           "--server-pid, as `pgrep -f 'kith serve'` prints it",
                           (int)pids[i]);
        out->cpu_us += us;
        out->user_us += (double)user * tick_us;
        out->system_us += (double)sys * tick_us;
        add_memory(pids[i], out);
    }
    out->softirq = count ? softirq_of(core_of(pids, count)) : 0;
    if (out->softirq) out->softirq_us = cpu_us(out->softirq);
    return KITH_OK;
}

double load_measure_cpu(const pid_t *pids, uint32_t count, pid_t softirq)
{
    double us = softirq ? cpu_us(softirq) : 0;
    for (uint32_t i = 0; i < count; i++)
        us += cpu_us(pids[i]);
    return us;
}
