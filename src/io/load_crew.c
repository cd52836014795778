/* io/load_crew.c -- the processes of a load. */
#include "io/load_crew.h"

#include "io/load_socket.h"
#include "io/load_worker.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    OWN_DESCRIPTORS = 32, /* of a process, beside its sockets */
    WAIT_MS = 200
};

/* Descriptors */

static uint64_t raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 1024;
}

static uint32_t cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (uint32_t)CPU_COUNT(&set) : 1;
}

static uint32_t sockets_of_one(uint32_t users, uint32_t processes)
{
    return (users + processes - 1) / processes;
}

/* The least that have descriptors enough. */
static uint64_t least_processes(uint32_t users, uint64_t descriptors)
{
    uint64_t sockets = descriptors > OWN_DESCRIPTORS ? descriptors - OWN_DESCRIPTORS : 1;
    return (users + sockets - 1) / sockets;
}

static kith_err count_processes(struct load_crew *c, kith_problem *why)
{
    uint32_t users = c->options->graph->users, asked = c->options->processes;
    uint64_t descriptors = raise_descriptors(), least = least_processes(users, descriptors);
    uint32_t usual = cores() > 1 ? cores() - 1 : 1;
    if (usual > users) usual = users;
    if (usual > LOAD_PROCESSES_MAX) usual = LOAD_PROCESSES_MAX;
    c->processes = asked ? asked : usual > least ? usual : (uint32_t)least;
    if (least <= c->processes && c->processes <= LOAD_PROCESSES_MAX) return KITH_OK;
    if (least <= LOAD_PROCESSES_MAX)
        return problem(KITH_FULL, why,
                       "%u users in %u processes need %u descriptors each, and there are %llu: say "
                       "--processes %u, or raise the limit with ulimit -n %u",
                       users, c->processes, sockets_of_one(users, c->processes) + OWN_DESCRIPTORS,
                       (unsigned long long)descriptors, (unsigned)least,
                       sockets_of_one(users, c->processes) + OWN_DESCRIPTORS);
    return problem(
        KITH_FULL, why,
        "%u users need %u descriptors in each of %d processes, and there are %llu: raise "
        "the limit with ulimit -n %u (as root, or in limits.conf), or ask for fewer "
        "users",
        users, sockets_of_one(users, LOAD_PROCESSES_MAX) + OWN_DESCRIPTORS, LOAD_PROCESSES_MAX,
        (unsigned long long)descriptors,
        sockets_of_one(users, LOAD_PROCESSES_MAX) + OWN_DESCRIPTORS);
}

/* Memory */

static kith_err share_memory(struct load_crew *c)
{
    size_t slots = sizeof(struct load_shared) + c->processes * sizeof(struct load_slot);
    size_t bytes = slots + c->options->graph->users * sizeof(struct fact);
    struct load_shared *s =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED) return KITH_NOMEM;
    s->bytes = bytes;
    s->facts = (struct fact *)((uint8_t *)s + slots);
    c->shared = s;
    return KITH_OK;
}

/* Processes */

/* Those of the processes before it are no business of its own. */
static void close_controls(const struct load_crew *c, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        (void)close(c->controls[i]);
}

static kith_err start_one(struct load_crew *c, uint32_t process)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return KITH_IO;
    (void)fflush(NULL);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(1);
        close_controls(c, process);
        (void)close(ends[0]);
        load_work(&(struct load_place){.options = c->options,
                                       .order = &c->order,
                                       .shared = c->shared,
                                       .addresses = c->addresses,
                                       .trust = c->trust,
                                       .process = process,
                                       .processes = c->processes,
                                       .control = ends[1]});
    }
    (void)close(ends[1]);
    c->pids[process] = pid;
    c->controls[process] = ends[0];
    if (pid > 0) return KITH_OK;
    (void)close(ends[0]);
    return KITH_NOMEM;
}

static void end_processes(struct load_crew *c, uint32_t count)
{
    close_controls(c, count);
    for (uint32_t i = 0; i < count; i++) {
        (void)kill(c->pids[i], SIGKILL);
        while (waitpid(c->pids[i], NULL, 0) < 0 && errno == EINTR)
            ;
    }
}

static kith_err start_all(struct load_crew *c)
{
    for (uint32_t i = 0; i < c->processes; i++) {
        kith_err e = start_one(c, i);
        if (!e) continue;
        end_processes(c, i);
        return e;
    }
    return KITH_OK;
}

static sigset_t ending(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    return set;
}

static void hold_signals(struct load_crew *c)
{
    sigset_t set = ending();
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    c->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void let_signals_go(struct load_crew *c)
{
    struct signalfd_siginfo taken;
    sigset_t set = ending();
    while (c->signals >= 0 && read(c->signals, &taken, sizeof taken) > 0)
        ;
    if (c->signals >= 0) (void)close(c->signals);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static kith_err find_server(struct load_crew *c, const struct url *url, struct load_address *a,
                            kith_problem *why)
{
    kith_err e = load_resolve(url, a, why);
    if (!e) e = load_probe(url, a, why);
    if (e || !url->tls) return e;
    if (!c->trust) e = load_tls_new(c->options->ca_file, &c->trust, why);
    return e ? e : load_socket_probe(url, a, c->trust, why);
}

static kith_err find_servers(struct load_crew *c, kith_problem *why)
{
    for (uint32_t i = 0; i < c->options->url_count; i++) {
        kith_err e = find_server(c, &c->options->urls[i], &c->addresses[i], why);
        if (e) return e;
    }
    return KITH_OK;
}

kith_err load_crew_start(struct load_crew *c, const struct load_options *o, kith_problem *why)
{
    *c = (struct load_crew){.options = o};
    kith_err e = count_processes(c, why);
    if (!e) e = find_servers(c, why);
    if (e) {
        load_tls_free(c->trust);
        return e;
    }
    e = user_order_init(&c->order, o->graph->users, o->seed);
    if (!e) e = share_memory(c);
    if (!e) {
        hold_signals(c);
        e = start_all(c);
        if (!e) return KITH_OK;
        let_signals_go(c);
    }
    if (c->shared) (void)munmap(c->shared, c->shared->bytes);
    user_order_fini(&c->order);
    load_tls_free(c->trust);
    return problem(e, why, "%s: ask for fewer users, or for fewer processes", kith_err_text(e));
}

void load_crew_end(struct load_crew *c)
{
    end_processes(c, c->processes);
    (void)munmap(c->shared, c->shared->bytes);
    user_order_fini(&c->order);
    load_tls_free(c->trust);
    let_signals_go(c);
}

/* Words */

static bool tell(const struct load_crew *c, enum load_word word)
{
    uint8_t byte = (uint8_t)word;
    bool all = true;
    for (uint32_t i = 0; i < c->processes; i++)
        all &= send(c->controls[i], &byte, 1, MSG_NOSIGNAL) == 1;
    return all;
}

struct crew_wait {
    struct pollfd fds[LOAD_PROCESSES_MAX + 1]; /* the signals behind the processes */
    uint32_t left;
    bool stopped, lost;
};

static void take_answers(struct load_crew *c, struct crew_wait *w)
{
    uint8_t byte;
    for (uint32_t i = 0; i < c->processes; i++) {
        if (!(w->fds[i].revents & (POLLIN | POLLHUP | POLLERR))) continue;
        w->lost |= recv(w->fds[i].fd, &byte, 1, 0) != 1;
        w->fds[i].fd = -1;
        w->left--;
    }
}

/* Once: a second signal finds nobody who waits for it, and ends the process as ever. */
static void stop(struct load_crew *c, struct crew_wait *w)
{
    w->stopped = true;
    w->lost |= !tell(c, LOAD_STOP);
    w->fds[c->processes].fd = -1;
    let_signals_go(c);
    c->signals = -1;
}

kith_err load_crew_do(struct load_crew *c, enum load_word word, load_wait_fn on_wait, void *ctx)
{
    struct crew_wait w = {.left = c->processes, .lost = !tell(c, word)};
    for (uint32_t i = 0; i <= c->processes; i++)
        w.fds[i] =
            (struct pollfd){.fd = i < c->processes ? c->controls[i] : c->signals, .events = POLLIN};
    while (w.left && !w.lost) {
        int n = poll(w.fds, c->processes + 1, WAIT_MS);
        if (n < 0 && errno != EINTR) return KITH_IO;
        if (n > 0) take_answers(c, &w);
        if (n > 0 && w.fds[c->processes].revents & POLLIN) stop(c, &w);
        on_wait(ctx);
    }
    return w.lost ? KITH_IO : w.stopped ? KITH_EXPIRED : KITH_OK;
}
