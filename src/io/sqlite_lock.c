/* io/sqlite_lock.c -- one writer a data folder: a lock on DIR/kith.lock, with the holder's process
 * id in it, and a server's API port. The kernel drops the lock with the process, however it ends;
 * the file stays, since removing it would let two newcomers each lock a file of their own. */
#include "base/assert.h"
#include "io/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

/* Digits only, since a person will read it: a half-written file names nobody. */
static void read_holder(int fd, char *pid, size_t size)
{
    ssize_t n = pread(fd, pid, size - 1, 0);
    size_t digits = 0;
    while (n > 0 && digits < (size_t)n && pid[digits] >= '0' && pid[digits] <= '9')
        digits++;
    pid[digits] = '\0';
}

static kith_err held(struct store *s, int fd, kith_problem *why)
{
    char pid[24];
    read_holder(fd, pid, sizeof pid);
    return problem(KITH_REFUSED, why,
                   "%s is in use by %s%s, which alone may write to it; stop that first, or name "
                   "another data folder",
                   sqlite_of(s)->dir, *pid ? "process " : "another process", pid);
}

static kith_err write_holder(int fd)
{
    char pid[24];
    int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0) return KITH_IO;
    return pwrite(fd, pid, (size_t)n, 0) == n ? KITH_OK : KITH_IO;
}

kith_err sqlite_lock(struct store *s, kith_problem *why)
{
    KITH_ASSERT(sqlite_of(s)->lock_fd < 0);
    if (sqlite_in_memory(s)) return KITH_OK;
    char path[sizeof sqlite_of(s)->dir + 16];
    (void)snprintf(path, sizeof path, "%s/kith.lock", sqlite_of(s)->dir);
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return problem(KITH_IO, why, "%s: %s; see that this user may write the folder", path,
                       strerror(errno));
    kith_err e = KITH_OK;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        e = errno == EWOULDBLOCK ? held(s, fd, why)
                                 : problem(KITH_IO, why,
                                           "%s: %s; the data folder must be on a "
                                           "disk that can lock files",
                                           path, strerror(errno));
    if (!e && write_holder(fd) != KITH_OK)
        e = problem(KITH_IO, why, "%s: %s; see that the disk has room", path, strerror(errno));
    if (!e)
        sqlite_of(s)->lock_fd = fd;
    else
        (void)close(fd);
    return e;
}

/* The lock file, if somebody holds the folder; else -1. */
static int open_held(const char *dir)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/kith.lock", dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    if (flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) return fd;
    (void)close(fd);
    return -1;
}

bool sqlite_held(const char *dir)
{
    int fd = open_held(dir);
    if (fd >= 0) (void)close(fd);
    return fd >= 0;
}

/* A second line, behind the process id. What cannot be written is not told. */
void sqlite_tell_port(struct store *s, uint16_t api_port)
{
    if (sqlite_of(s)->lock_fd < 0) return;
    char text[48];
    int n = snprintf(text, sizeof text, "%ld\n%u\n", (long)getpid(), api_port);
    ssize_t written = pwrite(sqlite_of(s)->lock_fd, text, (size_t)n, 0);
    (void)written;
}

bool sqlite_told_port(const char *dir, uint16_t *api_port)
{
    char text[48] = "";
    unsigned port;
    int fd = open_held(dir);
    if (fd < 0) return false;
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    (void)close(fd);
    if (n <= 0 || sscanf(text, "%*u\n%5u\n", &port) != 1 || port > UINT16_MAX) return false;
    *api_port = (uint16_t)port;
    return true;
}
