/* io/sqlite_copies.c -- copies of the store's file, made before its schema changes: the way back to
 * the version of Kith before. */
#include "io/sqlite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY "kith.db.schema-" /* and the number that it has */

enum { PATH_BYTES = 256 + 64, S_NS = 1000000000 };

static kith_err cannot_copy(const struct store *s, const char *cause, kith_err e, kith_problem *why)
{
    return problem(
        e, why,
        "%s/kith.db: no copy of it can be made before it is brought to this version: %s; "
        "see that the disk has room for another one of it. Nothing has changed",
        sqlite_of((struct store *)s)->dir, cause);
}

/* For its owner alone, as SQLite would not make it. What a crash has left is made anew. */
static bool make(const char *path)
{
    if (unlink(path) != 0 && errno != ENOENT) return false;
    int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    return fd >= 0 && close(fd) == 0;
}

static bool sync_at(const char *path, int flags)
{
    int fd = open(path, flags | O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    bool ok = fsync(fd) == 0;
    return close(fd) == 0 && ok;
}

/* Of a connection beside the one that has the file for writing, so that it is what is migrated. */
static int fill(sqlite3 *db, const char *to)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db, "VACUUM INTO ?1", -1, &st, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_bind_text(st, 1, to, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK) rc = sqlite3_step(st);
    (void)sqlite3_finalize(st);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static kith_err copy_to(const struct store *s, const char *from, const char *to, kith_problem *why)
{
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(from, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK) rc = fill(db, to);
    kith_err e = rc == SQLITE_OK ? KITH_OK
                                 : cannot_copy(s, db ? sqlite3_errmsg(db) : sqlite3_errstr(rc),
                                               sqlite_err(rc), why);
    (void)sqlite3_close(db);
    return e;
}

kith_err sqlite_copy(struct store *s, int64_t schema, kith_problem *why)
{
    char from[PATH_BYTES], part[PATH_BYTES], to[PATH_BYTES];
    const char *dir = sqlite_of(s)->dir;
    (void)snprintf(from, sizeof from, "%s/kith.db", dir);
    (void)snprintf(part, sizeof part, "%s/" COPY "part", dir);
    (void)snprintf(to, sizeof to, "%s/" COPY "%lld", dir, (long long)schema);
    if (!make(part)) return cannot_copy(s, strerror(errno), KITH_IO, why);
    kith_err e = copy_to(s, from, part, why);
    if (!e && !(sync_at(part, 0) && rename(part, to) == 0 && sync_at(dir, O_DIRECTORY)))
        e = cannot_copy(s, strerror(errno), errno == ENOSPC ? KITH_FULL : KITH_IO, why);
    if (e) (void)unlink(part);
    return e;
}

/* Those that are there */

struct copy {
    char name[NAME_MAX + 1];
    uint64_t at_ns; /* when it was made */
};

/* A copy by its name, and nothing else that begins like one. */
static bool is_copy(const char *name)
{
    const char *rest = name + sizeof COPY - 1;
    if (strncmp(name, COPY, sizeof COPY - 1) != 0) return false;
    return *rest && rest[strspn(rest, "0123456789")] == 0;
}

/* The latest STORE_COPIES_MAX of those behind `after_ns`; others go. */
static void keep(int dir, struct copy kept[STORE_COPIES_MAX], const struct copy *c,
                 uint64_t after_ns)
{
    struct copy rest = *c;
    for (unsigned i = 0; i < STORE_COPIES_MAX && rest.at_ns > after_ns; i++) {
        if (rest.at_ns <= kept[i].at_ns) continue;
        struct copy before = kept[i];
        kept[i] = rest;
        rest = before;
    }
    if (rest.name[0]) (void)unlinkat(dir, rest.name, 0);
}

void sqlite_forget_copies(struct store *s, uint64_t now_s)
{
    const uint64_t for_s = (uint64_t)STORE_COPY_DAYS * 86400;
    struct copy kept[STORE_COPIES_MAX] = {0};
    DIR *dir = sqlite_in_memory(s) ? NULL : opendir(sqlite_of(s)->dir);
    if (!dir) return;
    for (const struct dirent *d; (d = readdir(dir));) {
        struct copy c;
        struct stat st;
        if (!is_copy(d->d_name) || fstatat(dirfd(dir), d->d_name, &st, 0) != 0) continue;
        (void)snprintf(c.name, sizeof c.name, "%s", d->d_name);
        c.at_ns = (uint64_t)st.st_mtim.tv_sec * S_NS + (uint64_t)st.st_mtim.tv_nsec;
        keep(dirfd(dir), kept, &c, now_s > for_s ? (now_s - for_s) * S_NS : 0);
    }
    (void)closedir(dir);
}
