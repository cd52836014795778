/* io/terminal.c -- a terminal that one page is shown on, over and over.
 *
 * The sequences are those that all terminals of today share (ECMA-48, and xterm's other screen). */
#include "io/terminal.h"

#include "io/system.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define TO_OTHER_SCREEN "\x1b[?1049h\x1b[?25l" /* without the cursor */
#define TO_FIRST_SCREEN "\x1b[0m\x1b[?25h\x1b[?1049l"
#define HOME            "\x1b[H"
#define CLEAR_BELOW     "\x1b[0m\x1b[J"

bool terminal_is_there(void)
{
    const char *kind = system_variable("TERM");
    return kind && strcmp(kind, "dumb") != 0 && isatty(STDOUT_FILENO) == 1;
}

static kith_err write_all(kith_slice s)
{
    while (s.len) {
        ssize_t n = write(STDOUT_FILENO, s.ptr, s.len);
        if (n < 0 && errno != EINTR) return KITH_IO;
        if (n > 0) s = slice_from(s, (size_t)n);
    }
    return KITH_OK;
}

/* Keys come one by one and are not shown; Ctrl-C and Ctrl-Z stay signals. */
static kith_err begin(struct terminal *t)
{
    struct termios raw;
    t->keys = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &t->before) == 0;
    if (t->keys) {
        raw = t->before;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    return write_all(KITH_LIT(TO_OTHER_SCREEN));
}

static void end(struct terminal *t)
{
    (void)write_all(KITH_LIT(TO_FIRST_SCREEN));
    if (t->keys) (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &t->before);
}

static sigset_t held(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaddset(&set, numbers[i]);
    return set;
}

kith_err terminal_enter(struct terminal *t, kith_problem *why)
{
    sigset_t set = held();
    *t = (struct terminal){.signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
    if (t->signal_fd < 0)
        return problem(KITH_IO, why, "no descriptor for signals: %s", strerror(errno));
    pthread_sigmask(SIG_BLOCK, &set, &t->mask_before);
    if (begin(t) == KITH_OK) return KITH_OK;
    terminal_leave(t);
    return problem(KITH_IO, why, "the terminal cannot be written to");
}

void terminal_leave(struct terminal *t)
{
    end(t);
    (void)close(t->signal_fd);
    pthread_sigmask(SIG_SETMASK, &t->mask_before, NULL);
}

unsigned terminal_fds(const struct terminal *t, int out[2])
{
    out[0] = t->signal_fd;
    out[1] = STDIN_FILENO;
    return t->keys ? 2 : 1;
}

static enum terminal_event stop(struct terminal *t)
{
    end(t);
    (void)kill(getpid(), SIGSTOP);
    return begin(t) == KITH_OK ? TERMINAL_DRAW : TERMINAL_END;
}

static bool can_read(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

enum terminal_event terminal_next(struct terminal *t, char *key)
{
    struct signalfd_siginfo s;
    if (read(t->signal_fd, &s, sizeof s) == (ssize_t)sizeof s) {
        if (s.ssi_signo == SIGWINCH) return TERMINAL_DRAW;
        return s.ssi_signo == SIGTSTP ? stop(t) : TERMINAL_END;
    }
    if (!t->keys || !can_read(STDIN_FILENO)) return TERMINAL_NOTHING;
    ssize_t n = read(STDIN_FILENO, key, 1);
    if (n == 1) return TERMINAL_KEY;
    return n < 0 && errno == EINTR ? TERMINAL_NOTHING : TERMINAL_END;
}

struct terminal_size terminal_size(void)
{
    struct winsize w = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_col == 0 || w.ws_row == 0)
        return (struct terminal_size){80, 24};
    return (struct terminal_size){w.ws_col, w.ws_row};
}

kith_err terminal_show(kith_slice page)
{
    kith_err e = write_all(KITH_LIT(HOME));
    if (!e) e = write_all(page);
    return e ? e : write_all(KITH_LIT(CLEAR_BELOW));
}
