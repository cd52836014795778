/* io/user.c -- as whom the process runs. */
#include "io/user.h"

#include "base/assert.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

bool user_is_root(void) { return geteuid() == 0; }

static kith_err refused(const char *name, kith_problem *why)
{
    return problem(KITH_IO, why, "cannot become user %.80s: %s; start it as that user instead",
                   name, strerror(errno));
}

/* All three ids of each kind, so that none leads back. */
static bool drop(const struct passwd *to)
{
    return initgroups(to->pw_name, to->pw_gid) == 0 &&
           setresgid(to->pw_gid, to->pw_gid, to->pw_gid) == 0 &&
           setresuid(to->pw_uid, to->pw_uid, to->pw_uid) == 0 &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

kith_err user_become(const char *name, kith_problem *why)
{
    errno = 0;
    const struct passwd *to = getpwnam(name);
    if (!to)
        return problem(KITH_BAD, why,
                       "there is no user %.80s; make one, as by: adduser --system --group %.80s",
                       name, name);
    if (to->pw_uid == 0)
        return problem(KITH_BAD, why, "%.80s is root; name a user that may do less", name);
    if (to->pw_uid == geteuid()) return KITH_OK;
    if (!user_is_root())
        return problem(KITH_REFUSED, why, "only root may become user %.80s; leave that out", name);
    if (!drop(to) || setenv("HOME", to->pw_dir, 1) != 0) return refused(name, why);
    KITH_ASSERT(setresuid(0, 0, 0) != 0 && geteuid() == to->pw_uid);
    return KITH_OK;
}
