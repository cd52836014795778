/* io/signals.h -- the signals that end a program which has something to bring to an end before:
 * SIGTERM, SIGINT and SIGHUP. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Before other threads are made, which inherit it: leaves them to signals_next, and ignores
 * SIGPIPE. */
void signals_block(void);

/* What the next one means to a server. SIGHUP is one to read its settings again; from a terminal
 * that has been closed it is one to end. */
enum signal_kind { SIGNAL_NONE, SIGNAL_AGAIN, SIGNAL_END };

/* Waits for one, for so long at most; UINT32_MAX: until it comes. `terminal`: the process had one
 * when it began (signals_on_terminal). After SIGNAL_END a second one ends the process at once. */
enum signal_kind signals_next(uint32_t ms, bool terminal);
/* There is a terminal that controls the process, and nobody has said that it may go (nohup). */
bool signals_on_terminal(void);

/* Until `fd` may be read, or is at its end. False: one of them came before; a second one then ends
 * the process at once. */
bool signals_wait_readable(int fd);
