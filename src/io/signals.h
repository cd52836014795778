/* io/signals.h -- the signals that end a program which does nothing but serve: SIGTERM, SIGINT and
 * SIGHUP. */
#pragma once

/* Before other threads are made, which inherit it: leaves them to signals_wait, and ignores
 * SIGPIPE. */
void signals_block(void);
void signals_wait(void); /* until one comes; a second one then ends the process at once */
