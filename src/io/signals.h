/* io/signals.h -- the signals that end a program which has something to bring to an end before:
 * SIGTERM, SIGINT and SIGHUP. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Before other threads are made, which inherit it: leaves them to signals_wait, and ignores
 * SIGPIPE. */
void signals_block(void);
void signals_wait(void); /* until one comes; a second one then ends the process at once */
bool signals_wait_for(uint32_t ms); /* likewise, for so long. False: none has come */

/* Until `fd` may be read, or is at its end. False: one of them came before; a second one then ends
 * the process at once. */
bool signals_wait_readable(int fd);
