/* io/terminal.h -- a terminal that one page is shown on, over and over: its other screen, keys as
 * they are pressed, its size, and the signals that end or stop a program, so that what was there
 * before is there again afterwards. */
#pragma once

#include "base/err.h"
#include "base/slice.h"

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

/* Whether standard output is one that knows the few sequences this needs (TERM is set, and is not
 * dumb). */
bool terminal_is_there(void);

struct terminal {
    int signal_fd;
    bool keys; /* standard input is a terminal, too */
    struct termios before;
    sigset_t mask_before;
};

/* Takes it. KITH_IO: it cannot be had, and is as it was. */
KITH_MUST_USE kith_err terminal_enter(struct terminal *t, kith_problem *why);
void terminal_leave(struct terminal *t); /* as it was */

/* What can be read when something has happened. Returns how many. */
unsigned terminal_fds(const struct terminal *t, int out[2]);

enum terminal_event {
    TERMINAL_NOTHING,
    TERMINAL_KEY,  /* one was pressed */
    TERMINAL_DRAW, /* its size is another, or it is shown again */
    TERMINAL_END   /* a signal, or the terminal is gone */
};

/* What has happened. A stop (Ctrl-Z) gives the terminal back until the program goes on. */
enum terminal_event terminal_next(struct terminal *t, char *key);

struct terminal_size {
    unsigned columns, lines;
};
struct terminal_size terminal_size(void); /* 80 by 24 if it does not say */

/* Shows a page from the first column of the first line; what was there goes. KITH_IO: the terminal
 * is gone. */
KITH_MUST_USE kith_err terminal_show(kith_slice page);
