/* io/notify.c -- what a service manager is told. */
#include "io/notify.h"

#include "io/system.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 1024 };

/* /path, or @name of the abstract ones, whose first byte is 0. */
static bool set_address(struct notify *n, const char *name)
{
    size_t len = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || len < 2 || len >= sizeof n->to.sun_path) return false;
    n->to = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(n->to.sun_path, name, len);
    bool abstract = name[0] == '@';
    if (abstract) n->to.sun_path[0] = 0;
    n->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (abstract ? 0 : 1));
    return true;
}

static bool number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = text ? strtoull(text, &end, 10) : 0;
    return text && errno == 0 && end != text && !*end;
}

/* It may be meant for the process that started this one. */
static uint32_t watchdog_ms(void)
{
    uint64_t us, pid;
    const char *of = system_variable("WATCHDOG_PID");
    if (of && (!number(of, &pid) || pid != (uint64_t)getpid())) return 0;
    if (!number(system_variable("WATCHDOG_USEC"), &us)) return 0;
    return us / 1000 > UINT32_MAX ? UINT32_MAX : (uint32_t)(us / 1000);
}

bool notify_init(struct notify *n)
{
    const char *name = system_variable("NOTIFY_SOCKET");
    *n = (struct notify){.fd = -1};
    if (!name) return true;
    if (!set_address(n, name)) return false;
    n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (n->fd >= 0) n->watchdog_ms = watchdog_ms();
    return n->fd >= 0;
}

void notify_fini(struct notify *n)
{
    if (n->fd >= 0) (void)close(n->fd);
    n->fd = -1;
}

void notify_say(const struct notify *n, const char *fmt, ...)
{
    char text[MESSAGE_BYTES];
    va_list args;
    if (n->fd < 0) return;
    va_start(args, fmt);
    int len = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (len < 0) return;
    size_t bytes = (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
    ssize_t sent =
        sendto(n->fd, text, bytes, MSG_NOSIGNAL, (const struct sockaddr *)&n->to, n->to_len);
    (void)sent; /* there is nobody else to tell */
}
