/* io/file.c -- files of the command line. */
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static kith_err cannot_read(const char *path, const char *cause, kith_problem *why)
{
    return problem(KITH_IO, why,
                   "%.200s: %s; check the path, which begins where kith is started, and its rights",
                   path, cause);
}

kith_err file_open(const char *path, int *fd, kith_problem *why)
{
    struct stat st;
    *fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0) return problem(KITH_IO, why, "%s", strerror(errno));
    if (fstat(*fd, &st) != 0 || !S_ISDIR(st.st_mode)) return KITH_OK;
    file_close(*fd);
    return problem(KITH_IO, why, "%s", strerror(EISDIR));
}

kith_err file_piece(int fd, uint8_t *at, size_t max, size_t *n, kith_problem *why)
{
    ssize_t got;
    do
        got = read(fd, at, max);
    while (got < 0 && errno == EINTR);
    if (got < 0) return problem(KITH_IO, why, "%s", strerror(errno));
    *n = (size_t)got;
    return KITH_OK;
}

void file_close(int fd)
{
    if (fd != STDIN_FILENO) (void)close(fd);
}

static kith_err read_all(int fd, const char *path, size_t max, struct buf *out, kith_problem *why)
{
    size_t before = out->len;
    for (size_t n = 1; n; out->len += n) {
        uint8_t *at = buf_reserve(out, 4096);
        if (!at) return problem(KITH_NOMEM, why, "%.200s: out of memory", path);
        kith_problem cause;
        if (file_piece(fd, at, 4096, &n, &cause)) return cannot_read(path, cause.text, why);
        if (out->len + n - before > max)
            return problem(KITH_FULL, why, "%.200s: more than %zu bytes; is it the right file?",
                           path, max);
    }
    return KITH_OK;
}

kith_err file_read(const char *path, size_t max, struct buf *out, bool *exposed, kith_problem *why)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return cannot_read(path, strerror(errno), why);
    kith_err e = fstat(fd, &st) == 0 ? KITH_OK : cannot_read(path, strerror(errno), why);
    if (!e) e = read_all(fd, path, max, out, why);
    (void)close(fd);
    if (!e) *exposed = (st.st_mode & S_IROTH) != 0;
    return e;
}

static bool write_all(int fd, kith_slice bytes)
{
    while (bytes.len) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        bytes = slice_from(bytes, (size_t)n);
    }
    return fsync(fd) == 0;
}

kith_err file_make(const char *path, kith_slice bytes, kith_problem *why)
{
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return problem(KITH_EXISTS, why,
                       "%.200s: there already, and left as it is; name another file", path);
    bool ok = fd >= 0 && write_all(fd, bytes);
    int error = errno;
    if (fd >= 0 && !ok) (void)unlink(path);
    if (fd >= 0 && close(fd) != 0 && ok) ok = false, error = errno;
    return ok ? KITH_OK
              : problem(KITH_IO, why, "%.200s: %s; name a file where this user may write", path,
                        strerror(error));
}

void file_remove(const char *path) { (void)unlink(path); }
